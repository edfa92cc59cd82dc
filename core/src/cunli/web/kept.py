"""Whole answers kept for a few seconds at the door, for visitors who send no cookie: everybody without one gets the same page.

A page offers its answer with `Kept.offer()`; the door keeps it when nothing in it belongs to one visitor (no cookie set).
What could make the answer differ is in the key or keeps a request away from here: see `key_of`.
"""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic
from typing import Final, NamedTuple

from starlette.types import Message, Scope, Send

MOST: Final = 500
RENEWAL: Final = 1.5  # seconds for one visitor to draw a page anew, while the others still get the old one
_OFFER: Final = "cunli.keep_until"
# one visitor's own, or asking for something else than the whole page
_PERSONAL: Final = frozenset({b"cookie", b"authorization", b"if-none-match", b"hx-request", b"range"})

_SHAPING: Final = frozenset({b"accept-language", b"accept-encoding", b"save-data"})

Key = tuple[object, ...]
Headers = Iterable[tuple[bytes, bytes]]


class _Answer(NamedTuple):
    until: float
    start: Message
    body: Message
    renewing: bool = False


class Kept:
    """The answers of this process, by what was asked."""

    def __init__(self) -> None:
        self._answers: dict[Key, _Answer] = {}

    async def answered(self, key: Key, send: Send) -> int:
        """Send the kept answer and return its status; 0 when there is none.

        When its time is over, the first who asks draws it anew; a whole crowd doing so at once would make all of them wait.
        """
        kept = self._answers.get(key)
        if kept is None:
            return 0
        if (now := monotonic()) >= kept.until:
            if now < kept.until + RENEWAL and not kept.renewing:
                self._answers[key] = kept._replace(until=kept.until + RENEWAL, renewing=True)
            else:
                del self._answers[key]
            return 0
        await send(kept.start)
        await send(kept.body)
        status: int = kept.start["status"]
        return status

    def keep(self, key: Key, scope: Scope, start: Message, body: Message) -> None:
        """Keep an answer that was offered and holds nothing of one visitor."""
        until = scope.get(_OFFER)
        if (
            until is None
            or until <= monotonic()
            or body.get("more_body")
            or any(name == b"set-cookie" for name, _ in start["headers"])
        ):
            return
        if len(self._answers) >= MOST:
            self._answers.clear()
        self._answers[key] = _Answer(until, start, body)

    def clear(self) -> None:
        self._answers.clear()


def offer(scope: Scope, until: float) -> None:
    """Let the door keep the answer to this request until a moment of `time.monotonic()`."""
    scope[_OFFER] = until


def key_of(scope: Scope) -> Key | None:
    """What an answer for anybody depends on; None when this request may be about one visitor."""
    if scope["method"] != "GET":
        return None
    asked: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in _PERSONAL or name in asked:  # said twice: the page may heed the other one
            return None
        if name in _SHAPING:
            asked[name] = value
    zipped = b"gzip" in asked.get(b"accept-encoding", b"")
    shaped = asked.get(b"accept-language", b""), asked.get(b"save-data", b"") == b"on"
    return scope["path"], scope["query_string"], *shaped, zipped
