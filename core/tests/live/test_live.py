"""What is new arrives at open pages: for those who may see it, from whatever process, and until they may not any more."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from cunli import db
from cunli.clock import now
from cunli.feed import rules
from cunli.jobs import bell
from cunli.live import hub
from cunli.live.guard import Guard
from cunli.live.hub import LOOK, Listener, Message, Told
from cunli.people import sessions
from cunli.people.models import Role
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.templates import EmptyDatabases
from cunli.testing.visitor import Visitor
from cunli.testing.working import PATIENCE

from .ears import listening


async def write(visitor: Visitor, body: str, audience: str = "village", slug: str = "heping") -> str:
    page = await (await visitor.open(f"/v/{slug}/new")).form("#post").fill(body=body, audience=audience).send()
    return str(page.all("article.post .post__meta a")[0].get("href"))


def key_of(url: str) -> str:
    return url.rpartition("/")[2]


async def test_a_new_post_reaches_open_pages_of_those_who_may_see_it_and_of_nobody_else(site: LiveSite) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    neighbour = await site.sign_in(await site.villager("罗海", "shangba"))
    async with listening(site, luo) as own, listening(site, shi) as villager, listening(site, neighbour) as other:
        assert (villager.status, villager.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        for name, value in {"cache-control": "no-store", "x-content-type-options": "nosniff"}.items():
            assert villager.headers[name] == value
        assert "default-src 'self'" in villager.headers["content-security-policy"]
        first, second = await write(luo, "只给本村"), await write(luo, "谁都能看", audience="public")
        assert await villager.hear("post", 2) == [key_of(first), key_of(second)]
        assert await other.hear("post") == [key_of(second)]
        assert own.heard("post") == [], "whoever wrote it has it on the page"
        for ear in (own, villager, other):
            assert "只给本村" not in str(ear.events), "ids only"
        third = await write(luo, "全镇都能看", audience="township")
        assert await other.hear("post", 2) == [key_of(second), key_of(third)]
        assert await villager.hear("post", 3) == [key_of(url) for url in (first, second, third)]


async def test_without_the_rule_of_sight_a_public_stretch_would_tell_of_a_private_post(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the stretches of the feed are one wall, sight the other; with both down a stranger hears."""
    from cunli.live import pages

    luo, neighbour = (
        await site.sign_in(await site.villager("罗春秀")),
        await site.sign_in(await site.villager("罗海", "shangba")),
    )
    monkeypatch.setattr(rules, "may_see", lambda *_: True)
    monkeypatch.setattr(pages._Ear, "_listens_to", lambda *_: True)
    async with listening(site, neighbour) as other:
        url = await write(luo, "只给本村")
        assert await other.hear("post") == [key_of(url)]


async def test_answers_and_messages_arrive_at_an_open_post(site: LiveSite) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    admin = await site.sign_in(await site.village_admin())
    url = await write(luo, "谁家有梯子")
    async with (
        listening(site, luo, f"/v/heping/live?post={key_of(url)}") as ear,
        listening(site, luo, "/live") as inbox,
    ):
        assert json.loads((await ear.hear("counts"))[0])["comments"] == 0
        await (await shi.open(url)).form("#say").fill(body="我家有").send()
        assert json.loads((await ear.hear("counts", 2))[1])["comments"] == 1
        assert await inbox.hear("unread", 2) == ["0", "1"]
        notice = (await admin.open("/v/heping/notices/new")).form("main form[method=post]")
        assert (await notice.fill(title="停水", body="明天").send()).status == 200
        assert await inbox.hear("unread", 3) == ["0", "1", "2"], "told to the whole village at once"
        await (await admin.open(f"{url}/hide")).form().fill(reason="先看看").send(button=("do", "hide"))
        await inbox.hear("unread", 4)
    stranger = await site.sign_in(await site.villager("罗海", "shangba"))
    async with listening(site, stranger, f"/v/heping/live?post={key_of(url)}") as ear:
        assert ear.heard("counts") == []


async def test_nothing_is_lost_between_page_and_stream_or_while_the_line_was_cut(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    first = await write(luo, "第一条")
    second = await write(luo, "第二条")
    async with listening(site, shi, f"/v/heping/live?after={key_of(first)}") as ear:
        assert await ear.hear("post") == [key_of(second)]
        third = await write(luo, "第三条")
        await ear.hear("post", 2)
    fourth = await write(luo, "第四条")
    async with (
        listening(site, shi, last_event_id=ear.last) as again,
        listening(site, shi, f"/v/heping/live?last={ear.last}") as ours,
    ):
        assert await again.hear("post") == await ours.hear("post") == [key_of(fourth)]
    assert key_of(third) in ear.heard("post")
    for odd in ("x", "-1", "9" * 30, "١"):
        async with listening(site, shi, f"/v/heping/live?last={odd}&after=%00") as ear:
            assert ear.heard("post") == []
    monkeypatch.setattr(hub, "BATCH", 1)
    async with listening(site, shi, last_event_id="1") as ear:
        assert await ear.hear("look") == [""], "too much to tell: look for yourself"


async def test_az7_whoever_loses_the_session_or_the_village_loses_the_stream_within_seconds(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, ended, suspended, official = [await site.villager(name) for name in ("罗春秀", "石满仓", "田二", "罗海")]
    await db.run_unit(_office, official.id, site["heping"].region_id)
    ears = [listening(site, await site.sign_in(who)) for who in (kept, ended, suspended, official)]
    async with ears[0] as one, ears[1] as two, ears[2] as three, ears[3] as four:
        async with asyncio.timeout(5):
            await sessions.end_sessions(ended.id)
            await two.until(lambda ear: ear.over)
            sql = "UPDATE core_membership SET state = 'suspended' WHERE person_id = ?"
            await db.run_unit(db.write, sql, suspended.id)
            await three.until(lambda ear: ear.over)
        async with asyncio.timeout(5):
            await db.run_unit(db.write, "UPDATE core_role SET revoked_at = granted_at")
            await four.until(lambda ear: ear.over)
        assert not one.over
        monkeypatch.setattr(Guard, "look", _looks_away)
        await sessions.end_sessions(kept.id)
        await site.app.site.live.guard.look()
        url = await write(await site.sign_in(await site.villager("写的人")), "还听得到")
        assert key_of(url) in await one.hear("post"), "the control: without the guard it goes on"
    answer = await (site.visitor()).open("/v/heping/live")
    assert "登录" in answer.title


async def _looks_away(_guard: Guard) -> None:
    pass


async def _office(person_id: int, region_id: int) -> None:
    await Role.create(person_id=person_id, region_id=region_id, kind="village_admin", granted_at=now())


def _from_outside(path: str, sql: str) -> None:
    other = sqlite3.connect(path, timeout=30, isolation_level=None)
    other.execute(sql)
    other.close()


async def test_an_event_of_another_process_is_heard(site: LiveSite) -> None:
    """The worker, a command and the other web processes write to the same log; here a connection that is none of ours."""
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    url = await write(luo, "第一条")
    async with listening(site, shi) as ear:
        sql = "INSERT INTO core_event (kind, payload, village_id, at) SELECT kind, payload, village_id, at FROM core_event ORDER BY id LIMIT 1"
        if db.engine() == "sqlite":
            # in a thread: a unit of ours may hold the lock, and needs this one to go on
            await asyncio.to_thread(_from_outside, site.settings.database_url.removeprefix("sqlite:///"), sql)
        else:
            connection = await asyncpg.connect(site.settings.database_url.split("?")[0])
            await connection.execute(sql)
            await connection.execute(f"SELECT pg_notify('{bell.CHANNEL}', '')")
            await connection.close()
        assert await ear.hear("post") == [key_of(url)]


async def test_a_bell_that_nobody_hears_delays_and_loses_nothing(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    monkeypatch.setattr(hub, "UNHEARD", 0.05)
    monkeypatch.setattr(hub.Hub, "_hear", lambda _hub: None)
    async with listening(site, shi) as ear:
        url = await write(luo, "没有铃")
        assert await ear.hear("post") == [key_of(url)]


async def test_an_event_that_cannot_be_told_costs_itself_and_nothing_after_it(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    honest, broken = site.app.site.live.hub._about, True

    async def fails(told: Told) -> tuple[frozenset[str], Any]:
        if broken:
            raise RuntimeError("planted")
        return await honest(told)

    monkeypatch.setattr(site.app.site.live.hub, "_about", fails)
    async with listening(site, shi) as ear:
        await write(luo, "这条没说成")
        async with asyncio.timeout(PATIENCE):
            while "could not be told" not in caplog.text:
                await asyncio.sleep(0.02)
        broken = False
        second = await write(luo, "这条说到了")
        assert await ear.hear("post") == [key_of(second)]


async def test_somebody_who_does_not_read_costs_a_little_and_is_told_to_look(site: LiveSite) -> None:
    async def never(*_: object) -> None:
        return None

    listener = Listener(session_id=1, person_id=1, topics=frozenset(), tell=never)
    for n in range(10 * hub.MOST_WAITING):
        listener.put(Message("post", f"key{n}", n))
    taken = listener.take()
    assert len(taken) <= hub.MOST_WAITING
    assert taken[0].name == LOOK.name


async def test_there_is_an_end_to_how_many_pages_listen_and_they_can_be_switched_off(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cunli.live.running.MOST_EACH", 1)
    luo = await site.sign_in(await site.villager("罗春秀"))
    async with listening(site, luo) as first:
        assert (await luo.open("/v/heping/live")).status == 204
        assert first.status == 200
    async with listening(site, luo) as again:
        assert again.status == 200, "closed ones are given back"
    live = site.app.site.live
    assert (live.hub.listeners, dict(live.hub._topics)) == (set(), {})
    monkeypatch.setattr(site.app.site, "settings", site.settings.model_copy(update={"live": False}))
    assert (await luo.open("/v/heping/live")).status == 204


async def test_streams_hold_neither_a_connection_nor_a_transaction(
    empty_databases: EmptyDatabases, tmp_path: Path
) -> None:
    url = await empty_databases.fresh("postgres", tmp_path)
    async with live_site(settings_for(f"{url}?maxsize=2", tmp_path)) as site:
        people = [await site.sign_in(await site.villager(f"乡亲{n}")) for n in range(8)]
        ears = [listening(site, who) for who in people]
        opened = [await ear.__aenter__() for ear in ears]
        try:
            key = key_of(await write(people[0], "还写得进去"))
            assert [await ear.hear("post") for ear in opened[1:]] == [[key]] * 7
            held = await db.read(
                "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND xact_start < now()"
            )
            assert held[0]["n"] == 0
        finally:
            for ear in ears:
                await ear.__aexit__(None, None, None)


async def test_where_streams_do_not_get_through_the_same_is_asked_for_once_a_minute(site: LiveSite) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    first, second = await write(luo, "第一条"), await write(luo, "第二条")
    page = await shi.open(f"/v/heping/live?once=1&after={key_of(first)}")
    assert f"event: post\ndata: {key_of(second)}\n" in page.html
    assert "event: unread\ndata: 0\n" in page.html
    assert int(page.html.partition("retry: ")[2].split()[0]) >= 50_000


async def test_when_the_server_begins_to_stop_streams_end_politely_and_none_begins(site: LiveSite) -> None:
    from cunli.web import ending

    luo = await site.sign_in(await site.villager("罗春秀"))
    async with listening(site, luo) as ear:
        ending.begin()
        await ear.until(lambda one: one.over)
        assert 2_000 <= ear.retry <= 8_000
    assert (await luo.open("/live")).status == 204
