"""Which forms are kept, which of their fields, and for how long. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

FIELD_MAX: Final = 5_000  # characters
MOST: Final = 40  # begun forms of one person; the oldest goes
KEPT: Final = timedelta(days=30)
NOTICE, JOIN = "notice", "join"
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        NOTICE: ("title", "body", "audience", "pinned", "pinned_until", "term", "term_until"),
        JOIN: ("display_name", "name", "head_name", "group", "away", "away_city", "away_since"),
    }
)


def fields_of(form: str) -> tuple[str, ...]:
    """The fields that are kept of a form; none for a form that nobody has."""
    return _FIELDS.get(form, ())
