from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('core', '__first__')]

    initial = True

    operations = [
        ops.CreateModel(
            name='Book',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('year', fields.IntField()),
                ('given', fields.IntField(default=0, db_default=0)),
            ],
            options={'table': 'mailbox_book', 'app': 'mailbox', 'unique_together': (('village', 'year'),), 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Letter',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('year', fields.IntField()),
                ('number', fields.IntField()),
                ('writer', fields.ForeignKeyField('core.Person', source_field='writer_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('helper', fields.ForeignKeyField('core.Person', source_field='helper_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('whom', fields.TextField(default='', db_default='', unique=False)),
                ('channel', fields.CharField(default='online', db_default='online', max_length=8)),
                ('kind', fields.CharField(max_length=12)),
                ('track', fields.CharField(default='', db_default='', max_length=12)),
                ('urgency', fields.CharField(default='general', db_default='general', max_length=8)),
                ('public', fields.BooleanField(default=False, db_default=False)),
                ('named', fields.BooleanField(default=False, db_default=False)),
                ('title', fields.CharField(max_length=40)),
                ('body', fields.TextField(unique=False)),
                ('place', fields.CharField(default='', db_default='', max_length=60)),
                ('photos', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('about', fields.ForeignKeyField('core.Person', source_field='about_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('about_rank', fields.IntField(default=0, db_default=0)),
                ('state', fields.CharField(default='draft', db_default='draft', max_length=12)),
                ('back_to', fields.CharField(default='', db_default='', max_length=12)),
                ('stage', fields.IntField(default=0, db_default=0)),
                ('first_rank', fields.IntField(default=1, db_default=1)),
                ('rank', fields.IntField(default=1, db_default=1)),
                ('handler', fields.ForeignKeyField('core.Person', source_field='handler_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('into', fields.ForeignKeyField('mailbox.Letter', source_field='into_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('supporters', fields.IntField(default=0, db_default=0)),
                ('steps_count', fields.IntField(default=0, db_default=0)),
                ('submitted_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('answered_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('answered_late', fields.BooleanField(default=False, db_default=False)),
                ('closed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('closed_how', fields.CharField(default='', db_default='', max_length=10)),
                ('satisfaction', fields.IntField(default=0, db_default=0)),
                ('due_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('due_rule', fields.CharField(default='', db_default='', max_length=24)),
                ('provisional', fields.BooleanField(default=False, db_default=False)),
            ],
            options={'table': 'mailbox_letter', 'app': 'mailbox', 'unique_together': (('village', 'year', 'number'),), 'indexes': [Index(fields=['village_id', 'state', 'due_at']), Index(fields=['village_id', 'submitted_at']), Index(fields=['writer_id', 'submitted_at'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Step',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('letter', fields.ForeignKeyField('mailbox.Letter', source_field='letter_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('number', fields.IntField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.ForeignKeyField('core.Person', source_field='actor_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('acting', fields.CharField(max_length=10)),
                ('rank', fields.IntField(default=0, db_default=0)),
                ('move', fields.CharField(max_length=16)),
                ('before', fields.CharField(max_length=12)),
                ('after', fields.CharField(max_length=12)),
                ('words', fields.TextField(default='', db_default='', unique=False)),
                ('reason', fields.TextField(default='', db_default='', unique=False)),
                ('facts', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('seconds', fields.IntField(default=0, db_default=0)),
            ],
            options={'table': 'mailbox_step', 'app': 'mailbox', 'unique_together': (('letter', 'number'),), 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Supporter',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('letter', fields.ForeignKeyField('mailbox.Letter', source_field='letter_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('person', fields.ForeignKeyField('core.Person', source_field='person_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
            ],
            options={'table': 'mailbox_supporter', 'app': 'mailbox', 'unique_together': (('letter', 'person'),), 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
    ]
