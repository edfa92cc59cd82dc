from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

from cunli import db
from cunli.trust.audit import link_of
from cunli.trust.chain import GENESIS

BATCH = 500
SQLITE = """
CREATE TRIGGER core_audit_entry_unchanged BEFORE UPDATE ON core_audit_entry
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER core_audit_entry_kept BEFORE DELETE ON core_audit_entry
WHEN OLD.id > COALESCE((SELECT MAX(up_to) FROM core_audit_cut), 0)
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER core_audit_cut_unchanged BEFORE UPDATE ON core_audit_cut
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER core_audit_cut_kept BEFORE DELETE ON core_audit_cut
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
"""
SQLITE_BACK = """
DROP TRIGGER core_audit_entry_unchanged; DROP TRIGGER core_audit_entry_kept;
DROP TRIGGER core_audit_cut_unchanged; DROP TRIGGER core_audit_cut_kept;
"""
POSTGRES = """
CREATE FUNCTION core_audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'core_audit_entry'
     AND OLD.id <= COALESCE((SELECT MAX(up_to) FROM core_audit_cut), 0) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER core_audit_entry_kept BEFORE UPDATE OR DELETE ON core_audit_entry
  FOR EACH ROW EXECUTE FUNCTION core_audit_append_only();
CREATE TRIGGER core_audit_entry_whole BEFORE TRUNCATE ON core_audit_entry EXECUTE FUNCTION core_audit_append_only();
CREATE TRIGGER core_audit_cut_kept BEFORE UPDATE OR DELETE ON core_audit_cut
  FOR EACH ROW EXECUTE FUNCTION core_audit_append_only();
CREATE TRIGGER core_audit_cut_whole BEFORE TRUNCATE ON core_audit_cut EXECUTE FUNCTION core_audit_append_only();
"""
POSTGRES_BACK = """
DROP TRIGGER core_audit_entry_kept ON core_audit_entry; DROP TRIGGER core_audit_entry_whole ON core_audit_entry;
DROP TRIGGER core_audit_cut_kept ON core_audit_cut; DROP TRIGGER core_audit_cut_whole ON core_audit_cut;
DROP FUNCTION core_audit_append_only();
"""


async def chain_what_is_there(apps, editor):
    """Number the entries without gaps, in their order, and link them."""
    number, before, last = 0, GENESIS, 0
    columns = "id, at, action, actor_id, by, village_id, region_id, object_kind, object_id, details"
    while rows := await db.read(
        f"SELECT {columns} FROM core_audit_entry WHERE id > ? ORDER BY id LIMIT {BATCH}", last
    ):
        changes = []
        for row in rows:
            number, last = number + 1, row["id"]
            before = link_of({**dict(row), "id": number}).hash_after(before)
            changes.append((number, before, last))
        await db.write_many("UPDATE core_audit_entry SET id = ?, hash = ? WHERE id = ?", changes)


async def guard(apps, editor):
    """From here on nothing is changed and nothing deleted but by a cut."""
    await editor.client.execute_script(SQLITE if editor.client.capabilities.dialect == "sqlite" else POSTGRES)


async def leave(apps, editor):
    """Take the guards away again."""
    await editor.client.execute_script(SQLITE_BACK if editor.client.capabilities.dialect == "sqlite" else POSTGRES_BACK)


async def nothing(apps, editor):
    """Hashes go with their column."""


class Migration(migrations.Migration):
    dependencies = [('core', '0006_departments')]

    operations = [
        ops.CreateModel(
            name='AuditCut',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('up_to', fields.BigIntField(unique=True)),
                ('hash', fields.CharField(max_length=64)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'core_audit_cut', 'app': 'core', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='AuditReader',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('person', fields.ForeignKeyField('core.Person', source_field='person_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('region', fields.ForeignKeyField('core.Region', source_field='region_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('granted_by', fields.ForeignKeyField('core.Person', source_field='granted_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.SET_NULL)),
                ('granted_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'core_audit_reader', 'app': 'core', 'indexes': [Index(fields=['person_id']), Index(fields=['region_id'])], 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='AuditEntry',
            name='hash',
            field=fields.CharField(default='', db_default='', max_length=64),
        ),
        ops.AddIndex(
            model_name='AuditEntry',
            index=Index(fields=['region_id', 'id']),
        ),
        ops.AddIndex(
            model_name='AuditEntry',
            index=Index(fields=['actor_id', 'id']),
        ),
        ops.AddIndex(
            model_name='AuditEntry',
            index=Index(fields=['at']),
        ),
        ops.RunPython(chain_what_is_there, nothing),
        ops.RunPython(guard, leave),
    ]
