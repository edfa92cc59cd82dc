"""Where the sample plugin is, and the fixtures that install it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cunli.testing.plugins import county, databases_with_sample, install, sample, sample_wheel, unhurried
from cunli.testing.working import PATIENCE
from cunli.trips import Ask, Trip

__all__ = ["county", "databases_with_sample", "install", "sample", "sample_wheel", "unhurried"]


@pytest.fixture(scope="session")
def sample_source() -> Path:
    return Path(__file__).parents[2] / "core/tests/plugins/sample"


SOON = 0.25  # only for what hangs until the test lets it go


@pytest.fixture
def soon_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the broken plugin for long; every other has a minute, however slow the machine is."""
    begin, back = Trip._begin, Trip.back

    def begun_long_ago(self: Trip, call: Ask) -> None:
        begin(self, call)
        if call.plugin == "broken":
            self.began -= PATIENCE - SOON

    async def often(self: Trip, seconds: float) -> None:  # began may have moved: look again soon
        await back(self, min(seconds, 0.05) if seconds <= PATIENCE else seconds)

    monkeypatch.setattr(Trip, "_begin", begun_long_ago)
    monkeypatch.setattr(Trip, "back", often)
