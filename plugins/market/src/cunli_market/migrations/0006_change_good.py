from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('market', '0005_compared')]

    operations = [
        ops.RemoveIndex(
            model_name='Good',
            name=None,
            fields=['shop_id'],
        ),
        ops.AddIndex(
            model_name='Good',
            index=Index(fields=['shop_id', 'id']),
        ),
    ]
