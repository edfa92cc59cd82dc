"""SQLite writes one row in-line and hands longer work to its thread; whichever way, counts and order are the same."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tortoise import fields
from tortoise.models import Model

from cunli import db
from cunli.db import sqlite_threads
from cunli.db.sqlite_threads import Threads, is_short
from cunli.testing import databases


class Row(Model):
    id = fields.IntField(primary_key=True)
    key = fields.CharField(max_length=40)
    count = fields.IntField(default=0)

    class Meta:
        table = "short_row"


APPS = {"post": db.AppConfig(models=(__name__,))}
ADD = "INSERT INTO short_row (key, count) VALUES (?, 0)"
BY_KEY = "UPDATE short_row SET count = count + 1 WHERE key = ?"
MANY = "UPDATE short_row SET count = count + 1 WHERE key LIKE ?"


@pytest_asyncio.fixture(loop_scope="session")
async def rows(tmp_path: Path) -> AsyncIterator[None]:
    await db.start(databases.sqlite_url(tmp_path / "short.db"), APPS)
    try:
        await databases.create_tables()
        yield
    finally:
        await db.stop(patience=60)


@pytest.mark.parametrize(
    ("sql", "short"),
    [
        ("INSERT INTO core_event (kind, at) VALUES (?, ?)", True),
        ('INSERT INTO "core_post" ("key","state") VALUES (?,?)', True),
        ("INSERT INTO t (key, at) VALUES (?, '') ON CONFLICT (key) DO NOTHING", True),
        ("INSERT INTO t (a) SELECT a FROM u", False),
        ("INSERT INTO t (a) VALUES (?); DELETE FROM t", False),
        ("UPDATE t SET n = n + ? WHERE id = ?", True),
        ('UPDATE "t" SET "n"=? WHERE "key"=?', True),
        ("UPDATE t SET n = 1 WHERE id = ? AND state = 'visible'", True),
        ("UPDATE t SET n = 1 WHERE village_id = ?", False),
        ("UPDATE t SET n = 1 WHERE id = ? OR 1 = 1", False),
        ("UPDATE t SET n = 1 WHERE id = ? AND a = 1 OR b = 1", False),
        ("UPDATE t SET n = (SELECT COUNT(*) FROM u) WHERE id = ?", False),
        ("UPDATE t SET n = 1 WHERE id IN (SELECT id FROM u)", False),
        ("DELETE FROM t WHERE id = ?", False),  # what goes with it may be much
        ("SELECT 1", False),
    ],
)
def test_what_writes_one_row_is_known_by_its_words(sql: str, short: bool) -> None:
    assert is_short(sql) is short


@pytest.mark.parametrize("inline", [True, False])
async def test_statements_sent_off_together_in_one_unit_count_their_own_rows(
    rows: None, inline: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not inline:
        monkeypatch.setattr("cunli.db.sqlite.is_short", lambda query: False)

    @db.unit
    async def act() -> list[int]:
        for number in range(5):
            await db.write(ADD, f"k{number}")
        together = [(MANY, "k%"), (BY_KEY, "k1"), (BY_KEY, "nobody"), (MANY, "k%"), (ADD, "new")]
        return await asyncio.gather(*(db.write(sql, key) for sql, key in together))

    assert await act() == [5, 1, 0, 5, 1]
    assert [row["count"] for row in await db.read("SELECT count FROM short_row ORDER BY id")] == [2, 3, 2, 2, 2, 0]


async def test_long_work_leaves_the_loop_free_and_short_work_does_not_leave_the_loop(
    rows: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    where: dict[str, int] = {}
    honest = sqlite_threads.run

    def noted(connection: object, query: str, values: object) -> sqlite_threads.Outcome:
        where[query] = threading.get_ident()
        return honest(connection, query, values)  # type: ignore[arg-type]

    monkeypatch.setattr("cunli.db.sqlite.run", noted)

    @db.unit
    async def act() -> None:
        await db.write(ADD, "a")
        await db.write(BY_KEY, "a")
        await db.write(MANY, "a%")

    await act()
    here = threading.get_ident()
    assert where[ADD] == where[BY_KEY] == here
    assert here not in (where[MANY], where["BEGIN IMMEDIATE"], where["COMMIT"])


async def test_nothing_is_written_in_line_after_the_database_has_given_the_unit_up(rows: None) -> None:
    @db.unit
    async def torn() -> None:
        await db.write(ADD, "a")
        await db.write("ROLLBACK")  # as a full disk makes SQLite do
        await db.write(ADD, "b")

    with pytest.raises(db.UnitTorn):
        await torn()
    assert await db.read("SELECT id FROM short_row") == []


async def test_the_control_without_the_question_the_second_row_would_be_written_alone(
    rows: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Threads, "run_here", lambda self, work, *args: args[0](self._opened[0], *args[1]))

    @db.unit
    async def torn() -> None:
        await db.write(ADD, "a")
        await db.write("ROLLBACK")
        await db.write(ADD, "b")

    with pytest.raises(db.UnitTorn):
        await torn()
    assert len(await db.read("SELECT id FROM short_row")) == 1
