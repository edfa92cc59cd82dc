"""Findings F1 to F3: cancelled database work neither hangs the process nor loses anything, on both databases.

Each check runs in a process of its own, beside Tortoise as it comes: the planted control.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

STORM = Path(__file__).parent / "programs" / "storm.py"


async def storm(what: str, mode: str, url: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(STORM), what, mode, url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, problems = await asyncio.wait_for(process.communicate(), 150)
    assert process.returncode == 0, problems.decode()
    found: dict[str, Any] = json.loads(out.decode().splitlines()[-1])
    return found


WELL = {"answers": True, "written": True, "broken": 0, "lost": [], "tried": 24}


@pytest.mark.parametrize("mode", ["ours", "engine"])
async def test_a_storm_of_cancellations_hangs_nothing_tears_nothing_and_loses_nothing(mode: str, url: str) -> None:
    """Afterwards the database answers, transactions are whole, and what is acknowledged is there for everybody."""
    assert await storm("both", mode, url) == WELL


async def test_the_same_storm_hangs_stock_tortoise(url: str) -> None:
    """The planted control: were this to pass one day, the engines could be thrown away."""
    assert not (await storm("storm", "stock", url))["answers"]


async def test_stock_tortoise_acknowledges_what_nobody_else_can_see(sqlite_url: str) -> None:
    """The planted control."""
    assert (await storm("lost", "stock", sqlite_url))["lost"]
