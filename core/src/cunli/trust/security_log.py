"""Who came in, who did not, and what was refused: one line each in the logs, for whoever looks for an attack (ASVS 5.0, 16.3).

A line names an account by its number and a place on the internet by a keyed hash that is another one each day: tries that
come from one place stand out, and no line says which place that was. What leaves no trace is not here either.
"""

from __future__ import annotations

import hmac
from typing import Final, Literal

import structlog

from cunli.clock import now
from cunli.trust import keys
from cunli.trust.limits import network

_log = structlog.get_logger("cunli.security")
Event = Literal["signed in", "not let in", "not allowed", "form from elsewhere", "limit used up"]
BY_STATUS: Final[dict[int, Event]] = {403: "not allowed", 429: "limit used up"}
LOUD: Final = frozenset({"form from elsewhere", "limit used up"})
PLACE_BYTES: Final = 6


def noted(event: Event, *, person: int | None, address: str, **facts: str | int) -> None:
    """Write one line. `address` only becomes a `place`; `facts` are words of ours, never what somebody typed."""
    write = _log.warning if event in LOUD else _log.info
    write(event, person=person, place=place_of(address), **facts)


def event_of(status: int, *, crossed: bool) -> Event | None:
    """What a refusal with this status is called here; None for one that means no harm."""
    if crossed:
        return "form from elsewhere"
    return BY_STATUS.get(status)


def place_of(address: str) -> str:
    """Twelve hexadecimal digits, the same for one network all day, and nothing that can be turned back into it."""
    raw = f"place\x00{now():%Y-%m-%d}\x00{network(address)}".encode()
    return hmac.digest(keys.current().counters, raw, "sha256")[:PLACE_BYTES].hex()
