from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('party', '0004_temporary_branches')]

    operations = [
        ops.AddField(
            model_name='Item',
            name='file',
            field=fields.CharField(default='', db_default='', max_length=22),
        ),
    ]
