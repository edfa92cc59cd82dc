from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('mailbox', '0007_public_lists')]

    operations = [
        ops.AddField(
            model_name='Letter',
            name='matter',
            field=fields.CharField(null=True, unique=True, max_length=80),
        ),
        ops.AddField(
            model_name='Letter',
            name='matter_path',
            field=fields.CharField(default='', db_default='', max_length=120),
        ),
    ]
