from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index

# The books are added to and never changed, whoever asks; a village's rows may still move to another village. The stock is
# never below nothing. Guarded by the database, because a program can be wrong.
GUARDED = {
    "market_moneyline": "order_id, shop_id, journal, account, fen, at",
    "market_stockline": "lot_id, amount, why, token, at",
}
REFUSED = "the books of the market are append-only"
SQLITE = "".join(
    f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE OF {columns} ON {table} BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END;"
    f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END;"
    for table, columns in GUARDED.items()
) + (
    "CREATE TRIGGER market_lot_enough BEFORE UPDATE OF free ON market_lot WHEN NEW.free < 0"
    " BEGIN SELECT RAISE(ABORT, 'the stock cannot be below nothing'); END;"
)
SQLITE_BACK = "".join(
    f"DROP TRIGGER {table}_unchanged; DROP TRIGGER {table}_kept;" for table in GUARDED
) + "DROP TRIGGER market_lot_enough;"
POSTGRES = f"""
CREATE FUNCTION market_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'integrity_constraint_violation'; END $$;
""" + "".join(
    f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE OF {columns} ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION market_append_only();"
    f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION market_append_only();"
    for table, columns in GUARDED.items()
) + "ALTER TABLE market_lot ADD CONSTRAINT market_lot_enough CHECK (free >= 0);"
POSTGRES_BACK = "".join(
    f"DROP TRIGGER {table}_unchanged ON {table}; DROP TRIGGER {table}_kept ON {table};" for table in GUARDED
) + "DROP FUNCTION market_append_only(); ALTER TABLE market_lot DROP CONSTRAINT market_lot_enough;"


async def guard(apps: Any, editor: Any) -> None:
    await editor.client.execute_script(SQLITE if editor.client.capabilities.dialect == "sqlite" else POSTGRES)


async def leave(apps: Any, editor: Any) -> None:
    await editor.client.execute_script(SQLITE_BACK if editor.client.capabilities.dialect == "sqlite" else POSTGRES_BACK)


class Migration(migrations.Migration):
    dependencies = [('core', '__first__')]

    initial = True

    operations = [
        ops.CreateModel(
            name='Ad',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('writer', fields.ForeignKeyField('core.Person', source_field='writer_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=6)),
                ('title', fields.CharField(max_length=30)),
                ('body', fields.CharField(default='', db_default='', max_length=500)),
                ('phone', fields.TextField(default='', db_default='', unique=False)),
                ('state', fields.CharField(default='open', db_default='open', max_length=6)),
                ('reason', fields.CharField(default='', db_default='', max_length=200)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('until', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'market_ad', 'app': 'market', 'indexes': [Index(fields=['village_id', 'state', 'until'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Bill',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('buyer', fields.ForeignKeyField('core.Person', source_field='buyer_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('way', fields.CharField(max_length=8)),
                ('fen', fields.BigIntField()),
                ('state', fields.CharField(default='waiting', db_default='waiting', max_length=8)),
                ('paid_fen', fields.BigIntField(default=0, db_default=0)),
                ('reference', fields.CharField(default='', db_default='', max_length=64)),
                ('back_url', fields.CharField(default='', db_default='', max_length=120)),
                ('made_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('paid_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'market_bill', 'app': 'market', 'indexes': [Index(fields=['state', 'way', 'expires_at'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Shop',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('owner', fields.ForeignKeyField('core.Person', source_field='owner_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('name', fields.CharField(max_length=20)),
                ('about', fields.CharField(default='', db_default='', max_length=500)),
                ('kind', fields.CharField(max_length=8)),
                ('licence', fields.CharField(default='', db_default='', max_length=40)),
                ('phone', fields.TextField(default='', db_default='', unique=False)),
                ('bank', fields.TextField(default='', db_default='', unique=False)),
                ('state', fields.CharField(default='open', db_default='open', max_length=8)),
                ('reason', fields.CharField(default='', db_default='', max_length=200)),
                ('checked_on', fields.DateField(null=True)),
                ('pickup', fields.CharField(default='', db_default='', max_length=60)),
                ('own_fee', fields.IntField(default=-1, db_default=-1)),
                ('own_free_from', fields.IntField(default=0, db_default=0)),
                ('courier_fee', fields.IntField(default=-1, db_default=-1)),
                ('courier_free_from', fields.IntField(default=0, db_default=0)),
                ('cash', fields.BooleanField(default=True, db_default=True)),
                ('opened_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'market_shop', 'app': 'market', 'indexes': [Index(fields=['village_id', 'state']), Index(fields=['owner_id'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Good',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('shop', fields.ForeignKeyField('market.Shop', source_field='shop_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('title', fields.CharField(max_length=30)),
                ('about', fields.CharField(default='', db_default='', max_length=1000)),
                ('category', fields.CharField(max_length=10)),
                ('season', fields.CharField(default='year', db_default='year', max_length=8)),
                ('harvested_on', fields.DateField(null=True)),
                ('origin', fields.CharField(default='', db_default='', max_length=30)),
                ('record', fields.CharField(default='', db_default='', max_length=200)),
                ('certificate', fields.CharField(default='', db_default='', max_length=40)),
                ('fresh', fields.BooleanField(default=True, db_default=True)),
                ('helped', fields.BooleanField(default=False, db_default=False)),
                ('photos', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('state', fields.CharField(default='on', db_default='on', max_length=8)),
                ('reason', fields.CharField(default='', db_default='', max_length=200)),
                ('from_fen', fields.IntField(default=0, db_default=0)),
                ('sold', fields.IntField(default=0, db_default=0)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'market_good', 'app': 'market', 'indexes': [Index(fields=['village_id', 'state', 'id']), Index(fields=['state', 'category', 'id']), Index(fields=['state', 'from_fen', 'id']), Index(fields=['shop_id'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Endorsement',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('shop', fields.ForeignKeyField('market.Shop', source_field='shop_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('good', fields.ForeignKeyField('market.Good', source_field='good_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('level', fields.CharField(max_length=8)),
                ('issuer', fields.CharField(max_length=40)),
                ('scope', fields.CharField(max_length=100)),
                ('evidence', fields.CharField(max_length=200)),
                ('since', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('until', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('by', fields.ForeignKeyField('core.Person', source_field='by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('revoked_why', fields.CharField(default='', db_default='', max_length=200)),
            ],
            options={'table': 'market_endorsement', 'app': 'market', 'indexes': [Index(fields=['shop_id', 'until']), Index(fields=['good_id', 'until']), Index(fields=['village_id', 'since'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Lot',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('shop', fields.ForeignKeyField('market.Shop', source_field='shop_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=30)),
                ('free', fields.IntField(default=0, db_default=0)),
            ],
            options={'table': 'market_lot', 'app': 'market', 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Order',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('shop', fields.ForeignKeyField('market.Shop', source_field='shop_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('buyer', fields.ForeignKeyField('core.Person', source_field='buyer_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('bill', fields.ForeignKeyField('market.Bill', source_field='bill_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('way', fields.CharField(max_length=8)),
                ('delivery', fields.CharField(max_length=8)),
                ('receiver', fields.TextField(default='', db_default='', unique=False)),
                ('phone', fields.TextField(default='', db_default='', unique=False)),
                ('address', fields.TextField(default='', db_default='', unique=False)),
                ('note', fields.CharField(default='', db_default='', max_length=100)),
                ('goods_fen', fields.BigIntField()),
                ('fee_fen', fields.IntField()),
                ('total_fen', fields.BigIntField()),
                ('refunded_fen', fields.BigIntField(default=0, db_default=0)),
                ('state', fields.CharField(max_length=10)),
                ('back_to', fields.CharField(default='', db_default='', max_length=10)),
                ('tracking', fields.CharField(default='', db_default='', max_length=40)),
                ('steps_count', fields.IntField(default=0, db_default=0)),
                ('placed_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('due_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('settled_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'market_order', 'app': 'market', 'indexes': [Index(fields=['village_id', 'state', 'id']), Index(fields=['buyer_id', 'id']), Index(fields=['shop_id', 'state', 'id']), Index(fields=['bill_id']), Index(fields=['state', 'due_at'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='MoneyLine',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('order', fields.ForeignKeyField('market.Order', source_field='order_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('shop_id', fields.IntField()),
                ('journal', fields.CharField(max_length=48)),
                ('account', fields.CharField(max_length=8)),
                ('fen', fields.BigIntField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'market_moneyline', 'app': 'market', 'unique_together': (('journal', 'account'),), 'indexes': [Index(fields=['shop_id', 'account']), Index(fields=['order_id'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Refund',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('order', fields.ForeignKeyField('market.Order', source_field='order_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('fen', fields.BigIntField()),
                ('reason', fields.CharField(default='', db_default='', max_length=300)),
                ('photos', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('state', fields.CharField(max_length=8)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('done_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'market_refund', 'app': 'market', 'indexes': [Index(fields=['state', 'at']), Index(fields=['order_id'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Review',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('order', fields.ForeignKeyField('market.Order', source_field='order_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('good', fields.ForeignKeyField('market.Good', source_field='good_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('writer', fields.ForeignKeyField('core.Person', source_field='writer_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('stars', fields.IntField()),
                ('words', fields.CharField(default='', db_default='', max_length=500)),
                ('bought', fields.CharField(max_length=52)),
                ('hidden', fields.CharField(default='', db_default='', max_length=200)),
                ('answer', fields.CharField(default='', db_default='', max_length=300)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'market_review', 'app': 'market', 'unique_together': (('order', 'good'),), 'indexes': [Index(fields=['good_id', 'id'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Share',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('good', fields.ForeignKeyField('market.Good', source_field='good_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('person', fields.ForeignKeyField('core.Person', source_field='person_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('post', fields.CharField(default='', db_default='', max_length=40)),
            ],
            options={'table': 'market_share', 'app': 'market', 'unique_together': (('good', 'person'),), 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Step',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('order', fields.ForeignKeyField('market.Order', source_field='order_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('number', fields.IntField()),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('actor', fields.ForeignKeyField('core.Person', source_field='actor_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('acting', fields.CharField(max_length=8)),
                ('move', fields.CharField(max_length=16)),
                ('before', fields.CharField(max_length=10)),
                ('after', fields.CharField(max_length=10)),
                ('words', fields.CharField(default='', db_default='', max_length=300)),
                ('fen', fields.BigIntField(default=0, db_default=0)),
            ],
            options={'table': 'market_step', 'app': 'market', 'unique_together': (('order', 'number'),), 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='StockLine',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('lot', fields.ForeignKeyField('market.Lot', source_field='lot_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('amount', fields.IntField()),
                ('why', fields.CharField(max_length=8)),
                ('token', fields.CharField(unique=True, max_length=48)),
                ('by', fields.ForeignKeyField('core.Person', source_field='by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('reason', fields.CharField(default='', db_default='', max_length=80)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'market_stockline', 'app': 'market', 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Variant',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('good', fields.ForeignKeyField('market.Good', source_field='good_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('lot', fields.ForeignKeyField('market.Lot', source_field='lot_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('name', fields.CharField(max_length=20)),
                ('unit', fields.CharField(max_length=4)),
                ('fen', fields.IntField()),
                ('per', fields.IntField(default=1, db_default=1)),
                ('open', fields.BooleanField(default=True, db_default=True)),
            ],
            options={'table': 'market_variant', 'app': 'market', 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Hold',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('buyer', fields.ForeignKeyField('core.Person', source_field='buyer_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('variant', fields.ForeignKeyField('market.Variant', source_field='variant_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('shop', fields.ForeignKeyField('market.Shop', source_field='shop_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('count', fields.IntField()),
                ('taken', fields.IntField()),
                ('fen', fields.IntField()),
                ('state', fields.CharField(default='held', db_default='held', max_length=8)),
                ('until', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('friend', fields.ForeignKeyField('core.Person', source_field='friend_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
            ],
            options={'table': 'market_hold', 'app': 'market', 'indexes': [Index(fields=['buyer_id', 'state']), Index(fields=['state', 'until'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Line',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('order', fields.ForeignKeyField('market.Order', source_field='order_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('good', fields.ForeignKeyField('market.Good', source_field='good_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('variant', fields.ForeignKeyField('market.Variant', source_field='variant_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('lot_id', fields.IntField()),
                ('title', fields.CharField(max_length=52)),
                ('unit', fields.CharField(max_length=4)),
                ('count', fields.IntField()),
                ('taken', fields.IntField()),
                ('fen', fields.IntField()),
                ('sum_fen', fields.BigIntField()),
                ('fresh', fields.BooleanField()),
                ('friend', fields.ForeignKeyField('core.Person', source_field='friend_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
            ],
            options={'table': 'market_line', 'app': 'market', 'indexes': [Index(fields=['order_id']), Index(fields=['good_id'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.RunPython(guard, leave),
    ]
