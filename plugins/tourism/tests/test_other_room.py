"""A guest goes to another room: never into one that somebody has, never for more money, and never unasked into another kind."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hosting import add_offer, book, do, opened_place
from lodging import T, booked, books_agree, ground, offer_at, place_of, soon

from cunli import Payment
from cunli.testing.live import LiveSite
from cunli_tourism import books, moments, moving, paying, rehousing, rooms
from cunli_tourism.models import Booking, Offer, Step, Taken
from cunli_tourism.moving import NotOpen
from cunli_tourism.rehousing import NotAgreed, Unfit, Wanted
from cunli_tourism.rooms import Full
from cunli_tourism.states import Who


async def units(key: str) -> list[tuple[int, int]]:
    """Offer and number of the rooms of a booking, night by night."""
    row = await Booking.get(key=key)
    return [(one.offer_id, one.unit) for one in await Taken.filter(booking_id=row.id).order_by("day", "unit")]


async def go(key: str, offer: Offer, unit: int = 0, *, agreed: bool = False, who: Who = Who.HOST) -> None:
    host = (await Booking.get(key=key)).guest_id or 0
    await rehousing.move(key, Wanted(offer=offer.key, unit=unit, agreed=agreed), ground(), {who}, actor=host)


async def test_a_guest_goes_to_a_room_that_is_free_on_all_nights_and_to_no_other(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id)
        it = await offer_at(place, count=3)
        first = (await booked(place, it, guest.id, first=soon(5), nights=3)).key
        await booked(place, it, guest.id, first=soon(7), nights=1)  # has room 2 on the last night
        with pytest.raises(Full):
            await go(first, it, 2)
        with pytest.raises(Full):
            await go(first, it, 4)
        for who in (Who.GUEST, Who.CODE, Who.CLOCK):
            with pytest.raises(NotOpen):
                await go(first, it, 3, who=who)
        assert await units(first) == [(it.id, 1)] * 3
        await go(first, it, 3)
        assert await units(first) == [(it.id, 3)] * 3
        assert await rooms.free_units(it, [soon(5)], 0) == [1, 2]
        await moving.do(first, "cancel", {Who.GUEST}, actor=guest.id, url=T)
        with pytest.raises(NotOpen):
            await go(first, it, 1)
        row = await Booking.get(key=first)
        assert [one.move for one in await Step.filter(booking_id=row.id).order_by("number")] == [
            "book",
            "move",
            "cancel",
        ]
        await books_agree()


async def test_another_kind_of_room_needs_the_guest_and_never_costs_more(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id)
        it = await offer_at(place, fen=16800)
        dear = await offer_at(place, name="大套房", fen=30000)
        cheap = await offer_at(place, name="小房", fen=9900, holds=1)
        elsewhere = await offer_at(await place_of(host.id, name="另一家"), fen=1)
        key = (await booked(place, it, guest.id, nights=2)).key
        with pytest.raises(NotAgreed):
            await go(key, dear)
        with pytest.raises(NotOpen):
            await go(key, elsewhere, agreed=True)
        await go(key, dear, agreed=True)
        row = await Booking.get(key=key)
        assert (row.offer_id, row.total_fen) == (dear.id, 33600)
        assert await units(key) == [(dear.id, 1)] * 2
        await booked(place, it, guest.id, nights=2)  # the room that they left
        with pytest.raises(Full):
            await go(key, it, agreed=True)
        await go(key, cheap, agreed=True)
        row = await Booking.get(key=key)
        assert (row.offer_id, row.total_fen) == (cheap.id, 19800)
        await books_agree()
        two = (await booked(place, dear, guest.id, nights=1, people=2)).key
        with pytest.raises(Unfit):
            await go(two, cheap, agreed=True)


async def test_who_has_paid_or_moved_in_is_not_put_into_a_cheaper_kind(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id, prepay=100)
        it, cheap = await offer_at(place, fen=16800), await offer_at(place, name="小房", fen=9900)
        dear = await offer_at(place, name="大套房", fen=30000)
        key = (await booked(place, it, guest.id, online=True)).key
        with pytest.raises(Unfit):
            await go(key, cheap, agreed=True)
        await paying._write_down(Payment(key=key, fen=16800, state="paid", paid_at=moments.now()), T)
        with pytest.raises(Unfit):
            await go(key, cheap, agreed=True)
        await go(key, dear, agreed=True)
        row = await Booking.get(key=key)
        assert (row.total_fen, row.paid_fen, row.state) == (16800, 16800, "confirmed")
        await moving.do(key, "cancel", {Who.GUEST}, actor=guest.id, url=T)
        assert (await Booking.get(key=key)).refunded_fen == 16800
        await books_agree()


async def test_who_has_slept_in_a_room_has_slept_there_and_goes_for_the_nights_to_come(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id)
        it, cheap = await offer_at(place, count=2), await offer_at(place, name="小房", fen=9900)
        key = (await booked(place, it, guest.id, first=soon(1), nights=3)).key
        with moments.as_of(moments.now() + timedelta(days=1)):
            await moving.do(key, "arrive", {Who.HOST}, actor=host.id, url=T)
        with moments.as_of(moments.now() + timedelta(days=2)):
            with pytest.raises(Unfit):
                await go(key, cheap, agreed=True)
            await go(key, it, 2)
        assert await units(key) == [(it.id, 1), (it.id, 2), (it.id, 2)]
        with moments.as_of(moments.now() + timedelta(days=4)), pytest.raises(NotOpen):
            await go(key, it, 1)
        await books_agree()


async def test_moving_booking_and_canceling_at_once_leave_nobody_with_half_a_room(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id)
        it = await offer_at(place, count=2)
        for round_ in range(4):
            day = soon(10 + 3 * round_)
            key = (await booked(place, it, guest.id, first=day, nights=2)).key
            await asyncio.gather(
                go(key, it, 2),
                booked(place, it, guest.id, first=day, nights=2),
                moving.do(key, "cancel", {Who.GUEST}, actor=guest.id, url=T),
                booked(place, it, guest.id, first=day + timedelta(days=1), nights=1),
                return_exceptions=True,
            )
            assert await books.twice() == []
            await books_agree()


async def test_without_the_look_the_database_keeps_two_guests_out_of_one_room(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def all_free(offer: Offer, days: object, slot: int) -> list[int]:
        return [1]

    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id)
        it = await offer_at(place, count=2)
        await booked(place, it, guest.id)
        key = (await booked(place, it, guest.id)).key
        monkeypatch.setattr(rooms, "free_units", all_free)
        with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
            await go(key, it, 1)
        assert await units(key) == [(it.id, 2)], "the unit gave back nothing, as it could take nothing"


async def test_the_host_moves_a_guest_by_the_page_and_the_guest_hears_of_it(plugin_site: LiveSite) -> None:
    host = await plugin_site.sign_in(await plugin_site.villager("田大姐"))
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    guest = await plugin_site.sign_in(await plugin_site.stranger("许先生"))
    place = await opened_place(plugin_site, host, official)
    await add_offer(host, place.rsplit("/", 1)[-1], name="亲子房", count="1", fen="300")
    address = (await book(guest, place)).url
    await do(host, address, "agree")
    assert not (await guest.open(address)).all("form[action$='/room']"), "the guest does not choose the room"
    assert (await guest.post(f"{address}/room", {"to": "x:1"})).status == 404
    stranger = await plugin_site.sign_in(await plugin_site.stranger("别人"))
    assert (await stranger.post(f"{address}/room", {"to": "x:1"})).status == 404
    page = await host.open(address)
    assert "梯田大床房 · 1 号" in page.text
    with plugin_site.inside():
        it, other = await Offer.all().order_by("id")
    for wrong in ("", "x", f"{it.key}:", f"{it.key}:99999999999", f"{it.key}:１x"):
        refused = await host.open(address)
        assert (await refused.form("form[action$='/room']").fill(to=wrong).send()).status == 422, wrong
    done = await page.form("form[action$='/room']").fill(to=f"{it.key}:2").send()
    assert "梯田大床房 · 2 号" in done.text
    unasked = await done.form("form[action$='/room']").fill(to=f"{other.key}:0").send()
    assert unasked.status == 422
    assert "先问过客人" in unasked.text
    asked = await unasked.form("form[action$='/room']").fill(to=f"{other.key}:0", agreed=True).send()
    assert "亲子房 · 1 号" in asked.text
    seen = await guest.open(address)
    assert "亲子房" in seen.text
    assert "换了房间" in seen.text
    assert "有新进展" in (await guest.open("/inbox")).text
