"""What the database answered, remembered for as long as it stands as it stood: the same question meets the same rows.

SQLite says in three microseconds whether another connection has committed since (`PRAGMA data_version`). PostgreSQL names
what a statement sees (`pg_current_snapshot()`): under the same name every statement sees the same rows, and a name never
comes back. As long as nothing was committed, asking again cannot give anything else, so it is not asked.

This holds for statements whose answer follows from the tables alone; those with a clock or with chance in them are no reads
of `db.read`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

MOST: Final = 2000  # answers
MOST_ROWS: Final = 10_000  # in all of them: whoever asks chooses how many questions there are
LONGEST: Final = 40  # rows; longer answers are for reports, and not asked for again
AS_OF: Final = {
    "sqlite": "(SELECT CAST(data_version AS TEXT) FROM pragma_data_version)",
    "postgres": "pg_current_snapshot()::text",
}
Question = tuple[str, tuple[Any, ...]]


class SqliteMemory:
    """The answers of one reading connection, as its database stands now."""

    __slots__ = ("_answers", "_connection", "_held", "_version")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._answers: dict[Question, list[Any]] = {}
        self._held = 0
        self._version = -1

    def rows(self, sql: str, args: Sequence[Any]) -> list[Any]:
        """The rows of a SELECT."""
        question = (sql, tuple(args))
        version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version or len(self._answers) >= MOST or self._held >= MOST_ROWS:
            self._answers.clear()
            self._version, self._held = version, 0
        elif (known := self._answers.get(question)) is not None:
            return known.copy()
        rows = self._connection.execute(*question).fetchall()
        if len(rows) <= LONGEST:
            self._answers[question] = rows.copy()
            self._held += len(rows)
        return rows


class SnapshotMemory:
    """The answers of PostgreSQL to those who have seen the snapshot that was asked under last."""

    __slots__ = ("_answers", "_held", "_snapshot")

    def __init__(self) -> None:
        self._answers: dict[Question, list[Any]] = {}
        self._held = 0
        self._snapshot = ""

    async def rows(
        self,
        snapshot: str,
        sql: str,
        args: Sequence[Any],
        ask: Callable[[str, Sequence[Any]], Awaitable[list[Any]]],
    ) -> list[Any]:
        """The rows of a SELECT for somebody who has just seen `snapshot`, or later ones."""
        question = (sql, tuple(args))
        if snapshot != self._snapshot or len(self._answers) >= MOST or self._held >= MOST_ROWS:
            self.clear()
            self._snapshot = snapshot
        known = self._answers.get(question)
        if known is not None:
            return known.copy()
        rows = await ask(sql, args)
        if len(rows) <= LONGEST and self._snapshot == snapshot:  # nobody has seen another one meanwhile
            self._answers[question] = rows.copy()
            self._held += len(rows)
        return rows

    def clear(self) -> None:
        """Forget all of it, and whatever is being asked now."""
        self._answers.clear()
        self._held, self._snapshot = 0, ""
