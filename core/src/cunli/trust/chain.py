"""The chain of the audit trail: every entry's hash covers the entry and the hash before it. Pure: no database, no clock.

The form that is hashed is a promise: entries written years ago are checked with it, also outside this program.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

GENESIS: Final = "0" * 64  # what stands before the first entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An entry as it is hashed. `number` counts from 1 without gaps; `at` is UTC."""

    number: int
    at: datetime
    action: str
    actor: int | None
    by: str
    village: int | None
    region: int | None
    object_kind: str
    object_id: str
    details: Mapping[str, Any]

    def canonical(self) -> str:
        """The entry as one line of JSON that is the same on every machine: sorted keys, no blanks, moments to the microsecond."""
        fields = {
            "number": self.number,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "action": self.action,
            "actor": self.actor,
            "by": self.by,
            "village": self.village,
            "region": self.region,
            "object": [self.object_kind, self.object_id],
            "details": dict(self.details),
        }
        return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def hash_after(self, before: str) -> str:
        """The hash of this entry behind one whose hash is `before`: SHA-256 of both, as 64 hexadecimal digits."""
        return hashlib.sha256(f"{before}\n{self.canonical()}".encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Up to where a chain goes: the number and hash of an entry."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


BEGINNING: Final = Head(number=0, hash=GENESIS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """The first entry at which a chain does not hold, and what is wrong: `changed`, `missing`, `cut` or `rewritten`.

    `changed`: the entry is not what was hashed. `missing`: entries before it are gone, or stand in another order.
    `cut`: an anchor knows of entries that are not there. `rewritten`: an anchor knows another hash for it.
    """

    number: int
    what: str


class Checking:
    """Goes along a chain link by link, and beside it the anchors that were kept elsewhere.

    checking = Checking(start, anchors)
    for link, hash in entries:
        checking.see(link, hash)
    found = checking.end()
    """

    def __init__(self, start: Head = BEGINNING, anchors: Iterable[Head] = ()) -> None:
        self.head = start
        self.found: Break | None = None
        self.seen = 0
        self._anchors: dict[int, set[str]] = {}
        for anchor in anchors:
            self._anchors.setdefault(anchor.number, set()).add(anchor.hash)
        self.anchors = sum(len(hashes) for number, hashes in self._anchors.items() if number >= start.number)
        self._meet()

    def see(self, link: Link, stored: str) -> bool:
        """Look at the next entry; whether all is well so far."""
        if self.found is not None:
            return False
        wanted = self.head.number + 1
        if link.number != wanted:
            self.found = Break(number=wanted, what="missing")
        elif link.hash_after(self.head.hash) != stored:
            self.found = Break(number=wanted, what="changed")
        else:
            self.head = Head(number=wanted, hash=stored)
            self.seen += 1
            self._meet()
        return self.found is None

    def end(self) -> Break | None:
        """What is wrong with the chain, after its last entry; None when nothing is."""
        if self.found is None and any(number > self.head.number for number in self._anchors):
            self.found = Break(number=self.head.number + 1, what="cut")
        return self.found

    def _meet(self) -> None:
        known = self._anchors.get(self.head.number)
        if known is not None and known != {self.head.hash}:
            self.found = Break(number=self.head.number, what="rewritten")
