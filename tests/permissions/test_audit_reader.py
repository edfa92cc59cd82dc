"""Somebody who reads the audit trail reads it, and is a stranger everywhere else: page by page and form by form."""

from __future__ import annotations

from cunli.cli.routes import route_lines
from cunli.trust import readers
from cunli.trust.readers import READ

from .asks import ASKS
from .matrix import Cell, cell, rows_of
from .roles import AUDIT_READER
from .table import expected
from .world import World

OPEN = ("everyone", "signed_in")


async def as_reader(world: World) -> list[Cell]:
    """The reader on every route that is not for everybody who signed in."""
    audience = {
        f"{m} {line['path']}": line["audience"] for line in route_lines(world.site.app.site) for m in line["methods"]
    }
    closed = [named for named in rows_of() if audience[named[1]] not in OPEN]
    return [await cell(world, row, route, variant, AUDIT_READER) for row, route, variant in closed]


def differing(cells: list[Cell]) -> dict[str, str]:
    """Where the reader is answered otherwise than a stranger, with the reader's answer."""
    table = expected()
    return {one.row: one.outcome for one in cells if one.outcome != table[(one.row, "no_village")]}


async def test_an_audit_reader_opens_the_trail_and_nothing_else(lived_in: World) -> None:
    cells = await as_reader(lived_in)
    assert len(cells) > 80
    assert differing(cells) == {
        "GET /admin/audit": "200",
        "GET /admin/audit/anchors": "200",
        "POST /admin/audit/export [csv]": "200 +",
        "POST /admin/audit/export [jsonl]": "200 +",
    }
    assert [one.leaks for one in cells if one.leaks] == []
    seen = {kind for one in cells for kind in one.seen if not one.route.startswith("GET /v/")}
    assert "audit.details" in seen


async def test_without_the_duty_the_trail_is_closed_to_them_too(lived_in_sqlite: World) -> None:
    """The control: it is the duty that lets them in."""
    for one in await readers.readers():
        await readers.revoke(None, one.id, by="command")
    assert {one.outcome for one in await as_reader_of_the_trail(lived_in_sqlite)} == {"403"}


async def as_reader_of_the_trail(world: World) -> list[Cell]:
    audience = {
        f"{m} {line['path']}": line["audience"] for line in route_lines(world.site.app.site) for m in line["methods"]
    }
    trail = [named for named in rows_of() if audience[named[1]] == READ]
    return [await unwatched(world, row, route, variant) for row, route, variant in trail]


async def unwatched(world: World, row: str, route: str, variant: str) -> Cell:
    """The answer alone: `cell` would put the duty back before it asks."""
    answer = await world.send(AUDIT_READER, route.split(" ")[0], ASKS[route][variant](world, AUDIT_READER))
    return Cell(row=row, route=route, role=AUDIT_READER.id, answer=answer, leaks=(), seen=(), changed=(), twin="-")
