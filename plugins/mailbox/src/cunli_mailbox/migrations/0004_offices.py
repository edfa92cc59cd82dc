from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('mailbox', '0003_reports'), ('core', '__first__')]

    operations = [
        ops.CreateModel(
            name='Draft',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('person', fields.ForeignKeyField('core.Person', source_field='person_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('kept_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('filled', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'mailbox_draft', 'app': 'mailbox', 'unique_together': (('village', 'person'),), 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Duty',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('day', fields.DateField()),
                ('person', fields.ForeignKeyField('core.Person', source_field='person_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('rung', fields.IntField(default=0, db_default=0)),
            ],
            options={'table': 'mailbox_duty', 'app': 'mailbox', 'unique_together': (('village', 'day'),), 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Phrase',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('title', fields.CharField(max_length=40)),
                ('words', fields.TextField(unique=False)),
            ],
            options={'table': 'mailbox_phrase', 'app': 'mailbox', 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.AddField(
            model_name='Letter',
            name='department',
            field=fields.CharField(default='', db_default='', max_length=40),
        ),
        ops.AddField(
            model_name='Letter',
            name='first_department',
            field=fields.CharField(default='', db_default='', max_length=40),
        ),
        ops.AddField(
            model_name='Letter',
            name='joint',
            field=fields.CharField(default=',', db_default=',', max_length=200),
        ),
        ops.AddField(
            model_name='Letter',
            name='supervised_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
