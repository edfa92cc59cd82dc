from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('market', '0008_kept_by')]

    operations = [
        ops.AddField(
            model_name='Refund',
            name='kind',
            field=fields.CharField(default='', db_default='', max_length=8),
        ),
    ]
