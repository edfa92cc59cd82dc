"""Counting how often something is tried."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
import time_machine

from cunli import db
from cunli.testing.live import LiveSite
from cunli.trust import limits
from cunli.trust.limits import Limit, give_back, network, take

FEW = Limit(name="few", most=3, seconds=60)
MANY = Limit(name="many", most=100, seconds=3600)
START = dt.datetime(2026, 10, 18, 4, 0, tzinfo=dt.UTC)


async def test_a_limit_is_used_up_says_how_long_and_opens_again(site: LiveSite) -> None:
    with time_machine.travel(START, tick=False) as clock:
        assert [await take((FEW, "a")) for _ in range(3)] == [0, 0, 0]
        assert await take((FEW, "a")) == 60
        assert await take((FEW, "b")) == 0
        clock.shift(dt.timedelta(seconds=59))
        assert await take((FEW, "a")) == 1
        clock.shift(dt.timedelta(seconds=1))
        assert [await take((FEW, "a")) for _ in range(4)] == [0, 0, 0, 60]


async def test_two_limits_are_counted_together_and_the_longer_wait_is_told(site: LiveSite) -> None:
    with time_machine.travel(START, tick=False):
        for _ in range(3):
            await take((FEW, "a"), (MANY, "a"))
        assert await take((FEW, "a"), (MANY, "a")) == 60
        rows = await db.read("SELECT count FROM core_rate_count ORDER BY count")
        assert [r["count"] for r in rows] == [3, 4]


async def test_fifty_at_once_are_counted_exactly(site: LiveSite) -> None:
    limit = Limit(name="exact", most=20, seconds=600)
    answers = await asyncio.gather(*(take((limit, "a"), (MANY, "a")) for _ in range(50)))
    assert sum(not wait for wait in answers) == 20


async def test_a_try_can_be_given_back_but_not_more_than_was_taken(site: LiveSite) -> None:
    with time_machine.travel(START, tick=False):
        for _ in range(3):
            await take((FEW, "a"))
        await give_back((FEW, "a"))
        assert await take((FEW, "a")) == 0
        assert await take((FEW, "a")) > 0
        for _ in range(9):
            await give_back((FEW, "a"))
        assert [bool(await take((FEW, "a"))) for _ in range(4)] == [False, False, False, True]


async def test_a_try_counts_even_when_what_it_guards_fails(site: LiveSite) -> None:
    async def fails() -> None:
        await take((FEW, "a"))
        raise LookupError

    with pytest.raises(LookupError):
        await fails()
    assert (await db.read("SELECT count FROM core_rate_count"))[0]["count"] == 1


async def test_keys_are_hashes_with_a_key_of_their_own(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    await take((FEW, "203.0.113.9"))
    key = (await db.read("SELECT key FROM core_rate_count"))[0]["key"]
    assert "203" not in key
    assert key == limits._key(FEW, "203.0.113.9")
    assert key != limits._key(MANY, "203.0.113.9")


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("testclient", "unknown"),
        ("999.1.1.1", "unknown"),
    ],
)
def test_one_household_is_one_place(address: str, place: str) -> None:
    assert network(address) == place
