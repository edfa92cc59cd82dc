"""A walk through everything a plugin shows, as everybody, noting what was answered. Judging is done elsewhere, without the site."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from lxml.html import HtmlElement
from tortoise.exceptions import BaseORMException

from cunli import enabling
from cunli.db import migrations
from cunli.plugin_models import Mode
from cunli.testing.bench import OFF, ON, Bench
from cunli.testing.cast import ROLES, everybody
from cunli.testing.evidence import Evidence, tree_of
from cunli.testing.live import LiveSite
from cunli.testing.noting import Notes, watched_tables
from cunli.testing.rows import Rows
from cunli.testing.sending import Forms
from cunli.testing.visitor import Opened, Visitor
from cunli.web.pages import Page

CORE_PAGES: Final = ("/", "/about", "/new")
WRITERS: Final = ("villager", "village_admin", "county_admin")
MOST_LINKS: Final = 60
MORE_POSTS: Final = 5
ROUNDS: Final = 3  # what one person has sent, another answers
MOST_ALIKE: Final = 3  # pages of one pattern that one person opens in one round


async def crawl(bench: Bench, kind: str, folder: Path) -> Evidence:
    """Start a site, walk through it, stop it."""
    evidence = Evidence(plugin=bench.name)
    url = await bench.fresh(kind, folder)
    async with bench.site(url, folder, strict=False) as site:
        rows = await Rows.of(url, watched_tables(bench.name))
        try:
            notes = Notes(evidence, rows, site.app.site.registry.dispatch)
            await _Walk(bench, site, notes, await everybody(site)).all()
        finally:
            await rows.close()
        static = site.app.site.static
        evidence.static = {static.url(name): str(static.path(name)) for name in static.names()}
        found = site.app.site.registry.dispatch.health.problems()
        # pages that fail are judged by their answers
        evidence.problems = [str(p) for p in found if p.plugin == bench.name and p.id != "plugins.W111"]
    evidence.migrated = await there_and_back(bench, url)  # with the rows that the walk has left
    if evidence.migrated:
        await bench.start_over()
    return evidence


async def there_and_back(bench: Bench, url: str) -> list[str]:
    """What goes wrong when the plugin's migrations are undone and done again on a migrated database."""
    apps, found = bench.apps, list[str]()
    if bench.name not in apps:
        return found
    try:
        undone = await migrations.unapply(url, apps, bench.name)
        rows = await Rows.of(url)
        found += [f"{table} is still there" for table in rows.tables if table.startswith(f"{bench.name}_")]
        await rows.close()
        done = await migrations.migrate(url, apps)
        if sorted(done) != sorted(undone):
            found.append(f"undone were {', '.join(undone)}, done again {', '.join(done)}")
    except (migrations.MigrationRefused, BaseORMException) as exc:
        found.append(str(exc))
    return found


class _Walk:
    def __init__(self, bench: Bench, site: LiveSite, notes: Notes, people: Mapping[str, Visitor]) -> None:
        self.bench, self.site, self.people = bench, site, people
        self.evidence, self._note, self._changed = notes.evidence, notes.note, notes.changed
        self.pages = [page for plugin, page in site.app.site.pages if plugin == bench.name]
        fixed_first = sorted(self.pages, key=lambda page: page.path.count("{"))
        self.read = {self._pattern(page): page for page in fixed_first if "GET" in page.methods}
        self.forms = Forms(notes, {self._pattern(page): page for page in fixed_first if "POST" in page.methods})

    async def all(self) -> None:
        await self._pages("page")
        await self._posts()
        await self._forms()
        await self._pages("written")
        await self._linked()
        await self._fragments()
        await self._core()
        await self._queries()
        await self._links()
        await self._off()
        await self._elsewhere()
        self.evidence.unreached = list(self.forms.unreached())

    # -- asking ----------------------------------------------------------------------------------------------------

    def _path(self, page: Page, slug: str = ON) -> str:
        return re.sub(r"\{[^}]*\}", "1", self._whole(page, slug))

    def _whole(self, page: Page, slug: str = ON) -> str:
        above = f"/v/{slug}" if page.scope == "village" else ""
        return f"{above}/{self.bench.name}{page.path}"

    def _pattern(self, page: Page) -> re.Pattern[str]:
        """What the address of a page looks like, whatever stands in its holes."""
        parts = re.split(r"(\{[^}]*\})", self._whole(page))
        holes = {True: ".+", False: "[^/]+"}
        return re.compile("".join(holes[":path" in one] if one.startswith("{") else re.escape(one) for one in parts))

    @property
    def _prefixes(self) -> tuple[str, ...]:
        return (f"/v/{ON}/{self.bench.name}", f"/{self.bench.name}/")

    # -- the parts of the walk -------------------------------------------------------------------------------------

    async def _pages(self, kind: str) -> None:
        for page in self.pages:
            if "GET" not in page.methods:
                continue
            for role, visitor in self.people.items():
                opened = await visitor.open(self._path(page), follow=False)
                self._note(kind, role, "GET", opened, page, await self._changed())

    async def _posts(self) -> None:
        admin = self.people["village_admin"]
        for page in self.pages:
            if "POST" not in page.methods:
                continue
            path = self._path(page)
            for role, visitor in self.people.items():
                self._note("post", role, "POST", await visitor.post(path, {}, follow=False), page)
            await self._changed()
            for site in () if page.outside else ("cross-site", ""):
                headers = {"sec-fetch-site": site, "origin": ""}
                opened = await admin.post(path, {"words": "x"}, follow=False, headers=headers)
                self._note("unsent", "village_admin", "POST", opened, page, await self._changed())

    async def _forms(self) -> None:
        for role in WRITERS:
            for page in self.pages:
                if "GET" in page.methods:
                    await self.forms.all_on(role, await self.people[role].open(self._path(page)))

    async def _linked(self) -> None:
        """Pages with a hole in their address, found by following links: opened by everybody, their forms sent as others are."""
        met: set[str] = set()
        for number in range(ROUNDS):
            taken = [await self._follow(role, met) for role in WRITERS]
            if (number and not any(taken)) or not any(self.forms.unreached()):
                break
            for role in WRITERS:
                for page in self._fixed():
                    await self.forms.anew(role, await self.people[role].open(self._path(page)))

    def _fixed(self) -> Iterator[Page]:
        return (page for page in self.read.values() if "{" not in page.path)

    async def _follow(self, role: str, met: set[str]) -> bool:
        """Follow links from all that somebody sees, a few of each kind. Whether a form was taken."""
        opened = [await self.people[role].open(f"/v/{ON}/")]
        opened += [await self.people[role].open(self._path(page)) for page in self._fixed()]
        waiting = [link for page in opened for link in _inside(page, self._prefixes)]
        seen, alike = set(waiting), Counter[tuple[str, ...]]()
        taken = False
        for one in opened:  # some forms are there only since others were sent
            taken |= await self.forms.all_on(role, one)
        while waiting:
            link = waiting.pop(0)
            parts = urlsplit(link)
            page = next((page for pattern, page in self.read.items() if pattern.fullmatch(parts.path)), None)
            asked = tuple(sorted(one.partition("=")[0] for one in parts.query.split("&") if one))
            if page is None or ("{" not in page.path and not asked) or alike[page.path, *asked] == MOST_ALIKE:
                continue
            alike[page.path, *asked] += 1
            if (kind := "?".join((page.path, *asked))) not in met:
                met.add(kind)
                await self._shown(link, page)
            found = await self.people[role].open(link)
            taken |= await self.forms.all_on(role, found)
            more = [one for one in _inside(found, self._prefixes) if one not in seen]
            waiting, seen = waiting + more, seen | {*more}
        return taken

    async def _shown(self, link: str, page: Page) -> None:
        await self._changed()
        for role, visitor in self.people.items():
            opened = await visitor.open(link, follow=False)
            self._note("linked", role, "GET", opened, page, await self._changed())

    async def _fragments(self) -> None:
        admin = self.people["village_admin"]
        for page in self.pages:
            if "GET" in page.methods:
                self._note("htmx", "village_admin", "GET", await admin.open(self._path(page), hx_request="true"), page)
        wanted = {
            e.get(name, "")
            for answer in self.evidence.of("page", "written")
            if answer.html
            for name in ("hx-get", "data-hx-get")
            for e in tree_of(answer.html).cssselect(f"[{name}]")
        }
        for path in sorted(p for p in wanted if p.startswith(self._prefixes)):
            self._note("whole", "village_admin", "GET", await admin.open(path))

    async def _core(self) -> None:
        for role, visitor in self.people.items():
            opened = await visitor.open(f"/v/{ON}/")
            self._note("core", role, "GET", opened)
            links = (
                a.get("href", "") for a in opened.all("a[href]") if not any(map(_is_card, a.iterancestors("article")))
            )
            for path in sorted({link for link in links if link.startswith(self._prefixes)}):
                self._note("door", role, "GET", await visitor.open(path))

    async def _queries(self) -> None:
        few = await self._asked()
        for number in range(MORE_POSTS):
            page = await self.people["villager"].open(f"/v/{ON}/new")
            if page.status == 200:
                await page.form().fill(body=f"又一条 {number}").send()
        self.evidence.queries = (few, await self._asked())

    async def _asked(self) -> int:
        """How often the plugin's hooks ask the database for one village page."""
        tallies = self.site.app.site.registry.dispatch.health.tallies

        def so_far() -> int:
            return sum(tally.queries for (plugin, _), tally in tallies.items() if plugin == self.bench.name)

        before = so_far()
        await self.people["villager"].open(f"/v/{ON}/")
        return so_far() - before

    async def _links(self) -> None:
        admin = self.people["village_admin"]
        found: dict[str, None] = {}
        for page in self._fixed():
            opened = await admin.open(self._path(page))  # anew: what was there at first may be gone
            if opened.status == 200:
                found |= dict.fromkeys(a.get("href", "") for a in opened.all("main a[href]"))
        inside = [path for path in found if path.startswith("/") and not path.startswith("/static/")]
        for path in inside[:MOST_LINKS]:
            self._note("link", "village_admin", "GET", await admin.open(path))

    async def _off(self) -> None:
        for page in (page for page in self.pages if page.scope == "village"):
            for role in ROLES:
                for method in page.methods:
                    visitor, path = self.people[role], self._path(page, OFF)
                    opened = await (visitor.open(path, follow=False) if method == "GET" else visitor.post(path, {}))
                    self._note("off", role, method, opened, page)
        for path in CORE_PAGES:
            for role in ("nobody", "neighbour", "county_admin"):
                self._note("trace", role, "GET", await self.people[role].open(f"/v/{OFF}{path}"))

    async def _elsewhere(self) -> None:
        """The same plugin on in a second village, whose people have written nothing."""
        for plugin in self.bench.plugins:
            await enabling.switch(plugin, self.site["donghu"].region_id, Mode.ON, village_level=True)
        for page in (page for page in self.pages if page.scope == "village" and "GET" in page.methods):
            opened = await self.people["county_admin"].open(self._path(page, "donghu"))
            self._note("elsewhere", "county_admin", "GET", opened, page)
        self._note("elsewhere", "county_admin", "GET", await self.people["county_admin"].open("/v/donghu/"))


def _is_card(element: HtmlElement) -> bool:
    """An entry of the feed stays when what it tells of is over: it is no door."""
    return "post" in element.get("class", "").split()


def _inside(opened: Opened, prefixes: tuple[str, ...]) -> list[str]:
    """The plugin's own pages to which a page leads."""
    found = (link.partition("#")[0] for link in opened.links())
    return list(dict.fromkeys(link for link in found if link.startswith(prefixes)))
