"""Whether the audit trail is what it was: in the database, against the anchors that lie elsewhere, and in a file that left it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from cunli import db
from cunli.feed.tables import safe_cell
from cunli.mistakes import OperatorMistake
from cunli.trust.audit import link_of
from cunli.trust.chain import BEGINNING, Break, Checking, Head, Link

STEP: Final = 1000
_COLUMNS: Final = "id, at, action, actor_id, by, village_id, region_id, object_kind, object_id, details, hash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What looking at a trail gave. `anchors` of those given lie on it; `start` is where it begins, after cuts."""

    start: Head
    head: Head
    entries: int
    anchors: int
    broken: Break | None

    def as_json(self) -> dict[str, Any]:
        """The verdict as `--json` prints it."""
        found = {"number": self.broken.number, "what": self.broken.what} if self.broken else None
        return {
            "ok": self.broken is None,
            "entries": self.entries,
            "from": self.start.number + 1,
            "head": {"number": self.head.number, "hash": self.head.hash},
            "anchors": self.anchors,
            "broken": found,
        }


async def verify(anchors: Iterable[Head] = ()) -> Verdict:
    """Go along the whole trail in the database. Entries that are written meanwhile may or may not be looked at."""
    start = await _start()
    checking = Checking(start, anchors)
    cut_said = start == BEGINNING
    async for link, stored in _entries(start.number):
        if not checking.see(link, stored):
            break
        cut_said = cut_said or _says_cut(link, start)
    broken = checking.end()
    if broken is None and not cut_said:  # somebody made room for a deletion without saying so in the trail
        broken = Break(number=start.number, what="missing")
    return Verdict(start=start, head=checking.head, entries=checking.seen, anchors=checking.anchors, broken=broken)


def _says_cut(link: Link, start: Head) -> bool:
    return link.action == "core.audit.cut" and link.details == {"up_to": start.number, "hash": start.hash}


async def _start() -> Head:
    rows = await db.read("SELECT up_to, hash FROM core_audit_cut ORDER BY up_to DESC LIMIT 1")
    return Head(number=rows[0]["up_to"], hash=rows[0]["hash"]) if rows else BEGINNING


async def _entries(after: int) -> AsyncIterator[tuple[Link, str]]:
    while rows := await db.read(
        f"SELECT {_COLUMNS} FROM core_audit_entry WHERE id > ? ORDER BY id LIMIT {STEP}",  # noqa: S608 constants only
        after,
    ):
        for row in rows:
            yield link_of(row), row["hash"]
        after = rows[-1]["id"]


# ---- files that were exported ---------------------------------------------------------------------------------------

FIELDS: Final = (
    "number",
    "at",
    "action",
    "actor",
    "by",
    "village",
    "region",
    "object_kind",
    "object_id",
    "details",
    "before",
    "hash",
)


class NotAnExport(OperatorMistake):
    """The file is not one that the search page of the trail wrote, or it was damaged beyond reading."""


def verify_file(path: Path, anchors: Iterable[Head] = ()) -> Verdict:
    """Check an export on its own: every entry against its hash, and neighbours against each other. Needs no database.

    An export may leave entries out, because it was filtered; an entry that was changed, moved or made up does not fit its hash,
    and where entries follow each other, none can be missing between them. Anchors tell whether it was made up as a whole.
    """
    known: dict[int, set[str]] = {}
    for anchor in anchors:
        known.setdefault(anchor.number, set()).add(anchor.hash)
    start, last, count, met = BEGINNING, BEGINNING, 0, 0
    for link, before, stored in _lines(path):
        broken = _wrong(link, before, stored, last if count else None, known)
        start = start if count else Head(number=link.number - 1, hash=before)
        if broken is not None:
            return Verdict(start=start, head=last, entries=count, anchors=met, broken=broken)
        last, count, met = Head(number=link.number, hash=stored), count + 1, met + (link.number in known)
    return Verdict(start=start, head=last, entries=count, anchors=met, broken=None)


def _wrong(link: Link, before: str, stored: str, last: Head | None, known: Mapping[int, set[str]]) -> Break | None:
    if link.hash_after(before) != stored:
        return Break(number=link.number, what="changed")
    if last is not None and (link.number <= last.number or (link.number == last.number + 1 and before != last.hash)):
        return Break(number=link.number, what="missing")
    if link.number in known and known[link.number] != {stored}:
        return Break(number=link.number, what="rewritten")
    return None


def _lines(path: Path) -> Iterator[tuple[Link, str, str]]:
    text = path.read_text("utf-8-sig")
    rows = _from_csv(text) if path.suffix == ".csv" else _from_json(text)
    for place, row in enumerate(rows, 1):
        try:
            yield _exported(row), row["before"], row["hash"]
        except (KeyError, ValueError, TypeError) as exc:
            raise NotAnExport([f"{path}: line {place} is not an entry of the audit trail"]) from exc


def _from_json(text: str) -> Iterator[Mapping[str, Any]]:
    for line in text.splitlines():
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError:
                row = {}
            yield row if isinstance(row, dict) else {}


def _from_csv(text: str) -> Iterator[Mapping[str, Any]]:
    for row in csv.DictReader(io.StringIO(text)):
        yield {name: _as_written(value or "") for name, value in row.items() if name in FIELDS}


def _as_written(cell: str) -> str:
    """The cell without the apostrophe that keeps spreadsheets from reading it as a formula."""
    return cell[1:] if cell.startswith("'") and safe_cell(cell[1:]) == cell else cell


def _exported(row: Mapping[str, Any]) -> Link:
    details = row["details"]
    return Link(
        number=int(row["number"]),
        at=datetime.fromisoformat(row["at"]),
        action=row["action"],
        actor=_number(row["actor"]),
        by=row["by"],
        village=_number(row["village"]),
        region=_number(row["region"]),
        object_kind=row["object_kind"],
        object_id=row["object_id"],
        details=json.loads(details) if isinstance(details, str) else dict(details),
    )


def _number(value: Any) -> int | None:
    return None if value in (None, "") else int(value)
