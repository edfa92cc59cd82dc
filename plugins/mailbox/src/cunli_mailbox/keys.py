"""Keys of rows in addresses and forms: what cannot be one is asked of no database."""

from __future__ import annotations

import re
from typing import Final

KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,22}")  # as `cunli.new_key` makes them


def is_key(text: str) -> bool:
    """Whether this can be the key of a row."""
    return KEY.fullmatch(text) is not None
