from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('party', '0003_county_courses_and_lists')]

    operations = [
        ops.AddField(
            model_name='Member',
            name='home',
            field=fields.ForeignKeyField('party.Member', source_field='home_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL),
        ),
        ops.AddIndex(
            model_name='Member',
            index=Index(fields=['home_id']),
        ),
    ]
