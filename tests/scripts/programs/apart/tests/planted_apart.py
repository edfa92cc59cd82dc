"""Not collected with the suite: run by `test_asked_again.py`."""

from __future__ import annotations

import os
from pathlib import Path


def test_fails_once() -> None:
    seen = Path(os.environ["PLANTED"]) / "apart"
    first = not seen.exists()
    seen.touch()
    assert not first
