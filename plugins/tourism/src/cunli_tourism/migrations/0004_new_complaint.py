from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('tourism', '0003_add_field_nights_to_booking'), ('core', '__first__')]

    operations = [
        ops.CreateModel(
            name='Complaint',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('booking', fields.ForeignKeyField('tourism.Booking', source_field='booking_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('place', fields.ForeignKeyField('tourism.Place', source_field='place_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('person', fields.ForeignKeyField('core.Person', source_field='person_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('words', fields.CharField(default='', db_default='', max_length=500)),
                ('state', fields.CharField(default='open', db_default='open', max_length=8)),
                ('answer', fields.CharField(default='', db_default='', max_length=300)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('settled_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'tourism_complaint', 'app': 'tourism', 'indexes': [Index(fields=['booking_id']), Index(fields=['village_id', 'state', 'at']), Index(fields=['person_id'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Outing',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=8)),
                ('name', fields.CharField(max_length=24)),
                ('about', fields.CharField(default='', db_default='', max_length=1000)),
                ('since', fields.DateField(null=True)),
                ('until', fields.DateField(null=True)),
                ('shown', fields.BooleanField(default=True, db_default=True)),
                ('made_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'tourism_outing', 'app': 'tourism', 'indexes': [Index(fields=['village_id', 'shown', 'until'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Stop',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('outing', fields.ForeignKeyField('tourism.Outing', source_field='outing_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('place', fields.ForeignKeyField('tourism.Place', source_field='place_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('offer', fields.ForeignKeyField('tourism.Offer', source_field='offer_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('number', fields.IntField()),
                ('words', fields.CharField(default='', db_default='', max_length=60)),
            ],
            options={'table': 'tourism_stop', 'app': 'tourism', 'indexes': [Index(fields=['outing_id', 'number']), Index(fields=['place_id'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.AddField(
            model_name='Booking',
            name='takes',
            field=fields.IntField(default=0, db_default=0),
        ),
    ]
