"""Tests for the test of `make test`; asked for by name only. The folder in PLANTED says which of them fail."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("PLANTED", "."))


def test_fails_once() -> None:
    asked = FOLDER / "asked"
    before = asked.exists()
    asked.touch()
    assert before


@pytest.mark.parametrize("number", range(4))
def test_fails_always(number: int) -> None:
    assert number >= int(os.environ.get("FAILING", "0"))
