"""A plugin comes and goes at random while people look at pages: nothing breaks, nothing of it stays, nothing of it is lost."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cunli import db, enabling, lifecycle
from cunli.cli.routes import route_lines
from cunli.places import queries
from cunli.places.queries import VillageNow
from cunli.plugin_models import Mode
from cunli.removal.purge import counted
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.templates import EmptyDatabases
from cunli.testing.visitor import Visitor
from cunli.testing.working import settled, until

from .removing import brought_back, contents, migrate, own_database, state, tables_there, taken_away

CYCLES = 50
REMOVALS = int(
    os.environ.get("CUNLI_REMOVALS", "6")
)  # a second or more each: tables go and come; at night there are more
SWITCHES = ("core_plugin_switch",)  # removing takes them along; the villages that had it on get it back here
VILLAGES = ("heping", "shangba", "donghu")
PAGES = ("/", "/v/{}/", "/v/{}/sample/notes", "/sample/about")


class Load:
    """People who open one page after the other, and what went wrong for them."""

    def __init__(self, site: LiveSite, seed: int) -> None:
        self.site, self.random = site, random.Random(seed)
        self.opened, self.wrong = 0, list[str]()

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        people = [self.site.visitor(), await self.site.sign_in(await self.site.villager("张桂秀"))]
        over = asyncio.Event()
        walks = [asyncio.create_task(self._walk(one, over)) for one in people]
        try:
            yield
        finally:
            over.set()
            await asyncio.gather(*walks)

    async def _walk(self, visitor: Visitor, over: asyncio.Event) -> None:
        while not over.is_set():
            path = self.random.choice(PAGES).format(self.random.choice(VILLAGES))
            answer = await visitor.open(path, follow=False)
            self.opened += 1
            if answer.status >= 500:
                self.wrong.append(f"{path}: {answer.status}")
            await asyncio.sleep(0.02)

    async def meanwhile(self, act: Callable[[], Awaitable[object]]) -> None:
        """Do it between two pages, and let at least one more be opened after it."""
        await act()
        seen = self.opened
        while self.opened == seen:
            await asyncio.sleep(0.002)


async def village(slug: str) -> VillageNow:
    found = await queries.find_by_address(slug)
    assert isinstance(found, VillageNow)
    return found


class Operator:
    """Who switches, removes and reinstalls."""

    def __init__(self, site: LiveSite, url: str, folder: Path, seed: int) -> None:
        self.site, self.url, self.folder = site, url, folder
        self.random = random.Random(seed)
        self.on = {"heping"}
        self.removals = 0

    async def switch(self, slug: str, on: bool) -> None:
        here = await village(slug)
        if on:
            await lifecycle.switch_on(self.site.app.site.registry, "sample", here)
        else:
            await lifecycle.switch_off("sample", here)
        (self.on.add if on else self.on.discard)(slug)
        visitor = self.site.visitor()
        page = await visitor.open(f"/v/{slug}/sample/notes", follow=False)
        assert (page.status, "告示板" in (await visitor.open(f"/v/{slug}/")).text) == (
            (200, True) if on else (404, False)
        )

    async def off_and_on(self) -> None:
        """The same as before, to the last byte."""
        before, slug = await state(), self.random.choice(sorted(self.on))
        await self.switch(slug, on=False)
        await settled()
        await self.switch(slug, on=True)
        assert await state() == before

    async def another(self) -> None:
        slug = self.random.choice(VILLAGES)
        if self.on - {slug}:
            await self.switch(slug, on=slug not in self.on)

    async def away_and_back(self) -> None:
        """Removed with all it has, installed again, imported, and on where it was: the same as before."""
        before, were = await state(without=SWITCHES), sorted(self.on)
        for slug in were:
            await self.switch(slug, on=False)
        await settled()
        self.removals += 1
        out = self.folder / f"out{self.removals}"
        await taken_away(self.site, "sample", out)
        assert not [table for table in await tables_there() if table.startswith("sample_")]
        assert await counted("sample") == {}
        await migrate(self.url, "sample")
        await brought_back("sample", out)
        for slug in were:
            await self.switch(slug, on=True)
        assert await state(without=SWITCHES) == before

    def cycles(self) -> list[Callable[[], Awaitable[None]]]:
        """What is done, in an order that the seed decides."""
        switching = self.random.choices((self.off_and_on, self.another), k=CYCLES - REMOVALS)
        acts: list[Callable[[], Awaitable[None]]] = [*switching, *[self.away_and_back] * REMOVALS]
        self.random.shuffle(acts)
        return acts


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_cycles_of_coming_and_going_break_nothing_leave_nothing_and_lose_nothing(
    engine: str, databases_with_sample: EmptyDatabases, sample: Path, unhurried: None, tmp_path: Path
) -> None:
    async with own_database(engine, databases_with_sample, tmp_path) as url:
        async with live_site(settings_for(url, tmp_path, plugins=("sample",))) as site:
            rows = [(site[slug].id, f"{slug} {number}") for slug in VILLAGES for number in range(5)]
            load, operator = Load(site, 7), Operator(site, url, tmp_path, 11)
            await db.run_unit(db.write_many, "INSERT INTO sample_note (village_id, words) VALUES (?, ?)", rows)
            await lifecycle.switch_on(site.app.site.registry, "sample", await village("heping"))
            async with load.going_on():
                for act in operator.cycles():
                    await load.meanwhile(act)
            assert (load.wrong, load.opened > CYCLES, operator.removals) == ([], True, REMOVALS)
            kept = sorted(row["words"] for row in await db.read("SELECT words FROM sample_note"))
            assert kept == sorted(words for _, words in rows)
            await taken_away(site, "sample", tmp_path / "last")
        await nothing_is_left(url, tmp_path)


async def test_cycles_control_what_stays_and_what_breaks_is_seen(
    databases_with_sample: EmptyDatabases,
    sample: Path,
    unhurried: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def purge(plugin: str) -> int:
        return 0

    url = await databases_with_sample.fresh("sqlite", tmp_path)
    async with live_site(settings_for(url, tmp_path, plugins=("sample",))) as site:
        load, operator = Load(site, 7), Operator(site, url, tmp_path, 11)
        await operator.switch("heping", on=True)
        before = await state()
        await db.run_unit(db.write, "UPDATE core_village SET name = '别的村' WHERE slug = 'donghu'")
        assert await state() != before
        monkeypatch.setattr("cunli.removal.removing.purge", purge)
        with pytest.raises(AssertionError):
            await operator.away_and_back()
        await enabling.switch("sample", site["heping"].region_id, Mode.ON, village_level=True)
        async with load.going_on():  # it is on, and its table is gone
            await until(lambda: _some(load.wrong))
        assert all("500" in line for line in load.wrong)


async def _some(found: list[str]) -> bool:
    return bool(found)


async def nothing_is_left(url: str, folder: Path) -> None:
    """After the restart without it: no page, menu entry, job, table or file but its exports."""
    async with live_site(settings_for(url, folder), sample_county=False) as site:
        site.villages = {}
        assert [line for line in route_lines(site.app.site) if "sample" in line["path"]] == []
        for path in PAGES:
            page = await site.visitor().open(path.format("heping"), follow=False)
            assert ("告示板" in page.html, page.status) == (False, 404 if "sample" in path else 200)
        assert not [table for table in await tables_there() if table.startswith("sample_")]
        assert await counted("sample") == {}
    files = {path.name for path in folder.iterdir() if "out" not in path.name}
    assert {name for name in files if "sample" in name} == set()
    assert set(contents(folder / "last")) == {"manifest.json", "sample_note.jsonl"}
