"""A test that never ends when HANGS is set; it writes its process number to the file BEGUN."""

from __future__ import annotations

import os
import time
from pathlib import Path


def test_waits_for_ever() -> None:
    Path(os.environ["BEGUN"]).write_text(str(os.getpid()), encoding="utf-8")
    while os.environ["HANGS"]:
        time.sleep(60)
