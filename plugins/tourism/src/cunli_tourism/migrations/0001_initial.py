from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

# One room for one night, one seat at one time: the database lets the same one be taken once, whoever asks. The money ledger is
# added to and never changed; a village's rows may still move to another village. Guarded here, because a program can be wrong.
ONCE = "CREATE UNIQUE INDEX tourism_taken_once ON tourism_taken (offer_id, unit, day, slot);"
ONCE_BACK = "DROP INDEX tourism_taken_once;"
COLUMNS = "booking_id, place_id, journal, account, fen, at"
REFUSED = "the books of the plugin are append-only"
SQLITE = ONCE + (
    f"CREATE TRIGGER tourism_moneyline_unchanged BEFORE UPDATE OF {COLUMNS} ON tourism_moneyline"
    f" BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END;"
    f"CREATE TRIGGER tourism_moneyline_kept BEFORE DELETE ON tourism_moneyline"
    f" BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END;"
)
SQLITE_BACK = ONCE_BACK + "DROP TRIGGER tourism_moneyline_unchanged; DROP TRIGGER tourism_moneyline_kept;"
POSTGRES = ONCE + f"""
CREATE FUNCTION tourism_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER tourism_moneyline_unchanged BEFORE UPDATE OF {COLUMNS} ON tourism_moneyline
 FOR EACH ROW EXECUTE FUNCTION tourism_append_only();
CREATE TRIGGER tourism_moneyline_kept BEFORE DELETE ON tourism_moneyline
 FOR EACH ROW EXECUTE FUNCTION tourism_append_only();
"""
POSTGRES_BACK = ONCE_BACK + (
    "DROP TRIGGER tourism_moneyline_unchanged ON tourism_moneyline; DROP TRIGGER tourism_moneyline_kept ON tourism_moneyline;"
    "DROP FUNCTION tourism_append_only();"
)


async def guard(apps: Any, editor: Any) -> None:
    await editor.client.execute_script(SQLITE if editor.client.capabilities.dialect == "sqlite" else POSTGRES)


async def leave(apps: Any, editor: Any) -> None:
    await editor.client.execute_script(SQLITE_BACK if editor.client.capabilities.dialect == "sqlite" else POSTGRES_BACK)


class Migration(migrations.Migration):
    dependencies = [('core', '__first__')]

    initial = True

    operations = [
        ops.CreateModel(
            name='Place',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('host', fields.ForeignKeyField('core.Person', source_field='host_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('kind', fields.CharField(max_length=10)),
                ('name', fields.CharField(max_length=24)),
                ('called', fields.CharField(max_length=10)),
                ('story', fields.CharField(default='', db_default='', max_length=1000)),
                ('included', fields.CharField(default='', db_default='', max_length=200)),
                ('rules', fields.CharField(default='', db_default='', max_length=200)),
                ('facilities', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('access', fields.CharField(default='', db_default='', max_length=200)),
                ('speaks', fields.CharField(default='', db_default='', max_length=60)),
                ('way', fields.CharField(default='', db_default='', max_length=300)),
                ('address', fields.CharField(default='', db_default='', max_length=60)),
                ('lat6', fields.IntField(null=True)),
                ('lng6', fields.IntField(null=True)),
                ('phone', fields.TextField(default='', db_default='', unique=False)),
                ('photos', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('capacity', fields.IntField(default=0, db_default=0)),
                ('instant', fields.BooleanField(default=False, db_default=False)),
                ('prepay', fields.IntField(default=0, db_default=0)),
                ('policy', fields.CharField(default='middle', db_default='middle', max_length=8)),
                ('state', fields.CharField(default='waiting', db_default='waiting', max_length=8)),
                ('reason', fields.CharField(default='', db_default='', max_length=200)),
                ('checked_on', fields.DateField(null=True)),
                ('valid_until', fields.DateField(null=True)),
                ('from_fen', fields.IntField(default=0, db_default=0)),
                ('rooms', fields.IntField(default=0, db_default=0)),
                ('beds', fields.IntField(default=0, db_default=0)),
                ('stars_sum', fields.IntField(default=0, db_default=0)),
                ('stars_count', fields.IntField(default=0, db_default=0)),
                ('booked', fields.IntField(default=0, db_default=0)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'tourism_place', 'app': 'tourism', 'indexes': [Index(fields=['village_id', 'state', 'id']), Index(fields=['state', 'kind', 'id']), Index(fields=['host_id'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Licence',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('place', fields.ForeignKeyField('tourism.Place', source_field='place_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=10)),
                ('number', fields.CharField(max_length=40)),
                ('until', fields.DateField(null=True)),
            ],
            options={'table': 'tourism_licence', 'app': 'tourism', 'unique_together': (('place', 'kind'),), 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Offer',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('place', fields.ForeignKeyField('tourism.Place', source_field='place_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=6)),
                ('name', fields.CharField(max_length=24)),
                ('about', fields.CharField(default='', db_default='', max_length=100)),
                ('count', fields.IntField()),
                ('holds', fields.IntField()),
                ('included', fields.IntField(default=0, db_default=0)),
                ('least', fields.IntField(default=1, db_default=1)),
                ('fen', fields.IntField()),
                ('weekend_fen', fields.IntField(default=0, db_default=0)),
                ('holiday_fen', fields.IntField(default=0, db_default=0)),
                ('extra_fen', fields.IntField(default=0, db_default=0)),
                ('slots', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('open', fields.BooleanField(default=True, db_default=True)),
            ],
            options={'table': 'tourism_offer', 'app': 'tourism', 'indexes': [Index(fields=['place_id', 'id'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Booking',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('code', fields.CharField(unique=True, max_length=8)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('place', fields.ForeignKeyField('tourism.Place', source_field='place_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('offer', fields.ForeignKeyField('tourism.Offer', source_field='offer_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('guest', fields.ForeignKeyField('core.Person', source_field='guest_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('name', fields.TextField(default='', db_default='', unique=False)),
                ('phone', fields.TextField(default='', db_default='', unique=False)),
                ('say', fields.CharField(default='', db_default='', max_length=32)),
                ('since', fields.DateField()),
                ('until', fields.DateField()),
                ('slot', fields.IntField(default=0, db_default=0)),
                ('units', fields.IntField()),
                ('people', fields.IntField()),
                ('meals', fields.IntField(default=0, db_default=0)),
                ('lines', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('back', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('way', fields.CharField(max_length=8)),
                ('total_fen', fields.BigIntField()),
                ('now_fen', fields.BigIntField()),
                ('paid_fen', fields.BigIntField(default=0, db_default=0)),
                ('taken_fen', fields.BigIntField(default=0, db_default=0)),
                ('refunded_fen', fields.BigIntField(default=0, db_default=0)),
                ('payment', fields.CharField(default='', db_default='', max_length=8)),
                ('reference', fields.CharField(default='', db_default='', max_length=64)),
                ('state', fields.CharField(max_length=10)),
                ('steps_count', fields.IntField(default=0, db_default=0)),
                ('note', fields.CharField(default='', db_default='', max_length=100)),
                ('made_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('due_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'tourism_booking', 'app': 'tourism', 'indexes': [Index(fields=['village_id', 'state', 'since']), Index(fields=['guest_id', 'id']), Index(fields=['place_id', 'state', 'since']), Index(fields=['state', 'due_at']), Index(fields=['payment', 'made_at'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Guest',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('booking', fields.ForeignKeyField('tourism.Booking', source_field='booking_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('name', fields.TextField(unique=False)),
                ('kind', fields.CharField(max_length=8)),
                ('number', fields.TextField(unique=False)),
                ('foreign', fields.BooleanField(default=False, db_default=False)),
                ('reported_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('until', fields.DateField()),
            ],
            options={'table': 'tourism_guest', 'app': 'tourism', 'indexes': [Index(fields=['booking_id']), Index(fields=['until'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='MoneyLine',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('booking', fields.ForeignKeyField('tourism.Booking', source_field='booking_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('place_id', fields.IntField()),
                ('journal', fields.CharField(max_length=48)),
                ('account', fields.CharField(max_length=8)),
                ('fen', fields.BigIntField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'tourism_moneyline', 'app': 'tourism', 'unique_together': (('journal', 'account'),), 'indexes': [Index(fields=['place_id', 'account']), Index(fields=['booking_id'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Refund',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('booking', fields.ForeignKeyField('tourism.Booking', source_field='booking_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('fen', fields.BigIntField()),
                ('state', fields.CharField(max_length=8)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('done_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'tourism_refund', 'app': 'tourism', 'indexes': [Index(fields=['state', 'at']), Index(fields=['booking_id'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Review',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('booking', fields.OneToOneField('tourism.Booking', source_field='booking_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('place', fields.ForeignKeyField('tourism.Place', source_field='place_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('writer', fields.ForeignKeyField('core.Person', source_field='writer_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('stars', fields.IntField()),
                ('words', fields.CharField(default='', db_default='', max_length=500)),
                ('stayed', fields.CharField(max_length=40)),
                ('hidden', fields.CharField(default='', db_default='', max_length=200)),
                ('answer', fields.CharField(default='', db_default='', max_length=300)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'tourism_review', 'app': 'tourism', 'indexes': [Index(fields=['place_id', 'id'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Season',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('offer', fields.ForeignKeyField('tourism.Offer', source_field='offer_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=20)),
                ('since', fields.DateField()),
                ('until', fields.DateField()),
                ('yearly', fields.BooleanField(default=False, db_default=False)),
                ('fen', fields.IntField()),
                ('weekend_fen', fields.IntField(default=0, db_default=0)),
                ('holiday_fen', fields.IntField(default=0, db_default=0)),
            ],
            options={'table': 'tourism_season', 'app': 'tourism', 'indexes': [Index(fields=['offer_id', 'id'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Step',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('booking', fields.ForeignKeyField('tourism.Booking', source_field='booking_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('number', fields.IntField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.ForeignKeyField('core.Person', source_field='actor_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('acting', fields.CharField(max_length=8)),
                ('move', fields.CharField(max_length=10)),
                ('before', fields.CharField(max_length=10)),
                ('after', fields.CharField(max_length=10)),
                ('words', fields.CharField(default='', db_default='', max_length=300)),
            ],
            options={'table': 'tourism_step', 'app': 'tourism', 'unique_together': (('booking', 'number'),), 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Taken',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('place', fields.ForeignKeyField('tourism.Place', source_field='place_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('offer', fields.ForeignKeyField('tourism.Offer', source_field='offer_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('unit', fields.IntField()),
                ('day', fields.DateField()),
                ('slot', fields.IntField(default=0, db_default=0)),
                ('booking', fields.ForeignKeyField('tourism.Booking', source_field='booking_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
            ],
            options={'table': 'tourism_taken', 'app': 'tourism', 'indexes': [Index(fields=['booking_id']), Index(fields=['place_id', 'day']), Index(fields=['village_id', 'day'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.RunPython(guard, leave),
    ]
