"""Whatever happens in whatever order: no night twice, every open booking has its nights, the ledger sums to zero.

A few schedules here; `TOURISM_RUNS=10000` runs the night's number, in batches that each begin with an empty county.
"""

from __future__ import annotations

import asyncio
import random

import pytest
from lodging import MANY, T, booked, books_agree, offer_at, place_of, soon
from staying import World, furnished

from cunli import Payment
from cunli.testing.live import LiveSite
from cunli_tourism import moments, moving, paying
from cunli_tourism.models import Booking, MoneyLine, Taken
from cunli_tourism.states import Who

pytestmark = pytest.mark.both_databases

STEPS = 24
EACH = 20 if MANY else 6  # schedules of one batch: looking through the books of all of them costs their number squared


@pytest.mark.parametrize("batch", range(max(1, MANY // EACH)))
async def test_random_schedules_never_book_a_night_twice(plugin_site: LiveSite, batch: int) -> None:
    first = random.randrange(1, 10**6) if MANY else 0
    with plugin_site.inside():
        for seed in range(first, first + EACH):
            try:
                await one(plugin_site, seed)
            except AssertionError as wrong:
                raise AssertionError(f"seed {seed}: {wrong}") from wrong
        await books_agree()
        assert await Booking.all().count() > 5
        assert await Taken.all().count() > 0
        assert sum((await MoneyLine.balances()).values()) == 0


async def one(site: LiveSite, seed: int) -> None:
    world = World(await furnished(site, seed), seed)
    await world.begin()
    for _n in range(STEPS):
        await world.step()
    await world.right()


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
