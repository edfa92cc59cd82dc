"""The archive: a ZIP of JSON lines and photos in which the same village always makes the same bytes.

Keys are sorted, rows are sorted by when they came and by their own key, moments are in UTC, nothing is compressed (compressors
differ from machine to machine) and no file has an hour.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cunli.mistakes import OperatorMistake

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
VILLAGE: Final = "village.json"
TABLES: Final = ("people", "photos", "posts", "comments", "reactions")
NO_HOUR: Final = (1980, 1, 1, 0, 0, 0)
LONGEST: Final = 64 << 20  # bytes of one member that is read at once
Row = dict[str, Any]


class CannotMove(OperatorMistake):
    """The village was not exported or imported; nothing was changed."""


@dataclass(slots=True)
class Passport:
    """Everything but the bytes of photos. `tables` holds the rows of each of `TABLES`."""

    village: Row
    tables: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})


class Writing:
    """An archive being written; its manifest is made at the end."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "x", zipfile.ZIP_STORED)
        self._hashes: dict[str, str] = {}
        path.chmod(0o600)

    def add(self, name: str, data: bytes) -> None:
        entry = zipfile.ZipInfo(name, NO_HOUR)
        entry.external_attr = 0o600 << 16
        self._zip.writestr(entry, data)
        self._hashes[name] = hashlib.sha256(data).hexdigest()

    def words(self, passport: Passport) -> None:
        """Village and tables."""
        self.add(VILLAGE, spelled(passport.village))
        for name in TABLES:
            self.add(f"{name}.jsonl", b"".join(map(spelled, passport.tables[name])))

    def end(self) -> None:
        self.add(MANIFEST, spelled({"format": FORMAT, "sha256": self._hashes}))
        self._zip.close()

    def close(self) -> None:
        self._zip.close()


class Reading:
    """An archive that was looked through: every member is what the manifest says. Raises `CannotMove`."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._zip = archive
        told = json.loads(self.bytes(MANIFEST))
        if told.get("format") != FORMAT:
            raise CannotMove(f"the archive has format {told.get('format')}, and this Cunli reads format {FORMAT}")
        hashes: Mapping[str, str] = told["sha256"]
        if sorted([*hashes, MANIFEST]) != sorted(archive.namelist()):
            raise CannotMove("the archive does not hold what its manifest says")
        for name, said in hashes.items():
            if hashlib.sha256(self.bytes(name)).hexdigest() != said:
                raise CannotMove(f"{name} is not as it was written: take another copy of the archive")

    def bytes(self, name: str) -> bytes:
        member = self._zip.getinfo(name)
        if member.file_size > LONGEST:
            raise CannotMove(f"{name} is too large")
        with self._zip.open(member) as file:  # `read(name)` would unpack all there is, whatever it says of its size
            return file.read(member.file_size + 1)

    def passport(self) -> Passport:
        tables = {name: [json.loads(line) for line in self.bytes(f"{name}.jsonl").splitlines()] for name in TABLES}
        return Passport(village=json.loads(self.bytes(VILLAGE)), tables=tables)


@contextmanager
def reading(path: Path) -> Iterator[Reading]:
    """Open an archive and look through it."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield Reading(archive)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError) as exc:
        raise CannotMove(f"{path} cannot be read as the archive of a village: {exc}") from exc


def spelled(row: Row) -> bytes:
    """Canonical JSON of one row, with its line break."""
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def in_order(rows: Sequence[Row], *names: str) -> list[Row]:
    return sorted(rows, key=lambda row: tuple(str(row[name]) for name in names))
