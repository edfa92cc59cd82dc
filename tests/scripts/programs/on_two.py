"""Tests for the test of turns: twenty for two databases, one for both at any time, one for a database alone, one for none."""

from __future__ import annotations

import pytest

BOTH = pytest.mark.parametrize("engine", ["sqlite", "postgres"])


@BOTH
@pytest.mark.parametrize("number", range(20))
def test_anything(engine: str, number: int) -> None:
    assert engine
    assert number >= 0


@BOTH
@pytest.mark.both_databases
def test_money(engine: str) -> None:
    assert engine


@pytest.mark.parametrize("engine", ["postgres"])
def test_notify(engine: str) -> None:
    assert engine


def test_nothing_stored() -> None:
    assert BOTH
