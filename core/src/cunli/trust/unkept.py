"""How often something may be tried, without writing anything down: for pages that must not know who visits them.

Subjects are hashed with a key that lives for an hour and in memory only. When it is thrown away, so are the counts.
"""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import Final

from cunli.trust.limits import Limit

LIFE: Final = 3600.0
MOST: Final = 50_000  # subjects; a flood of addresses must not fill the memory


@dataclass(slots=True)
class _Hour:
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    until: float = field(default_factory=lambda: time.monotonic() + LIFE)
    counts: dict[bytes, tuple[int, float]] = field(default_factory=dict)


@dataclass(slots=True)
class _Process:
    hour: _Hour = field(default_factory=_Hour)


_process = _Process()


def take(limit: Limit, subject: str) -> int:
    """Count one try; the seconds to wait when the limit is used up, else 0."""
    now = time.monotonic()
    if now >= _process.hour.until or len(_process.hour.counts) >= MOST:
        _process.hour = _Hour()
    hour = _process.hour
    key = hmac.digest(hour.key, f"{limit.name}\x00{subject}".encode(), "sha256")
    count, ends = hour.counts.get(key, (0, 0.0))
    if now >= ends:
        count, ends = 0, now + min(limit.seconds, LIFE)
    if count >= limit.most:
        return max(1, int(ends - now))
    hour.counts[key] = (count + 1, ends)
    return 0


def forget() -> None:
    """Throw away the key and what was counted."""
    _process.hour = _Hour()
