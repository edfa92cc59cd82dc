"""What a report looks like under its seal: words and pictures filled up to round sizes, so that the size of a row tells little."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Final

WORDS: Final = 4096
PICTURES: Final = 65_536


def filled(told: Mapping[str, object]) -> str:
    """One text of a round size in bytes."""
    text = json.dumps(told, ensure_ascii=False, sort_keys=True)
    return text + " " * (-len(text.encode()) % WORDS)


def unfilled(text: str) -> dict[str, str]:
    return {key: str(value) for key, value in json.loads(text).items()} if text.strip() else {}


def picture(raw: bytes) -> str:
    """A picture as text of a round size. What follows the end of a JPEG is no part of it."""
    return base64.b64encode(raw + b"\0" * (-len(raw) % PICTURES)).decode()


def shown(text: str) -> str:
    """The address under which a page shows the picture without an address of its own."""
    return f"data:image/jpeg;base64,{text}"
