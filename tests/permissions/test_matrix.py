"""Every route as every role: the status of the committed table, no word that is not theirs, no trace of a refusal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cunli import db
from cunli.cli.routes import RouteLine, route_lines
from cunli.feed import found
from cunli.trust.personal import Masked
from cunli.web.errors import Forbidden
from cunli.web.gate import Gate
from cunli.web.pages import EVERYONE, Page
from cunli.web.visit import Visit

from .asks import ASKS
from .matrix import Cell, walk
from .roles import CLEAR, HERE, ROLES, SIGHT
from .table import MEND, differences, expected
from .world import World

Walked = Callable[[str], Awaitable[list[Cell]]]
KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgres"])
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
FEWEST = 2500  # a run that asked less than this has proved nothing


def asked_routes(lines: Iterable[RouteLine]) -> set[str]:
    return {f"{method} {line['path']}" for line in lines for method in line["methods"]}


async def test_every_route_has_a_request_and_every_request_a_route(lived_in_sqlite: World) -> None:
    lines = route_lines(lived_in_sqlite.site.app.site)
    assert asked_routes(lines) == set(ASKS), "write the request into tests/permissions/asks.py"
    forgotten = RouteLine(path="/new", methods=["GET"], audience="everyone", scope="county", plugin=None, name="")
    assert asked_routes([*lines, forgotten]) - set(ASKS) == {"GET /new"}


@KINDS
async def test_every_role_is_answered_as_the_table_says(walked: Walked, kind: str) -> None:
    cells = await walked(kind)
    assert len(cells) >= FEWEST
    assert differences(cells, expected()) == [], MEND
    assert {(cell.row, cell.role) for cell in cells} == set(expected())


@KINDS
async def test_nobody_is_shown_a_word_that_is_not_for_them(walked: Walked, kind: str) -> None:
    assert [f"{c.row} as {c.role}: {', '.join(c.leaks)}" for c in await walked(kind) if c.leaks] == []


@KINDS
async def test_the_words_are_shown_where_they_may_be(walked: Walked, kind: str) -> None:
    """Without this the test above would pass on empty pages."""
    seen = {word for cell in await walked(kind) for word in cell.seen}
    never = {"post.deleted", "person.id_number"}
    assert set(SIGHT) - seen == never
    assert seen >= CLEAR


@KINDS
async def test_opening_a_page_changes_nothing(walked: Walked, kind: str) -> None:
    cells = [cell for cell in await walked(kind) if cell.route.startswith("GET ")]
    assert [f"{c.row} as {c.role}: {', '.join(c.changed)}" for c in cells if c.changed] == []


@KINDS
async def test_a_refusal_changes_nothing(walked: Walked, kind: str) -> None:
    refused = [cell for cell in await walked(kind) if cell.refused]
    assert len(refused) > 1000
    assert [f"{c.row} as {c.role}: {', '.join(c.changed)}" for c in refused if c.changed] == []


@KINDS
async def test_what_is_hidden_answers_like_what_was_never_there(walked: Walked, kind: str) -> None:
    compared = [cell for cell in await walked(kind) if cell.twin != "-"]
    assert len(compared) > 300
    assert [f"{c.row} as {c.role}: {c.twin}" for c in compared if c.twin] == []


@KINDS
async def test_nothing_fails(walked: Walked, kind: str) -> None:
    assert [f"{c.row} as {c.role}: {c.answer.status}" for c in await walked(kind) if c.answer.status >= 500] == []


@KINDS
async def test_pages_of_signed_in_people_are_not_kept_by_anybody_else(walked: Walked, kind: str) -> None:
    """HD-3: what a person is shown is never kept for another one. Pictures and static files have rules of their own."""
    wrong = set()
    for cell in await walked(kind):
        # the service worker and the manifest are the same for everybody and hold nobody's data
        if cell.role == "anonymous" or any(
            one in cell.route for one in ("/static/", "/media/", "/sw.js", "/manifest", "/robots")
        ):
            continue
        kept, vary = cell.answer.headers.get("cache-control", ""), cell.answer.headers.get("vary", "")
        if not ("no-store" in kept or ("private" in kept and "no-cache" in kept)) or "Cookie" not in vary:
            wrong.add(f"{cell.row}: {cell.answer.status} {kept!r} {vary!r}")
    assert wrong == set()


def test_the_table_itself_says_what_the_audiences_of_the_routes_mean() -> None:
    """The table is written from answers; this holds it against the rules, so that a mistake in both is seen."""
    table = expected()
    wrong = []
    for line in route_lines_by_request():
        for (request, role_id), outcome in table.items():
            if request.split(" [")[0] == line[0] and not _fits(line[0], line[1], role_id, outcome):
                wrong.append(f"{request} as {role_id}: {outcome} on a page for {line[1]}")
    assert wrong == []


def route_lines_by_request() -> list[tuple[str, str]]:
    from cunli import settings
    from cunli.testing.live import DATA_KEY
    from cunli.web.site import Site

    site = Site(settings.load(environ={}, path=None, dev=True, data_key=DATA_KEY))
    return [(f"{method} {line['path']}", line["audience"]) for line in route_lines(site) for method in line["methods"]]


OFFICES_ANYWHERE = {
    "core.console.open",
    "core.plugin.manage",
    "core.theme.choose",
    "core.setting.manage",
    "core.tutor.manage",
}  # the console is of no village; whose regions are whose is in the table itself
ON_CONSOLE_TOO = {
    "core.role.grant",
    "core.audit.read",
    "core.content.hide",
}  # of a village there, and here of no village
COUNTIES_ANYWHERE = {
    "core.profile.set",
    "core.village.open",
    "core.department.manage",
    "core.job.manage",
    "core.health.read",
    "core.audit.appoint",
    "core.handbook.publish",
}  # each admin of a county decides about the own one
MEMBERS_MAY = {"core.post.publish", "core.comment.publish", "core.post.react", "core.post.report"}


def _fits(request: str, audience: str, role_id: str, outcome: str) -> bool:
    role, method = next(role for role in ROLES if role.id == role_id), request.split(" ")[0]
    if audience == "everyone":
        return outcome != "303 sign-in"
    if not role.signed_in:
        return outcome == ("303 sign-in" if method == "GET" else "401")
    if audience == "signed_in":
        return outcome not in ("401", "303 sign-in")
    if audience == "core.department.publish":
        return role.id == "department_editor" or outcome == "403"
    if audience in OFFICES_ANYWHERE or (audience in ON_CONSOLE_TOO and " /admin/" in request):
        return bool(role.office) or outcome == "403"
    if audience in COUNTIES_ANYWHERE:
        return "county" in role.id or outcome == "403"
    inside = role.over(HERE) or (role.verified and role.village == HERE and audience in MEMBERS_MAY)
    return inside or outcome == "403"


# -- planted faults: each of the checks above must see one ------------------------------------------------------------


async def test_a_permission_given_by_mistake_is_seen(lived_in_sqlite: World) -> None:
    site = lived_in_sqlite.site.app.site
    rule = site.capabilities["core.member.list"]
    site.capabilities = {**site.capabilities, rule.id: replace(rule, roles=rule.roles | {"member"})}
    found_wrong = differences(await walk(lived_in_sqlite, ["GET /v/{village}/members"]), expected())
    assert len(found_wrong) == 4  # author and neighbour, on both requests


async def test_a_name_shown_in_clear_is_seen(lived_in_sqlite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Masked, "__str__", lambda self: self._where._open(self._sealed, self._row_key))
    cells = await walk(lived_in_sqlite, ["GET /v/{village}/members/{key}", "GET /v/{village}/households"])
    leaks: defaultdict[str, set[str]] = defaultdict(set)
    for cell in cells:
        leaks[cell.role] |= set(cell.leaks)
    assert leaks["admin"] >= {"person.name of heping", "person.phone of heping", "household.head_name of heping"}


async def test_a_page_that_writes_when_it_is_opened_is_seen(lived_in_sqlite: World) -> None:
    async def counts_visits(visit: Visit) -> Response:
        await db.run_unit(db.write, "UPDATE core_village SET post_count = post_count + 1 WHERE id = ?", visit.here.id)
        return PlainTextResponse("counted")

    _gate_of(lived_in_sqlite, "/v/{village}/about").pages["GET"] = Page(path="/about", view=counts_visits, to=EVERYONE)
    cells = await walk(lived_in_sqlite, ["GET /v/{village}/about"])
    assert {cell.changed for cell in cells} == {("core_village",)}


async def test_a_refusal_that_gives_a_secret_away_is_seen(
    lived_in_sqlite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = found.post_here

    async def tells(visit: Visit) -> found.Found:
        if await db.read("SELECT 1 FROM core_post WHERE key = ?", visit.path_params["key"]) and visit.person is None:
            raise Forbidden
        return await honest(visit)

    monkeypatch.setattr(found, "post_here", tells)
    cells = await walk(lived_in_sqlite, ["GET /v/{village}/p/{key}"])
    assert {cell.row for cell in cells if cell.twin not in ("", "-")} >= {"GET /v/{village}/p/{key} [village]"}


def _gate_of(world: World, path: str) -> Gate:
    for route in world.site.app.router.routes:
        if isinstance(route, Route) and route.path == path and isinstance(route.endpoint, Gate):
            return route.endpoint
    raise LookupError(path)
