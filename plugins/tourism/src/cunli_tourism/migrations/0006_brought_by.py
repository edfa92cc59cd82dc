from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('tourism', '0005_read_by_itself')]

    operations = [
        ops.AddField(
            model_name='Booking',
            name='outing',
            field=fields.ForeignKeyField('tourism.Outing', source_field='outing_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL),
        ),
        ops.AddIndex(
            model_name='Booking',
            index=Index(fields=['outing_id', 'since']),
        ),
    ]
