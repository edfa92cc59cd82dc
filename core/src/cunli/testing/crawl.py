"""A walk through everything a plugin shows, as everybody, noting what was answered. Judging is done elsewhere, without the site."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import lxml.html
from lxml.html import HtmlElement
from tortoise.exceptions import BaseORMException

from cunli import enabling
from cunli.db import migrations
from cunli.plugin_models import Mode
from cunli.testing.bench import OFF, ON, Bench
from cunli.testing.cast import ROLES, everybody
from cunli.testing.live import LiveSite
from cunli.testing.rows import Rows
from cunli.testing.visitor import Filling, Opened, Visitor
from cunli.web.pages import Page

PLANTED: Final = "planted"
WORDS: Final = f'<b class="{PLANTED}">栽</b>'
RUBBISH: Final = "字\x00\u202e" * 3000
TYPED: Final = {"number": "1", "date": "2024-05-01", "tel": "13800000000", "email": "a@example.org"}
ODD_DAYS: Final = ("0001-01-01", "9999-12-31")  # days cannot be added on either side
NEVER: Final = ("submit", "button", "hidden", "checkbox", "radio", "file", "image")
CORE_PAGES: Final = ("/", "/about", "/new")
MOST_LINKS: Final = 60
MORE_POSTS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one visitor got. `kind` says why it was asked: page, htmx, form, core, link, door, and so on."""

    kind: str
    role: str
    method: str
    path: str
    status: int
    html: str = ""
    page: Page | None = None
    changed: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.path} as {self.role}: {self.status}"


@dataclass(slots=True)
class Evidence:
    """Everything that was seen of one plugin on one database."""

    plugin: str
    answers: list[Answer] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    migrated: list[str] = field(default_factory=list)
    static: dict[str, str] = field(default_factory=dict)  # where each static file lies, by its address
    queries: tuple[int, int] = (0, 0)  # of its hooks, for a village page with few posts and with some more

    def of(self, *kinds: str) -> Iterator[Answer]:
        return (answer for answer in self.answers if answer.kind in kinds)


async def crawl(bench: Bench, kind: str, folder: Path) -> Evidence:
    """Start a site, walk through it, stop it."""
    evidence = Evidence(plugin=bench.name)
    url = await bench.fresh(kind, folder)
    async with bench.site(url, folder, strict=False) as site:
        rows = await Rows.of(url)
        try:
            await _Walk(bench, site, rows, evidence, await everybody(site)).all()
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
    def __init__(
        self, bench: Bench, site: LiveSite, rows: Rows, evidence: Evidence, people: Mapping[str, Visitor]
    ) -> None:
        self.bench, self.site, self.rows, self.evidence, self.people = bench, site, rows, evidence, people
        self.pages = [page for plugin, page in site.app.site.pages if plugin == bench.name]

    async def all(self) -> None:
        await self._pages("page")
        await self._posts()
        await self._forms()
        await self._pages("written")
        await self._fragments()
        await self._core()
        await self._queries()
        await self._links()
        await self._off()
        await self._elsewhere()

    # -- asking ----------------------------------------------------------------------------------------------------

    def _path(self, page: Page, slug: str = ON) -> str:
        path = re.sub(r"\{[^}]*\}", "1", page.path)
        return f"/v/{slug}/{self.bench.name}{path}" if page.scope == "village" else f"/{self.bench.name}{path}"

    @property
    def _prefixes(self) -> tuple[str, ...]:
        return (f"/v/{ON}/{self.bench.name}", f"/{self.bench.name}/")

    def _note(
        self, kind: str, role: str, method: str, opened: Opened, page: Page | None = None, changed: tuple[str, ...] = ()
    ) -> None:
        is_html = "html" in opened.headers.get("content-type", "")
        html = opened.html if is_html else ""
        self.evidence.answers.append(
            Answer(
                kind=kind,
                role=role,
                method=method,
                path=opened.url,
                status=opened.status,
                html=html,
                page=page,
                changed=changed,
            )
        )

    async def _changed(self) -> tuple[str, ...]:
        own = [table for table in await self.rows.touched() if table.startswith(f"{self.bench.name}_")]
        if not own:
            return ()
        changes = await self.rows.changes()
        await self.rows.take()
        return tuple(table for table in changes if table.startswith(f"{self.bench.name}_"))

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
        for role in ("villager", "village_admin", "county_admin"):
            for page in self.pages:
                if "GET" in page.methods:
                    opened = await self.people[role].open(self._path(page))
                    for element in opened.all("form"):
                        await self._form(role, opened, element)

    async def _form(self, role: str, opened: Opened, element: HtmlElement) -> None:
        filling = Filling(opened, element)
        if filling.method != "post" or not filling.action.startswith(self._prefixes):
            return
        self._note("token" if "_form" in filling.fields else "no token", role, "POST", opened)
        _type(filling, element, RUBBISH)
        self._note("form", role, "POST", await filling.send(follow=False))
        for day in ODD_DAYS if element.cssselect("[type=date], [type=datetime-local]") else ():
            _type(filling, element, WORDS, {**TYPED, "date": day, "datetime-local": f"{day}T23:59"})
            self._note("form", role, "POST", await filling.send(follow=False))
        _type(filling, element, WORDS)
        await self._changed()
        self._note("form", role, "POST", await filling.send(follow=False), changed=await self._changed())
        self._note("form", role, "POST", await filling.send(follow=False))
        if again := await self._changed():
            self.evidence.doubled += [f"{filling.action} as {role} changed {table} again" for table in again]

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
            for path in sorted({link for link in opened.links() if link.startswith(self._prefixes)}):
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
        for answer in self.evidence.of("written"):
            if answer.role == "village_admin" and answer.status == 200 and answer.html:
                found |= dict.fromkeys(a.get("href", "") for a in tree_of(answer.html).cssselect("main a[href]"))
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


def tree_of(html: str) -> HtmlElement:
    """The elements of a page."""
    return lxml.html.document_fromstring(html)


def _type(filling: Filling, element: HtmlElement, words: str, typed: Mapping[str, str] = TYPED) -> None:
    """Type into every field that takes words, and press what a browser would press."""
    for control in element.iter("input", "textarea"):
        kind = (control.get("type") or "text").lower()
        name = control.get("name")
        if name and kind not in NEVER:
            most = int(control.get("maxlength") or 0)
            cut = words[:most] if most and words is WORDS else words
            filling.fill(**{name: typed.get(kind, cut) if words is WORDS else words})
