"""What this room holds about a person: their inbox, and what they said or did in the inboxes of others."""

from __future__ import annotations

from typing import Final

from cunli import db
from cunli.notify import actions, queries
from cunli.own_data.parts import CorePart
from cunli.plugin_data import DataContext, ErasureReport, ExportFile
from cunli.web.i18n import _

MOST: Final = 5000


async def export(ctx: DataContext) -> list[ExportFile]:
    """The messages in words, as the inbox has them. What others wrote is quoted nowhere."""
    rows: list[dict[str, object]] = []
    before = 0
    while len(rows) < MOST:
        page, before = await queries.whole_inbox(ctx.person_id, before)
        rows += [{"text": one.text, "at": one.created_at, "read": one.read} for one in page]
        if not before:
            break
    columns = {"text": _("消息"), "at": _("什么时候"), "read": _("看过没有")}
    return [ExportFile(name="messages.json", label=_("收到的消息"), rows=rows, columns=columns)]


@db.unit
async def erase(ctx: DataContext) -> ErasureReport:
    """The inbox goes, and so do messages to others that say what this person wrote."""
    own = await db.write("DELETE FROM core_notification WHERE person_id = ?", ctx.person_id)
    await db.write("UPDATE core_person SET unread_count = 0 WHERE id = ?", ctx.person_id)
    # JSON is read differently by the two databases
    by = "json_extract(params, '$.by') = ?" if db.engine() == "sqlite" else "(params->>'by')::bigint = ?"
    rows = await db.read(f"SELECT DISTINCT person_id FROM core_notification WHERE {by}", ctx.person_id)  # noqa: S608 constants only
    others = await db.write(f"DELETE FROM core_notification WHERE {by}", ctx.person_id)  # noqa: S608 constants only
    for row in rows:
        await actions.recount(row["person_id"])
    return ErasureReport(erased={"messages": own, "messages to others": others})


PART: Final = CorePart(
    name="notify", label=_("消息"), export=export, erase=erase, covers=frozenset({"core_notification.person"})
)
