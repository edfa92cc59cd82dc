"""Whatever happens in whatever order: no night twice, every open booking has its nights, the ledger sums to zero.

A few schedules here; `TOURISM_RUNS=10000` runs the night's number.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from datetime import timedelta
from typing import Any

from lodging import MANY, T, booked, books_agree, ground, offer_at, place_of, soon

from cunli import Payment
from cunli.testing.live import LiveSite
from cunli_tourism import listings, moments, money, moving, paying, rehousing, rooms
from cunli_tourism.booking import Changed, NotBookable
from cunli_tourism.ical import Found
from cunli_tourism.models import Booking, Listing, Offer, Place, Taken
from cunli_tourism.moving import Lacking, NotOpen
from cunli_tourism.rehousing import NotAgreed, Unfit, Wanted
from cunli_tourism.rooms import Full
from cunli_tourism.states import MOVES, Who

REFUSED = (Full, NotOpen, Lacking, Changed, NotBookable, NotAgreed, Unfit)
STEPS = 24


class World:
    """One place with rooms and seats, three guests, and chance."""

    def __init__(self, site: LiveSite, seed: int) -> None:
        self.site, self.chance, self.seed = site, random.Random(seed), seed

    async def begin(self) -> None:
        host = await self.site.villager(f"主人{self.seed}")
        self.guests = [(await self.site.stranger(f"客人{self.seed}-{n}")).id for n in range(3)]
        instant = self.chance.random() < 0.5
        self.place: Place = await place_of(
            host.id, instant=instant, prepay=self.chance.choice((0, 30, 100)), capacity=6
        )
        self.rooms: Offer = await offer_at(
            self.place, count=self.chance.choice((1, 2, 3)), fen=self.chance.randint(0, 20_000)
        )
        self.seats: Offer = await offer_at(
            self.place, kind="seat", slots=("09:00", "14:00"), count=4, holds=2, fen=1000
        )

        self.better: Offer = await offer_at(self.place, name="楼上大房", count=2, fen=self.chance.randint(0, 20_000))
        self.host = host.id
        self.elsewhere = [
            await listings.add(self.place, self.rooms, name, units, actor=host.id)
            for name, units in (("途家", 1), ("手机", 2))
        ]

    async def step(self) -> None:
        acts: list[Any] = [self.book, self.book, self.move, self.move, self.block, self.pay, self.time]
        acts += [self.other_room, self.file]
        with contextlib.suppress(*REFUSED):
            await self.chance.choice(acts)()

    async def book(self) -> None:
        guest, online = self.chance.choice(self.guests), self.chance.random() < 0.5
        if self.chance.random() < 0.7:
            first, nights = soon(self.chance.randint(0, 6)), self.chance.randint(1, 4)
            units = self.chance.randint(1, 2)
            await booked(
                self.place, self.rooms, guest, first=first, nights=nights, units=units, people=units, online=online
            )
        else:
            units = self.chance.randint(1, 3)
            first, slot = soon(self.chance.randint(1, 3)), self.chance.randint(0, 1)
            await booked(
                self.place, self.seats, guest, first=first, units=units, people=units, slot=slot, online=online
            )

    async def _some(self) -> Booking | None:
        found = await Booking.filter(place_id=self.place.id).order_by("id")
        return self.chance.choice(found) if found else None

    async def move(self) -> None:
        row = await self._some()
        if row is not None:
            name = self.chance.choice([one.name for one in MOVES if one.name not in ("pay", "review")])
            who = self.chance.choice((Who.GUEST, Who.HOST, Who.OFFICE, Who.CLOCK))
            paid = row.total_fen - row.paid_fen if name == "arrive" else 0
            await moving.do(row.key, name, {who}, actor=None, url=T, words="说", taken_fen=paid)

    async def block(self) -> None:
        day = soon(self.chance.randint(0, 8))
        if self.chance.random() < 0.5:
            await rooms.block(self.place, self.rooms, day)
        else:
            await rooms.unblock(self.rooms, day)

    async def other_room(self) -> None:
        row = await self._some()
        if row is not None:
            offer = self.chance.choice((self.rooms, self.better, self.seats))
            wanted = Wanted(offer=offer.key, unit=self.chance.randint(0, 3), agreed=self.chance.random() < 0.9)
            await rehousing.move(row.key, wanted, ground(), {Who.HOST}, actor=self.host)

    async def file(self) -> None:
        days = frozenset(soon(one) for one in self.chance.sample(range(10), 3))
        found = Found(days=days, repeated=0, broken=0)
        await listings.take(self.chance.choice(self.elsewhere).id, found, actor=self.host, url=T)

    async def pay(self) -> None:
        row = await self._some()
        if row is not None and row.payment in ("waiting", "closed"):
            fen = row.now_fen if self.chance.random() < 0.9 else row.now_fen + 1
            found = Payment(key=row.key, fen=fen, state="paid", paid_at=moments.now())
            await asyncio.gather(paying._write_down(found, T), paying._write_down(found, T))

    async def time(self) -> None:
        for row in await Booking.filter(place_id=self.place.id, due_at__lte=moments.now() + timedelta(days=2)):
            for name in ("expire", "miss", "finish"):
                with contextlib.suppress(*REFUSED):
                    await moving.do(row.key, name, {Who.CLOCK}, actor=None, url=T)

    async def right(self) -> None:
        await books_agree()
        for day in range(12):
            assert await rooms.crowd(self.place.id, soon(day)) <= self.place.capacity
        for one in await Listing.filter(place_id=self.place.id):
            there = await Taken.filter(listing_id=one.id)
            assert {row.day.isoformat() for row in there} <= set(one.days)
            booked_too = Taken.filter(offer_id=one.offer_id, day__in=one.clashes).exclude(booking_id=None)
            assert {row.day.isoformat() for row in await booked_too} == set(one.clashes)


async def test_random_schedules_never_book_a_night_twice(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        for seed in range(MANY or 6):
            world = World(plugin_site, seed)
            await world.begin()
            for _n in range(STEPS):
                await world.step()
            await world.right()
        assert await Booking.all().count() > 5
        assert await Taken.all().count() > 0
        assert sum((await money.balances()).values()) == 0


async def test_confirming_paying_canceling_and_running_out_at_once_have_one_outcome(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id, prepay=100)
        it = await offer_at(place, fen=5000)
        for round_ in range(4):
            key = (await booked(place, it, guest.id, first=soon(20 + round_), online=True)).key
            found = Payment(key=key, fen=5000, state="paid", paid_at=moments.now())
            await asyncio.gather(
                paying._write_down(found, T),
                moving.do(key, "expire", {Who.CLOCK}, actor=None, url=T),
                moving.do(key, "withdraw", {Who.GUEST}, actor=guest.id, url=T),
                moving.do(key, "call_off", {Who.HOST}, actor=host.id, url=T, words="说"),
                return_exceptions=True,
            )
            await paying._write_down(found, T)
            row = await Booking.get(key=key)
            kept = await Taken.filter(booking_id=row.id).count()
            assert kept == (1 if row.state == "confirmed" else 0), row.state
            assert row.paid_fen == 5000
            assert row.refunded_fen == (0 if row.state == "confirmed" else 5000), row.state
            await books_agree()
