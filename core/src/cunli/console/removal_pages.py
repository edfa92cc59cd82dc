"""The console's page about taking a plugin away: an export to keep, and how far the way to its end has been gone.

A web process drops no tables: see docs/decisions/0007-plugin-removal.md. The last step is a command on the server.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.responses import Response, StreamingResponse

from cunli import db, enabling
from cunli.console import exports, plugins
from cunli.console.exports import ExportNow
from cunli.console.frame import framed
from cunli.console.plugin_pages import MANAGE
from cunli.console.where import seat_of
from cunli.db import migrations
from cunli.enabling import Switched
from cunli.inspection import ID, TAKEN
from cunli.web.errors import Forbidden, NotFound, Refused, WayOut
from cunli.web.i18n import _
from cunli.web.pages import Page
from cunli.web.visit import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """When it was last removed, and where the command put its rows."""

    at: datetime
    rows: int
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How far the way to its end has been gone. `tables`: whether it has tables in the database."""

    plugin: str
    switched: Switched
    export: ExportNow | None
    may_export: bool
    running: bool
    in_settings: bool
    tables: bool
    gone: Gone | None

    @property
    def off(self) -> bool:
        return not (self.switched.on or self.switched.required)

    @property
    def step(self) -> int:
        """Which step comes next, from 1; 5 when everything is done."""
        exported = not self.tables or (self.export is not None and self.export.state == "done") or not self.running
        left = self.tables or self.switched != Switched()
        done = (self.off, exported, not self.in_settings and not self.running, not left)
        return next((i for i, one in enumerate(done, 1) if not one), 5)


async def removal(visit: Visit) -> Response:
    """The steps, each with how things stand now."""
    name, label = await _known(visit)
    way = await _way(visit, name)
    return await framed(visit, "console/removal.html", {"way": way, "label": label}, block="way")


async def export(visit: Visit) -> Response:
    """Have the rows exported; the page says when they are ready."""
    name, _label = await _known(visit)
    if not await _over_everything(visit):
        raise Forbidden(_("导出的是全部村的数据，这里还有别的县，要由管服务器的人来做。"))
    installed = visit.site.registry.installed.get(name)
    if name not in visit.site.registry.apps() or installed is None:
        raise Refused(409, _("现在导不出来"), _("这个插件没有在运行，或者没有自己的数据。"), ways=(_back(name),))
    seat = await seat_of(visit.me.roles)
    await exports.ask(name, installed.version, visit.me.id, seat.region_id if seat else None)
    return visit.redirect(f"/admin/plugins/{name}/removal", toast=_("正在导出，好了会写在这一页"))


async def fetch(visit: Visit) -> Response:
    """The ZIP, for the admin who asked for it and for as long as it is kept."""
    name = _name(visit)
    _refuse_others(visit)
    found = await exports.latest(name, visit.me.id)
    if found is None or found.key != visit.path_params["key"] or found.state != "done":
        raise NotFound
    if not await _over_everything(visit):
        raise Forbidden(_("导出的是全部村的数据，这里还有别的县，要由管服务器的人来做。"))
    seat = await seat_of(visit.me.roles)
    pieces = await exports.fetch(found, visit.me.id, seat.region_id if seat else None)
    if pieces is None:
        raise NotFound
    headers = {"content-disposition": f'attachment; filename="{found.file}"', "content-length": str(found.bytes)}
    return StreamingResponse(pieces, headers=headers, media_type="application/zip")


async def _way(visit: Visit, name: str) -> Way:
    registry = visit.site.registry
    return Way(
        plugin=name,
        switched=(await enabling.switched()).get(name, Switched()),
        export=await exports.latest(name, visit.me.id),
        may_export=await _over_everything(visit),
        running=name in registry.running,
        in_settings=name in visit.settings.plugins,
        tables=bool(await migrations.applied(name)),
        gone=await _gone(name),
    )


async def _gone(name: str) -> Gone | None:
    rows = await db.read(
        "SELECT at, rows, export FROM core_plugin_removal WHERE plugin = ? ORDER BY id DESC LIMIT 1", name
    )
    return Gone(at=db.when(rows[0]["at"]), rows=rows[0]["rows"], folder=rows[0]["export"]) if rows else None


async def _known(visit: Visit) -> tuple[str, str]:
    _refuse_others(visit)
    name, about = _name(visit), await plugins.known(visit.site)
    if not ID.fullmatch(name) or name in TAKEN:
        raise NotFound
    if name not in about.ids() and not await migrations.applied(name) and await _gone(name) is None:
        raise NotFound
    plugin = about.registry.plugins.get(name)
    return name, str(plugin.manifest.label) if plugin else name


def _name(visit: Visit) -> str:
    name: str = visit.path_params["plugin"]
    return name


def _refuse_others(visit: Visit) -> None:
    if not any(role.kind == "county_admin" for role in visit.me.roles):
        raise Forbidden(_("移走插件和导出数据，要县里的管理员来做。"))


async def _over_everything(visit: Visit) -> bool:
    """Whether every county with open villages is this admin's: an export has the rows of all of them."""
    own = {role.region_id for role in visit.me.roles if role.kind == "county_admin"}
    rows = await db.read("SELECT DISTINCT county_id FROM core_village WHERE state = 'open'")
    return {row["county_id"] for row in rows} <= own


def _back(name: str) -> WayOut:
    return WayOut(label=_("回到插件"), url=f"/admin/plugins/{name}/removal")


PAGES: Final = (
    Page(path="/admin/plugins/{plugin}/removal", view=removal, to=MANAGE, scope="county"),
    Page(path="/admin/plugins/{plugin}/exports", view=export, to=MANAGE, scope="county", methods=("POST",)),
    Page(path="/admin/plugins/{plugin}/exports/{key}", view=fetch, to=MANAGE, scope="county"),
)
