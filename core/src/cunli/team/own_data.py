"""What this room holds about a person: versions they read, where they help, their days, words between tutor and villager."""

from __future__ import annotations

from typing import Final

from cunli import db
from cunli.own_data.parts import CorePart, rows_of
from cunli.plugin_data import DataContext, ErasureReport, ExportFile
from cunli.web.i18n import _


async def export(ctx: DataContext) -> list[ExportFile]:
    """Own words and own days; of the other side nothing but that it was there."""
    me = ctx.person_id
    read = await rows_of(
        "SELECT h.title, h.version, s.at FROM core_handbook_reading s JOIN core_handbook h ON h.id = s.handbook_id"
        " WHERE s.person_id = ? ORDER BY s.id",
        me,
        moments=("at",),
    )
    helps = await rows_of(
        "SELECT g.name AS region, u.since, u.ended_at FROM core_tutor u JOIN core_region g ON g.id = u.region_id"
        " WHERE u.person_id = ? ORDER BY u.id",
        me,
        moments=("since", "ended_at"),
    )
    tours = await rows_of(
        "SELECT o.day, o.place, o.attended, o.notes FROM core_tour o JOIN core_tutor u ON u.id = o.tutor_id WHERE u.person_id = ? ORDER BY o.id",
        me,
    )
    words = await rows_of(
        "SELECT body, state, at FROM core_written_for WHERE person_id = ? OR tutor_id = ? ORDER BY id",
        me,
        me,
        moments=("at",),
    )
    when = {"since": _("什么时候"), "ended_at": _("到什么时候")}
    return [
        ExportFile(
            name="handbook.json",
            label=_("看过的手册"),
            rows=read,
            columns={"title": _("标题"), "version": _("第几版"), "at": _("什么时候")},
        ),
        ExportFile(name="tutor.json", label=_("在哪里当助教"), rows=helps, columns={"region": _("哪里"), **when}),
        ExportFile(
            name="tours.json",
            label=_("下去帮忙的日子"),
            rows=tours,
            columns={
                "day": _("哪天"),
                "place": _("在哪个地方"),
                "attended": _("来了几位"),
                "notes": _("问了什么、教了什么"),
            },
        ),
        ExportFile(
            name="written.json",
            label=_("助教代写的话"),
            rows=words,
            columns={"body": _("写的话"), "state": _("怎么办的"), "at": _("什么时候")},
        ),
    ]


@db.unit
async def erase(ctx: DataContext) -> ErasureReport:
    """All of it goes, tours included; the county keeps its own figures."""
    me = ctx.person_id
    return ErasureReport(
        erased={
            "words": await db.write("DELETE FROM core_written_for WHERE person_id = ? OR tutor_id = ?", me, me),
            "tutors": await db.write("DELETE FROM core_tutor WHERE person_id = ?", me),
            "read": await db.write("DELETE FROM core_handbook_reading WHERE person_id = ?", me),
        }
    )


PART: Final = CorePart(
    name="team",
    label=_("手册和助教"),
    export=export,
    erase=erase,
    covers=frozenset(
        {"core_handbook_reading.person", "core_tutor.person", "core_written_for.person", "core_written_for.tutor"}
    ),
    left_out={
        "core_handbook.published_by": "who published a version for the county: in the audit trail",
        "core_tutor.appointed_by": "an act about somebody else: in the audit trail",
    },
)
