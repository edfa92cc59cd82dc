"""Signing in with WeChat, against a server that speaks its protocol: who gets in, who is linked to whom, and what every failure says."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator

import pytest
import time_machine

from cunli import db
from cunli.people import codes, sign_in_ways
from cunli.people.sign_in_ways import SignInWay, WayFailed
from cunli.provide import wechat
from cunli.provide.calling import Way
from cunli.settings import Settings, SettingsError
from cunli.testing.accounts import CodeBox, account, forget_limits
from cunli.testing.live import LiveSite
from cunli.testing.outside import FAULTS, Fault, patience
from cunli.testing.providers import sign_in_contract
from cunli.testing.sample import office
from cunli.testing.second import bound
from cunli.testing.visitor import Opened, Visitor, path_of
from cunli.testing.wechat_service import APP_SECRET, IN_WECHAT, ON_A_DESK, WechatService

NUMBER = "13800138000"


@pytest.fixture
async def service() -> AsyncIterator[WechatService]:
    async with WechatService() as running:
        yield running


def way_of(service: WechatService, *, desk: bool = True, seconds: float = 0.5) -> wechat.WechatSignIn:
    made = wechat.sign_in(Settings.model_validate({"dev": True, "plugin": {"wechat": service.settings(desk=desk)}}))
    made._way = Way.to(service.url, seconds=seconds)
    return made


@pytest.fixture
def box(site: LiveSite, service: WechatService) -> CodeBox:
    sign_in_ways.sign_in_through({"wechat": way_of(service)})
    found = CodeBox()
    codes.send_through(found)
    return found


def phone(site: LiveSite, agent: str = IN_WECHAT) -> Visitor:
    visitor = site.visitor()
    visitor.client.headers["user-agent"] = agent
    return visitor


async def gone(visitor: Visitor, path: str = "/sign-in/with/wechat") -> str:
    """Where the browser is sent."""
    answer = await visitor.open(path, follow=False)
    assert answer.status == 303
    return str(answer.headers["location"])


async def came(visitor: Visitor, service: WechatService, who: str, path: str = "/sign-in/with/wechat") -> Opened:
    """There and back again."""
    return await visitor.open(path_of(service.agree(await gone(visitor, path), who)))


async def proved(page: Opened, box: CodeBox, number: str = NUMBER) -> Opened:
    """The phone, proved by a code."""
    page = await page.form().fill(phone=number).send(button=("do", "send"))
    return await page.form().fill(phone=number, code=box.last).send(button=("do", "enter"))


async def owners() -> list[int]:
    return [row["person_id"] for row in await db.read("SELECT person_id FROM core_identity ORDER BY id")]


async def test_the_first_time_proves_the_phone_and_every_other_time_is_one_tap(
    site: LiveSite, service: WechatService, box: CodeBox
) -> None:
    who = await account(NUMBER, "罗春秀")
    first = phone(site)
    assert "用微信登录" in (await first.open("/sign-in?next=/me")).words("main a.btn--go")[0]
    page = await came(first, service, "luo", "/sign-in/with/wechat?next=/me")
    assert page.url == "/sign-in/with/wechat/phone"
    assert await owners() == [], "coming back alone makes nobody"
    page = await proved(page, box)
    assert (page.url, "罗春秀" in page.text) == ("/me", True)
    assert await owners() == [who.id]
    again = phone(site)
    assert (await came(again, service, "luo", "/sign-in/with/wechat?next=/me")).url == "/me"
    assert "绑定了一个新的登录方式" in (await again.open("/inbox")).text
    stored = (await db.read("SELECT subject_index, address FROM core_identity"))[0]
    assert not [word for word in ("luo", "union", "o-aa") for text in tuple(stored) if word in str(text)]


async def test_a_newcomer_gets_an_account_with_the_number_and_no_name_of_wechat(
    site: LiveSite, service: WechatService, box: CodeBox
) -> None:
    await proved(await came(phone(site), service, "luo"), box)
    (row,) = await db.read("SELECT display_name FROM core_person WHERE phone_index IS NOT NULL")
    assert row["display_name"] == "新乡亲"


async def test_the_desk_and_the_phone_are_the_same_person(site: LiveSite, service: WechatService, box: CodeBox) -> None:
    await proved(await came(phone(site), service, "luo"), box)
    desk = phone(site, ON_A_DESK)
    assert (await came(desk, service, "luo", "/sign-in/with/wechat?next=/me")).url == "/me"
    assert len(await owners()) == 1
    service.bound = False
    refused = await came(phone(site, ON_A_DESK), service, "luo")
    assert (refused.status, "县里的管理员已经知道" in refused.text) == (503, True)


async def test_one_wechat_is_one_account_and_two_are_never_made_one(
    site: LiveSite, service: WechatService, box: CodeBox
) -> None:
    await proved(await came(phone(site), service, "luo"), box)
    other = await proved(await came(phone(site), service, "zhang"), box, "13700137000")
    assert other.status == 200
    await forget_limits()
    second = await proved(await came(phone(site), service, "li"), box)  # luo's number, somebody else's WeChat
    assert (second.status, "一个账号也只能绑一个微信" in second.text) == (409, True)
    signed_in = await site.sign_in(await account("13600136000"))
    signed_in.client.headers["user-agent"] = IN_WECHAT
    page = await came(signed_in, service, "luo")
    await forget_limits()
    page = await page.form().send(button=("do", "send"))
    taken = await page.form().fill(code=box.last).send(button=("do", "enter"))
    assert taken.status == 409
    assert len(await owners()) == 2


async def test_whoever_is_signed_in_binds_after_a_code_on_the_own_phone_and_unbinds(
    site: LiveSite, service: WechatService, box: CodeBox
) -> None:
    who = await account(NUMBER)
    visitor = await site.sign_in(who)
    visitor.client.headers["user-agent"] = IN_WECHAT
    page = await (await visitor.open("/me/security")).visitor.open("/me/security")
    assert page.all("a[href='/sign-in/with/wechat?next=/me/security']")
    page = await came(visitor, service, "luo")
    empty = await page.form().send(button=("do", "enter"))
    assert (empty.status, await owners()) == (422, [])
    page = await page.form().send(button=("do", "send"))
    page = await page.form().fill(code=box.last).send(button=("do", "enter"))
    assert (page.url, await owners()) == ("/me/security", [who.id])
    number = (await db.read("SELECT id FROM core_identity"))[0]["id"]
    stranger = await site.sign_in(await site.stranger())
    assert (await stranger.post("/me/security/unlink", {"identity": str(number)})).status == 404
    await visitor.press(page, "form[action='/me/security/unlink'] button")
    assert await owners() == []


async def test_an_official_still_shows_the_second_factor(site: LiveSite, service: WechatService, box: CodeBox) -> None:
    who = await account(NUMBER)
    await proved(await came(phone(site), service, "luo"), box)
    await office(who, "county_admin", site.county_id)
    app = await bound(who)
    visitor = phone(site)
    page = await came(visitor, service, "luo", "/sign-in/with/wechat?next=/admin")
    assert page.url == "/sign-in/second?next=/admin"
    assert (await visitor.open("/me", follow=False)).status == 303
    assert (await page.form().fill(digits=app.digits()).send()).url == "/admin"


async def test_a_stopped_account_stays_outside(site: LiveSite, service: WechatService, box: CodeBox) -> None:
    who = await account(NUMBER)
    await proved(await came(phone(site), service, "luo"), box)
    await db.run_unit(db.write, "UPDATE core_person SET state = 'suspended' WHERE id = ?", who.id)
    assert (await came(phone(site), service, "luo")).status == 403
    await forget_limits()
    assert (await proved(await came(phone(site), service, "zhang"), box)).status == 409


# -- the round trip ------------------------------------------------------------------------------------------------------------


async def test_a_state_is_of_one_browser_comes_back_once_and_not_late(
    site: LiveSite, service: WechatService, box: CodeBox
) -> None:
    await proved(await came(phone(site), service, "luo"), box)
    visitor, thief = phone(site), phone(site)
    address = path_of(service.agree(await gone(visitor), "luo"))
    assert (await thief.open(address)).status == 400, "another browser, without a trip of its own"
    await gone(thief)
    assert (await thief.open(address)).status == 400, "and with one"
    kept = visitor.cookies["cunli_way"]
    assert (await visitor.open(address)).status == 200
    visitor.set_cookie("cunli_way", kept)
    assert (await visitor.open(address)).status == 400, "the same address again"
    late = phone(site)
    address = path_of(service.agree(await gone(late), "luo"))
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=11)):
        assert (await late.open(address)).status == 400


async def test_planted_control_without_the_state_a_thiefs_code_signs_others_in(
    site: LiveSite, service: WechatService, box: CodeBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Being signed into somebody else's account unawares: what one writes there, they read."""
    await proved(await came(phone(site), service, "thief"), box)
    monkeypatch.setattr(sign_in_ways, "same_state", lambda trip, state: True)
    victim = phone(site)
    address = path_of(service.agree(await gone(phone(site)), "thief"))
    await gone(victim)
    assert (await victim.open(address)).status == 200
    assert (await victim.open("/me", follow=False)).status == 200


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "/sign-out", "%2f%2fevil"]
)
async def test_nobody_is_led_off_the_site(site: LiveSite, service: WechatService, box: CodeBox, wanted: str) -> None:
    await proved(await came(phone(site), service, "luo"), box)
    visitor = phone(site)
    address = path_of(service.agree(await gone(visitor, f"/sign-in/with/wechat?next={wanted}"), "luo"))
    answer = await visitor.open(address, follow=False)
    assert (answer.status, answer.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    ("errcode", "status", "says"),
    [
        (40029, 400, "再点一次"),
        (40163, 400, "再点一次"),
        (42001, 400, "再点一次"),
        (45011, 429, "等一等"),
        (40125, 503, "县里的管理员已经知道"),
        (40013, 503, "县里的管理员已经知道"),
    ],
)
async def test_what_wechat_refuses_is_no_token_and_is_said(
    site: LiveSite, service: WechatService, box: CodeBox, errcode: int, status: int, says: str
) -> None:
    """The trap: it answers with HTTP 200 and text/plain."""
    await site.county_admin()
    visitor = phone(site)
    address = path_of(service.agree(await gone(visitor), "luo"))
    service.refusing = [errcode]
    page = await visitor.open(address)
    assert (page.status, says in page.text) == (status, True)
    assert APP_SECRET not in page.html
    assert await owners() == []
    told = (await db.read("SELECT COUNT(*) AS n FROM core_notification WHERE kind = 'sign_in.refused'"))[0]["n"]
    assert told == (1 if status == 503 else 0)


async def test_busy_is_asked_again_and_a_code_works_once_and_five_minutes(service: WechatService) -> None:
    way = way_of(service)

    async def finish(address: str) -> str:
        query = dict(pair.split("=") for pair in address.partition("?")[2].split("&"))
        return (await way.finish(query, user_agent=IN_WECHAT)).id

    def agreed() -> str:
        begun = way.begin(state="a" * 32, back_url="https://x.example/back", user_agent=IN_WECHAT)
        return service.agree(begun, "luo")

    service.refusing = [-1]
    address = agreed()
    assert await finish(address) == "union:union-luo"
    with pytest.raises(WayFailed) as used:
        await finish(address)
    late = agreed()
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=6)), pytest.raises(WayFailed) as expired:
        await finish(late)
    assert {used.value.why, expired.value.why} == {"again"}


@pytest.mark.parametrize("fault", FAULTS)
async def test_whatever_the_network_does_the_page_says_so_and_the_phone_works(
    site: LiveSite, service: WechatService, box: CodeBox, fault: Fault
) -> None:
    sign_in_ways.sign_in_through({"wechat": way_of(service, seconds=patience(fault))})
    visitor = phone(site)
    address = path_of(service.agree(await gone(visitor), "luo"))
    service.faults = [fault, fault]
    page = await visitor.open(address)
    assert page.status == 503 if fault != "late" else page.status in (400, 503)
    assert "用手机号登录" in page.text
    assert len(service.asked) == 2, "tried again once"


async def test_whoever_says_no_is_led_back(site: LiveSite, service: WechatService, box: CodeBox) -> None:
    visitor = phone(site)
    page = await visitor.open(path_of(service.deny(await gone(visitor))))
    assert (page.status, "你没有同意" in page.text) == (400, True)
    assert service.asked == []


async def test_the_contract_holds_and_a_way_with_a_fault_does_not_pass(service: WechatService) -> None:
    way: SignInWay = way_of(service)
    await sign_in_contract(way, agree=lambda address: service.agree(address, "luo"), user_agent=IN_WECHAT)

    class Careless(wechat.WechatSignIn):
        async def _once(self, path: str, query: dict[str, str]) -> dict[str, object]:
            answer = await self._way.ask("GET", self._api + path, query=query)
            return {"openid": "anybody", "unionid": "u", **answer.mapping()}  # looks at the status only

    careless = way_of(service)
    careless.__class__ = Careless
    with pytest.raises(AssertionError, match="must raise WayFailed"):
        await sign_in_contract(careless, agree=lambda address: service.agree(address, "luo"), user_agent=IN_WECHAT)


async def test_a_browser_is_offered_what_it_can_do(site: LiveSite, service: WechatService, box: CodeBox) -> None:
    mobile = "Mozilla/5.0 (Linux; Android 10) AppleWebKit/537.36 Chrome/78.0 Mobile Safari/537.36"
    for agent, shown in ((IN_WECHAT, "btn--go"), (ON_A_DESK, ""), (mobile, None)):
        page = await phone(site, agent).open("/sign-in")
        links = page.all("main a[href^='/sign-in/with/wechat']")
        assert len(links) == (0 if shown is None else 1), agent
        assert all(("btn--go" in link.get("class", "")) is (shown == "btn--go") for link in links)
    sign_in_ways.sign_in_through({})
    assert "微信" not in (await phone(site).open("/sign-in")).text
    assert (await phone(site).open("/sign-in/with/wechat")).status == 404


def test_settings_say_what_is_missing() -> None:
    def problems(**given: str) -> str:
        with pytest.raises(SettingsError) as refused:
            wechat.sign_in(Settings.model_validate({"plugin": {"wechat": given}}))
        return "; ".join(refused.value.problems)

    assert "app_id: is missing" in problems()
    assert "app_id and app_secret go together" in problems(app_id="wx1")
    assert "https" in problems(app_id="wx1", app_secret="x", api="http://api.weixin.qq.com")
