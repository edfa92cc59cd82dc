from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('core', '0007_audit_chain')]

    operations = [
        ops.CreateModel(
            name='WorkerBeat',
            fields=[
                ('name', fields.CharField(primary_key=True, unique=True, db_index=True, max_length=80)),
                ('version', fields.CharField(max_length=40)),
                ('since', fields.BigIntField()),
                ('seen', fields.BigIntField(db_index=True)),
                ('running', fields.IntField(default=0)),
            ],
            options={'table': 'core_worker', 'app': 'core', 'pk_attr': 'name'},
            bases=['Model'],
        ),
    ]
