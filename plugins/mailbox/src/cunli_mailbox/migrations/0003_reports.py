from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('mailbox', '0002_new_tally'), ('core', '__first__')]

    operations = [
        ops.CreateModel(
            name='Report',
            fields=[
                ('key', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('number', fields.CharField(unique=True, max_length=16)),
                ('day', fields.DateField()),
                ('named', fields.BooleanField(default=False, db_default=False)),
                ('code_index', fields.CharField(unique=True, max_length=32)),
                ('about_index', fields.CharField(default='', db_default='', max_length=32)),
                ('state', fields.CharField(default='received', db_default='received', max_length=10)),
                ('sealed', fields.TextField(unique=False)),
            ],
            options={'table': 'mailbox_report', 'app': 'mailbox', 'indexes': [Index(fields=['village_id', 'day'])], 'pk_attr': 'key'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='ReportNote',
            fields=[
                ('key', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('report', fields.ForeignKeyField('mailbox.Report', source_field='report_id', db_constraint=True, to_field='key', related_name=False, on_delete=OnDelete.CASCADE)),
                ('number', fields.IntField()),
                ('day', fields.DateField()),
                ('what', fields.CharField(max_length=10)),
                ('told', fields.BooleanField(default=False, db_default=False)),
                ('staff', fields.ForeignKeyField('core.Person', source_field='staff_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('sealed', fields.TextField(default='', db_default='', unique=False)),
            ],
            options={'table': 'mailbox_reportnote', 'app': 'mailbox', 'unique_together': (('report', 'number'),), 'pk_attr': 'key'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='ReportPhoto',
            fields=[
                ('key', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('report', fields.ForeignKeyField('mailbox.Report', source_field='report_id', db_constraint=True, to_field='key', related_name=False, on_delete=OnDelete.CASCADE)),
                ('number', fields.IntField()),
                ('sealed', fields.TextField(unique=False)),
            ],
            options={'table': 'mailbox_reportphoto', 'app': 'mailbox', 'pk_attr': 'key'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Slip',
            fields=[
                ('key', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=32)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=8)),
                ('report_key', fields.CharField(max_length=32)),
                ('code_index', fields.CharField(db_index=True, max_length=32)),
                ('about_index', fields.CharField(default='', db_default='', max_length=32)),
                ('named', fields.BooleanField(default=False, db_default=False)),
                ('day', fields.DateField()),
                ('sealed', fields.TextField(unique=False)),
                ('photos', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'mailbox_slip', 'app': 'mailbox', 'pk_attr': 'key'},
            bases=['VillageModel'],
        ),
    ]
