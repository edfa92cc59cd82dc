"""What is remembered of reads is what asking again would give: after every commit, whoever committed."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tortoise import fields
from tortoise.connection import get_connection
from tortoise.models import Model

from cunli import db
from cunli.db import postgres, reads, remembered, sqlite
from cunli.db.config import CONNECTION
from cunli.db.remembered import SnapshotMemory, SqliteMemory


class Note(Model):
    id = fields.IntField(primary_key=True)
    text = fields.CharField(max_length=40)

    class Meta:
        table = "remembered_note"


APPS = {"post": db.AppConfig(models=(__name__,))}
NOTES = "SELECT id, text FROM remembered_note WHERE id > ? ORDER BY id"
ADD = "INSERT INTO remembered_note (text) VALUES ('{}')"


@pytest.fixture(autouse=True)
def nobody_feels_the_pulse(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that stands still is no silent server: to ask that one opens a connection, at which all is forgotten."""
    monkeypatch.setattr("cunli.db.postgres_pulse.SLOW", 3600.0)


async def moment() -> str:
    """What names the moment that a visit has seen."""
    return str((await db.read(f"SELECT {db.as_of_sql()} AS as_of"))[0]["as_of"])


async def notes(as_of: str) -> list[str]:
    return [row["text"] for row in await db.read(NOTES, 0, as_of=as_of)]


async def truth() -> list[str]:
    """Without memory: a unit always asks."""
    return [row["text"] for row in await db.run_unit(db.read, NOTES, 0)]


async def add(text: str) -> None:
    await db.run_unit(db.write, ADD.format(text))


async def add_from_elsewhere(text: str) -> None:
    """Another process commits."""
    client = get_connection(CONNECTION)
    if isinstance(client, postgres.Client):
        other = await asyncpg.connect(host=client.host, port=client.port, user=client.user, database=client.database)
        await other.execute(ADD.format(text))
        await other.close()
        return
    assert isinstance(client, sqlite.Client)
    with sqlite3.connect(client.filename) as connection:
        connection.execute(ADD.format(text))
    connection.close()


async def add_and_think_better(text: str) -> None:
    async def act() -> None:
        await db.write(ADD.format(text))
        raise LookupError

    with pytest.raises(LookupError):
        await db.run_unit(act)


async def drop_one(_: str) -> None:
    await db.run_unit(
        db.write, "DELETE FROM remembered_note WHERE id = (SELECT MAX(n.id) FROM remembered_note n WHERE n.id > 0)"
    )


ACTS: list[Callable[[str], Awaitable[None]]] = [add, add_from_elsewhere, add_and_think_better, drop_one]


async def always_right(acts: list[int]) -> None:
    for number, act in enumerate(acts):
        await ACTS[act](str(number))
        for _ in range(2):
            assert await notes(await moment()) == await truth()


@given(acts=st.lists(st.sampled_from(range(len(ACTS))), max_size=12))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_is_committed_by_whomever_the_next_visit_sees_it(database: str, acts: list[int]) -> None:
    await always_right(acts)


async def test_the_control_a_memory_that_does_not_look_whether_something_was_committed_is_noticed(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await moment()
    monkeypatch.setattr(db, "as_of_sql", lambda: f"'{first}'")

    def never_looks(self: SqliteMemory, sql: str, args: Any) -> list[Any]:
        known = self._answers.get((sql, tuple(args)))
        rows = known if known is not None else self._connection.execute(sql, args).fetchall()
        self._answers[sql, tuple(args)] = rows
        return rows

    monkeypatch.setattr(SqliteMemory, "rows", never_looks)
    with pytest.raises(AssertionError):
        await always_right([0, 1, 0])


def asked_of_the_database(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that really reach the database."""
    said: list[str] = []
    client = get_connection(CONNECTION)
    if not isinstance(client, postgres.Client):
        reads._hot.answers()._connection.set_trace_callback(said.append)
        return said
    honest = client.read

    async def noted(query: str, values: Any) -> list[Any]:
        said.append(query)
        return await honest(query, values)

    monkeypatch.setattr(client, "read", noted)
    return said


async def test_while_nothing_is_committed_the_same_is_asked_once(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add("a")
    said = asked_of_the_database(monkeypatch)

    def times() -> int:
        return sum("remembered_note" in statement for statement in said)

    as_of = await moment()  # kept by hand: another database of the same server may commit at any time
    for _ in range(5):
        assert await notes(as_of) == ["a"]
    assert times() == 1
    await add("b")
    assert await notes(await moment()) == ["a", "b"]
    assert times() == 2


async def test_what_is_kept_is_bounded_by_its_rows_too(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks chooses how many questions there are: made-up ones must not fill the memory."""
    monkeypatch.setattr(remembered, "MOST_ROWS", 10)
    for text in "abc":
        await add(text)
    client = get_connection(CONNECTION)
    memory = client.memory if isinstance(client, postgres.Client) else reads._hot.answers()
    as_of = await moment()
    for number in range(30):
        assert len(await db.read(NOTES, -number, as_of=as_of)) == 3
        assert sum(len(rows) for rows in memory._answers.values()) <= 10 + 3


async def test_an_answer_that_was_asked_for_before_a_failover_is_not_kept_after_it() -> None:
    memory = SnapshotMemory()

    async def ask(sql: str, args: Any) -> list[Any]:
        memory.clear()  # a new connection was opened for it
        return ["of the new server"]

    assert await memory.rows("a name", "a", (), ask) == ["of the new server"]
    assert not memory._answers


async def test_a_visit_that_has_seen_nothing_asks_and_one_inside_a_unit_sees_its_own(database: str) -> None:
    await add("a")
    as_of = await moment()
    assert await notes(as_of) == ["a"]

    @db.unit
    async def act() -> list[str]:
        await db.write(ADD.format("b"))
        return await notes(as_of)

    assert await act() == ["a", "b"]
    assert await notes("") == ["a", "b"]


async def test_what_is_not_committed_yet_is_seen_by_nobody_and_then_by_all(database: str) -> None:
    wrote, go_on = asyncio.Event(), asyncio.Event()

    @db.unit
    async def act() -> None:
        await db.write(ADD.format("a"))
        wrote.set()
        await go_on.wait()

    writing = asyncio.ensure_future(act())
    await wrote.wait()
    assert [await notes(await moment()) for _ in range(2)] == [[], []]
    go_on.set()
    await writing
    assert await notes(await moment()) == ["a"]


async def test_rows_that_somebody_rearranges_do_not_change_what_others_get(database: str) -> None:
    await add("a")
    as_of = await moment()
    for _ in range(3):
        rows = await db.read(NOTES, 0, as_of=as_of)
        assert len(rows) == 1
        rows.clear()


async def test_long_answers_are_not_kept_and_many_answers_make_room(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, "MOST", 4)
    monkeypatch.setattr(remembered, "LONGEST", 2)
    for text in "abc":
        await add(text)
    client = get_connection(CONNECTION)
    as_of = await moment()
    memory = client.memory if isinstance(client, postgres.Client) else reads._hot.answers()
    assert await notes(as_of) == ["a", "b", "c"]
    assert all("remembered_note" not in sql for sql, _ in memory._answers)
    for number in range(20):
        assert len(await db.read(f"{NOTES} LIMIT 1", -number, as_of=as_of)) == 1
        assert len(memory._answers) <= 4


async def test_a_new_connection_forgets_because_another_server_may_answer(postgres_url: str) -> None:
    """After a failover the names of snapshots are given anew, to other rows."""
    await db.start(postgres_url, APPS)
    try:
        client = get_connection(CONNECTION)
        assert isinstance(client, postgres.Client)
        await db.read("SELECT 1 AS n", as_of="a name")
        assert client.memory._answers
        client.lanes._idle[0][0].terminate()
        await db.read("SELECT 2 AS n")
        assert not client.memory._answers
    finally:
        await db.stop(patience=60)


async def test_a_memory_asks_anew_for_everybody_who_has_seen_something_else() -> None:
    memory, asked = SnapshotMemory(), list[Any]()

    async def ask(sql: str, args: Any) -> list[Any]:
        asked.append((sql, *args))
        return [len(asked)]

    for snapshot, sql, args, expected in (
        ("1", "a", (1,), 1),
        ("1", "a", (1,), 1),
        ("1", "a", (2,), 2),
        ("1", "b", (1,), 3),
        ("2", "a", (1,), 4),
        ("2", "a", (1,), 4),
        ("1", "a", (1,), 5),
    ):
        assert await memory.rows(snapshot, sql, args, ask) == [expected]
