"""The categories of the library: the five that every county has, and its own, named in a setting."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from cunli_party.words import CATEGORIES

MOST: Final = 20
LONGEST: Final = 20


def categories(own: str) -> dict[str, Any]:
    """By key: the five, then the county's own, one name in each line. The key of a name never changes; a name that the county takes
    away keeps what is in it, and only loses its button."""
    names = [line.strip()[:LONGEST] for line in own.splitlines() if line.strip()]
    return {**CATEGORIES, **{key_of(name): name for name in names[:MOST]}}


def key_of(name: str) -> str:
    return f"own-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
