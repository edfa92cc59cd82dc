"""A live site for a test: the real application on a fresh database, with the sample county in it."""

from __future__ import annotations

import asyncio
import io
import tempfile
import zipfile
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from cunli import db, plugin_values
from cunli.compliance import profile_now
from cunli.jobs.tasks import TaskContext
from cunli.logs import set_up_logs
from cunli.own_data import actions as own_data
from cunli.own_data import archive
from cunli.own_data.erasing import erase_due
from cunli.own_data.sealed import opened
from cunli.people import sessions
from cunli.people.models import MembershipState
from cunli.places.models import Level
from cunli.plugin_setting import Setting
from cunli.settings import TEST_DATA_KEY, TEST_SECRET, Settings
from cunli.testing import sample
from cunli.testing.sample import SamplePerson, SampleVillage
from cunli.testing.visitor import Visitor
from cunli.trust import unkept
from cunli.web.app import App

T = TypeVar("T")
DATA_KEY = TEST_DATA_KEY


def settings_for(database_url: str, folder: Path, **overrides: object) -> Settings:
    """Development settings with known secrets, files below `folder`."""
    values: dict[str, object] = {
        "database_url": database_url,
        "dev": True,
        "secret": TEST_SECRET,
        "data_key": DATA_KEY,
        "storage_url": f"file://{folder / 'media'}",
        "tombstones": str(folder / "erasures.jsonl"),
        "audit_anchors": str(folder / "audit" / "anchors.jsonl"),
        "page_cache_seconds": 0,
        **overrides,
    }
    return Settings.model_validate(values)


@dataclass
class LiveSite:
    """The application under test and the people who visit it.

    Two townships of one county, with the villages `heping` and `shangba` in the first and `donghu` in the second;
    another county with the village `waixiang`.
    """

    app: App
    settings: Settings
    county_id: int = 0
    township_id: int = 0
    villages: dict[str, SampleVillage] = field(default_factory=dict)
    _visitors: list[Visitor] = field(default_factory=list)

    def __getitem__(self, slug: str) -> SampleVillage:
        """One of the villages: `plugin_site["heping"]`."""
        return self.villages[slug]

    def visitor(self) -> Visitor:
        """Somebody new, not signed in."""
        visitor = Visitor(self.app, self.settings.base_url)
        self._visitors.append(visitor)
        return visitor

    async def sign_in(self, who: SamplePerson) -> Visitor:
        """A visitor with a session of `who`, without going through the sign-in page."""
        visitor = self.visitor()
        token = await sessions.open_session(who.id, device="test")
        from cunli.web import cookies

        visitor.set_cookie(cookies.name(self.settings, cookies.SESSION), token)
        visitor.person = who  # type: ignore[attr-defined]
        return visitor

    async def stranger(self, name: str = "陌生人") -> SamplePerson:
        """An account that belongs to no village."""
        return await sample.person(name)

    async def villager(
        self, name: str, slug: str = "heping", *, state: MembershipState = MembershipState.VERIFIED, away: bool = False
    ) -> SamplePerson:
        """A person of a village."""
        who = await sample.person(name)
        await sample.member(who, self[slug], state=state, away=away)
        return who

    async def village_admin(self, name: str = "田守义", slug: str = "heping", title: str = "书记") -> SamplePerson:
        """A verified villager who is also the village's admin."""
        who = await self.villager(name, slug)
        await sample.office(who, "village_admin", self[slug].region_id, title)
        return who

    async def township_admin(self, name: str = "镇管理员", slug: str = "heping") -> SamplePerson:
        """An official of the township of a village, who lives in none."""
        who = await sample.person(name)
        await sample.office(who, "township_admin", self[slug].township_id)
        return who

    async def county_admin(self, name: str = "县管理员", slug: str = "heping") -> SamplePerson:
        """An official of the county of a village, who lives in none."""
        who = await sample.person(name)
        await sample.office(who, "county_admin", self[slug].county_id)
        return who

    async def department(self, slug: str, name: str, *staff: SamplePerson, village: str = "heping") -> None:
        """A department of the county of a village, such as 纪委监委, with its staff."""
        founder = await sample.person("建部门的人")
        await sample.department(slug, name, self[village].county_id, *staff, by=founder.id)

    async def set_value(self, which: Setting[T], value: T, slug: str = "heping") -> None:
        """Set a plugin's setting in a village, as its admin would; one of a township or county there, for everything below."""
        here = self[slug]
        region = {"village": here.region_id, "township": here.township_id, "county": here.county_id}[which.scope]
        await plugin_values.set_value(which, region, value, by="command")

    async def run_task(self, name: str, slug: str | None = "heping", **payload: object) -> None:
        """Run a plugin's task now, once, as a worker would: in a village, or in none (`slug=None`) for one of the county.

        What the task raises, the test sees.
        """
        registry = self.app.site.registry
        plugin = name.partition(".")[0]
        task = next(task for task in registry.tasks()[plugin] if task.name == name)
        village = self[slug].id if slug else None
        ctx = TaskContext(
            task=name,
            key=f"test:{name}",
            payload=payload,
            village_id=village,
            attempt=1,
            setting=await plugin_values.values_in(village),
            allows=await profile_now.allowed_at(registry, village),
        )

        async def work() -> None:
            with nullcontext() if village is None else db.scope(village):
                await task.run(ctx)

        outcome = await registry.dispatch.perform(plugin, name, work, deadline=task.timeout)
        if outcome.error is not None:
            raise outcome.error

    async def close_account(self, who: SamplePerson, *, remove: bool = False) -> None:
        """Somebody closes their account, and the fifteen days are over: every part and every plugin has erased.

        With `remove`, what they published goes too. What a plugin's `erase_data` raises is kept as its trouble: the account
        is then not closed, and this fails.
        """
        await own_data.request_erasure(who.id, remove=remove)
        await db.run_unit(db.write, "UPDATE core_erasure SET due_at = asked_at WHERE person_id = ?", who.id)
        await erase_due(self.app.site.registry)
        rows = await db.read(
            "SELECT p.part, p.error FROM core_erasure_part p JOIN core_erasure e ON e.id = p.erasure_id"
            " WHERE e.person_id = ? AND p.done = ?",
            who.id,
            False,
        )
        assert not rows, f"not erased: {[dict(row) for row in rows]}"

    async def archive_of(self, who: SamplePerson) -> dict[str, bytes]:
        """What somebody takes along from 我的资料, each file by its name, such as `demo/wishes.json`.

        Your `export_data` has been asked, and nobody else's mistake is hidden: a part that could not be asked fails this.
        """

        async def progress(_done: int, _total: int) -> None:
            return None

        async def read(path: Path) -> AsyncIterator[bytes]:
            yield await asyncio.to_thread(path.read_bytes)

        whose = archive.Whose(id=who.id, name=who.display_name, locale="zh_Hans")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "archive"
            missing = await archive.write(self.app.site, whose, path, "test", progress)
            assert not missing, f"not exported: {missing}"
            pieces = [piece async for piece in opened(read(path), "test")]
        with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as whole:
            return {name: whole.read(name) for name in whole.namelist()}

    async def set_profile(self, name: str, slug: str = "heping") -> None:
        """Put another compliance profile in force in the county of a village: `cn2026` or `wecun2019`."""
        county = self[slug].county_id
        was = (await profile_now.along((county,))).id
        await profile_now.set_profile(name, county, was=was, reason="test", by="command")

    def inside(self, slug: str = "heping") -> AbstractContextManager[None]:
        """Ask and change rows of a village in a test: `with site.inside(): assert await Letter.all().count() == 1`."""
        return db.scope(self[slug].id)

    async def close(self) -> None:
        for visitor in self._visitors:
            await visitor.close()

    async def settle(self) -> None:
        """The sample county and its villages."""
        self.county_id = await sample.region(
            "510999000000", "澜川县", Level.COUNTY, pinyin="lanchuanxian", initials="lcx"
        )
        self.township_id = await sample.region(
            "510999001000", "望溪镇", Level.TOWNSHIP, self.county_id, "wangxizhen", "wxz"
        )
        second = await sample.region("510999002000", "东湖乡", Level.TOWNSHIP, self.county_id, "donghuxiang", "dhx")
        other = await sample.region("510998000000", "外江县", Level.COUNTY, pinyin="waijiangxian", initials="wjx")
        other_town = await sample.region("510998001000", "外江镇", Level.TOWNSHIP, other, "waijiangzhen", "wjz")
        rows = (
            ("heping", "禾坪村", "510999001200", self.township_id, self.county_id, "hpc"),
            ("shangba", "上坝村", "510999001201", self.township_id, self.county_id, "sbc"),
            ("donghu", "东湖村", "510999002200", second, self.county_id, "dhc"),
            ("waixiang", "外乡村", "510998001200", other_town, other, "wxc"),
        )
        for slug, name, code, township, county, initials in rows:
            self.villages[slug] = await sample.village(slug, name, code, township, county, initials=initials)


@asynccontextmanager
async def live_site(settings: Settings, *, sample_county: bool = True) -> AsyncIterator[LiveSite]:
    """Start the application on an empty, migrated database."""
    from cunli.places import queries
    from cunli.web.app import create_app

    set_up_logs(settings.log_level)
    app = create_app(settings)
    queries.forget_all()
    unkept.forget()
    async with app.running():
        site = LiveSite(app=app, settings=settings)
        if sample_county:
            await db.run_unit(site.settle)
        try:
            yield site
        finally:
            await site.close()
