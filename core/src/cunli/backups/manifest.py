"""What a backup says of itself: the moment, the versions, the tables with their rows, and the hash of every part."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from cunli.backups.errors import Damaged

NAME: Final = "manifest.json"
FILES: Final = "files.jsonl"
FOLDER: Final = "files/"
Engine = Literal["sqlite", "postgres"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One member of the archive. Sizes are in bytes."""

    name: str
    bytes: int
    sha256: str

    def line(self) -> str:
        """Its line in the list of files."""
        return json.dumps([self.name, self.bytes, self.sha256], ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """The database at the moment of the backup. `audit_last` is the number of the last entry of the audit trail."""

    engine: Engine
    server: str
    migrations: tuple[tuple[str, str], ...]
    tables: dict[str, int]
    audit_last: int = 0
    audit_head: str = ""

    @property
    def rows(self) -> int:
        return sum(self.tables.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The stored files together; each is a line of `files.jsonl`, whose hash is among the parts."""

    count: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything that a restore wants to know before it touches anything. `data_keys`: which keys open what is sealed in it."""

    made_at: str
    cunli: str
    base_url: str
    data_keys: tuple[str, ...]
    plugins: dict[str, str]
    database: Database
    files: Files
    parts: tuple[Part, ...] = field(default=())

    def text(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True) + "\n"

    def part(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)


def read(text: bytes) -> Manifest:
    """The manifest of an archive. Raises `Damaged`."""
    try:
        told: Any = json.loads(text)
        database = told.pop("database")
        migrations = tuple((app, name) for app, name in database.pop("migrations"))
        return Manifest(
            database=Database(migrations=migrations, **database),
            files=Files(**told.pop("files")),
            parts=tuple(Part(**part) for part in told.pop("parts")),
            data_keys=tuple(told.pop("data_keys")),
            **told,
        )
    except (ValueError, KeyError, TypeError) as exc:
        raise Damaged(f"{NAME} cannot be read: {type(exc).__name__}") from exc


def database_name(engine: Engine) -> str:
    """How the database's part is called."""
    return "database.sqlite.gz" if engine == "sqlite" else "database.pgdump"
