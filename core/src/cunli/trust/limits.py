"""How often something may be tried. Counted in the database, so that a restart forgives nothing and workers agree.

Keys are keyed hashes: neither an address nor a phone number is on disk. Counters are taken before anything else is
looked at, so that what is refused says nothing about what exists.
"""

from __future__ import annotations

import base64
import hmac
import ipaddress
import time
from dataclasses import dataclass

from cunli import db
from cunli.trust import keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `most` times in a window of `seconds`, which begins with the first."""

    name: str
    most: int
    seconds: int


Take = tuple[Limit, str]

_TAKE = """
INSERT INTO core_rate_count (key, count, resets_at) VALUES (?, 1, ?)
ON CONFLICT (key) DO UPDATE SET
  count = CASE WHEN core_rate_count.resets_at <= ? THEN 1 ELSE core_rate_count.count + 1 END,
  resets_at = CASE WHEN core_rate_count.resets_at <= ? THEN excluded.resets_at ELSE core_rate_count.resets_at END
WHERE core_rate_count.count < ? OR core_rate_count.resets_at <= ?
"""


@db.unit
async def take(*takes: Take) -> int:
    """Count one try against every limit; the seconds to wait when one of them is used up, else 0.

    Call it outside the unit of what it guards: a try counts even when the thing itself fails.
    """
    wait = 0
    now = int(time.time())
    for limit, subject in sorted(takes, key=lambda pair: _key(*pair)):  # one order for all: no deadlock between workers
        key = _key(limit, subject)
        if not await db.write(_TAKE, key, now + limit.seconds, now, now, limit.most, now):
            rows = await db.read("SELECT resets_at FROM core_rate_count WHERE key = ?", key)
            wait = max(wait, int(rows[0]["resets_at"]) - now, 1)
    return wait


async def used(limit: Limit, subject: str) -> int:
    """How many were taken in the running window."""
    rows = await db.read(
        "SELECT count FROM core_rate_count WHERE key = ? AND resets_at > ?", _key(limit, subject), int(time.time())
    )
    return int(rows[0]["count"]) if rows else 0


@db.unit
async def give_back(*takes: Take) -> None:
    """Take a try off the count again: it turned out to be the right person."""
    for limit, subject in sorted(takes, key=lambda pair: _key(*pair)):
        await db.write("UPDATE core_rate_count SET count = count - 1 WHERE key = ? AND count > 0", _key(limit, subject))


def network(address: str) -> str:
    """What counts as one place on the internet: an IPv4 address, or the /64 that one IPv6 household has."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _key(limit: Limit, subject: str) -> str:
    raw = hmac.digest(keys.current().counters, f"{limit.name}\x00{subject}".encode(), "sha256")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
