"""What time it is. In one place, so that tests can let months go by, and the demo can tell of last week."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_told: ContextVar[datetime | None] = ContextVar("cunli_mailbox_moment", default=None)


def now() -> datetime:
    """The moment, aware."""
    return _told.get() or datetime.now(UTC)


@contextmanager
def as_of(moment: datetime) -> Iterator[None]:
    """Everything inside happens at this moment."""
    token = _told.set(moment)
    try:
        yield
    finally:
        _told.reset(token)
