"""The index of words, which no model describes: see `cunli.feed.search_tables`. Filled by the worker after the migration."""

from tortoise import migrations
from tortoise.migrations import operations as ops

from cunli.feed import search_tables


class Migration(migrations.Migration):
    dependencies = [("core", "0004_offices")]

    initial = False

    operations = [ops.RunPython(search_tables.make, search_tables.unmake)]
