"""Where the sample plugin is, and the fixtures that install it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cunli.testing.plugins import county, databases_with_sample, install, sample, sample_wheel, unhurried
from cunli.testing.working import PATIENCE
from cunli.trips import Call, Trip

__all__ = ["county", "databases_with_sample", "install", "sample", "sample_wheel", "unhurried"]


@pytest.fixture(scope="session")
def sample_source() -> Path:
    return Path(__file__).parents[2] / "core/tests/plugins/sample"


SOON = 0.25  # only for what hangs until the test lets it go


@pytest.fixture
def soon_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the broken plugin for long; every other has a minute, however slow the machine is."""
    begin, wait = Trip._begin, asyncio.wait

    def begun_long_ago(self: Trip[Any], call: Call) -> None:
        begin(self, call)
        if call.plugin == "broken":
            self.began -= PATIENCE - SOON

    def often(work: Any, *, timeout: float | None = None) -> Any:  # began may have moved: look again soon
        return wait(work, timeout=0.05 if timeout is not None and timeout <= PATIENCE else timeout)

    monkeypatch.setattr(Trip, "_begin", begun_long_ago)
    monkeypatch.setattr("cunli.dispatch.asyncio", SimpleNamespace(**{**vars(asyncio), "wait": often}))
