from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [("core", "0009_person_name_index")]

    operations = [
        ops.CreateModel(
            name='ReviewCase',
            fields=[
                ('id', fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=22)),
                ('village', fields.ForeignKeyField('core.Village', source_field='village_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharField(max_length=8)),
                ('object_kind', fields.CharField(max_length=8)),
                ('object_id', fields.BigIntField()),
                ('author', fields.ForeignKeyField('core.Person', source_field='author_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('level', fields.SmallIntField(default=5)),
                ('rule', fields.CharField(default='', max_length=16)),
                ('open_key', fields.CharField(null=True, unique=True, max_length=40)),
                ('opened_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('due_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('state', fields.CharField(default='open', max_length=8)),
                ('outcome', fields.CharField(default='', max_length=8)),
                ('was', fields.CharField(default='', max_length=8)),
                ('reason', fields.CharField(default='', max_length=200)),
                ('words', fields.CharField(default='', max_length=500)),
                ('decided_by', fields.ForeignKeyField('core.Person', source_field='decided_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('decided_level', fields.SmallIntField(default=0)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('appeal_of', fields.OneToOneField('core.ReviewCase', source_field='appeal_of_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.CASCADE)),
            ],
            options={'table': 'core_review_case', 'app': 'core', 'indexes': [Index(fields=['state', 'due_at', 'id']), Index(fields=['village_id', 'state', 'id']), Index(fields=['object_kind', 'object_id', 'id'])], 'pk_attr': 'id'},
            bases=['VillageModel'],
        ),
        # what was reported or held and waits already: one case for each thing, under the key of the row it stands for
        ops.RunSQL(
            "INSERT INTO core_review_case (key, village_id, kind, object_kind, object_id, author_id, level, rule, open_key,"
            " opened_at, due_at, state, outcome, was, reason, words, decided_level)"
            " SELECT r.key, r.village_id, 'report', r.object_kind, r.object_id, COALESCE(p.author_id, c.author_id), 5, r.reason,"
            " 'report:' || r.object_kind || ':' || r.object_id, r.created_at, r.created_at, 'open', '', '', '', '', 0"
            " FROM core_report r LEFT JOIN core_post p ON r.object_kind = 'post' AND p.id = r.object_id"
            " LEFT JOIN core_comment c ON r.object_kind = 'comment' AND c.id = r.object_id"
            " WHERE r.state = 'open' AND COALESCE(p.author_id, c.author_id) IS NOT NULL AND r.id = (SELECT MIN(x.id)"
            " FROM core_report x WHERE x.object_kind = r.object_kind AND x.object_id = r.object_id AND x.state = 'open')"
        ),
        ops.RunSQL(
            "INSERT INTO core_review_case (key, village_id, kind, object_kind, object_id, author_id, level, rule, open_key,"
            " opened_at, due_at, state, outcome, was, reason, words, decided_level)"
            " SELECT h.key, h.village_id, 'held', h.object_kind, h.object_id, COALESCE(p.author_id, c.author_id), 5, 'before',"
            " 'held:' || h.object_kind || ':' || h.object_id, h.created_at, h.created_at, 'open', '', '', '', '', 0"
            " FROM core_held h LEFT JOIN core_post p ON h.object_kind = 'post' AND p.id = h.object_id"
            " LEFT JOIN core_comment c ON h.object_kind = 'comment' AND c.id = h.object_id"
            " WHERE h.state = 'open' AND COALESCE(p.author_id, c.author_id) IS NOT NULL"
        ),
    ]
