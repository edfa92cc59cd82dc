# ruff: noqa  written by `cunli plugin migration`
from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('core', '__first__')]

    initial = True

    operations = [
        ops.CreateModel(
            name='Wish',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('author', fields.ForeignKeyField('core.Person', source_field='author_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('words', fields.CharField(max_length=80)),
            ],
            options={'table': 'newplugin_wish', 'app': 'newplugin', 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
    ]
