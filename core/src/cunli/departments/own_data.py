"""What this room holds about a person: for which departments they wrote, and what."""

from __future__ import annotations

from typing import Final

from cunli import db
from cunli.clock import now
from cunli.own_data.parts import CorePart, rows_of
from cunli.plugin_data import DataContext, ErasureReport, ExportFile, Kept
from cunli.web.i18n import _


async def export(ctx: DataContext) -> list[ExportFile]:
    """The departments with the time they wrote for them, and the notices and articles."""
    where = await rows_of(
        "SELECT d.name, e.granted_at, e.ended_at FROM core_department_editor e"
        " JOIN core_department d ON d.id = e.department_id WHERE e.person_id = ? ORDER BY e.id",
        ctx.person_id,
        moments=("granted_at",),
    )
    for row in where:
        row["ended_at"] = db.when(row["ended_at"]) if row["ended_at"] else None
    posts = await rows_of(
        "SELECT d.name, p.title, p.body, p.published_at FROM core_department_post p"
        " JOIN core_department d ON d.id = p.department_id WHERE p.author_id = ? ORDER BY p.id",
        ctx.person_id,
        moments=("published_at",),
    )
    columns = {"name": _("部门"), "granted_at": _("什么时候开始"), "ended_at": _("什么时候结束")}
    written = {"name": _("部门"), "title": _("标题"), "body": _("内容"), "published_at": _("什么时候")}
    return [
        ExportFile(name="departments.json", label=_("给哪些部门写过"), rows=where, columns=columns),
        ExportFile(name="department_posts.json", label=_("以部门名义发的"), rows=posts, columns=written),
    ]


@db.unit
async def erase(ctx: DataContext) -> ErasureReport:
    """The appointments end; what was published is the department's and stays, without the name of who wrote it."""
    await db.write(
        "UPDATE core_department_editor SET ended_at = ? WHERE person_id = ? AND ended_at IS NULL", now(), ctx.person_id
    )
    posts = await db.write("UPDATE core_department_post SET author_id = NULL WHERE author_id = ?", ctx.person_id)
    kept = Kept(what=_("以部门名义发的通知和文章，没有姓名"), count=posts, reason=_("是部门发的，不是个人的"))
    return ErasureReport(erased={}, kept=(kept,) if posts else ())


PART: Final = CorePart(
    name="departments",
    label=_("部门"),
    export=export,
    erase=erase,
    covers=frozenset({"core_department_editor.person", "core_department_post.author"}),
    left_out={
        "core_department_editor.granted_by": "whom one let write for a department is about them; the audit part names the act"
    },
)
