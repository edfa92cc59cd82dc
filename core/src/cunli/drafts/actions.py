"""Keeping, offering and dropping what was begun."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from cunli import db
from cunli.clock import now
from cunli.drafts import rules
from cunli.jobs.tasks import Task, TaskContext
from cunli.trust.personal import EncryptedText, Unreadable
from cunli.web.tokens import new_key

FIELDS: Final = EncryptedText("core_form_draft", "fields_sealed", "text")


@db.unit
async def keep(village_id: int, person_id: int, form: str, values: Mapping[str, str]) -> None:
    """Keep what stands in a form now; one without a word is none."""
    kept = {name: values.get(name, "")[: rules.FIELD_MAX] for name in rules.fields_of(form)}
    if not any(kept.values()):
        await drop(village_id, person_id, form)
        return
    key = new_key()
    sealed = FIELDS.seal(json.dumps(kept, ensure_ascii=False), key)
    await db.write(
        "INSERT INTO core_form_draft (key, village_id, person_id, form, fields_sealed, updated_at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (village_id, person_id, form) DO UPDATE SET key = excluded.key, fields_sealed = excluded.fields_sealed,"
        " updated_at = excluded.updated_at",
        key,
        village_id,
        person_id,
        form,
        sealed,
        now(),
    )
    await db.write(
        "DELETE FROM core_form_draft WHERE id IN (SELECT id FROM core_form_draft WHERE person_id = ?"
        " ORDER BY updated_at DESC, id DESC LIMIT 100 OFFSET ?)",
        person_id,
        rules.MOST,
    )


@db.unit
async def drop(village_id: int, person_id: int, form: str) -> None:
    """Forget what was begun: it was sent, or its writer does not want it any more."""
    sql = "DELETE FROM core_form_draft WHERE village_id = ? AND person_id = ? AND form = ?"
    await db.write(sql, village_id, person_id, form)


async def begun(village_id: int, person_id: int, form: str) -> dict[str, str]:
    """What this person began in this form, in clear; empty when nothing."""
    sql = "SELECT key, fields_sealed FROM core_form_draft WHERE village_id = ? AND person_id = ? AND form = ?"
    rows = await db.read(sql, village_id, person_id, form)
    return opened(rows[0], person_id, form) if rows else {}


def opened(row: db.Row, person_id: int, form: str) -> dict[str, str]:
    """The fields of a draft for its writer. One that does not open any more (a key is gone) is none."""
    try:
        found = json.loads(FIELDS.own(row["fields_sealed"], row["key"], about=person_id, reader=person_id))
    except (Unreadable, ValueError):
        return {}
    return {name: str(found.get(name, "")) for name in rules.fields_of(form)}


async def sweep(_ctx: TaskContext) -> None:
    """Forget what nobody has gone on with for a month."""
    await db.run_unit(db.write, "DELETE FROM core_form_draft WHERE updated_at < ?", now() - rules.KEPT)


TASKS: Final = (Task(name="drafts.sweep", run=sweep, every=rules.KEPT / 30),)
