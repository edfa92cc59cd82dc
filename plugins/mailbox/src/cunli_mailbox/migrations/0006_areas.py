from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index

# Letters about cadres are counted apart from now on: the sums of villages that have one are made anew by the clock of the plugin,
# within an hour. The same on the way back.
APART = "(SELECT COALESCE(series, village_id) FROM mailbox_letter WHERE about_rank > 0)"
COUNT_ANEW = [
    f"DELETE FROM mailbox_tally WHERE series IN {APART}",
    f"UPDATE mailbox_letter SET tallied = FALSE WHERE COALESCE(series, village_id) IN {APART}",
]


class Migration(migrations.Migration):
    dependencies = [('mailbox', '0005_petitions')]

    operations = [
        ops.AddField(
            model_name='Letter',
            name='area',
            field=fields.CharField(default='', db_default='', max_length=40),
        ),
        ops.AddIndex(
            model_name='Letter',
            index=Index(fields=['village_id', 'area', 'id']),
        ),
        ops.RunSQL(COUNT_ANEW, COUNT_ANEW),
    ]
