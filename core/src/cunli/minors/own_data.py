"""What this room holds about a person: that they are not grown up, who answers for them, for whom they answer, who asked to look."""

from __future__ import annotations

from typing import Final

from cunli import db
from cunli.own_data.parts import CorePart, rows_of
from cunli.plugin_data import DataContext, ErasureReport, ExportFile
from cunli.web.i18n import _


async def export(ctx: DataContext) -> list[ExportFile]:
    """The month, the links without other people's names, and the looks with their reasons."""
    age = await rows_of(
        "SELECT adult_on, consented, declared_at FROM core_minor WHERE person_id = ?",
        ctx.person_id,
        moments=("declared_at",),
        switches=("consented",),
    )
    links = await rows_of(
        "SELECT CASE WHEN person_id = ? THEN 'ward' ELSE 'guardian' END AS side, CASE WHEN guardian_id IS NULL THEN 'paper'"
        " ELSE 'account' END AS how, since, ended_at FROM core_guardian WHERE person_id = ? OR guardian_id = ? ORDER BY id",
        *(ctx.person_id,) * 3,
        moments=("since", "ended_at"),
    )
    looks = await rows_of(
        "SELECT asked_at, reason, decided_at, allowed, used_at FROM core_minor_look WHERE person_id = ? ORDER BY id",
        ctx.person_id,
        moments=("asked_at", "decided_at", "used_at"),
        switches=("allowed",),
    )
    return [
        ExportFile(
            name="minor.json",
            label=_("未成年人登记"),
            rows=age,
            columns={"adult_on": _("从哪天起满 18 岁"), "consented": _("监护人同意"), "declared_at": _("什么时候")},
        ),
        ExportFile(
            name="guardians.json",
            label=_("监护人和孩子"),
            rows=links,
            columns={"side": _("哪一边"), "how": _("怎么登记的"), "since": _("什么时候"), "ended_at": _("到什么时候")},
        ),
        ExportFile(
            name="looks_asked.json",
            label=_("谁申请看过（未成年人）"),
            rows=looks,
            columns={
                "asked_at": _("什么时候"),
                "reason": _("为什么"),
                "decided_at": _("什么时候答复"),
                "allowed": _("同意"),
                "used_at": _("什么时候看的"),
            },
        ),
    ]


@db.unit
async def erase(ctx: DataContext) -> ErasureReport:
    """All of it goes. A child whose guardian leaves keeps what was agreed: the committee can record another one."""
    me = ctx.person_id
    links = await db.write("DELETE FROM core_guardian WHERE person_id = ? OR guardian_id = ?", me, me)
    looks = await db.write("DELETE FROM core_minor_look WHERE person_id = ? OR asked_by_id = ?", me, me)
    ages = await db.write("DELETE FROM core_minor WHERE person_id = ?", me)
    return ErasureReport(erased={"guardians": links, "looks": looks, "ages": ages})


PART: Final = CorePart(
    name="minors",
    label=_("未成年人和监护人"),
    export=export,
    erase=erase,
    covers=frozenset({"core_minor.person", "core_guardian.person", "core_guardian.guardian", "core_minor_look.person"}),
    left_out={
        "core_guardian.recorded_by": "the official who took the paper: in the audit trail",
        "core_minor_look.asked_by": "a request about somebody else; it is in the audit trail, which the person may read",
        "core_minor_look.decided_by": "a decision about somebody else; it is in the audit trail",
    },
)
