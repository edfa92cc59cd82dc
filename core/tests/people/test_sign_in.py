"""Signing in with a password: who gets in, what strangers learn, and what guessing costs."""

from __future__ import annotations

import time
from urllib.parse import quote, unquote, urljoin

import pytest

from cunli import db
from cunli.people import accounts
from cunli.testing.accounts import PASSWORD, CodeBox, account, forget_limits, phone, sign_in, visitor_from
from cunli.testing.live import LiveSite
from cunli.trust import limits
from cunli.web import cookies

SESSION = cookies.SESSION


async def test_somebody_signs_in_sees_their_page_and_signs_out(site: LiveSite) -> None:
    await account("13800138000", "罗春秀")
    visitor = site.visitor()
    answer = await sign_in(visitor, "138 0013 8000", wanted="/me")
    assert answer.status == 303
    assert answer.headers["location"] == "/me"
    me = await visitor.open("/me")
    assert "罗春秀" in me.text
    assert me.headers["cache-control"] == "no-store"
    token = visitor.cookies[SESSION]
    out = await visitor.press(me, "form[action='/sign-out'] button")
    assert "已经退出登录" in out.text
    again = await visitor.open("/me", follow=False)
    assert again.headers["location"] == "/sign-in?next=/me"
    visitor.set_cookie(SESSION, token)
    assert (await visitor.open("/me", follow=False)).status == 303


async def test_unknown_wrong_suspended_and_without_password_are_one_answer(site: LiveSite) -> None:
    await account("13800138000")
    await account("13700137000", password="")
    gone = await account("13600136000")
    await accounts.change_state(gone.id, "active", "suspended")
    reference = await sign_in(site.visitor(), "13511113333", "something else")
    assert "手机号或密码不对" in reference.text
    for number, password in (
        ("13800138000", "not this one"),
        ("13900139000", PASSWORD),
        ("13700137000", PASSWORD),
        ("13600136000", PASSWORD),
    ):
        answer = await sign_in(site.visitor(), number, password)
        assert (answer.status, answer.text) == (reference.status, reference.text) == (422, reference.text)
        assert SESSION not in answer.headers.get("set-cookie", "")


async def test_known_and_unknown_numbers_take_equally_long(site: LiveSite) -> None:
    await account("13800138000")
    times: dict[str, list[float]] = {"13800138000": [], "13900139000": []}
    for n in range(9):
        for number, kept in times.items():
            started = time.process_time()  # the clock on the wall goes on while a machine stands still
            browser = accounts.Browser(address=f"10.{n}.{ord(number[2])}.1")
            with pytest.raises(accounts.WrongSignIn):
                await accounts.sign_in_by_password(phone(number), "wrong", browser)
            kept.append(time.process_time() - started)
            await forget_limits()
    known, unknown = (min(t) for t in times.values())  # the least disturbed of each: machines are shared
    assert abs(known - unknown) < 0.5 * known


async def test_a_new_session_replaces_the_one_the_browser_had(site: LiveSite) -> None:
    """SE-1: whatever cookie stood there before, the session after signing in is a new one and the old one is dead."""
    await account("13800138000")
    visitor = site.visitor()
    visitor.set_cookie(SESSION, "planted-by-somebody-else")
    await sign_in(visitor, "13800138000")
    first = visitor.cookies[SESSION]
    assert first != "planted-by-somebody-else"
    fields = {"phone": "13800138000", "password": PASSWORD}
    await visitor.post("/sign-in", fields)
    second = visitor.cookies[SESSION]
    assert second != first
    thief = site.visitor()
    thief.set_cookie(SESSION, first)
    assert (await thief.open("/me", follow=False)).status == 303
    assert (await visitor.open("/me")).status == 200


async def test_the_session_cookie_is_closed_to_scripts_and_other_sites(site: LiveSite) -> None:
    await account("13800138000")
    cookie = (await sign_in(site.visitor(), "13800138000")).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "domain" not in cookie


# ---- guessing ------------------------------------------------------------------------------------------------------


async def test_guessing_one_account_from_many_places_is_stopped_and_the_owner_gets_in_with_a_code(
    site: LiveSite, outbox: CodeBox
) -> None:
    await account("13800138000")
    statuses = []
    for n in range(50):
        answer = await visitor_from(site, f"203.0.{n}.7").post(
            "/sign-in", {"phone": "13800138000", "password": f"guess {n}"}
        )
        statuses.append(answer.status)
    assert statuses[:10] == [422] * 10
    assert set(statuses[10:]) == {429}
    assert answer.headers["retry-after"].isdigit()
    assert "分钟以后再试" in answer.text
    assert "用验证码登录" in answer.text
    owner = visitor_from(site, "198.51.100.1")
    assert (await sign_in(owner, "13800138000")).status == 429
    page = await owner.open("/sign-in/code")
    await page.form().fill(phone="13800138000").send(button=("do", "send"))
    entered = await owner.post(
        "/sign-in/code", {"phone": "13800138000", "code": outbox.last, "do": "enter"}, follow=False
    )
    assert entered.status == 303
    assert (await owner.open("/me")).status == 200


async def test_guessing_many_accounts_from_one_place_is_stopped(site: LiveSite) -> None:
    spray, elsewhere = visitor_from(site, "203.0.113.9"), visitor_from(site, "203.0.113.10")
    statuses = [
        (await spray.post("/sign-in", {"phone": f"138001380{n:02d}", "password": "Spring 2026 x"})).status
        for n in range(50)
    ]
    assert statuses.count(429) >= 20
    assert statuses[-1] == 429
    assert (await elsewhere.post("/sign-in", {"phone": "13800138051", "password": "x"})).status == 422


async def test_planted_control_without_the_limit_fifty_guesses_are_answered(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await account("13800138000")

    async def unlimited(*takes: limits.Take) -> int:
        return 0

    monkeypatch.setattr(limits, "take", unlimited)
    visitor = site.visitor()
    statuses = {
        (await visitor.post("/sign-in", {"phone": "13800138000", "password": f"g {n}"})).status for n in range(12)
    }
    assert statuses == {422}


async def test_signing_in_rightly_does_not_use_up_the_tries(site: LiveSite) -> None:
    await account("13800138000")
    for _ in range(12):
        browser = accounts.Browser(address="203.0.113.9")
        await accounts.sign_in_by_password(phone("13800138000"), PASSWORD, browser)


async def test_counters_hold_no_phone_and_no_address_and_outlive_the_process(site: LiveSite) -> None:
    await visitor_from(site, "203.0.113.77").post("/sign-in", {"phone": "13800138000", "password": "x"})
    rows = await db.read("SELECT key, count, resets_at FROM core_rate_count")
    assert len(rows) == 2
    for row in rows:
        assert "13800138000" not in row["key"]
        assert "203.0.113" not in row["key"]
        assert len(row["key"]) == 43


# ---- where to go on (HD-5) -----------------------------------------------------------------------------------------

HOSTILE = (
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "https:evil.example",
    "http:/evil.example", "HTTPS://evil.example", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "/%09/evil.example",
    "/%0d%0aLocation:%20//evil.example", "/\r\nLocation: //evil.example", "/%2F/evil.example", "/%5Cevil.example", "/%255Cevil.example",
    "@evil.example", "user@evil.example", "evil.example", "./evil.example", "", " //evil.example", "\t//evil.example", "\u2044/evil.example",
    "/\uff0fevil.example", "//\u3002evil.example", "/..//evil.example/%2e%2e", "https:/\\evil.example", "//evil.example:80\\@127.0.0.1",
    "/\u0000/evil.example", "?//evil.example", "#//evil.example", "/" + "a" * 600,
)  # fmt: skip


async def test_next_never_leads_to_another_site(site: LiveSite) -> None:
    await account("13800138000")
    insider = site.visitor()
    await sign_in(insider, "13800138000")
    answers = [await insider.open(f"/sign-in?next={quote(hostile)}", follow=False) for hostile in HOSTILE]
    for hostile in HOSTILE[:5]:
        fields = {"phone": "13800138000", "password": PASSWORD, "next": hostile}
        answers.append(await site.visitor().post("/sign-in", fields, follow=False))
    for answer in answers:
        assert answer.status == 303
        assert _stays_here(answer.headers["location"]), answer.headers["location"]


def _stays_here(location: str) -> bool:
    base = "http://127.0.0.1:8000"
    plain = location.startswith("/") and not any(
        ord(c) < 33 or c == "\\" for c in unquote(unquote(location.split("?")[0]))
    )
    return (
        plain and not unquote(location).startswith("//") and urljoin(base + "/sign-in", location).startswith(base + "/")
    )


async def test_planted_control_a_careless_check_lets_hostile_addresses_through() -> None:
    def careless(text: str) -> str:
        return text if text.startswith("/") else "/"

    assert sum(not _stays_here(careless(each)) for each in HOSTILE) >= 8


async def test_next_goes_on_to_the_page_that_was_wanted(site: LiveSite) -> None:
    await account("13800138000")
    for wanted in ("/v/heping/join?i=abc", "/me/look", "/v/heping/"):
        visitor = site.visitor()
        page = await visitor.open(f"/sign-in?next={quote(wanted)}")
        answer = await page.form().fill(phone="13800138000", password=PASSWORD).send(follow=False)
        assert answer.headers["location"] == wanted


async def test_a_hostile_name_is_shown_as_text(site: LiveSite) -> None:
    """XS-3: markup and direction overrides in a display name."""
    await account("13800138000", "<img src=x onerror>")
    visitor = site.visitor()
    await sign_in(visitor, "13800138000")
    page = await visitor.open("/me")
    assert not page.all("img[onerror]")
    assert page.words("bdi")[-1] == "<img src=x onerror>" or "<img src=x onerror>" in page.text
    renamed = await page.form("form[action='/me']").fill(display_name="罗\u202e春\u200b秀\x00").send()
    assert "\u202e" not in renamed.html
