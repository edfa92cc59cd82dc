from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('market', '0009_returns')]

    operations = [
        ops.AddField(
            model_name='Shop',
            name='ends_on',
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name='Shop',
            name='judged_on',
            field=fields.DateField(null=True),
        ),
        ops.AddField(
            model_name='Good',
            name='judged_on',
            field=fields.DateField(null=True),
        ),
    ]
