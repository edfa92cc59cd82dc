"""The site of the permission tests: four villages full of canaries, and somebody of every role with a session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx2

from cunli import db, enabling
from cunli.clock import now, today
from cunli.compliance import profile_now
from cunli.departments import actions as departments
from cunli.departments import queries as department_queries
from cunli.departments.actions import Looks, Written
from cunli.feed.cards import forget_cards
from cunli.minors import actions as minors
from cunli.minors import looking
from cunli.minors import queries as minor_queries
from cunli.minors import rules as minor_rules
from cunli.people import codes, passwords, sessions
from cunli.people.models import Person
from cunli.people.personal import PHONE
from cunli.places import queries as places
from cunli.plugin_models import Mode
from cunli.problems import as_json, problem
from cunli.team import handbook, tutors
from cunli.testing.accounts import PASSWORD, CodeBox
from cunli.testing.canaries import Canary, Inhabited, inhabit
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.rows import Rows
from cunli.testing.sample import SamplePerson
from cunli.trust import readers
from cunli.web import cookies

from .asks import DEPARTMENT, GONE, Ask
from .roles import HERE, ROLES, Role

PHONE_NUMBER = "13900000001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, as text that canaries are looked for in."""

    status: int
    headers: httpx2.Headers
    body: str

    @property
    def everything(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in self.headers.multi_items()) + "\n" + self.body


@db.unit
async def _trouble(plugin: str) -> None:
    await db.write(
        "INSERT INTO core_plugin_trouble (plugin, hook, problem, facts, count, first_at, last_at)"
        " VALUES (?, 'menu_items', 'plugins.W101', ?, 1, ?, ?)",
        plugin,
        as_json(problem("plugins.W101", plugin, hook="menu_items", error="KeyError")),
        now(),
        now(),
    )


async def call(site: LiveSite, method: str, ask: Ask, headers: Mapping[str, str]) -> Answer:
    """One request given to the application directly: a client's work would cost as much as the site's."""
    files = list(ask.files) or None
    wanted = httpx2.Request(
        method, f"{site.settings.base_url}{ask.path}", data=ask.fields, files=files, headers=headers
    )
    body, scope = [wanted.read(), b""], _scope(wanted)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        if not body:
            await asyncio.Event().wait()  # as a client that stays: a streamed answer listens for one that leaves
        return {"type": "http.request", "body": body.pop(0), "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await site.app(scope, receive, send)
    start, *rest = sent
    content = b"".join(message.get("body", b"") for message in rest)
    return Answer(
        status=start["status"], headers=httpx2.Headers(start["headers"]), body=content.decode("utf-8", "replace")
    )


def _scope(wanted: httpx2.Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": wanted.method,
        "scheme": "http",
        "path": unquote(wanted.url.path),
        "raw_path": wanted.url.raw_path,
        "query_string": wanted.url.query,
        "root_path": "",
        "headers": [(name.lower(), text) for name, text in wanted.headers.raw],
        "client": ("127.0.0.1", 4711),
        "server": ("127.0.0.1", 8000),
    }


@dataclass(slots=True, kw_only=True)
class World:
    """A site, what lives in it, and a session for each role."""

    site: LiveSite
    rows: Rows
    villages: dict[str, Inhabited]
    people: dict[str, SamplePerson]
    tokens: dict[str, str]
    offices: dict[str, int]
    session_of_author: int
    of_department: tuple[str, int] = ("", 0)  # the key of what it published, and the appointment of its editor
    young: Mapping[str, str] = field(
        default_factory=dict
    )  # keys and codes of a young person of this village, of a tutor and a handbook
    reader: int = 0  # the number of the audit reader's duty
    phone: str = PHONE_NUMBER
    password: str = PASSWORD
    canaries: dict[str, Canary] = field(default_factory=dict)

    @property
    def here(self) -> Inhabited:
        return self.villages[HERE]

    async def send(self, role: Role, method: str, ask: Ask, **headers: str | None) -> Answer:
        """The request as this person's browser sends it. A header that is None is left out."""
        own = {"sec-fetch-site": "same-origin", "accept": "text/html", "accept-language": "zh-CN"}
        given: dict[str, str | None] = {**own, **{name.replace("_", "-"): text for name, text in headers.items()}}
        if role.id in self.tokens:
            given["cookie"] = f"{cookies.name(self.site.settings, cookies.SESSION)}={self.tokens[role.id]}"
        sent = {name: text for name, text in given.items() if text is not None}
        return await call(self.site, method, ask, sent)

    async def put_back(self) -> None:
        """Make everything as it was before the last request."""
        if not await self.rows.touched():
            return
        await self.rows.put_back()
        places.forget_all()
        forget_cards()

    def owner(self, role: Role) -> int:
        """The id of the person of a role; -1 for nobody."""
        return self.people[role.id].id if role.id in self.people else -1


@asynccontextmanager
async def world(url: str, folder: Path, **settings: object) -> AsyncIterator[World]:
    """The site with everything in it. Jobs wait, so that only requests change rows."""
    async with live_site(
        settings_for(url, folder, jobs="worker", synchronous="NORMAL", log_level="error", **settings)
    ) as site:
        codes.send_through(CodeBox())
        villages = {slug: await inhabit(site[slug], n) for n, slug in enumerate(site.villages, 1)}
        people = await _people(site, villages)
        await db.run_unit(
            db.write, "UPDATE core_village SET cover = ? WHERE slug = ?", "C" * 22, HERE
        )  # to be taken down
        await _trouble(GONE)
        await enabling.switch(GONE, site[HERE].region_id, Mode.ON, village_level=True)
        for was, new in (("cn2026", "wecun2019"), ("wecun2019", "cn2026")):  # back again, with a reason on record
            await profile_now.set_profile(new, site[HERE].county_id, was=was, reason="会上定的")
        await _departments(site, people["county_admin"].id, people["department_editor"].id)
        young = {**await _young(site, people), **await _team(site, people)}
        tokens = {role: await sessions.open_session(who.id, device="test") for role, who in people.items()}
        rows = await db.read("SELECT id FROM core_session WHERE person_id = ?", people["author"].id)
        made = World(
            site=site,
            rows=await Rows.of(url),
            villages=villages,
            people=people,
            tokens=tokens,
            offices=await _offices(people),
            session_of_author=rows[0]["id"],
            of_department=await _of_department(),
            young=young,
            reader=(await readers.readers())[0].id,
            canaries={c.word: c for lived_in in villages.values() for c in lived_in.canaries},
        )
        try:
            yield made
        finally:
            await made.rows.close()


async def _people(site: LiveSite, villages: dict[str, Inhabited]) -> dict[str, SamplePerson]:
    for slug in (HERE, "donghu"):
        admin = await site.village_admin(f"{slug}admin", slug)
        villages[slug].people["admin"] = admin
        rows = await db.read("SELECT key FROM core_membership WHERE person_id = ?", admin.id)
        villages[slug].members["admin"] = rows[0]["key"]
    # somebody else in every office, so that nobody here is the last one in charge
    for slug in (HERE, "donghu", "waixiang"):
        await site.township_admin(f"{slug}second", slug)
        await site.county_admin(f"{slug}third", slug)
    await site.village_admin("secondadmin", HERE)
    found = {role.id: villages[role.village].people[role.person] for role in ROLES if role.village and role.person}
    found["no_village"] = await _with_password(await site.stranger())
    found["township_admin"] = await site.township_admin()
    found["other_township_admin"] = await site.township_admin("东湖乡管理员", "donghu")
    found["department_editor"] = await site.stranger("部门编辑")
    found["county_admin"] = await site.county_admin()
    found["other_county_admin"] = await site.county_admin("外江县管理员", "waixiang")
    found["audit_reader"] = await site.stranger("审计员")
    await readers.grant(None, found["audit_reader"].id, site[HERE].county_id, by="command")
    return found


async def _young(site: LiveSite, people: dict[str, SamplePerson]) -> dict[str, str]:
    """Somebody of fifteen, with a guardian by account and one by paper, whose data an official asks to see; and one who waits."""
    village = await places.village_by_id(site[HERE].id)
    assert village is not None
    grown_up, official = minor_rules.adult_on(today().year - 15, 1), people["township_admin"].id
    teen, other = await site.villager("半大孩子", HERE), await site.villager("另一个孩子", HERE)
    codes_of = {}
    for who in (teen, other):
        codes_of[who.id] = (await minors.declare(who.id, village.id, grown_up)).code
    await minors.answer_for(people["author"].id, codes_of[teen.id])
    await minors.renew_code(teen.id)
    again = await minor_queries.minor(teen.id)
    assert again is not None
    await minors.record_paper(official, village.id, again.code, "纸上的人")
    asker = await site.village_admin("askingadmin", HERE)
    await looking.ask(asker.id, village, teen.id, "要核对一下")
    look = await minor_queries.own_look(teen.id, asker.id)
    links = await minor_queries.guardians_of(teen.id)
    row = await db.read("SELECT key FROM core_membership WHERE person_id = ?", teen.id)
    assert look is not None
    return {
        "member": row[0]["key"],
        "link": links[0].key,
        "look": look.key,
        "code": codes_of[other.id],
        "id": str(teen.id),
    }


async def _team(site: LiveSite, people: dict[str, SamplePerson]) -> dict[str, str]:
    """A handbook, and the verified villager as a tutor of the township who wrote something down for the author."""
    here, helper = site[HERE], people["verified"]
    await handbook.publish(here.county_id, people["county_admin"].id, "手册", "第一版")
    await tutors.appoint(people["county_admin"].id, here.township_id, helper.id)
    (helps,) = await tutors.of_person(helper.id)
    await tutors.plan(helps.id, today(), "村委会")
    await tutors.write_for(helper.id, here.id, people["author"].id, "替他写的")
    (tour,) = await tutors.tours_of(helper.id)
    (words,) = await db.read("SELECT key FROM core_written_for")
    (book,) = await handbook.versions(here.county_id)
    return {
        "tutor": helps.key,
        "helps": str(helps.id),
        "tour": tour.key,
        "words": words["key"],
        "handbook": str(book.id),
    }


async def _departments(site: LiveSite, county: int, editor: int) -> None:
    """Two departments of the county; somebody writes for the first, which has published something."""
    looks = Looks(name="部门", about="", icon="tractor", hue="field")
    for slug in (DEPARTMENT, "wenlv"):
        await departments.found(site[HERE].county_id, slug, looks, county)
    department = await department_queries.by_slug(DEPARTMENT)
    assert department is not None
    await departments.appoint(department, editor, county)
    for kind in ("notice", "article"):
        await departments.publish(department, editor, Written(kind=kind, title="县里说的", body="全县都看"))


async def _with_password(who: SamplePerson) -> SamplePerson:
    hashed = await passwords.hashed(PASSWORD)
    number = f"+86{PHONE_NUMBER}"

    async def write() -> None:
        sealed = {"phone": PHONE.seal(number, who.key), "phone_index": PHONE.index(number)}
        await Person.filter(id=who.id).update(password_hash=hashed, **sealed)

    await db.run_unit(write)
    return who


async def _of_department() -> tuple[str, int]:
    posts = await db.read("SELECT key FROM core_department_post ORDER BY id")
    editors = await db.read("SELECT id FROM core_department_editor ORDER BY id")
    return posts[0]["key"], editors[0]["id"]


async def _offices(people: dict[str, SamplePerson]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, role in (("village", "admin"), ("township", "township_admin"), ("county", "county_admin")):
        rows = await db.read("SELECT id FROM core_role WHERE person_id = ?", people[role].id)
        found[name] = rows[0]["id"]
    return found
