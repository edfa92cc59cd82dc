"""The folder of an export: a manifest and one file of JSON lines for each table. Written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from cunli.removal.errors import CannotDo

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
_UNFINISHED: Final = ".unfinished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the manifest says of one file. `columns` gives the kind of each column."""

    table: str
    file: str
    columns: dict[str, str]
    rows: int = 0
    bytes: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an export is of. `core` and `version` are those of the core and of the plugin that wrote it."""

    plugin: str
    version: str
    core: str
    migrations: tuple[str, ...]
    tables: tuple[Note, ...] = ()
    borrowed: tuple[Note, ...] = ()  # of what the core keeps for the plugin: entries of the feed, photos
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(note.rows for note in self.tables)

    @property
    def entries(self) -> int:
        """Entries of the feed."""
        return sum(note.rows for note in self.borrowed if note.table == "core_post")

    def text(self) -> str:
        """Always spelled alike, and without the hour: the same rows make the same folder."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


class Writing:
    """An export being written beside its place; `publish` puts it there in one step."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder = folder.absolute()
        self.unfinished = folder.with_name(folder.name + _UNFINISHED)
        try:
            if self.unfinished.exists():  # of a run that was cut off
                shutil.rmtree(self.unfinished)
            self.unfinished.mkdir(parents=True, mode=0o700)
        except OSError as exc:
            raise CannotDo(f"{self.unfinished} cannot be written: {exc.strerror}") from exc

    def table(self, note: Note) -> FileBeingWritten:
        return FileBeingWritten(self.unfinished / note.file, note)

    def drop(self, note: Note) -> None:
        """Leave a file out that has nothing in it."""
        (self.unfinished / note.file).unlink()

    def publish(self, manifest: Manifest) -> None:
        """Everything is on disk, read back and compared before it gets its name."""
        path = self.unfinished / MANIFEST
        with path.open("x", encoding="utf-8") as file:
            file.write(manifest.text())
            file.flush()
            os.fsync(file.fileno())
        _sync(self.unfinished)
        verify(self.unfinished, manifest)
        if self.folder.exists():
            self._same_already(manifest)
        else:
            self.unfinished.rename(self.folder)
        _sync(self.folder.parent)

    def _same_already(self, manifest: Manifest) -> None:
        """A run that was cut off after this has left the very same; anything else is not ours to replace."""
        try:
            there = (self.folder / MANIFEST).read_text("utf-8")
        except OSError:
            there = ""
        if there != manifest.text():
            raise CannotDo(f"{self.folder} is there already and holds something else: name another folder (--export)")
        verify(self.folder, manifest)
        shutil.rmtree(self.unfinished)

    def give_up(self) -> None:
        shutil.rmtree(self.unfinished, ignore_errors=True)


class FileBeingWritten:
    """One file; counts and hashes what goes through it."""

    def __init__(self, path: Path, note: Note) -> None:
        self._note = note
        self._file = path.open("xb")
        self._hash = hashlib.sha256()
        self._rows = self._bytes = 0

    def __enter__(self) -> Self:
        return self

    def write(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            self._file.write(line)
            self._hash.update(line)
            self._rows += 1
            self._bytes += len(line)

    def close(self) -> Note:
        """The file is on disk; what the manifest is to say of it."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return replace(self._note, rows=self._rows, bytes=self._bytes, sha256=self._hash.hexdigest())

    def __exit__(self, *exc: object) -> None:
        self._file.close()


def read_manifest(folder: Path, plugin: str) -> Manifest:
    """The manifest of an export of this plugin. Raises `CannotDo`."""
    path = folder / MANIFEST
    try:
        told: Any = json.loads(path.read_text("utf-8"))
        tables = tuple(Note(**note) for note in told.pop("tables"))
        borrowed = tuple(Note(**note) for note in told.pop("borrowed", ()))
        found = Manifest(tables=tables, borrowed=borrowed, **{**told, "migrations": tuple(told["migrations"])})
    except FileNotFoundError as exc:
        raise CannotDo(f"{path} is not there: name the folder that `cunli plugin remove` has written") from exc
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        raise CannotDo(f"{path} cannot be read as the manifest of an export: {exc}") from exc
    if found.format != FORMAT:
        raise CannotDo(f"{path} has format {found.format}, and this Cunli reads format {FORMAT}")
    if found.plugin != plugin:
        raise CannotDo(f"{path} is an export of “{found.plugin}”, not of “{plugin}”")
    return found


def verify(folder: Path, manifest: Manifest) -> None:
    """Compare every file with the manifest. Raises `CannotDo` with the file, and the line where there is one."""
    for note in (*manifest.tables, *manifest.borrowed):
        hashed, rows, size = hashlib.sha256(), 0, 0
        for _, text in lines_of(folder, note):
            hashed.update(text)
            rows += 1
            size += len(text)
        if rows != note.rows:
            raise CannotDo(f"{folder / note.file} has {rows} rows, and the manifest says {note.rows}")
        if (size, hashed.hexdigest()) != (note.bytes, note.sha256):
            raise CannotDo(f"{folder / note.file} is not as it was written: its SHA-256 is not that of the manifest")


def lines_of(folder: Path, note: Note) -> Iterator[tuple[int, bytes]]:
    """The lines of a file with their numbers, from 1."""
    if note.file != f"{note.table}.jsonl" or "/" in note.file:
        raise CannotDo(f"{folder / MANIFEST} names a file “{note.file}” for the table {note.table}")
    try:
        with (folder / note.file).open("rb") as file:
            yield from enumerate(file, 1)
    except OSError as exc:
        raise CannotDo(f"{folder / note.file} cannot be read: {exc.strerror}") from exc


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
