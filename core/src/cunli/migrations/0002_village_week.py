from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('core', '0001_initial')]

    operations = [
        ops.CreateModel(
            name='VillageWeek',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('week', fields.DateField()),
                ('posts', fields.IntField(default=0)),
                ('notices', fields.IntField(default=0)),
                ('comments', fields.IntField(default=0)),
                ('last_on', fields.DateField()),
            ],
            options={'table': 'core_village_week', 'app': 'core', 'unique_together': (('village', 'week'),), 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
    ]
