from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('market', '0003_sums')]

    operations = [
        ops.AddField(
            model_name='Order',
            name='carrier',
            field=fields.CharField(default='', db_default='', max_length=8),
        ),
        ops.AddField(
            model_name='Shop',
            name='licence_until',
            field=fields.DateField(null=True),
        ),
    ]
