from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('tourism', '0001_initial'), ('core', '__first__')]

    operations = [
        ops.CreateModel(
            name='Listing',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('secret', fields.CharField(unique=True, max_length=22)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('place', fields.ForeignKeyField('tourism.Place', source_field='place_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('offer', fields.ForeignKeyField('tourism.Offer', source_field='offer_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=20)),
                ('units', fields.IntField()),
                ('made_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('read_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('days', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('clashes', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('short', fields.IntField(default=0, db_default=0)),
                ('repeated', fields.IntField(default=0, db_default=0)),
                ('broken', fields.IntField(default=0, db_default=0)),
            ],
            options={'table': 'tourism_listing', 'app': 'tourism', 'indexes': [Index(fields=['offer_id', 'id']), Index(fields=['place_id', 'short'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.AddField(
            model_name='Taken',
            name='listing',
            field=fields.ForeignKeyField('tourism.Listing', source_field='listing_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE),
        ),
        ops.AddIndex(
            model_name='Taken',
            index=Index(fields=['listing_id']),
        ),
    ]
