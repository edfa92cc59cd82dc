from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('core', '0003_plugin_photos')]

    operations = [
        ops.CreateModel(
            name='OfficeImport',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('person', fields.ForeignKeyField('core.Person', source_field='person_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
                ('content', fields.TextField(unique=False)),
                ('outcomes', fields.TextField(default='{}', unique=False)),
                ('total', fields.IntField()),
                ('done', fields.IntField(default=0)),
                ('state', fields.CharField(default='checked', max_length=8)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'core_office_import', 'app': 'core', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Role',
            name='reason',
            field=fields.CharField(default='', db_default='', max_length=200),
        ),
        ops.AddField(
            model_name='Role',
            name='revoked_by',
            field=fields.ForeignKeyField('core.Person', source_field='revoked_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL),
        ),
    ]
