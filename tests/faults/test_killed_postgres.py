"""SIGKILL in the middle of hundreds of writes, twenty times, on PostgreSQL."""

from __future__ import annotations

import pytest

from .conftest import OpenStorm
from .killing import twenty_rounds


@pytest.mark.timeout(900)  # most of it is starting a server twenty times
async def test_twenty_kills_lose_nothing_acknowledged_and_leave_nothing_half_done(storm_over: OpenStorm) -> None:
    await twenty_rounds(await storm_over("postgres"))
