"""The moment at which the server is told to stop, for answers that would stay open until somebody ends them.

uvicorn tells each connection; it tells the application only when all of them are closed, which such answers prevent.
"""

from __future__ import annotations

from collections.abc import Callable

_told: set[Callable[[], None]] = set()


def tell(what: Callable[[], None]) -> None:
    """Call this when the server of this process begins to stop."""
    _told.add(what)


def forget(what: Callable[[], None]) -> None:
    """Call it no more. Harmless when nobody would have."""
    _told.discard(what)


def begin() -> None:
    """The server begins to stop. Calling it once for each connection is as good as once."""
    for what in list(_told):
        what()
