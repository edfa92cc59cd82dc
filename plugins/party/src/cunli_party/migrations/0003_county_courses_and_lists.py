from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('party', '0002_more'), ('core', '__first__')]

    operations = [
        ops.CreateModel(
            name='CountyCourse',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('title', fields.CharField(max_length=80)),
                ('about', fields.TextField(default='', db_default='', unique=False)),
                ('category', fields.CharField(max_length=20)),
                ('public', fields.BooleanField(default=False, db_default=False)),
                ('shown', fields.BooleanField(default=False, db_default=False)),
                ('hours', fields.IntField(default=1, db_default=1)),
                ('pass_percent', fields.IntField(default=60, db_default=60)),
                ('lessons', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('edition', fields.IntField(default=1, db_default=1)),
                ('anew', fields.BooleanField(default=False, db_default=False)),
                ('made_by', fields.ForeignKeyField('core.Person', source_field='made_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('made_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'party_county_course', 'app': 'party', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Course',
            name='county',
            field=fields.ForeignKeyField('party.CountyCourse', source_field='county_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL),
        ),
        ops.AddField(
            model_name='Course',
            name='edition',
            field=fields.IntField(default=0, db_default=0),
        ),
        ops.AddIndex(
            model_name='Course',
            index=Index(fields=['county_id']),
        ),
        ops.AddIndex(
            model_name='Diary',
            index=Index(fields=['branch_id', 'id']),
        ),
        ops.AddIndex(
            model_name='Exchange',
            index=Index(fields=['person_id']),
        ),
        ops.AddIndex(
            model_name='Exchange',
            index=Index(fields=['branch_id']),
        ),
        ops.AddField(
            model_name='Meeting',
            name='photos',
            field=fields.CharField(default='', db_default='', max_length=500),
        ),
        ops.AddIndex(
            model_name='Member',
            index=Index(fields=['village_id', 'standing', 'status', 'away']),
        ),
        ops.AddIndex(
            model_name='Member',
            index=Index(fields=['branch_id', 'standing', 'id']),
        ),
        ops.AddIndex(
            model_name='Receipt',
            index=Index(fields=['member_id']),
        ),
        ops.AddIndex(
            model_name='Remark',
            index=Index(fields=['diary_id', 'id']),
        ),
        ops.AddIndex(
            model_name='Reply',
            index=Index(fields=['notice_id', 'id']),
        ),
        ops.AddIndex(
            model_name='Report',
            index=Index(fields=['journey_id', 'id']),
        ),
        ops.AddIndex(
            model_name='Transfer',
            index=Index(fields=['member_key']),
        ),
        ops.AddIndex(
            model_name='Transfer',
            index=Index(fields=['taken_at']),
        ),
    ]
