"""Paying online, through WeChat's gateway on this machine: notices, lost ones, money that comes too late, each step of cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from lodging import T, booked, books_agree, offer_at, place_of, soon, state_of

from cunli import unit
from cunli.testing.live import LiveSite
from cunli.testing.payments import payments_through
from cunli_tourism import moments, moving
from cunli_tourism.models import Booking, MoneyLine, Refund, Taken
from cunli_tourism.settings import ONLINE
from cunli_tourism.states import Who
from cunli_wechatpay import WechatPay, WechatPaySettings
from cunli_wechatpay.sandbox import Gateway


@pytest_asyncio.fixture(loop_scope="session")
async def gateway(plugin_site: LiveSite) -> AsyncIterator[Gateway]:
    async with Gateway() as found:
        with payments_through(WechatPay(WechatPaySettings.model_validate(found.settings()))):
            await plugin_site.set_value(ONLINE, True)
            yield found


async def begun(site: LiveSite, gateway: Gateway, *, first: int = 10) -> str:
    """Somebody booked two nights, half of it at once, and stands before the page that says where to pay."""
    host, guest = await site.villager("主人"), await site.stranger("客人")
    with site.inside():
        place = await place_of(host.id, prepay=50)
        it = await offer_at(place, fen=10_001)
        key = (await booked(place, it, guest.id, first=soon(first), nights=2, online=True)).key
    visitor = await site.sign_in(guest)
    assert "weixin://" in (await visitor.open(f"{T}/bookings/{key}/pay")).html
    assert gateway.transactions[key]
    return key


async def notice(site: LiveSite, gateway: Gateway, key: str, **changed: object) -> int:
    headers, body = gateway.notice(key, **changed)  # type: ignore[arg-type]
    machine = site.visitor()
    return (await machine.client.post(f"{T}/notice", content=body, headers=headers)).status_code


async def test_a_genuine_notice_confirms_once_and_a_forged_one_does_not(
    plugin_site: LiveSite, gateway: Gateway
) -> None:
    key = await begun(plugin_site, gateway)
    gateway.pay(key)
    for forged in ({"by": "merchant"}, {"age": 400}):
        assert await notice(plugin_site, gateway, key, **forged) == 401
    with plugin_site.inside():
        assert await state_of(key) == "held"
    assert set(await asyncio.gather(*(notice(plugin_site, gateway, key) for _n in range(6)))) == {204}
    with plugin_site.inside():
        assert await state_of(key) == "confirmed"
        assert (await Booking.get(key=key)).paid_fen == 10_001
        assert await MoneyLine.filter(account="gateway").count() == 1
        await books_agree()


async def test_another_amount_confirms_nothing(plugin_site: LiveSite, gateway: Gateway) -> None:
    key = await begun(plugin_site, gateway)
    gateway.pay(key, fen=10_000)
    assert await notice(plugin_site, gateway, key) == 204
    with plugin_site.inside():
        assert (await state_of(key), (await Booking.get(key=key)).payment) == ("held", "strange")
        await books_agree()


@unit
async def late(key: str) -> None:
    """The time to pay is over."""
    await Booking.filter(key=key).update(due_at=moments.now() - timedelta(seconds=1))


async def test_a_lost_notice_is_found_before_the_booking_ends_and_unpaid_ones_end(
    plugin_site: LiveSite, gateway: Gateway
) -> None:
    key = await begun(plugin_site, gateway)
    gateway.pay(key)
    with plugin_site.inside():
        await late(key)
    await plugin_site.run_task("tourism.tidy")
    with plugin_site.inside():
        assert await state_of(key) == "confirmed"


async def test_money_that_comes_when_the_booking_is_over_goes_back(plugin_site: LiveSite, gateway: Gateway) -> None:
    key = await begun(plugin_site, gateway)
    with plugin_site.inside():
        await late(key)
    await plugin_site.run_task("tourism.tidy")
    with plugin_site.inside():
        assert await state_of(key) == "expired"
        assert await Taken.all().count() == 0
    gateway.transactions[key]["trade_state"] = "NOTPAY"  # the other side was slow to close it
    gateway.pay(key)
    for _n in range(2):
        assert await notice(plugin_site, gateway, key) == 204
        await plugin_site.run_task("tourism.refunds_left")
    assert gateway.given_back(key) == 10_001
    with plugin_site.inside():
        assert await state_of(key) == "expired"
        assert await Refund.filter(state="done").count() == 1
        assert not any((await MoneyLine.balances()).values())
        await books_agree()


@pytest.mark.parametrize(("days", "hour", "back"), [(-1, 17, 10_001), (-1, 19, 5_000), (0, 17, 5_000), (0, 19, 0)])
async def test_a_guest_who_cancels_gets_what_the_step_says(
    plugin_site: LiveSite, gateway: Gateway, days: int, hour: int, back: int
) -> None:
    key = await begun(plugin_site, gateway)
    gateway.pay(key)
    await notice(plugin_site, gateway, key)
    with plugin_site.inside():
        row = await Booking.get(key=key)
        with moments.as_of(moments.at(row.since + timedelta(days=days), hour)):
            await moving.do(key, "cancel", {Who.GUEST}, actor=row.guest_id, url=T)
        assert await Taken.all().count() == 0
    for _n in range(2):
        await plugin_site.run_task("tourism.refunds_left")
    assert gateway.given_back(key) == back
    with plugin_site.inside():
        assert (await Booking.get(key=key)).refunded_fen == back
        owed = {name: fen for name, fen in (await MoneyLine.balances()).items() if fen}
        assert owed == ({"gateway": 10_001 - back, "host": back - 10_001} if back < 10_001 else {})
        await books_agree()


async def test_a_host_who_cancels_gives_all_back_and_a_stay_settles(plugin_site: LiveSite, gateway: Gateway) -> None:
    key = await begun(plugin_site, gateway, first=0)
    gateway.pay(key)
    await notice(plugin_site, gateway, key)
    with plugin_site.inside():
        row = await Booking.get(key=key)
        with moments.as_of(moments.at(row.since, 20)):
            await moving.do(key, "call_off", {Who.HOST}, actor=None, url=T, words="停电")
    await plugin_site.run_task("tourism.refunds_left")
    assert gateway.given_back(key) == 10_001
    with plugin_site.inside():
        assert not any((await MoneyLine.balances()).values())
        await books_agree()
