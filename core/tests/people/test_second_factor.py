"""The second factor (PW-2, SE-2): who must have one, that nothing lies between the steps, and what happens when it is lost."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner

from cunli import db
from cunli.cli import command_line
from cunli.people import queries, roles, second_factor, sessions, stepping
from cunli.people.accounts import Browser
from cunli.people.codes import TooOften
from cunli.people.queries import session_by_token
from cunli.people.second_factor import WrongSecond
from cunli.settings import load
from cunli.testing.accounts import CodeBox, account, forget_limits, phone, sign_in
from cunli.testing.live import LiveSite
from cunli.testing.sample import SamplePerson, office
from cunli.testing.second import App, bound
from cunli.testing.visitor import Opened, Visitor
from cunli.trust.limits import Limit
from cunli.web import cookies

NUMBER = "13800138000"
HERE = "203.0.113.5"
Official = Callable[..., Awaitable[SamplePerson]]


@pytest.fixture
def frozen() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(dt.datetime(2026, 11, 3, 2, 0, 10, tzinfo=dt.UTC), tick=False) as clock:
        yield clock


async def official(site: LiveSite, kind: str = "county_admin", number: str = NUMBER) -> SamplePerson:
    """Somebody with a password and an office."""
    who = await account(number, "王主任")
    region = {"county_admin": site.county_id, "township_admin": site.township_id}.get(kind, site["heping"].region_id)
    await office(who, kind, region)
    return who


async def half(site: LiveSite, number: str = NUMBER, *, wanted: str = "/admin") -> tuple[Visitor, Opened]:
    """Somebody who has given the password, and the page that follows."""
    visitor = site.visitor()
    answer = await sign_in(visitor, number, wanted=wanted)
    assert answer.status == 303
    return visitor, await visitor.open(answer.headers["location"])


@pytest.mark.parametrize("kind", ["county_admin", "township_admin"])
async def test_an_official_binds_an_app_first_and_shows_it_ever_after(site: LiveSite, kind: str) -> None:
    await official(site, kind)
    visitor, page = await half(site)
    assert page.url == "/sign-in/second/new?next=/admin"
    assert page.one("img[alt*='二维码']").get("src", "").startswith("data:image/svg+xml")
    app = App.scanned(page)
    wrong = await page.form().fill(digits="000000").send()
    assert (wrong.status, App.scanned(wrong).secret) == (422, app.secret), "the code that was scanned still counts"
    shown = await wrong.form().fill(digits=app.digits()).send()
    assert shown.status == 200
    recovery = shown.words("ul.recovery li")
    assert len(set(recovery)) == 10
    assert (await shown.follow("我抄好了")).url == "/admin"
    assert (await visitor.open("/admin")).status == 200

    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)):
        again, page = await half(site)
        assert page.url == "/sign-in/second?next=/admin"
        entered = await page.form().fill(digits=app.digits()).send(follow=False)
        assert (entered.status, entered.headers["location"]) == (303, "/admin")
        assert (await again.open("/admin")).status == 200


async def test_village_admins_and_villagers_are_asked_only_when_they_bound_one(site: LiveSite) -> None:
    await official(site, "village_admin")
    visitor = site.visitor()
    assert (await sign_in(visitor, NUMBER, wanted="/me")).headers["location"] == "/me"
    who = await account("13700137000")
    app = await bound(who)
    _, page = await half(site, "13700137000", wanted="/me")
    assert page.url == "/sign-in/second?next=/me"
    entered = await page.form().fill(digits=app.digits()).send(follow=False)
    assert entered.headers["location"] == "/me"


BETWEEN = (
    "/me",
    "/me/security",
    "/me/security/second",
    "/me/data",
    "/inbox",
    "/admin",
    "/admin/plugins",
    "/v/heping/members",
    "/v/heping/officials",
)


async def test_there_is_no_page_between_the_steps_and_no_form(site: LiveSite) -> None:
    """SE-2: whoever has the password and not the app is nobody, whatever they open or send."""
    who = await official(site)
    for enrolled in (False, True):
        if enrolled:
            await bound(who)
        visitor, _ = await half(site)
        for path in BETWEEN:
            answer = await visitor.open(path, follow=False)
            assert (answer.status, answer.headers.get("location", "").split("?")[0]) == (303, "/sign-in"), path
            assert (await visitor.open(path)).url.startswith("/sign-in/second")
        answer = await visitor.post("/me", {"display_name": "改了名"})
        assert answer.status == 401
        village = await visitor.open("/v/heping/")
        assert "王主任" not in village.text
        assert not village.all("a[href='/admin']")
    rows = await db.read("SELECT display_name FROM core_person WHERE id = ?", who.id)
    assert rows[0]["display_name"] == "王主任"


async def test_steps_out_of_order_lead_to_the_beginning(site: LiveSite) -> None:
    nobody = site.visitor()
    for path in ("/sign-in/second", "/sign-in/second/new"):
        assert (await nobody.open(path)).url == "/sign-in"
        assert (await nobody.post(path, {"digits": "000000"})).url == "/sign-in"
    who = await official(site)
    app = await bound(who)
    visitor, _ = await half(site)
    offer = visitor  # binding another app with nothing but the password
    answer = await offer.post("/sign-in/second/new", {"digits": app.digits(), "offer": "x"})
    assert answer.url == "/sign-in/second" or answer.status == 422
    assert await second_factor.is_enrolled(who.id)
    assert (await visitor.open("/me", follow=False)).status == 303
    assert (await visitor.open("/sign-in?again=1")).one("[name=password]") is not None


async def test_an_offer_is_for_one_person_and_a_quarter_of_an_hour(site: LiveSite) -> None:
    first, second = await official(site), await official(site, "township_admin", "13700137000")
    mine, page = await half(site)
    theirs, _ = await half(site, "13700137000")
    app, offer = App.scanned(page), page.form().fields["offer"][0]
    answer = await theirs.post("/sign-in/second/new", {"digits": app.digits(), "offer": offer})
    assert answer.status == 422
    assert not await second_factor.is_enrolled(second.id)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=9)):
        assert (await mine.post("/sign-in/second/new", {"digits": app.digits(), "offer": offer})).status == 200
    assert await second_factor.is_enrolled(first.id)


async def test_the_step_must_be_taken_within_ten_minutes_and_makes_a_new_session(site: LiveSite) -> None:
    """SE-1: the token of the half session opens nothing afterwards."""
    app = await bound(await official(site))
    late, page = await half(site)
    token = late.cookies[cookies.SESSION]
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=11)):
        answer = await page.form().fill(digits=app.digits()).send(follow=False)
        assert answer.headers["location"].startswith("/sign-in?")
        assert await session_by_token(token) is None
    visitor, page = await half(site)
    before = visitor.cookies[cookies.SESSION]
    await page.form().fill(digits=app.digits()).send(follow=False)
    assert visitor.cookies[cookies.SESSION] != before
    assert await session_by_token(before) is None
    assert await queries.half_in(before) is None


async def test_digits_of_the_half_minute_before_and_after_are_taken_and_none_twice(
    site: LiveSite, frozen: time_machine.Traveller
) -> None:
    who = await site.stranger()
    app = App(second_factor.fresh_secret())
    with pytest.raises(WrongSecond):
        await second_factor.enrol(who.id, app.secret, app.digits(late=-2))
    await second_factor.enrol(who.id, app.secret, app.digits(late=-1))
    for late, taken in ((-1, False), (2, False), (0, True), (0, False), (-1, False), (1, True), (1, False), (0, False)):
        await forget_limits()
        if taken:
            await second_factor.shown(who.id, app.digits(late=late), address=HERE)
        else:
            with pytest.raises(WrongSecond):
                await second_factor.shown(who.id, app.digits(late=late), address=HERE)


async def test_the_same_digits_at_the_same_time_open_once(site: LiveSite) -> None:
    who = await site.stranger()
    app = await bound(who)
    digits = app.digits()
    tries = [second_factor.shown(who.id, digits, address=HERE) for _ in range(5)]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(one).__name__ for one in ended) == ["NoneType", *["WrongSecond"] * 4]


async def test_planted_control_without_the_memory_the_same_digits_open_twice(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = await site.stranger()
    app = await bound(who)
    honest = db.write

    async def forgets(sql: str, *args: object) -> int:
        return await honest(sql.replace(" AND last_step < ?", " AND ? > 0"), *args)

    monkeypatch.setattr(db, "write", forgets)
    for _ in range(2):
        await second_factor.shown(who.id, app.digits(), address=HERE)


async def test_a_recovery_code_opens_once_and_its_owner_is_told(site: LiveSite) -> None:
    who = await official(site)
    app = await bound(who)
    stored = await db.read("SELECT code_hash FROM core_recovery_code WHERE person_id = ?", who.id)
    assert len(stored) == 10
    assert not {row["code_hash"] for row in stored} & set(app.recovery)
    for n, (code, opens) in enumerate(((app.recovery[0].upper().replace("-", " "), True), (app.recovery[0], False))):
        visitor, page = await half(site)
        answer = await page.form().fill(digits=code).send(follow=False)
        assert (answer.status == 303) is opens, n
    visitor, page = await half(site)
    await page.form().fill(digits=app.recovery[1]).send()
    assert "备用码登录了，还剩 8 个" in (await visitor.open("/inbox")).text
    twice = [second_factor.shown(who.id, app.recovery[2], address=HERE) for _ in range(4)]
    ended = await asyncio.gather(*twice, return_exceptions=True)
    assert [type(one).__name__ for one in ended].count("NoneType") == 1


async def test_guessing_is_stopped_for_the_account_and_for_the_place(site: LiveSite) -> None:
    """RL: six tries in a quarter of an hour; the page says when, and whom to ask."""
    app = await bound(await official(site))
    _, page = await half(site)
    answers = [(await page.form().fill(digits=f"{n:06d}").send()).status for n in range(8)]
    assert answers == [422] * 6 + [429] * 2
    stopped = await page.form().fill(digits=app.digits()).send()
    assert (stopped.status, stopped.headers["retry-after"] != "") == (429, True)
    assert "上级" in stopped.text
    await forget_limits()
    for n in range(30):
        who = await site.stranger(f"甲{n}")
        with pytest.raises(WrongSecond):
            await second_factor.shown(who.id, "000000", address=HERE)
    with pytest.raises(TooOften):
        await second_factor.shown((await site.stranger("乙")).id, "000000", address=HERE)


async def test_planted_control_without_the_limit_guessing_goes_on(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bound(await official(site))
    monkeypatch.setattr(second_factor, "TRIES", Limit(name="none", most=10**6, seconds=60))
    monkeypatch.setattr(second_factor, "TRIES_ADDRESS", Limit(name="none at all", most=10**6, seconds=60))
    _, page = await half(site)
    assert [(await page.form().fill(digits=f"{n:06d}").send()).status for n in range(9)] == [422] * 9


async def test_a_code_by_sms_is_no_way_around(site: LiveSite) -> None:
    from cunli.people import accounts, codes

    who = await official(site)
    box = CodeBox()
    codes.send_through(box)
    await codes.send_code(phone(NUMBER), "sign_in", address=HERE)
    token = await accounts.sign_in_by_code(phone(NUMBER), box.last, Browser(address=HERE))
    assert await session_by_token(token) is None
    waiting = await queries.half_in(token)
    assert waiting is not None
    assert waiting.person.id == who.id


async def test_an_office_asks_for_the_step_at_once_also_where_somebody_was_signed_in(site: LiveSite) -> None:
    who = await account(NUMBER)
    visitor = site.visitor()
    await sign_in(visitor, NUMBER)
    assert (await visitor.open("/me")).status == 200
    await office(who, "township_admin", site.township_id)  # even where no session was ended
    assert (await visitor.open("/me", follow=False)).status == 303


async def test_planted_control_without_the_guard_the_password_is_enough(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PW-2: with `_waits` off the same visitor reaches the console."""
    await official(site)
    monkeypatch.setattr(queries, "_waits", lambda known: False)
    visitor, page = await half(site)
    assert page.url == "/admin"
    assert (await visitor.open("/admin/plugins")).status == 200


async def test_optional_means_that_officials_may_and_need_not(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    who = await official(site)
    monkeypatch.setattr(stepping._process, "required", False)
    _, page = await half(site)
    assert page.url == "/admin"
    await bound(who)
    _, page = await half(site)
    assert page.url == "/sign-in/second?next=/admin"


async def test_whoever_wants_one_binds_it_with_the_password_and_lets_it_go_with_the_digits(site: LiveSite) -> None:
    who = await account(NUMBER)
    visitor, other = site.visitor(), site.visitor()
    for each in (visitor, other):
        await sign_in(each, NUMBER)
    page = await (await visitor.open("/me/security")).follow("绑定动态码")
    app = App.scanned(page)
    refused = await page.form("form[action='/me/security/second']").fill(digits=app.digits(), current="猜的").send()
    assert (refused.status, await second_factor.is_enrolled(who.id)) == (422, False)
    from cunli.testing.accounts import PASSWORD

    form = refused.form("form[action='/me/security/second']").fill(digits=app.digits(), current=PASSWORD)
    codes = await form.send(button=("do", "bind"))
    assert len(codes.words("ul.recovery li")) == 10
    assert (await visitor.open("/me")).status == 200
    assert (await other.open("/me", follow=False)).status == 303, "other devices show it too"
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)):
        own = await visitor.open("/me/security/second")
        renewed = await own.form("button[value=renew]").fill(digits=app.digits()).send(button=("do", "renew"))
        assert not set(renewed.words("ul.recovery li")) & set(codes.words("ul.recovery li"))
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=2)):
        own = await visitor.open("/me/security/second")
        await own.form("button[value=remove]").fill(digits=app.digits()).send(button=("do", "remove"))
    assert not await second_factor.is_enrolled(who.id)


async def test_an_official_cannot_let_it_go(site: LiveSite) -> None:
    who = await site.county_admin()
    app = await bound(who)
    visitor = await site.sign_in(who)
    page = await visitor.open("/me/security/second")
    assert not page.all("button[value=remove]")
    answer = await page.form("button[value=renew]").fill(digits=app.digits()).send(button=("do", "remove"))
    assert answer.status == 422
    assert await second_factor.is_enrolled(who.id)


async def test_who_stands_above_takes_a_lost_app_away_with_a_reason_and_both_are_told(site: LiveSite) -> None:
    lost = await official(site, "township_admin")
    await bound(lost)
    own = await site.sign_in(lost)
    county = await site.sign_in(await site.county_admin())
    page = await county.open("/v/heping/officials")
    form = page.form("form[action$='/second']")
    assert (await form.fill(reason="").send()).status == 422
    answer = await form.fill(reason="手机掉水里了").send()
    assert "停掉了" in answer.text
    assert not await second_factor.is_enrolled(lost.id)
    assert (await own.open("/me", follow=False)).status == 303
    rows = await db.read("SELECT kind, person_id FROM core_notification WHERE kind LIKE 'second.%' ORDER BY kind")
    assert [(row["kind"], row["person_id"]) for row in rows] == [
        ("second.reset", lost.id),
        ("second.reset_by_you", county.person.id),  # type: ignore[attr-defined]
    ]
    (entry,) = await db.read("SELECT details FROM core_audit_entry WHERE action = 'core.second.reset'")
    found = entry["details"]
    assert (json.loads(found) if isinstance(found, str) else found)["reason"] == "手机掉水里了"


async def test_nobody_beside_or_below_takes_it_away(site: LiveSite) -> None:
    lost = await site.township_admin("镇上的人")
    await bound(lost)
    number = (await db.read("SELECT id FROM core_role WHERE person_id = ?", lost.id))[0]["id"]
    for who in (await site.township_admin("同级"), await site.village_admin(), lost, await site.villager("乡亲")):
        visitor = await site.sign_in(who)
        answer = await visitor.post(f"/v/heping/officials/{number}/second", {"reason": "想要"})
        assert answer.status == 403
    # a township's admin who also holds an office of the county is not the township's to reset
    both = await site.village_admin("两个职务")
    await office(both, "county_admin", site.county_id)
    await bound(both)
    above = await site.sign_in(await site.township_admin("上一级"))
    number = (await db.read("SELECT id FROM core_role WHERE person_id = ? AND kind = 'village_admin'", both.id))[0][
        "id"
    ]
    assert (await above.post(f"/v/heping/officials/{number}/second", {"reason": "想要"})).status == 403
    assert await second_factor.is_enrolled(both.id)
    assert await second_factor.is_enrolled(lost.id)


async def test_every_way_of_signing_in_begins_a_session_and_none_opens_one(site: LiveSite) -> None:
    """`open_session` skips the step: whoever calls it has shown the second factor, or is the operator."""
    source = Path(queries.__file__).parents[1]
    callers = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if re.search(r"\bopen_session\(", path.read_text("utf-8"))
    }
    assert {c for c in callers if not c.startswith(("testing/", "cli/"))} == {
        "people/sessions.py",
        "people/second_pages.py",
    }
    assert sessions.begin_session is not sessions.open_session
    assert roles.reset_second is not None


def test_the_doctor_says_when_officials_may_do_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(environ={}).second_factor == "required"
    said = CliRunner().invoke(command_line, ["doctor"], env={"CUNLI_CONFIG": None, "CUNLI_SECOND_FACTOR": "optional"})
    assert "second factor: county and township admins may sign in with a password or a code alone" in said.output
    said = CliRunner().invoke(command_line, ["doctor"], env={"CUNLI_CONFIG": None, "CUNLI_SECOND_FACTOR": None})
    assert "second factor" not in said.output
