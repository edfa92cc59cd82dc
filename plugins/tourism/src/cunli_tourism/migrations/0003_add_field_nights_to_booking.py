from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('tourism', '0002_new_listing')]

    operations = [
        ops.AddField(
            model_name='Booking',
            name='nights',
            field=fields.IntField(default=0, db_default=0),
        ),
    ]
