from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('core', '0002_village_week')]

    operations = [
        ops.AlterField(
            model_name='Upload',
            name='owner',
            field=fields.ForeignKeyField('core.Person', source_field='owner_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='Upload',
            name='plugin',
            field=fields.CharField(default='', db_default='', max_length=31),
        ),
        ops.AddIndex(
            model_name='Upload',
            index=Index(fields=['plugin']),
        ),
    ]
