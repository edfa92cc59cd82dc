from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('core', '0008_workers')]

    operations = [
        ops.AddIndex(
            model_name='Person',
            index=Index(fields=['display_name']),
        ),
    ]
