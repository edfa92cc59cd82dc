from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('sample', '0002_pinned_at')]

    operations = [
        ops.AddIndex(
            model_name='Note',
            index=Index(fields=['village_id', 'post_id']),
        ),
    ]
