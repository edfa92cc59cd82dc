"""The archive that a person gets: a page that anybody can open, a JSON file for every list, and the photos."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cunli.clock import now
from cunli.own_data import asking
from cunli.own_data.asking import Part, PartFailed
from cunli.own_data.parts import plain
from cunli.own_data.sealed import SealedWriter
from cunli.plugin_data import DataContext, ExportFile
from cunli.web import i18n, times
from cunli.web.i18n import _

if TYPE_CHECKING:
    from cunli.registry import Registry
    from cunli.web.site import Site

SHOWN: Final = 500  # rows of a list on the page; all of them are in its file
PICTURES: Final = (".jpg", ".jpeg", ".png", ".webp")
Progress = Callable[[int, int], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One list on the archive's page, in words."""

    label: str
    path: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What one part handed over, as the page shows it; `missing` when it could not be asked."""

    label: str
    about: str
    lists: tuple[Shown, ...] = ()
    files: tuple[str, ...] = ()
    missing: bool = False

    @property
    def pictures(self) -> list[str]:
        return [name for name in self.files if name.lower().endswith(PICTURES)]

    @property
    def others(self) -> list[str]:
        return [name for name in self.files if not name.lower().endswith(PICTURES)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """The person whose archive it is, and the language they read."""

    id: int
    name: str
    locale: str


async def write(site: Site, whose: Whose, path: Path, key: str, progress: Progress) -> list[str]:
    """Write the archive, sealed, into the file at `path`; the ids of parts that are missing in it."""
    parts = asking.parts(site.registry)
    sections: list[Section] = []
    missing: list[str] = []
    with path.open("wb") as out, i18n.speaking(whose.locale):
        sealed = SealedWriter(out, key)
        with zipfile.ZipFile(sealed, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, part in enumerate(parts):
                await progress(number, len(parts))
                try:
                    sections.append(await _section(site.registry, archive, part, DataContext(person_id=whose.id)))
                except PartFailed:
                    missing.append(part.id)
                    sections.append(Section(label=str(part.label), about=str(part.about), missing=True))
            context = {"name": whose.name, "made_at": times.exact(now()), "sections": sections}
            archive.writestr("index.html", site.templates.render("own_data/archive.html", context))
        sealed.close()
    return missing


async def _section(registry: Registry, archive: zipfile.ZipFile, part: Part, ctx: DataContext) -> Section:
    """Ask one part and write its files. Raises `PartFailed`; what was written of it by then stays in the archive."""
    folder = part.id.replace(".", "/")
    lists: list[Shown] = []
    files: list[str] = []
    for file in await asking.export_of(registry, part.id, ctx):
        path = f"{folder}/{file.name}"
        if file.read is not None:
            content = await asking.content_of(registry, part.id, file.read)
            if content is None:
                continue
            archive.writestr(path, content, _packing(path))
            files.append(path)
        elif file.content:
            archive.writestr(path, file.content, _packing(path))
            files.append(path)
        else:
            archive.writestr(path, json.dumps([plain(row) for row in file.rows], ensure_ascii=False, indent=1))
            lists.append(_shown(file, path))
    return Section(label=str(part.label), about=str(part.about), lists=tuple(lists), files=tuple(files))


def _packing(path: str) -> int:
    return zipfile.ZIP_STORED if path.lower().endswith(PICTURES) else zipfile.ZIP_DEFLATED


def _shown(file: ExportFile, path: str) -> Shown:
    names = list(dict.fromkeys(name for row in file.rows for name in row))
    heads = tuple(str(file.columns.get(name, name)) for name in names)
    rows = tuple(tuple(in_words(row.get(name)) for name in names) for row in file.rows[:SHOWN])
    return Shown(label=str(file.label), path=path, heads=heads, rows=rows, more=max(0, len(file.rows) - SHOWN))


def in_words(value: object) -> str:
    """A value as a person reads it: moments in village time, yes and no, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    if isinstance(value, datetime):
        return times.exact(value) if value.tzinfo else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return times.full_day(value)
    if isinstance(value, Mapping):
        return " ".join(part for part in map(in_words, value.values()) if part)
    if isinstance(value, list | tuple | set | frozenset):
        return "、".join(map(in_words, value))
    return str(value)
