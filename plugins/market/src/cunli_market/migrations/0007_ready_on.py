from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('market', '0006_change_good')]

    operations = [
        ops.AddField(
            model_name='Lot',
            name='ready_on',
            field=fields.DateField(null=True),
        ),
    ]
