from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

class Migration(migrations.Migration):
    dependencies = [('mailbox', '0001_initial'), ('core', '__first__')]

    operations = [
        ops.CreateModel(
            name='Tally',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('series', fields.IntField()),
                ('month', fields.DateField()),
                ('kind', fields.CharField(max_length=12)),
                ('received', fields.IntField(default=0, db_default=0)),
                ('answered', fields.IntField(default=0, db_default=0)),
                ('in_time', fields.IntField(default=0, db_default=0)),
                ('resolved', fields.IntField(default=0, db_default=0)),
                ('silent', fields.IntField(default=0, db_default=0)),
                ('satisfied', fields.IntField(default=0, db_default=0)),
                ('said', fields.IntField(default=0, db_default=0)),
                ('within_1', fields.IntField(default=0, db_default=0)),
                ('within_2', fields.IntField(default=0, db_default=0)),
                ('within_4', fields.IntField(default=0, db_default=0)),
                ('within_8', fields.IntField(default=0, db_default=0)),
                ('within_24', fields.IntField(default=0, db_default=0)),
                ('within_48', fields.IntField(default=0, db_default=0)),
                ('within_72', fields.IntField(default=0, db_default=0)),
                ('within_120', fields.IntField(default=0, db_default=0)),
                ('within_240', fields.IntField(default=0, db_default=0)),
                ('within_360', fields.IntField(default=0, db_default=0)),
                ('within_more', fields.IntField(default=0, db_default=0)),
            ],
            options={'table': 'mailbox_tally', 'app': 'mailbox', 'unique_together': (('series', 'month', 'kind'),), 'indexes': [Index(fields=['village_id', 'month'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        ops.RemoveConstraint(
            model_name='Letter',
            name=None,
            fields=['village', 'year', 'number'],
        ),
        ops.AddField(
            model_name='Letter',
            name='series',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='Letter',
            name='silence_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Letter',
            name='tallied',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddConstraint(
            model_name='Letter',
            constraint=UniqueConstraint(fields=('series', 'year', 'number'), name=None),
        ),
    ]
