from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index


async def fill(apps: Any, editor: Any) -> None:
    """Sum up what is there already, and write down the letters of titles."""
    client = editor.client
    sqlite = client.capabilities.dialect == "sqlite"
    for shape in ("%Y-%m", "%Y"):
        period = (
            f"strftime('{shape}', o.settled_at, '+8 hours')" if sqlite
            else f"to_char(o.settled_at AT TIME ZONE 'Asia/Shanghai', '{shape.replace('%Y', 'YYYY').replace('%m', 'MM')}')"
        )
        await client.execute_script(
            "INSERT INTO market_shopsum (village_id, shop_id, period, orders, goods_fen, fee_fen, refunded_fen)"
            f" SELECT o.village_id, o.shop_id, {period}, COUNT(*), SUM(o.goods_fen), SUM(o.fee_fen), SUM(o.refunded_fen)"
            " FROM market_order o WHERE o.state = 'settled' AND o.settled_at IS NOT NULL GROUP BY 1, 2, 3;"
            "INSERT INTO market_goodsum (village_id, good_id, period, count, fen)"
            f" SELECT l.village_id, l.good_id, {period}, SUM(l.count), SUM(l.sum_fen)"
            " FROM market_line l JOIN market_order o ON o.id = l.order_id"
            " WHERE o.state = 'settled' AND o.settled_at IS NOT NULL GROUP BY 1, 2, 3;"
        )
    await client.execute_script(
        "INSERT INTO market_balance (village_id, shop_id, account, fen)"
        " SELECT village_id, shop_id, account, SUM(fen) FROM market_moneyline GROUP BY 1, 2, 3;"
    )
    rows = []
    for good in await client.execute_query_dict("SELECT id, village_id, title FROM market_good"):
        letters = [ord(one) for one in good["title"].lower()]
        pairs = {first << 21 | second for first, second in zip(letters, [*letters[1:], 0])}
        rows += [f"({good['village_id']}, {good['id']}, {code})" for code in sorted(pairs)]
    for first in range(0, len(rows), 500):
        await client.execute_script(
            "INSERT INTO market_word (village_id, good_id, code) VALUES " + ", ".join(rows[first : first + 500])
        )


async def leave(apps: Any, editor: Any) -> None:
    """The tables go with what is in them."""

class Migration(migrations.Migration):
    dependencies = [('market', '0002_settled_sales'), ('core', '__first__')]

    operations = [
        ops.CreateModel(
            name='Balance',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('shop', fields.ForeignKeyField('market.Shop', source_field='shop_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('account', fields.CharField(max_length=8)),
                ('fen', fields.BigIntField(default=0, db_default=0)),
            ],
            options={'table': 'market_balance', 'app': 'market', 'unique_together': (('shop', 'account'),), 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='GoodSum',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('good', fields.ForeignKeyField('market.Good', source_field='good_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('period', fields.CharField(max_length=7)),
                ('count', fields.BigIntField(default=0, db_default=0)),
                ('fen', fields.BigIntField(default=0, db_default=0)),
            ],
            options={'table': 'market_goodsum', 'app': 'market', 'unique_together': (('good', 'period'),), 'indexes': [Index(fields=['period', 'fen']), Index(fields=['village_id', 'period', 'fen'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='ShopSum',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('shop', fields.ForeignKeyField('market.Shop', source_field='shop_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('period', fields.CharField(max_length=7)),
                ('orders', fields.IntField(default=0, db_default=0)),
                ('goods_fen', fields.BigIntField(default=0, db_default=0)),
                ('fee_fen', fields.BigIntField(default=0, db_default=0)),
                ('refunded_fen', fields.BigIntField(default=0, db_default=0)),
            ],
            options={'table': 'market_shopsum', 'app': 'market', 'unique_together': (('shop', 'period'),), 'indexes': [Index(fields=['period', 'village_id'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.CreateModel(
            name='Word',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('good', fields.ForeignKeyField('market.Good', source_field='good_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('code', fields.BigIntField()),
            ],
            options={'table': 'market_word', 'app': 'market', 'indexes': [Index(fields=['code', 'good_id']), Index(fields=['good_id'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.AddIndex(
            model_name='Hold',
            index=Index(fields=['variant_id']),
        ),
        ops.AddIndex(
            model_name='Lot',
            index=Index(fields=['shop_id']),
        ),
        ops.AddIndex(
            model_name='StockLine',
            index=Index(fields=['lot_id']),
        ),
        ops.AddIndex(
            model_name='Variant',
            index=Index(fields=['good_id']),
        ),
        ops.AddIndex(
            model_name='Variant',
            index=Index(fields=['lot_id']),
        ),
        ops.RunPython(fill, leave),
    ]
