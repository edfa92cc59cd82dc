"""How often the database is asked, counted for whoever wants to know: each call of a hook, a test."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Final

_counter: Final[ContextVar[list[int] | None]] = ContextVar("cunli_asked", default=None)


def counted() -> list[int]:
    """A counter for what this context asks from now on: its only item is the number of statements."""
    counter = [0]
    _counter.set(counter)
    return counter


@contextlib.contextmanager
def counting() -> Iterator[list[int]]:
    """The same for as long as the block runs."""
    counter = [0]
    token = _counter.set(counter)
    try:
        yield counter
    finally:
        _counter.reset(token)


def note() -> None:
    """One statement more. Answers that are remembered count too: whether they are is luck."""
    if (counter := _counter.get()) is not None:
        counter[0] += 1
