from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('market', '0001_initial')]

    operations = [
        ops.AddIndex(
            model_name='Order',
            index=Index(fields=['shop_id', 'settled_at']),
        ),
        ops.AddIndex(
            model_name='Order',
            index=Index(fields=['village_id', 'settled_at']),
        ),
    ]
