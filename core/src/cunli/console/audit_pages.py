"""The audit trail in the console: searching it, taking it along with its hashes, and its anchors on paper."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response, StreamingResponse

from cunli import db
from cunli.clock import today
from cunli.console.frame import framed
from cunli.feed.tables import safe_cell
from cunli.trust import anchors, audit_search, readers
from cunli.trust.acts import ACTS, KINDS, Text
from cunli.trust.audit import audit, head
from cunli.trust.audit_search import EntryNow, Ground, Wanted
from cunli.trust.readers import READ
from cunli.trust.verifying import FIELDS
from cunli.web.i18n import _
from cunli.web.pages import Page
from cunli.web.visit import Visit

BIGGEST: Final = 2**53
LAST_ANCHORS: Final = 30
YEARS: Final = range(2000, 3000)
FORMATS: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}


async def _ground(visit: Visit) -> Ground:
    offices = {role.region_id for role in visit.me.roles}
    return await audit_search.ground_of(offices | await readers.regions(visit.me.id))


def _wanted(given: Any) -> Wanted:
    """What a form or an address asks for. What makes no sense is not asked."""

    def text(name: str, longest: int) -> str:
        value = given.get(name, "")
        return " ".join(value.split())[:longest] if isinstance(value, str) else ""

    action, kind = text("action", 48), text("kind", 24)
    return Wanted(
        since=_day(text("since", 10)),
        until=_day(text("until", 10)),
        actor=text("actor", 20),
        action=action,
        village=text("village", 40),
        kind=kind,
        number=text("number", 40),
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None  # at the ends of time there is no midnight in UTC


def _asked(wanted: Wanted) -> dict[str, str]:
    """The same as fields of a form."""
    fields = {
        "since": wanted.since.isoformat() if wanted.since else "",
        "until": wanted.until.isoformat() if wanted.until else "",
        "actor": wanted.actor,
        "action": wanted.action,
        "village": wanted.village,
        "kind": wanted.kind,
        "number": wanted.number,
    }
    return {name: value for name, value in fields.items() if value}


async def search(visit: Visit) -> Response:
    """What officials did, newest first, as far as it is this reader's."""
    wanted, ground = _wanted(visit.query), await _ground(visit)
    given = visit.query.get("before", "")
    before = int(given) if given.isascii() and given.isdigit() and len(given) < 16 else 0
    of_plugins = _of_plugins(visit)
    entries, more = await audit_search.page(ground, wanted, of_plugins, before)
    asked = _asked(wanted)
    acts = sorted(((id_, str(name)) for id_, name in {**of_plugins, **ACTS}.items()), key=lambda pair: pair[1])
    context = {
        "entries": entries,
        "asked": asked,
        "acts": acts,
        "kinds": list(KINDS.items()),
        "newest_url": f"/admin/audit?{urlencode(asked)}" if before else "",
        "older_url": f"/admin/audit?{urlencode({**asked, 'before': more})}" if more else "",
        "whole": ground.whole,
    }
    return await framed(visit, "console/audit.html", context)


async def export(visit: Visit) -> Response:
    """What was searched for as a file that can be verified anywhere, with an entry of its own."""
    form = await visit.form()
    kind = form.choice("format", _("格式"), FORMATS, required=False) or "csv"
    wanted, ground = _wanted(form.values | {name: form.raw(name) for name in _NAMES}), await _ground(visit)
    up_to = (await head()).number
    found = await audit_search.count(ground, wanted, up_to)
    await _exported(visit, found, kind)
    lines = _as_csv if kind == "csv" else _as_json
    headers = {
        "content-disposition": f'attachment; filename="audit-{today():%Y%m%d}.{kind}"',
        "cache-control": "no-store",
    }
    walk = audit_search.walk(ground, wanted, _of_plugins(visit), up_to)
    return StreamingResponse(lines(walk), media_type=FORMATS[kind], headers=headers)


def _of_plugins(visit: Visit) -> dict[str, Text]:
    """The acts that the manifests of plugins name, by their ids."""
    return {act.id: act.label for act in visit.site.registry.acts.values()}


_NAMES: Final = ("since", "until", "actor", "action", "village", "kind", "number")


@db.unit
async def _exported(visit: Visit, found: int, kind: str) -> None:
    mine = sorted({role.region_id for role in visit.me.roles} | await readers.regions(visit.me.id))
    about = ("audit", kind)
    await audit("core.audit.exported", actor=visit.me.id, region=mine[0], object=about, entries=found)


def _fields(entry: EntryNow) -> list[Any]:
    link = entry.link
    details = json.dumps(dict(link.details), ensure_ascii=False, sort_keys=True)
    at = link.at.isoformat(timespec="microseconds")
    about = (link.object_kind, link.object_id)
    return [link.number, at, link.action, link.actor, link.by, link.village, link.region, *about, details, entry.before]


async def _as_csv(entries: AsyncIterator[EntryNow]) -> AsyncIterator[bytes]:
    words = [str(_("做了什么")), str(_("谁")), str(_("哪里")), str(_("对什么"))]
    yield b"\xef\xbb\xbf" + _line([*FIELDS, *words])
    async for entry in entries:
        told = (entry.what, entry.actor, entry.place, entry.about)
        cells = [*_fields(entry), entry.hash, *told]
        yield _line(safe_cell(cell) if isinstance(cell, str) else cell for cell in cells)


def _line(cells: Iterable[Any]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(["" if cell is None else cell for cell in cells])
    return out.getvalue().encode()


async def _as_json(entries: AsyncIterator[EntryNow]) -> AsyncIterator[bytes]:
    async for entry in entries:
        row = dict(zip(FIELDS, [*_fields(entry), entry.hash], strict=True))
        row["details"] = dict(entry.link.details)
        told = {"what": entry.what, "who": entry.actor, "where": entry.place}
        yield json.dumps({**row, **told}, ensure_ascii=False).encode() + b"\n"


async def anchor_page(visit: Visit) -> Response:
    """The head of the trail in groups that can be read out, and the anchors that were written outside the database."""
    try:
        kept, unreadable = anchors.kept(Path(visit.settings.audit_anchors)), False
    except anchors.AnchorsUnreadable:
        kept, unreadable = [], True
    context = {"anchors": list(reversed(kept[-LAST_ANCHORS:])), "unreadable": unreadable, "head": await head()}
    return await framed(visit, "console/audit_anchors.html", context)


PAGES: Final = (
    Page(path="/admin/audit", view=search, to=READ, scope="county", name="audit"),
    Page(path="/admin/audit/export", view=export, to=READ, methods=("POST",), scope="county", name="audit-export"),
    Page(path="/admin/audit/anchors", view=anchor_page, to=READ, scope="county", name="audit-anchors"),
)
