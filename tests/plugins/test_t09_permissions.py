"""T9: a page says whom it is for or cannot be built; who may open which page of a plugin is written down here and compared."""

from __future__ import annotations

from typing import Final

import pytest
from starlette.responses import Response

from cunli import EVERYONE, Page, Visit, db
from cunli.people.models import MembershipState
from cunli.testing import sample as rows
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor

HOME: Final = "heping"  # the sample is on here, and nowhere else
BOARD: Final = f"/v/{HOME}/sample/notes"

# What each person is answered on every route of the sample. The officials' offices are on the village, or above it.
ROUTES: Final = ("GET /v/{village}/sample/notes", "POST /v/{village}/sample/notes", "GET /sample/about")
MATRIX: Final = {
    "anonymous":          ("yes", "sign in", "sign in"),
    "stranger":           ("yes", "no",      "yes"),
    "applicant":          ("yes", "no",      "yes"),
    "villager":           ("yes", "yes",     "yes"),  # the plugin grants it to who is verified
    "other villager":     ("yes", "no",      "yes"),
    "village admin":      ("yes", "yes",     "yes"),
    "appointed admin":    ("yes", "yes",     "yes"),  # by the office alone: not verified
    "other village admin": ("yes", "no",     "yes"),
    "township admin":     ("yes", "no",      "yes"),
    "county admin":       ("yes", "no",      "yes"),
}  # fmt: skip
MAY_PIN: Final = {who for who, (_, pin, _) in MATRIX.items() if pin == "yes"}


async def people(site: LiveSite) -> dict[str, Visitor]:
    """Somebody of each kind, signed in."""
    appointed = await site.stranger("下派干部")
    await rows.office(appointed, "village_admin", site[HOME].region_id, "第一书记")
    accounts = {
        "stranger": await site.stranger(),
        "applicant": await site.villager("申请人", state=MembershipState.APPLIED),
        "villager": await site.villager("张桂秀"),
        "other villager": await site.villager("李秋生", "shangba"),
        "village admin": await site.village_admin(),
        "appointed admin": appointed,
        "other village admin": await site.village_admin("何家旺", "donghu"),
        "township admin": await site.township_admin(),
        "county admin": await site.county_admin(),
    }
    return {"anonymous": site.visitor(), **{who: await site.sign_in(one) for who, one in accounts.items()}}


def routes(site: LiveSite) -> set[str]:
    """Every route of the sample that this site really has."""
    return {
        f"{method} {'/v/{village}' if page.scope == 'village' else ''}/{plugin}{page.path}"
        for plugin, page in site.app.site.pages
        if plugin == "sample"
        for method in page.methods
    }


async def ask(who: str, visitor: Visitor, route: str) -> str:
    method, _, path = route.partition(" ")
    address = path.replace("{village}", HOME)
    if method == "GET":
        return said(await visitor.open(address, follow=False), "")
    form = (await visitor.open(address)).form()
    return said(await form.fill(words=who).send(follow=False), address)


def said(answer: Opened, afterwards: str) -> str:
    """What an answer means. A form that was taken leads to the page `afterwards`."""
    where = answer.headers.get("location", "")
    if answer.status == 200 or (answer.status == 303 and where == afterwards):
        return "yes"
    if where.startswith("/sign-in?") or (answer.status == 401 and "/sign-in" in answer.html):
        return "sign in"
    return "no" if answer.status == 403 else f"{answer.status} {where}"


async def matrix(site: LiveSite) -> dict[str, tuple[str, ...]]:
    everybody = await people(site)
    return {who: tuple([await ask(who, one, route) for route in ROUTES]) for who, one in everybody.items()}


async def test_t09_every_route_answers_everybody_as_the_matrix_says(county: LiveSite) -> None:
    assert routes(county) == set(ROUTES), "a route that is not in the matrix has been judged by nobody"
    assert await matrix(county) == MATRIX
    pinned = await db.read("SELECT words FROM sample_note")
    assert {row["words"] for row in pinned} == MAY_PIN, "who was refused left nothing behind"


@pytest.mark.parametrize("county", ["sqlite"], indirect=True)
async def test_t09_control_where_everybody_may_the_matrix_is_another(
    county: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Visit, "may", lambda visit, capability: True)
    found = await matrix(county)
    assert {who for who in MATRIX if found[who] != MATRIX[who]} == set(MATRIX) - MAY_PIN - {"anonymous"}


async def test_t09_where_it_is_off_nobody_is_told_that_there_is_something_to_be_refused(county: LiveSite) -> None:
    for who, visitor in (await people(county)).items():
        for path in ("/v/donghu/sample/notes", "/v/shangba/sample/notes"):
            answers = (await visitor.open(path), await visitor.post(path, {"words": who}))
            assert [answer.status for answer in answers] == [404, 404], (who, path)


# -- a page says whom it is for ----------------------------------------------------------------------------------------


async def look(visit: Visit) -> Response:
    return await visit.render("sample/about.html")


def test_t09_a_page_that_does_not_say_whom_it_is_for_cannot_be_built() -> None:
    with pytest.raises(TypeError, match="'to'"):
        Page(path="/look", view=look)  # type: ignore[call-arg]
    for nobody in ("", None, 1):
        with pytest.raises(TypeError, match="does not say whom it is for"):
            Page(path="/look", view=look, to=nobody)  # type: ignore[arg-type]
    assert str(Page(path="/look", view=look, to=EVERYONE).audience) == "everyone"
    assert str(Page(path="/look", view=look, to="sample.note.pin").audience) == "sample.note.pin"


# -- a plugin grants what it declared (every other fault of `grants` is in test_t14_isolation.py) -------------------------

GRANTS = """
from starlette.responses import PlainTextResponse
from cunli import Capability, Manifest, MenuItem, Page, Plugin, hookimpl

async def look(visit):
    return PlainTextResponse("进来了")

class Granting(Plugin):
    manifest = Manifest(
        label="给", summary="", capabilities=(Capability(id="broken.look", roles=frozenset(), label="看"),)
    )

    @hookimpl
    def pages(self):
        return [Page(path="/look", view=look, to="broken.look")]

    @hookimpl
    def menu_items(self, ctx):
        return [
            MenuItem(label="门", url="/v/heping/", needs="broken.look"),
            MenuItem(label="名单", url="/v/heping/", needs="core.member.list"),
            MenuItem(label="没人", url="/v/heping/", needs="broken.unheard"),
        ]

    @hookimpl
    async def grants(self, ctx):
        return frozenset({granted!r})

plugin = Granting()
"""
OWN = GRANTS.replace("{granted!r}", "{'broken.look'}")
GREEDY = GRANTS.replace("{granted!r}", "{'broken.look', 'core.member.list', 'sample.note.pin'}")


@pytest.mark.parametrize(
    ("broken", "pages", "doors", "kinds"),
    [
        (GREEDY, [403, 403, 403], ["告示板"], {("plugins.E021", "broken")}),
        (OWN, [200, 403, 403], ["告示板", "门"], set()),
    ],
    ids=["greedy", "the control, its own"],
)
async def test_t09_who_grants_a_capability_of_others_grants_nothing_and_is_named(
    county: LiveSite, broken: str, pages: list[int], doors: list[str], kinds: set[tuple[str, str]]
) -> None:
    stranger = await county.sign_in(await county.stranger())
    board = await stranger.open(BOARD)
    assert sorted(board.words(".navx a")) == doors
    pinned = await board.form().fill(words="x").send()
    opened = [await stranger.open(f"/v/{HOME}{path}") for path in ("/broken/look", "/members")]
    assert [opened[0].status, opened[1].status, pinned.status] == pages
    problems = county.app.site.registry.dispatch.health.problems()
    assert {(one.id, one.plugin) for one in problems} == kinds


# -- doors -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("broken", [OWN], ids=[""])
async def test_t09_a_door_is_shown_to_those_who_hold_its_capability_and_to_nobody_else(
    county: LiveSite, broken: str
) -> None:
    officials = {"village admin", "appointed admin", "township admin", "county admin"}
    for who, visitor in (await people(county)).items():
        doors = set((await visitor.open(BOARD)).words(".navx a"))
        expected = {"告示板", *({"贴一张"} if who in MAY_PIN else ()), *({"名单"} if who in officials else ())}
        assert doors == expected | ({"门"} if who != "anonymous" else set()), who
