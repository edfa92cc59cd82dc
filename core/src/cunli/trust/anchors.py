"""Anchors: the head of the audit trail, written down outside the database, where nobody who can change the database can change it.

Each line of the file is JSON: when, up to which entry, and its hash. The file is only ever appended to; put it on another
machine, on paper, or where files cannot be changed, and the trail cannot be cut short or written anew without being found out.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cunli import db
from cunli.clock import now
from cunli.mistakes import OperatorMistake
from cunli.notify.actions import tell
from cunli.trust.audit import head as head_now
from cunli.trust.chain import Head

_HEAD: Final = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


class AnchorsUnreadable(OperatorMistake):
    """The file of anchors holds something that is no anchor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """One line of the file."""

    at: datetime
    head: Head

    @property
    def groups(self) -> list[str]:
        """The hash in groups of four, as it is read out and compared on paper."""
        return [self.head.hash[i : i + 4] for i in range(0, 64, 4)]


async def drop(path: Path) -> Anchor | None:
    """Write the present head into the file, durably; None when the trail has no new entry since the last line."""
    last = kept(path)[-1:]
    head = await head_now()
    if head.number == 0 or (last and last[0].head == head):
        return None
    anchor = Anchor(at=now(), head=head)
    _append(path, anchor)
    return anchor


def _append(path: Path, anchor: Anchor) -> None:
    row = {"at": anchor.at.isoformat(timespec="seconds"), "number": anchor.head.number, "hash": anchor.head.hash}
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(descriptor, f"{json.dumps(row)}\n".encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def kept(path: Path) -> list[Anchor]:
    """The anchors in a file, the oldest first; none where there is no file. Raises `AnchorsUnreadable`."""
    if not path.exists():
        return []
    found = []
    for place, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            head = head_in(f"{row['number']}:{row['hash']}")
            found.append(Anchor(at=datetime.fromisoformat(row["at"]), head=head))
        except (ValueError, KeyError, TypeError) as exc:
            raise AnchorsUnreadable([f"{path}: line {place} is not an anchor"]) from exc
    return found


def head_in(text: str) -> Head:
    """`NUMBER:HASH` as it is printed and sent. Raises `ValueError`; blanks between groups do not matter."""
    found = _HEAD.fullmatch(re.sub(r"\s", "", text).lower())
    if found is None:
        raise ValueError(f"{text[:20]!r} is not NUMBER:HASH")
    return Head(number=int(found[1]), hash=found[2])


@db.unit
async def tell_readers(anchor: Anchor) -> int:
    """Send an anchor to everybody who reads the trail for a county, in their inbox and by the channels there are; to how many."""
    rows = await db.read(
        "SELECT DISTINCT a.person_id FROM core_audit_reader a JOIN core_region r ON r.id = a.region_id AND r.level <= 3"
        " WHERE a.revoked_at IS NULL ORDER BY a.person_id"
    )
    for row in rows:
        await tell(
            row["person_id"],
            "audit.anchored",
            url="/admin/audit/anchors",
            once=f"anchor:{anchor.head.number}",
            head=str(anchor.head),
        )
    return len(rows)
