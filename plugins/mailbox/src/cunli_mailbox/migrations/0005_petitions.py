from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('mailbox', '0004_offices'), ('core', '__first__')]

    operations = [
        ops.CreateModel(
            name='Petitions',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('year', fields.IntField()),
                ('quarter', fields.IntField()),
                ('petitions', fields.IntField()),
                ('residents', fields.IntField()),
            ],
            options={'table': 'mailbox_petitions', 'app': 'mailbox', 'unique_together': (('village', 'year', 'quarter'),), 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.AlterField(
            model_name='Letter',
            name='closed_how',
            field=fields.CharField(default='', db_default='', max_length=16),
        ),
    ]
