from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('market', '0004_carrier_and_licence')]

    operations = [
        ops.CreateModel(
            name='Mismatch',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('bill', fields.ForeignKeyField('market.Bill', source_field='bill_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('kind', fields.CharField(max_length=8)),
                ('here_fen', fields.BigIntField()),
                ('there_fen', fields.BigIntField()),
                ('found_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'market_mismatch', 'app': 'market', 'unique_together': (('bill', 'kind'),), 'pk_attr': 'id'},
            bases=['Model'],
        ),
    ]
