"""SIGKILL in the middle of hundreds of writes, twenty times, on SQLite; and servers with a fault, which must be caught."""

from __future__ import annotations

import pytest

from .conftest import OpenStorm
from .killing import Storm, assert_kept, send_twice, twenty_rounds

TRIES = 5  # a planted fault is there at every moment of the storm; that no kill meets it is next to impossible


@pytest.mark.timeout(900)  # most of it is starting a server twenty times
async def test_twenty_kills_lose_nothing_acknowledged_and_leave_nothing_half_done(storm_over: OpenStorm) -> None:
    await twenty_rounds(await storm_over("sqlite"))


async def caught(storm: Storm) -> str:
    """What the checks say about a server with a fault, after a few kills at most."""
    for _ in range(TRIES):
        await storm.until_killed()
        try:
            await assert_kept(storm)
        except AssertionError as exc:
            return str(exc)
    return "nothing"


async def test_the_control_an_answer_before_the_commit_is_caught(storm_over: OpenStorm) -> None:
    assert "acknowledged and lost" in await caught(await storm_over("sqlite", "answered_before_the_commit"))


async def test_the_control_a_counter_in_a_unit_of_its_own_is_caught(storm_over: OpenStorm) -> None:
    assert "posts of a village" in await caught(await storm_over("sqlite", "counted_after_the_commit"))


async def test_the_control_without_receipts_a_form_sent_again_makes_two(storm_over: OpenStorm) -> None:
    storm = await storm_over("sqlite", "without_receipts")
    await storm.until_killed()
    await storm.served.start()
    await send_twice(storm, [storm.plain_post()])
    await storm.served.stop()
    with pytest.raises(AssertionError, match="written twice"):
        await assert_kept(storm)
