"""Sessions: how they begin, rest, and end."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
import time_machine

from cunli import db
from cunli.people import accounts, roles, sessions
from cunli.people.queries import session_by_token
from cunli.testing.accounts import PASSWORD, account, sign_in
from cunli.testing.live import LiveSite
from cunli.web import cookies

NOON = dt.datetime(2026, 10, 18, 4, 0, tzinfo=dt.UTC)


async def test_tokens_are_long_random_and_stored_as_hashes_only(site: LiveSite) -> None:
    """SE-5."""
    who = await site.stranger()
    tokens = [await sessions.open_session(who.id) for _ in range(30)]
    assert len(set(tokens)) == 30
    assert all(len(token) >= 43 for token in tokens)
    assert sorted(tokens) != tokens
    stored = [r["token_hash"] for r in await db.read("SELECT token_hash FROM core_session")]
    assert not set(stored) & set(tokens)
    assert all(sessions.token_hash(token) in stored for token in tokens)


async def test_a_session_is_found_with_one_read(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    who = await site.village_admin("田守义")
    await roles.grant(None, who.id, "township_admin", site["heping"].township_id, by="command")
    token = await sessions.open_session(who.id)
    asked: list[str] = []
    real, me = db.read, asyncio.current_task()

    async def counted(sql: str, *args: object, **named: str) -> list[object]:
        if asyncio.current_task() is me:  # the worker reads its queue meanwhile
            asked.append(sql)
        return await real(sql, *args, **named)

    monkeypatch.setattr(db, "read", counted)
    found = await session_by_token(token)
    assert found is not None
    assert len(asked) == 1
    assert {r.kind for r in found.person.roles} == {"village_admin", "township_admin"}
    assert (found.person.home_village_url, found.person.home_village_name) == ("/v/heping", "禾坪村")


async def test_unknown_tokens_open_nothing(site: LiveSite) -> None:
    for token in ("", "x", "x" * 10_000, "';--", "\x00"):
        assert await session_by_token(token) is None


async def test_a_session_that_rests_too_long_is_over(site: LiveSite) -> None:
    """SE-4: idle limits by what the person may do."""
    for who, rest in (
        (await site.stranger(), dt.timedelta(days=30)),
        (await site.village_admin(), dt.timedelta(hours=12)),
        (await site.township_admin(), dt.timedelta(minutes=30)),
        (await site.county_admin(), dt.timedelta(minutes=30)),
    ):
        with time_machine.travel(NOON, tick=False) as clock:
            token = await sessions.open_session(who.id)
            clock.shift(rest)
            assert await session_by_token(token) is not None
            clock.shift(dt.timedelta(seconds=1))
            assert await session_by_token(token) is None


async def test_using_a_session_keeps_it_but_not_for_ever(site: LiveSite) -> None:
    who = await site.stranger()
    with time_machine.travel(NOON, tick=False) as clock:
        visitor = await site.sign_in(who)
        for _ in range(8):
            clock.shift(dt.timedelta(days=22))
            assert (await visitor.open("/me", follow=False)).status == 200
        clock.shift(dt.timedelta(days=5))
        assert (await visitor.open("/me", follow=False)).status == 303


async def test_use_is_noted_now_and_then_not_on_every_page(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.stranger())
    before = await db.read("SELECT last_seen_at FROM core_session")
    await visitor.open("/me")
    assert [r[0] for r in await db.read("SELECT last_seen_at FROM core_session")] == [r[0] for r in before]


async def test_a_changed_password_ends_every_other_session(site: LiveSite) -> None:
    """SE-3."""
    await account("13800138000")
    mine, thief = site.visitor(), site.visitor()
    for visitor in (mine, thief):
        await sign_in(visitor, "13800138000")
    page = await mine.open("/me/security")
    form = page.form("form[action='/me/security']")
    changed = await form.fill(current=PASSWORD, new="五月 插秧 八月 收", again="五月 插秧 八月 收").send(
        button=("do", "save")
    )
    assert "密码改好了" in changed.text
    assert (await thief.open("/me", follow=False)).status == 303
    assert (await mine.open("/me")).status == 200
    assert (await sign_in(site.visitor(), "13800138000")).status == 422
    assert (await sign_in(site.visitor(), "13800138000", "五月 插秧 八月 收")).status == 303
    entry = (
        await db.read("SELECT actor_id, details FROM core_audit_entry WHERE action = 'core.person.password_changed'")
    )[0]
    assert "五月" not in str(entry["details"])


async def test_signing_out_everywhere_else_and_one_by_one(site: LiveSite) -> None:
    who = await site.stranger()
    here, there, elsewhere = [await site.sign_in(who) for _ in range(3)]
    page = await here.open("/me/security")
    assert len(page.all("button[name=session]")) == 3  # two of the others, and the one for all of them
    ended = await page.form("li button[name=session]").send(
        button=("session", page.all("li button[name=session]")[0].get("value"))
    )
    assert "已退出登录" in ended.text
    alive = [v for v in (there, elsewhere) if (await v.open("/me", follow=False)).status == 200]
    assert len(alive) == 1
    await ended.form("button[value=others]").send(button=("session", "others"))
    assert (await alive[0].open("/me", follow=False)).status == 303
    assert (await here.open("/me")).status == 200


async def test_nobody_ends_the_session_of_somebody_else(site: LiveSite) -> None:
    mine, theirs = await site.stranger("甲"), await site.stranger("乙")
    visitor, other = await site.sign_in(mine), await site.sign_in(theirs)
    numbers = {r["person_id"]: r["id"] for r in await db.read("SELECT id, person_id FROM core_session")}
    for chosen in (str(numbers[theirs.id]), "0", "-1", "99999999999999999999", "x", ""):
        assert (await visitor.post("/me/security/sessions", {"session": chosen})).status == 404
    assert (await other.open("/me", follow=False)).status == 200


async def test_a_suspended_account_is_out_at_once(site: LiveSite) -> None:
    who = await site.stranger()
    visitor = await site.sign_in(who)
    assert (await visitor.open("/me", follow=False)).status == 200
    await roles.suspend_account(who.id)
    assert (await visitor.open("/me", follow=False)).status == 303
    await accounts.change_state(who.id, "suspended", "active")
    assert (await visitor.open("/me", follow=False)).status == 303


async def test_planted_control_a_session_query_without_its_guards_lets_dead_ones_in(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cunli.people import queries

    who = await site.stranger()
    visitor = await site.sign_in(who)
    await sessions.end_sessions(who.id)
    assert (await visitor.open("/me", follow=False)).status == 303
    monkeypatch.setattr(queries, "_SESSION", queries._SESSION.replace("AND s.revoked_at IS NULL", ""))
    assert (await visitor.open("/me", follow=False)).status == 200


async def test_one_person_has_at_most_twenty_sessions(site: LiveSite) -> None:
    who = await site.stranger()
    for _ in range(25):
        await sessions.open_session(who.id)
    live = await db.read("SELECT COUNT(*) AS n FROM core_session WHERE revoked_at IS NULL")
    assert live[0]["n"] == sessions.MOST_PER_PERSON


async def test_the_list_of_devices_says_what_and_not_who(site: LiveSite) -> None:
    agent = "Mozilla/5.0 (Linux; Android 14; V2337A Build/UP1A) AppleWebKit/537.36 Chrome/126 MicroMessenger/8.0.50"
    assert sessions.device_name(agent) == "安卓手机 · 微信"
    assert sessions.device_name("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0) Safari/604.1") == "苹果手机 · Safari"
    assert sessions.device_name("<script>") == ""


async def test_planted_tokens_of_another_cookie_name_do_nothing(site: LiveSite) -> None:
    token = await sessions.open_session((await site.stranger()).id)
    visitor = site.visitor()
    visitor.set_cookie(cookies.VISITOR, token)
    assert (await visitor.open("/me", follow=False)).status == 303
    assert (await visitor.open(f"/me?session={token}", follow=False)).status == 303


async def test_ended_sessions_are_forgotten_after_half_a_year(site: LiveSite) -> None:
    who = await site.stranger()
    with time_machine.travel(NOON, tick=False) as clock:
        ended, running = await sessions.open_session(who.id), await sessions.open_session(who.id)
        found = await session_by_token(ended)
        assert found is not None
        await sessions.end_session(found.id, who.id)
        clock.shift(dt.timedelta(days=189))
        assert await sessions.sweep() == 0
        clock.shift(dt.timedelta(days=2))
        assert await sessions.sweep() == 1
        assert running
