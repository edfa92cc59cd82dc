"""What this room itself holds about a person: the archives they asked for, and their wish to close the account."""

from __future__ import annotations

from typing import Final

from cunli import db
from cunli.own_data import actions
from cunli.own_data.parts import CorePart, rows_of
from cunli.plugin_data import DataContext, ErasureReport, ExportFile, Kept
from cunli.web.i18n import _


async def export(ctx: DataContext) -> list[ExportFile]:
    """When archives were asked for, and whether the account is to be closed."""
    archives = await rows_of(
        "SELECT asked_at, state, expires_at FROM core_data_export WHERE person_id = ? ORDER BY id",
        ctx.person_id,
        moments=("asked_at", "expires_at"),
    )
    wishes = await rows_of(
        "SELECT asked_at, due_at, state, remove FROM core_erasure WHERE person_id = ?",
        ctx.person_id,
        moments=("asked_at", "due_at"),
        switches=("remove",),
    )
    asked = {"asked_at": _("什么时候"), "state": _("办到哪一步"), "expires_at": _("最晚用到")}
    wished = {
        "asked_at": _("什么时候"),
        "due_at": _("什么时候办"),
        "state": _("办到哪一步"),
        "remove": _("发过的也删掉"),
    }
    return [
        ExportFile(name="archives.json", label=_("要过的资料"), rows=archives, columns=asked),
        ExportFile(name="closing.json", label=_("注销账号"), rows=wishes, columns=wished),
    ]


@db.unit
async def erase(ctx: DataContext) -> ErasureReport:
    """Archives go. That the account was closed is kept: after a backup is restored it must be closed again."""
    erased = {"archives": await actions.drop_exports(ctx.person_id)}
    kept = Kept(what=_("注销这件事的记录，没有姓名"), count=1, reason=_("万一从备份恢复，要照着再删一遍"))
    return ErasureReport(erased=erased, kept=(kept,))


PART: Final = CorePart(
    name="own_data",
    label=_("要资料和注销"),
    export=export,
    erase=erase,
    covers=frozenset({"core_data_export.person", "core_erasure.person"}),
)
