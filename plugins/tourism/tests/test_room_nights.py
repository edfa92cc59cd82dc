"""No night and no seat is sold twice: many who book at once, with the guards in place and with each of them taken away."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from lodging import MANY, T, booked, books_agree, offer_at, place_of, soon
from tortoise import connections
from tortoise.exceptions import IntegrityError

from cunli import unit
from cunli.testing.live import LiveSite
from cunli_tourism import books, moving, rooms
from cunli_tourism.models import Booking, Offer, Taken
from cunli_tourism.rooms import Full
from cunli_tourism.states import Who

pytestmark = pytest.mark.both_databases

GUESTS = 200 if MANY else 16
AT_ONCE = 8  # more would only wait for a connection, and the longest waiting give up before they have asked for a room


async def rush(site: LiveSite, count: int, guests: list[int], **offer: object) -> int:
    """Everybody wants a room for the same night at the same moment. How many got one; raises what the first met who met something
    other than a full house, when all are through."""
    gate = asyncio.Semaphore(AT_ONCE)
    with site.inside():
        host = await site.villager(f"主人{count}")
        place = await place_of(host.id, name=f"老屋{count}")
        it = await offer_at(place, count=count, **offer)

        async def one(guest: int) -> bool:
            async with gate:
                try:
                    await booked(place, it, guest)
                except Full:
                    return False
            return True

        answers = await asyncio.gather(*(one(guest) for guest in guests), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        got = answers.count(True)
        assert await books.twice() == []
        assert got == min(count, len(guests)), got
        assert await Taken.filter(offer_id=it.id).count() == got
        await books_agree()
        return got


async def some(site: LiveSite) -> list[int]:
    return [(await site.stranger(f"客人{n}")).id for n in range(GUESTS)]


async def test_of_many_who_want_the_last_room_at_once_one_has_it(plugin_site: LiveSite) -> None:
    guests = await some(plugin_site)
    for count in (1, 3):
        assert await rush(plugin_site, count, guests) == count
    await rush(plugin_site, 5, guests, kind="seat", slots=("09:00",), holds=1, fen=0)


async def all_free(offer: Offer, days: object, slot: int) -> list[int]:
    """The guard of the program, switched off: everything looks free."""
    return list(range(1, offer.count + 1))


async def test_without_the_guard_of_the_program_the_database_refuses(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "free_units", all_free)
    few = (await some(plugin_site))[
        :16
    ]  # they wait for each other's row, and more would be turned away for waiting too long
    with pytest.raises(IntegrityError):
        await rush(plugin_site, 1, few)
    with plugin_site.inside():
        assert await books.twice() == []


@unit
async def unguarded() -> None:
    """The guard of the database, taken away."""
    await connections.get("default").execute_script("DROP INDEX tourism_taken_once")


@unit
async def guarded_again() -> None:
    """As it was: the next test gets the same database, emptied."""
    await Taken.all().delete()
    await connections.get("default").execute_script(
        "CREATE UNIQUE INDEX tourism_taken_once ON tourism_taken (offer_id, unit, day, slot)"
    )


async def test_without_both_guards_the_same_rush_books_twice_and_is_found_out(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "free_units", all_free)
    await unguarded()
    try:
        with pytest.raises(AssertionError):
            await rush(plugin_site, 1, await some(plugin_site))
        official = await plugin_site.sign_in(await plugin_site.county_admin())
        assert "一间房一晚订了两次" in (await official.open("/admin/plugins/tourism")).text
    finally:
        with plugin_site.inside():
            await guarded_again()


async def test_back_to_back_stays_meet_on_a_day_and_overlapping_ones_do_not(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id)
        it = await offer_at(place)
        await booked(place, it, guest.id, first=soon(10), nights=2)
        await booked(place, it, guest.id, first=soon(12), nights=2)
        await booked(place, it, guest.id, first=soon(8), nights=2)
        for first, nights in ((9, 2), (11, 1), (13, 3), (7, 9)):
            with pytest.raises(Full):
                await booked(place, it, guest.id, first=soon(first), nights=nights)
        assert await Taken.all().count() == 6
        await books_agree()


async def test_what_is_cancelled_can_be_booked_again_and_a_day_that_is_kept_cannot(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id)
        it = await offer_at(place, count=2)
        first = await booked(place, it, guest.id)
        assert await rooms.block(place, it, soon()) == 1
        with pytest.raises(Full):
            await booked(place, it, guest.id)
        await moving.do(first.key, "cancel", {Who.GUEST}, actor=guest.id, url=T)
        await booked(place, it, guest.id)
        assert await rooms.unblock(it, soon()) == 1
        await booked(place, it, guest.id)
        with pytest.raises(Full):
            await booked(place, it, guest.id)
        await books_agree()


async def test_a_scenic_spot_takes_no_more_people_than_its_published_capacity(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id, kind="spot", capacity=10)
        early = await offer_at(place, kind="seat", slots=("05:30", "16:00"), count=8, holds=1, fen=0)
        tables = await offer_at(place, kind="seat", name="茶座", slots=("10:00",), count=4, holds=2, fen=2000)
        await booked(place, early, guest.id, units=6, people=6)
        await booked(place, tables, guest.id, units=1, people=2)
        with pytest.raises(Full):
            await booked(place, early, guest.id, units=3, people=3, slot=1)
        await booked(place, early, guest.id, units=2, people=2, slot=1)
        assert await rooms.crowd(place.id, soon()) == 10
        await booked(place, early, guest.id, units=2, people=2, first=soon() + timedelta(days=1))
        assert await Booking.all().count() == 4
        await books_agree()
