"""What this room holds about a person: their inbox, and what they said or did in the inboxes of others."""

from __future__ import annotations

from typing import Final

from cunli import db
from cunli.notify import actions, mail, queries
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
    return [
        ExportFile(name="messages.json", label=_("收到的消息"), rows=rows, columns=columns),
        await _choice(ctx.person_id),
        await _mail(ctx.person_id),
    ]


async def _mail(person_id: int) -> ExportFile:
    mine = await mail.mail_of(person_id)
    rows = [{"address": mine.address, "confirmed": mine.confirmed, "topics": sorted(mine.topics)}] if mine else []
    columns = {"address": _("邮箱"), "confirmed": _("确认了"), "topics": _("哪些消息发到邮箱")}
    return ExportFile(name="mail.json", label=_("邮箱"), rows=rows, columns=columns)


async def _choice(person_id: int) -> ExportFile:
    rows = await db.read("SELECT off, begins, ends FROM core_channel_choice WHERE person_id = ?", person_id)
    found = [{"off": row["off"], "begins": row["begins"], "ends": row["ends"]} for row in rows]
    columns = {"off": _("不要的提醒方式"), "begins": _("几点起不打扰"), "ends": _("到几点")}
    return ExportFile(name="message_choices.json", label=_("消息提醒"), rows=found, columns=columns)


@db.unit
async def erase(ctx: DataContext) -> ErasureReport:
    """The inbox goes, and so do messages to others that say what this person wrote."""
    own = await db.write("DELETE FROM core_notification WHERE person_id = ?", ctx.person_id)
    await db.write("DELETE FROM core_channel_choice WHERE person_id = ?", ctx.person_id)
    await db.write("DELETE FROM core_mail_address WHERE person_id = ?", ctx.person_id)
    await db.write("UPDATE core_person SET unread_count = 0 WHERE id = ?", ctx.person_id)
    # JSON is read differently by the two databases
    by = "json_extract(params, '$.by') = ?" if db.engine() == "sqlite" else "(params->>'by')::bigint = ?"
    rows = await db.read(f"SELECT DISTINCT person_id FROM core_notification WHERE {by}", ctx.person_id)  # noqa: S608 constants only
    others = await db.write(f"DELETE FROM core_notification WHERE {by}", ctx.person_id)  # noqa: S608 constants only
    for row in rows:
        await actions.recount(row["person_id"])
    return ErasureReport(erased={"messages": own, "messages to others": others})


PART: Final = CorePart(
    name="notify",
    label=_("消息"),
    export=export,
    erase=erase,
    covers=frozenset({"core_notification.person", "core_channel_choice.person", "core_mail_address.person"}),
)
