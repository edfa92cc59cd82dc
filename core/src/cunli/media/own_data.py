"""What this room holds about a person: the photos and files they sent."""

from __future__ import annotations

from functools import partial
from typing import Final

from cunli import db
from cunli.media import actions, running
from cunli.media.kinds import KINDS
from cunli.media.storage import WHOLE
from cunli.own_data.parts import CorePart, rows_of
from cunli.plugin_data import DataContext, ErasureReport, ExportFile, Kept
from cunli.web.i18n import _


async def export(ctx: DataContext) -> list[ExportFile]:
    """Every photo and every file as it is kept, and a list of each."""
    return [*await _photos(ctx.person_id), *await _files(ctx.person_id)]


async def _photos(person_id: int) -> list[ExportFile]:
    rows = await rows_of(
        "SELECT u.key, v.name AS village, u.width, u.height, u.created_at FROM core_upload u"
        " JOIN core_village v ON v.id = u.village_id WHERE u.owner_id = ? AND u.kind = '' ORDER BY u.id",
        person_id,
        moments=("created_at",),
    )
    keys = [row.pop("key") for row in rows]
    for key, row in zip(keys, rows, strict=True):
        row["file"] = f"{key}.jpg"
    columns = {
        "village": _("村"),
        "width": _("宽"),
        "height": _("高"),
        "created_at": _("什么时候"),
        "file": _("照片"),
    }
    photos = [ExportFile(name=f"{key}.jpg", label=_("照片"), read=partial(_photo, key)) for key in keys]
    return [ExportFile(name="photos.json", label=_("传过的照片"), rows=rows, columns=columns), *photos]


async def _files(person_id: int) -> list[ExportFile]:
    rows = await rows_of(
        "SELECT u.key, v.name AS village, u.name, u.kind, u.stored_bytes, u.created_at FROM core_upload u"
        " JOIN core_village v ON v.id = u.village_id WHERE u.owner_id = ? AND u.kind <> '' ORDER BY u.id",
        person_id,
        moments=("created_at",),
    )
    keys = [row.pop("key") for row in rows]
    for key, row in zip(keys, rows, strict=True):
        row["file"] = f"{key}{KINDS[row.pop('kind')].endings[0]}"
    columns = {
        "village": _("村"),
        "name": _("文件名"),
        "stored_bytes": _("大小"),
        "created_at": _("什么时候"),
        "file": _("文件"),
    }
    files = [
        ExportFile(name=str(row["file"]), label=_("文件"), read=partial(_file, key))
        for key, row in zip(keys, rows, strict=True)
    ]
    return [ExportFile(name="files.json", label=_("传过的文件"), rows=rows, columns=columns), *files]


async def _photo(key: str) -> bytes | None:
    return await running.storage().get(key, "large", "jpg")


async def _file(key: str) -> bytes | None:
    return await running.storage().get(key, *WHOLE)


@db.unit
async def erase(ctx: DataContext) -> ErasureReport:
    """Photos and files that nothing shows go; those of posts went with them, or stay with them."""
    rows = await db.read("SELECT id FROM core_upload WHERE owner_id = ? AND unused_until IS NOT NULL", ctx.person_id)
    await actions.discard([row["id"] for row in rows])
    left = await db.read("SELECT COUNT(*) AS n FROM core_upload WHERE owner_id = ?", ctx.person_id)
    kept = Kept(
        what=_("照片和文件"),
        count=int(left[0]["n"]),
        reason=_("它们在留下的动态、通知里，是村子的封面，或者是村里在用的资料"),
    )
    return ErasureReport(erased={"photos": len(rows)}, kept=(kept,) if kept.count else ())


PART: Final = CorePart(
    name="media", label=_("照片和文件"), export=export, erase=erase, covers=frozenset({"core_upload.owner"})
)
