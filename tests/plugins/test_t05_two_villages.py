"""T5: a plugin that is on in one village leaves no trace in another, for nobody, and is never asked about it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cunli import db, enabling, jobs
from cunli.feed import answers, queries
from cunli.feed.entries import Entry, publish_entry, review_entry
from cunli.feed.events import PostPublished
from cunli.plugin_models import Mode
from cunli.testing.live import LiveSite
from cunli.testing.plugins import Install
from cunli.testing.templates import EmptyDatabases
from cunli.testing.working import let_pass, settled, until

from ..permissions.asks import ASKS, Ask
from ..permissions.roles import HERE, ROLES
from ..permissions.world import World, world

ON = "shangba"  # it is off in the village of the permission tests, whose every page is known there
# where officials switch them on, and where people are told who holds something about them, wherever it is on
# the trail says what was switched when, and stays; people and guardians see what plugins hold about them; the operator's own
# machine counts answers of this process by plugin, of no village; an impact assessment names every plugin of the site
ABOUT_PLUGINS = ("/admin/plugins", "/admin/audit", "/admin/impact", "/me/data", "/me/wards", "/metrics")
NOTED = "县里都能看的条子"
TRACES = ("sample", "告示板", "/spy/", "密探")
SPY = """
from starlette.responses import PlainTextResponse
from cunli import EVERYONE, Fragment, Manifest, MenuItem, Page, Plugin, hookimpl

asked = []

async def look(visit):
    asked.append(("page", visit.here.id))
    return PlainTextResponse("密探")

class Spy(Plugin):
    manifest = Manifest(label="密探", summary="")

    @hookimpl
    def pages(self):
        return [Page(path="/look", view=look, to=EVERYONE, methods=("GET", "POST"))]

    @hookimpl
    def menu_items(self, ctx):
        asked.append(("menu_items", ctx.village_id))
        return [MenuItem(label="密探", url=f"{ctx.village_url}/spy/look")]

    @hookimpl
    async def slot_fragments(self, ctx):
        asked.append(("slot_fragments", ctx.page.village_id))
        return {None: [Fragment(text="密探到此")]}

    @hookimpl
    async def grants(self, ctx):
        asked.append(("grants", ctx.village_id))
        return frozenset()

plugin = Spy()
"""
HOOKS = {"menu_items", "slot_fragments", "grants"}


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def two_villages(
    request: pytest.FixtureRequest,
    databases_with_sample: EmptyDatabases,
    sample: Path,
    install: Install,
    unhurried: None,
    tmp_path: Path,
) -> AsyncIterator[World]:
    """The site of the permission tests, with two plugins that are on in another village than theirs."""
    install("spy", SPY)
    url = await databases_with_sample.fresh(request.param, tmp_path)
    async with world(url, tmp_path, plugins=("sample", "spy")) as made:
        for plugin in ("sample", "spy"):
            await enabling.switch(plugin, made.site[ON].region_id, Mode.ON, village_level=True)
        yield made


def asked() -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = sys.modules["cunli_spy"].asked
    return found


async def crawl(made: World) -> tuple[list[str], int]:
    """Open every page there is as every role: what was wrong, and how many pages were shown."""
    wrong, shown = [], 0
    traced = (*TRACES, NOTED)
    for route, variants in ASKS.items():
        if not route.startswith("GET ") or route.removeprefix("GET ").startswith(ABOUT_PLUGINS):
            continue
        for variant, make in variants.items():
            for role in ROLES:
                answer = await made.send(role, "GET", make(made, role))
                shown += answer.status == 200
                traces = [trace for trace in traced if trace in answer.everything]
                if traces or answer.status >= 500:
                    wrong.append(f"{route} {variant} as {role.id}: {answer.status} {traces}")
    return wrong, shown


async def refused(made: World, village: str) -> dict[int, int]:
    """Every page of the plugins in a village, asked for by every role: how often each status was given."""
    found: dict[int, int] = {}
    for plugin, page in made.site.app.site.pages:
        if plugin is None or page.scope != "village":
            continue
        for method in page.methods:
            for role in ROLES:
                ask = Ask(path=f"/v/{village}/{plugin}{page.path}", fields={"words": "x"} if method == "POST" else {})
                status = (await made.send(role, method, ask)).status
                found[status] = found.get(status, 0) + 1
    return found


async def left_behind(made: World) -> None:
    """What stands in the database: entries of the other village that go beyond it, and those of this one, of a time when
    the plugin was on here, with an answer that its author was told of.
    """
    here, there = made.site[HERE], made.site[ON]
    by, admin = made.people["author"].id, made.people["county_admin"].id
    await enabling.switch("sample", here.region_id, Mode.ON, village_level=True)
    for village, audience, author in ((there, "county", admin), (there, "public", admin), (here, "public", by)):
        entry = Entry(
            kind="sample.note",
            village_id=village.id,
            author_id=author,
            title="告示板",
            body=NOTED,
            data={"letters": len(NOTED)},
            audience=audience,
        )
        key = await publish_entry(await review_entry(entry))
    post = await queries.post_by_key(key)
    assert post is not None
    with db.scope(here.id):
        await answers.comment(post, made.people["verified"].id, "告示板上说的对")
    await enabling.switch("sample", here.region_id, Mode.OFF, village_level=True)


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_t05_no_page_of_the_other_village_shows_a_trace_to_anybody_and_no_hook_is_asked(
    two_villages: World,
) -> None:
    here, there = two_villages.site[HERE].id, two_villages.site[ON].id
    await left_behind(two_villages)
    asked().clear()
    wrong, shown = await crawl(two_villages)
    assert wrong == []
    assert shown > 300, "it really was a visit"
    assert await refused(two_villages, HERE) == {404: 4 * len(ROLES)}
    assert [call for call in asked() if call[1] == here] == []

    asked().clear()  # the controls: where it is on, and here once it is switched on
    admin = next(role for role in ROLES if role.id == "county_admin")
    page = await two_villages.send(admin, "GET", Ask(path=f"/v/{ON}/"))
    assert [trace for trace in TRACES if trace not in page.body] == []
    assert set(asked()) == {(hook, there) for hook in HOOKS}
    assert 404 not in await refused(two_villages, ON)
    for plugin in ("sample", "spy"):
        await enabling.switch(plugin, two_villages.site[HERE].region_id, Mode.ON, village_level=True)
    page = await two_villages.send(admin, "GET", Ask(path=f"/v/{HERE}/"))
    assert [trace for trace in (*TRACES, NOTED) if trace not in page.body] == []
    author = next(role for role in ROLES if role.id == "author")
    assert "告示板上说的对" in (await two_villages.send(author, "GET", Ask(path="/inbox"))).body
    assert (HOOKS, here) == ({hook for hook, village in asked() if village == here}, here)


# -- events and tasks: the sample writes a note wherever it is told of something ---------------------------------------


async def notes() -> list[tuple[int, str]]:
    rows = await db.read("SELECT village_id, words FROM sample_note ORDER BY id")
    return [(row["village_id"], row["words"]) for row in rows]


async def test_t05_events_reach_it_only_where_it_is_on_and_once(county: LiveSite) -> None:
    for slug in ("heping", "shangba"):
        event = {"post_id": 7, "author_id": 1, "post_kind": "post", "audience": "village"}
        await jobs.emit(PostPublished(village_id=county[slug].id, **event))  # type: ignore[arg-type]
    await settled()
    assert await notes() == [(county["heping"].id, "a post")]


async def test_t05_its_task_runs_for_each_village_where_it_is_on(county: LiveSite) -> None:
    await until(lambda: db.read("SELECT 1 FROM core_schedule WHERE name = 'sample.tidy'"))
    await enabling.switch("sample", county["donghu"].region_id, Mode.ON, village_level=True)
    await let_pass(3_600_000)
    await until(tidied)
    rows = await db.read("SELECT village_id FROM core_job WHERE task = 'sample.tidy' ORDER BY village_id")
    assert [row["village_id"] for row in rows] == sorted([county["heping"].id, county["donghu"].id])


async def tidied() -> bool:
    done = await db.read("SELECT 1 FROM core_job WHERE task = 'sample.tidy' AND state = 'done'")
    return len(done) == 2


async def test_t05_a_job_of_a_village_that_switched_it_off_meanwhile_does_nothing(county: LiveSite) -> None:
    for _ in range(2):
        await enabling.switch("sample", county["heping"].region_id, Mode.OFF, village_level=True)
        payload = {"village_id": county["heping"].id, "post_id": 8, "author_id": 1, "post_kind": "post", "audience": ""}
        await jobs.enqueue("sample.pin_post", payload, village_id=county["heping"].id)
        await settled()
    assert await notes() == []
    await enabling.switch("sample", county["heping"].region_id, Mode.ON, village_level=True)
    await jobs.enqueue("sample.pin_post", payload, village_id=county["heping"].id)
    await settled()
    assert len(await notes()) == 1, "the control"
