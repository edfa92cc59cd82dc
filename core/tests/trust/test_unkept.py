"""Limits that remember nobody: counted in memory, under a key that is thrown away."""

from __future__ import annotations

import pytest

from cunli.trust import unkept
from cunli.trust.limits import Limit

LIMIT = Limit(name="whisper", most=2, seconds=600)


def test_one_place_is_stopped_and_another_goes_on() -> None:
    unkept.forget()
    assert [unkept.take(LIMIT, "1.2.3.4") for _ in range(2)] == [0, 0]
    assert 0 < unkept.take(LIMIT, "1.2.3.4") <= 600
    assert unkept.take(LIMIT, "5.6.7.8") == 0
    assert unkept.take(Limit(name="other", most=2, seconds=600), "1.2.3.4") == 0


def test_after_an_hour_the_key_is_gone_and_nothing_can_be_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    unkept.forget()
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    unkept.forget()
    unkept.take(LIMIT, "1.2.3.4")
    first = dict(unkept._process.hour.counts)
    assert b"1.2.3.4" not in b"".join(first)
    now += 3601
    unkept.take(LIMIT, "1.2.3.4")
    assert not set(first) & set(unkept._process.hour.counts)


def test_a_flood_of_addresses_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    unkept.forget()
    monkeypatch.setattr(unkept, "MOST", 3)
    for n in range(10):
        unkept.take(LIMIT, f"10.0.0.{n}")
    assert len(unkept._process.hour.counts) <= 3
