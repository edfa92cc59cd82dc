from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('tourism', '0004_new_complaint')]

    operations = [
        ops.AddField(
            model_name='Listing',
            name='address',
            field=fields.TextField(default='', db_default='', unique=False),
        ),
        ops.AddField(
            model_name='Listing',
            name='failing_since',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Listing',
            name='tried_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Listing',
            name='trouble',
            field=fields.CharField(default='', db_default='', max_length=12),
        ),
    ]
