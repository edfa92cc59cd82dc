"""Keeping the index of words: working off what the triggers have noted, building it anew, and comparing it with what stands there.

The index only ever proposes: what is shown is asked for by `cunli.feed.search_find` with the rule of sight on the rows themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from cunli import db
from cunli.feed import rules
from cunli.feed.search_tables import TRIGGERS
from cunli.feed.search_words import for_postgres, for_sqlite

Kind = Literal["p", "c"]  # posts, comments
KINDS: Final[tuple[Kind, ...]] = ("p", "c")
BATCH: Final = 500
TABLES: Final = {"p": "core_post_words", "c": "core_comment_words"}
SOURCES: Final = {"p": "core_post", "c": "core_comment"}
STRETCH: Final = 14  # bits of an id that one stretch of the index leaves open
_ROWS: Final = {
    "p": (
        "SELECT p.id, p.title, p.place, p.body, p.state, p.region_id, p.village_id, p.audience, p.author_id, p.kind,"
        " p.created_at FROM core_post p WHERE p.id IN ({})"
    ),
    "c": (
        "SELECT c.id, '' AS title, '' AS place, c.body, CASE WHEN p.state = 'visible' THEN c.state ELSE p.state END AS state,"
        " p.region_id, p.village_id, p.audience, p.author_id, p.kind, c.created_at"
        " FROM core_comment c JOIN core_post p ON p.id = c.post_id WHERE c.id IN ({})"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Doc:
    """One post or comment as the index holds it."""

    id: int
    marks: tuple[str, ...]
    text: str

    def stored(self) -> tuple[str, ...]:
        """The columns after the id."""
        if db.engine() == "sqlite":
            return " ".join(self.marks), for_sqlite(self.text)
        return (for_postgres(self.text, (*self.marks, f"t{self.id >> STRETCH}")),)


def month_mark(moment: datetime) -> str:
    """The mark of the month in which something was written."""
    return f"m{moment:%Y%m}"


def kind_mark(*, notice: bool) -> str:
    """The mark of notices, and that of everything else in the feed."""
    return "kn" if notice else "kp"


def _doc(row: Any) -> Doc | None:
    """What the index holds of a row; nothing of what others may not see."""
    if row["state"] != rules.VISIBLE:
        return None
    public = ("pub",) if row["audience"] == rules.PUBLIC else ()
    where = (f"r{row['region_id']}", f"v{row['village_id']}", f"a{row['author_id']}", *public)
    what = (kind_mark(notice=row["kind"] == rules.NOTICE), month_mark(db.when(row["created_at"])))
    return Doc(id=row["id"], marks=(*where, *what), text=f"{row['title']}\n{row['place']}\n{row['body']}")


async def index(post_id: int, *, new: bool = False) -> None:
    """Inside the unit that changed a post: bring what the triggers noted about it and its comments into the index."""
    await _take("p", [post_id])
    if new:
        return
    below = "SELECT object_id FROM core_search_due WHERE kind = 'c' AND object_id IN (SELECT id FROM core_comment WHERE post_id = ?)"
    rows = await db.read(below + " LIMIT ?", post_id, BATCH)
    await _take("c", [row["object_id"] for row in rows])


async def index_comment(comment_id: int) -> None:
    """The same for one comment."""
    await _take("c", [comment_id])


async def catch_up(most: int = BATCH) -> int:
    """Work off what was noted and is not in the index yet, a batch in one unit; how many that were. No query more when there is none."""
    if not await db.read("SELECT 1 FROM core_search_due LIMIT 1"):
        return 0
    return await db.run_unit(_catch_up, most)


async def _catch_up(most: int) -> int:
    locked = " FOR UPDATE SKIP LOCKED" if db.engine() == "postgres" else ""
    waiting = "SELECT kind, object_id FROM core_search_due ORDER BY kind, object_id LIMIT ?"
    rows = await db.read(waiting + locked, most)
    for kind in KINDS:
        await _take(kind, [row["object_id"] for row in rows if row["kind"] == kind])
    return len(rows)


async def _take(kind: Kind, ids: Sequence[int]) -> None:
    if not ids:
        return
    await _put(kind, ids)
    await db.write(
        f"DELETE FROM core_search_due WHERE kind = ? AND object_id IN ({db.marks(ids)})",  # noqa: S608 marks only
        kind,
        *ids,
    )


async def _put(kind: Kind, ids: Sequence[int]) -> int:
    """Let the index hold these as they stand now; how many of them it holds."""
    docs = await _docs(kind, ids)
    table = TABLES[kind]
    key = "rowid" if db.engine() == "sqlite" else "id"
    stays = {doc.id for doc in docs} if db.engine() == "postgres" else set()  # there a row is written over, see below
    gone = [one for one in ids if one not in stays]
    if gone:
        await db.write(f"DELETE FROM {table} WHERE {key} IN ({db.marks(gone)})", *gone)  # noqa: S608 constants and marks
    if docs:
        columns = "(rowid, scope, words) VALUES (?, ?, ?)"
        if db.engine() == "postgres":
            columns = "(id, words) VALUES (?, CAST(CAST(? AS text) AS tsvector)) ON CONFLICT (id) DO UPDATE SET words = excluded.words"
        await db.write_many(f"INSERT INTO {table} {columns}", [(doc.id, *doc.stored()) for doc in docs])
    return len(docs)


async def _docs(kind: Kind, ids: Sequence[int]) -> list[Doc]:
    rows = await db.read(_ROWS[kind].format(db.marks(ids)), *ids)
    return [doc for row in rows if (doc := _doc(row)) is not None]


def _silent(_done: int, _of: int) -> None:
    pass


async def rebuild(progress: Callable[[int, int], object] = _silent) -> int:
    """Index everything anew, a batch in each unit, while the site goes on. `progress` hears how many of how many; returns how many are held."""
    held, done = 0, 0
    counts = {kind: (await db.read(f"SELECT COUNT(*) AS n FROM {SOURCES[kind]}"))[0]["n"] for kind in KINDS}  # noqa: S608 constants
    total = sum(counts.values())
    for kind in KINDS:
        last = 0
        while batch := await _ids_after(kind, last):
            held += await db.run_unit(_again, kind, last, batch)
            last, done = batch[-1], done + len(batch)
            progress(done, total)
        await db.run_unit(_nothing_beyond, kind, last)
    return held


async def _ids_after(kind: Kind, last: int) -> list[int]:
    rows = await db.read(f"SELECT id FROM {SOURCES[kind]} WHERE id > ? ORDER BY id LIMIT ?", last, BATCH)  # noqa: S608 constants
    return [row["id"] for row in rows]


async def _again(kind: Kind, after: int, ids: list[int]) -> int:
    """Anew all between two ids, also what is held of things that are not there any more."""
    key = "rowid" if db.engine() == "sqlite" else "id"
    stale = await db.read(f"SELECT {key} AS id FROM {TABLES[kind]} WHERE {key} > ? AND {key} <= ?", after, ids[-1])  # noqa: S608 constants
    gone = sorted({row["id"] for row in stale} - set(ids))
    if gone:
        await db.write(f"DELETE FROM {TABLES[kind]} WHERE {key} IN ({db.marks(gone)})", *gone)  # noqa: S608 constants
    held = await _put(kind, ids)
    await db.write(
        "DELETE FROM core_search_due WHERE kind = ? AND object_id > ? AND object_id <= ?", kind, after, ids[-1]
    )
    return held


async def _nothing_beyond(kind: Kind, last: int) -> None:
    key = "rowid" if db.engine() == "sqlite" else "id"
    await db.write(f"DELETE FROM {TABLES[kind]} WHERE {key} > ?", last)  # noqa: S608 constants


async def tidy() -> None:
    """SQLite keeps pieces of what was deleted in the index until its parts are merged: merge them, some pages in each unit."""
    if db.engine() != "sqlite":
        return
    for table in TABLES.values():
        pages = -BATCH
        while await db.run_unit(_merged, table, pages):
            pages = BATCH


async def _merged(table: str, pages: int) -> bool:
    before = (await db.read("SELECT total_changes() AS n"))[0]["n"]
    await db.write(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)", pages)  # noqa: S608 constants
    return bool((await db.read("SELECT total_changes() AS n"))[0]["n"] - before >= 2)  # as SQLite's manual tells it


@dataclass(slots=True, kw_only=True)
class Compared:
    """How the index stands to what there is. `right` when nothing is wrong; what waits is worked off within seconds."""

    held: dict[str, int] = field(default_factory=dict)
    waiting: int = 0
    missing: int = 0  # visible, not waiting, and not held
    stale: int = 0  # held, and not visible any more
    wrong: int = 0  # held with other words or marks
    triggers_missing: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        return not (self.missing or self.stale or self.wrong or self.triggers_missing)


async def compare() -> Compared:
    """Look at every post and comment and at what the index holds of it."""
    found = Compared(waiting=(await db.read("SELECT COUNT(*) AS n FROM core_search_due"))[0]["n"])
    found.triggers_missing = tuple(sorted(TRIGGERS - await _triggers()))
    for kind in KINDS:
        last, held = 0, 0
        while batch := await _ids_after(kind, last):
            held += await _compare(kind, last, batch, found)
            last = batch[-1]
        key = "rowid" if db.engine() == "sqlite" else "id"
        beyond = await db.read(f"SELECT COUNT(*) AS n FROM {TABLES[kind]} WHERE {key} > ?", last)  # noqa: S608 constants
        found.stale += beyond[0]["n"]
        found.held[kind] = held + beyond[0]["n"]
    return found


async def _triggers() -> set[str]:
    sql = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if db.engine() == "postgres":
        sql = "SELECT tgname AS name FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    return {row["name"] for row in await db.read(sql)}


async def _compare(kind: Kind, after: int, ids: list[int], found: Compared) -> int:
    waiting = await db.read(
        "SELECT object_id FROM core_search_due WHERE kind = ? AND object_id > ? AND object_id <= ?",
        kind,
        after,
        ids[-1],
    )
    due = {row["object_id"] for row in waiting}
    held = await _held(kind, after, ids[-1])
    docs = {doc.id: doc for doc in await _docs(kind, ids)}
    found.missing += len(docs.keys() - held.keys() - due)
    found.stale += len(held.keys() - docs.keys() - due)
    both = [docs[key] for key in docs.keys() & held.keys() - due]
    expected = await _as_stored(both)
    found.wrong += sum(held[doc.id] != stored for doc, stored in zip(both, expected, strict=True))
    return len(held)


async def _held(kind: Kind, after: int, up_to: int) -> dict[int, tuple[str, ...]]:
    if db.engine() == "sqlite":
        sql = "SELECT rowid AS id, scope, words FROM core_{}_words WHERE rowid > ? AND rowid <= ?"
        rows = await db.read(sql.format("post" if kind == "p" else "comment"), after, up_to)
        return {row["id"]: (row["scope"], row["words"]) for row in rows}
    rows = await db.read(
        f"SELECT id, CAST(words AS text) AS words FROM {TABLES[kind]} WHERE id > ? AND id <= ?",  # noqa: S608 constants
        after,
        up_to,
    )
    return {row["id"]: (row["words"],) for row in rows}


async def _as_stored(docs: list[Doc]) -> list[tuple[str, ...]]:
    if db.engine() == "sqlite" or not docs:
        return [doc.stored() for doc in docs]
    values = ", ".join("(CAST(? AS int), CAST(? AS text))" for _ in docs)
    args = [arg for at, doc in enumerate(docs) for arg in (at, doc.stored()[0])]
    rows = await db.read(
        f"SELECT CAST(CAST(d.words AS tsvector) AS text) AS words FROM (VALUES {values}) d(at, words) ORDER BY d.at",  # noqa: S608 marks
        *args,
    )
    return [(row["words"],) for row in rows]
