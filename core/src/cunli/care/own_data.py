"""What this room holds about a person: what they agreed to, what is held back, and who looked at their data."""

from __future__ import annotations

from typing import Final

from cunli import db
from cunli.care.looks import looks_at
from cunli.care.purposes import PURPOSES
from cunli.own_data.parts import CorePart, rows_of
from cunli.plugin_data import DataContext, ErasureReport, ExportFile, Kept
from cunli.web.i18n import _


async def export(ctx: DataContext) -> list[ExportFile]:
    """Consents with the hash of the words, looks by office, holds with their law."""
    given = await rows_of(
        "SELECT at, purpose, version, given, text_hash FROM core_consent WHERE person_id = ? ORDER BY id",
        ctx.person_id,
        moments=("at",),
        switches=("given",),
    )
    for row in given:
        row["purpose"] = str(PURPOSES[row["purpose"]].label) if row["purpose"] in PURPOSES else row["purpose"]
    seen = [
        {"at": one.at, "office": one.office, "place": one.place, "what": one.what, "why": one.why}
        for one in await looks_at(ctx.person_id)
    ]
    held = await rows_of("SELECT law, reason, until FROM core_hold WHERE person_id = ? ORDER BY id", ctx.person_id)
    said = {
        "at": _("什么时候"),
        "purpose": _("为了什么"),
        "version": _("第几版说明"),
        "given": _("同意"),
        "text_hash": _("说明的指纹"),
    }
    looked = {
        "at": _("什么时候"),
        "office": _("谁"),
        "place": _("哪个村"),
        "what": _("看了什么"),
        "why": _("为什么"),
    }
    return [
        ExportFile(name="consents.json", label=_("同意过什么"), rows=given, columns=said),
        ExportFile(name="looks.json", label=_("谁看过你的资料"), rows=seen, columns=looked),
        ExportFile(
            name="holds.json",
            label=_("依法要先留着的"),
            rows=held,
            columns={"law": _("哪条法"), "reason": _("为什么"), "until": _("留到哪天")},
        ),
    ]


@db.unit
async def erase(ctx: DataContext) -> ErasureReport:
    """Consents stay without a name: they prove that what was done then was allowed."""
    rows = await db.read("SELECT COUNT(*) AS n FROM core_consent WHERE person_id = ?", ctx.person_id)
    holds = await db.write("DELETE FROM core_hold WHERE person_id = ?", ctx.person_id)
    kept = Kept(
        what=_("同意和撤回的记录，没有姓名"),
        count=int(rows[0]["n"]),
        reason=_("个人信息保护法第十四条：同意过没有，要能证明"),
    )
    return ErasureReport(erased={"holds": holds}, kept=(kept,) if kept.count else ())


PART: Final = CorePart(
    name="care",
    label=_("同意过什么，谁看过"),
    export=export,
    erase=erase,
    covers=frozenset({"core_consent.person", "core_hold.person"}),
)
