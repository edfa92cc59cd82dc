from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('mailbox', '0006_areas')]

    operations = [
        ops.AddIndex(
            model_name='Letter',
            index=Index(fields=['village_id', 'public', 'id']),
        ),
        ops.AddIndex(
            model_name='Letter',
            index=Index(fields=['village_id', 'public', 'kind', 'id']),
        ),
        ops.AddIndex(
            model_name='Letter',
            index=Index(fields=['village_id', 'public', 'state', 'area']),
        ),
    ]
