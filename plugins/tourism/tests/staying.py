"""What can happen at a place that takes guests, in whatever order chance wants: for tests in one process, and in two."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from lodging import T, booked, ground, offer_at, place_of, soon

from cunli import Payment
from cunli.testing.live import LiveSite
from cunli_tourism import listings, moments, moving, paying, rehousing, rooms
from cunli_tourism.booking import Changed, NotBookable
from cunli_tourism.ical import Found
from cunli_tourism.models import Booking, Listing, Offer, Place, Taken
from cunli_tourism.moving import Lacking, NotOpen
from cunli_tourism.rehousing import NotAgreed, Unfit, Wanted
from cunli_tourism.rooms import Full
from cunli_tourism.states import MOVES, Who

REFUSED = (Full, NotOpen, Lacking, Changed, NotBookable, NotAgreed, Unfit)


@dataclass(frozen=True, kw_only=True)
class There:
    """One place with rooms of two kinds and seats, its host, and three guests: numbers that another process understands."""

    place: int
    host: int
    guests: tuple[int, ...]


async def furnished(site: LiveSite, seed: int) -> There:
    """Such a place, as chance wants it."""
    chance = random.Random(seed)
    host = (await site.villager(f"主人{seed}")).id
    guests = tuple([(await site.stranger(f"客人{seed}-{n}")).id for n in range(3)])
    place = await place_of(host, instant=chance.random() < 0.5, prepay=chance.choice((0, 30, 100)), capacity=6)
    it = await offer_at(place, count=chance.choice((1, 2, 3)), fen=chance.randint(0, 20_000))
    await offer_at(place, kind="seat", slots=("09:00", "14:00"), count=4, holds=2, fen=1000)
    await offer_at(place, name="楼上大房", count=2, fen=chance.randint(0, 20_000))
    for name, units in (("途家", 1), ("手机", 2)):
        await listings.add(place, it, name, units, actor=host)
    return There(place=place.id, host=host, guests=guests)


class World:
    """One such place, and chance."""

    def __init__(self, there: There, seed: int) -> None:
        self.host, self.guests, self.place_id, self.chance = there.host, there.guests, there.place, random.Random(seed)

    async def begin(self) -> None:
        self.place: Place = await Place.get(id=self.place_id)
        self.rooms, self.seats, self.better = await Offer.filter(place_id=self.place_id).order_by("id")
        self.elsewhere = await Listing.filter(place_id=self.place_id).order_by("id")

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
        """No more people than the place holds, and what other sites say is what is taken. The books are looked at by who asks this."""
        for day in range(12):
            assert await rooms.crowd(self.place.id, soon(day)) <= self.place.capacity
        for one in await Listing.filter(place_id=self.place.id):
            there = await Taken.filter(listing_id=one.id)
            assert {row.day.isoformat() for row in there} <= set(one.days)
            booked_too = Taken.filter(offer_id=one.offer_id, day__in=one.clashes).exclude(booking_id=None)
            assert {row.day.isoformat() for row in await booked_too} == set(one.clashes)
