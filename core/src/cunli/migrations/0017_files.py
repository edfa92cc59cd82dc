from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('core', '0016_team')]

    operations = [
        ops.AddField(
            model_name='Upload',
            name='kind',
            field=fields.CharField(default='', db_default='', max_length=8),
        ),
        ops.AddField(
            model_name='Upload',
            name='name',
            field=fields.CharField(default='', db_default='', max_length=100),
        ),
    ]
