"""What somebody may have tried is one line in the logs, and the line gives nobody away (ASVS 5.0: 16.3.1 to 16.3.3)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import time_machine
from starlette.routing import Route

from cunli.people import codes
from cunli.testing.accounts import CodeBox, account, phone, sign_in, visitor_from
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.sample import office
from cunli.testing.second import bound
from cunli.testing.templates import EmptyDatabases
from cunli.trust import security_log
from cunli.web import Page, Visit
from cunli.web.errors import TooMany
from cunli.web.gate import Gate
from cunli.web.pages import EVERYONE

from .tour import everything_said

ELSEWHERE = {"sec-fetch-site": "cross-site"}
NUMBER, HERE, THERE = "13800138000", "203.0.113.5", "198.51.100.7"


@pytest_asyncio.fixture(loop_scope="session")
async def site(empty_databases: EmptyDatabases, tmp_path: Path) -> AsyncIterator[LiveSite]:
    """A running site; what it logs does not depend on its database."""
    async with live_site(settings_for(await empty_databases.fresh("sqlite", tmp_path), tmp_path)) as running:
        yield running


def security(output: str) -> list[dict[str, Any]]:
    """The lines of this log; none of them holds a number or an address."""
    lines = [json.loads(line) for line in output.splitlines()]
    found = [line for line in lines if "place" in line]
    assert not any(secret in json.dumps(found) for secret in (NUMBER, NUMBER[-4:], HERE, THERE, "罗春秀"))
    return found


async def test_a_wrong_password_and_the_right_one(site: LiveSite) -> None:
    who = await account(NUMBER)
    with everything_said("info") as said:
        await sign_in(visitor_from(site, HERE), NUMBER, "不是这个密码")
        await sign_in(visitor_from(site, HERE), "13900139000", "也不是这个密码")
        await sign_in(visitor_from(site, HERE), NUMBER)
    wrong, unknown, right = security(said.getvalue())
    assert (wrong["event"], wrong["person"], wrong["way"]) == ("not let in", who.id, "password")
    assert (unknown["event"], unknown["person"]) == ("not let in", None)
    assert (right["event"], right["person"], right["way"], right["whole"]) == ("signed in", who.id, "password", 1)


async def test_a_code_and_a_second_factor(site: LiveSite) -> None:
    who = await account(NUMBER)
    await office(who, "county_admin", site.county_id)
    app = await bound(who)
    box = CodeBox()
    codes.send_through(box)
    await codes.send_code(phone(NUMBER), "sign_in", address=HERE)
    visitor = visitor_from(site, HERE)
    with everything_said("info") as said:
        await visitor.post("/sign-in/code", {"phone": NUMBER, "code": "000000" if box.last != "000000" else "1"})
        await visitor.post("/sign-in/code", {"phone": NUMBER, "code": box.last})
        await visitor.post("/sign-in/second", {"digits": "000000" if app.digits() != "000000" else "000001"})
        await visitor.post("/sign-in/second", {"digits": app.digits()})
    lines = [(one["event"], one["person"], one["way"], one.get("whole")) for one in security(said.getvalue())]
    assert lines == [
        ("not let in", None, "code", None),
        ("signed in", who.id, "code", 0),
        ("not let in", who.id, "second factor", None),
        ("signed in", who.id, "second factor", 1),
    ]


async def test_what_somebody_may_not_do_and_a_form_from_elsewhere(site: LiveSite) -> None:
    villager = await site.villager("罗春秀")
    visitor = await site.sign_in(villager)
    with everything_said("info") as said:
        assert (await visitor.open("/v/heping/members")).status == 403
        assert (await visitor.post("/v/heping/new", {"text": "x"}, headers=ELSEWHERE)).status == 403
        assert (await visitor.open("/v/heping/")).status == 200
        assert (await visitor.open("/v/nowhere/")).status == 404
    refused, crossed = security(said.getvalue())
    assert (refused["event"], refused["person"], refused["path"]) == ("not allowed", villager.id, "/v/heping/members")
    assert (crossed["event"], crossed["level"]) == ("form from elsewhere", "warning")


async def test_a_limit_that_is_used_up(site: LiveSite) -> None:
    await account(NUMBER)
    with everything_said("info") as said:
        for _ in range(11):
            last = await sign_in(visitor_from(site, HERE), NUMBER, "不是这个密码")
    assert last.status == 429
    *tries, full = security(said.getvalue())
    assert {one["event"] for one in tries} == {"not let in"}
    assert len(tries) == 10
    assert (full["event"], full["path"]) == ("limit used up", "/sign-in")


def test_a_place_is_one_all_day_and_another_the_next(site: LiveSite) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 3, 2, 0, tzinfo=dt.UTC)):
        today = security_log.place_of(HERE)
        assert security_log.place_of(THERE) != today
        assert security_log.place_of("2001:db8::1") == security_log.place_of("2001:db8::2")
    with time_machine.travel(dt.datetime(2026, 11, 3, 23, 0, tzinfo=dt.UTC)):
        assert security_log.place_of(HERE) == today
    with time_machine.travel(dt.datetime(2026, 11, 4, 2, 0, tzinfo=dt.UTC)):
        assert security_log.place_of(HERE) != today


@pytest.mark.parametrize("traceless", [False, True])
async def test_a_page_that_leaves_no_trace_leaves_none_here_either(site: LiveSite, *, traceless: bool) -> None:
    async def full(visit: Visit) -> Any:
        raise TooMany(60)

    for route in site.app.router.routes:
        if isinstance(route, Route) and route.path == "/v/{village}/about" and isinstance(route.endpoint, Gate):
            route.endpoint.pages["GET"] = Page(path="/about", view=full, to=EVERYONE, traceless=traceless)
    with everything_said("info") as said:
        assert (await site.visitor().open("/v/heping/about")).status == 429
    assert len(security(said.getvalue())) == (0 if traceless else 1)
