"""What the two engines are set to, and what they answer when something is wrong."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tortoise import fields
from tortoise.connection import get_connection
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.models import Model

from cunli import db
from cunli.db import sqlite_threads
from cunli.testing import databases
from cunli.testing.working import PATIENCE


class Tree(Model):
    id = fields.IntField(primary_key=True)
    kind = fields.CharField(max_length=20, unique=True)
    planted_at = fields.DatetimeField(null=True)
    note: Any = fields.JSONField(null=True)
    alive = fields.BooleanField(default=True)

    class Meta:
        table = "engine_tree"


class Fruit(Model):
    id = fields.IntField(primary_key=True)
    tree: Any = fields.ForeignKeyField("orchard.Tree", related_name=False, on_delete=fields.OnDelete.CASCADE)

    class Meta:
        table = "engine_fruit"


APPS = {"orchard": db.AppConfig(models=(__name__,))}


@pytest.mark.parametrize(("synchronous", "value"), [("FULL", 2), ("NORMAL", 1)])
async def test_sqlite_is_pinned_on_every_connection(synchronous: Any, value: int, sqlite_url: str) -> None:
    await db.start(sqlite_url, APPS, synchronous=synchronous)
    wanted = {
        "journal_mode": "wal",
        "synchronous": value,
        "foreign_keys": 1,
        "secure_delete": 1,
        "trusted_schema": 0,
    }

    async def on_the_writer(name: str) -> Any:
        return (await db.read(f"PRAGMA {name}"))[0][0]

    try:
        client: Any = get_connection("default")
        for name, expected in wanted.items():
            assert await db.run_unit(on_the_writer, name) == expected
            assert (await db.read(f"PRAGMA {name}"))[0][0] == expected
            assert (await client.execute_query(f"PRAGMA {name}"))[1][0][0] == expected
        assert (await db.run_unit(on_the_writer, "busy_timeout")) == 3000
    finally:
        await db.stop()


async def test_a_new_sqlite_file_and_its_side_files_are_their_owners_alone(sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    await db.start(sqlite_url, APPS)
    try:
        await databases.create_tables()
        for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
            assert stat.S_IMODE((path.parent / name).stat().st_mode) == 0o600
    finally:
        await db.stop()


async def test_a_missing_folder_and_a_missing_server_are_named(tmp_path: Path) -> None:
    with pytest.raises(db.BadUrl, match="does not exist: create it"):
        await db.start(databases.sqlite_url(tmp_path / "nowhere" / "village.db"), APPS)
    with pytest.raises(db.Unreachable, match="Connect call failed|Connection refused"):
        await db.start("postgresql://nobody:secret@127.0.0.1:1/nothing", APPS)
    assert not db.started()


async def test_starting_twice_is_refused(database: str) -> None:
    with pytest.raises(db.NotStarted, match="already started"):
        await db.start("sqlite:///other.db", APPS)
    assert (await db.read("SELECT 1 AS one"))[0]["one"] == 1


async def test_the_orm_reads_and_writes_every_kind_of_value(database: str) -> None:
    moment = datetime(2026, 2, 17, 8, 30, 0, 500, tzinfo=UTC)
    note = {"产": ["李子", 3], "零": "\x00"} if database == "sqlite" else {"产": ["李子", 3]}
    tree = await db.run_unit(Tree.create, kind="plum", planted_at=moment, note=note, alive=False)
    again = await Tree.get(id=tree.id)
    assert (again.kind, again.planted_at, again.note, again.alive) == ("plum", moment, note, False)
    assert await Tree.filter(planted_at__lte=moment).count() == 1


async def test_errors_of_the_drivers_come_out_as_tortoises(database: str) -> None:
    await db.run_unit(Tree.create, kind="plum")
    with pytest.raises(IntegrityError):
        await db.run_unit(Tree.create, kind="plum")
    with pytest.raises(IntegrityError):
        await db.run_unit(db.write, "INSERT INTO engine_fruit (tree_id) VALUES (77)")
    with pytest.raises(OperationalError):
        await db.read("SELECT nothing FROM nowhere")


async def test_foreign_keys_cascade(database: str) -> None:
    tree = await db.run_unit(Tree.create, kind="plum")
    await db.run_unit(Fruit.create, tree=tree)
    assert await db.run_unit(Tree.filter(id=tree.id).delete) == 1
    assert await Fruit.all().count() == 0


async def test_reads_go_on_while_a_unit_is_open(database: str) -> None:
    await db.run_unit(Tree.create, kind="plum")
    holding, done = asyncio.Event(), asyncio.Event()

    @db.unit
    async def hold() -> None:
        await Tree.create(kind="pear")
        holding.set()
        await done.wait()

    task = asyncio.ensure_future(hold())
    await holding.wait()
    try:
        async with asyncio.timeout(PATIENCE):
            assert await Tree.all().count() == 1
            assert len(await db.read("SELECT id FROM engine_tree")) == 1
    finally:
        done.set()
        await task
    assert len(await db.read("SELECT id FROM engine_tree")) == 2


async def test_a_pool_without_a_free_connection_answers_in_time(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await db.start(f"{postgres_url}?maxsize=2", APPS)
    await databases.create_tables()
    done, inside = asyncio.Event(), asyncio.Semaphore(0)

    @db.unit
    async def hold() -> None:
        inside.release()
        await done.wait()

    tasks = [asyncio.ensure_future(hold()) for _ in range(2)]
    try:
        for _ in tasks:
            await inside.acquire()
        monkeypatch.setattr("cunli.db.postgres.ACQUIRE_PATIENCE", 0.2)
        monkeypatch.setattr("cunli.db.postgres.READ_ACQUIRE_PATIENCE", 0.2)
        with pytest.raises(db.Busy, match="maxsize=2"):
            await db.read("SELECT 1")
        with pytest.raises(db.Busy, match="maxsize=2"):
            await db.run_unit(Tree.create, kind="plum")
        done.set()
        await asyncio.gather(*tasks)
        assert len(await db.read("SELECT 1")) == 1
    finally:
        done.set()
        await db.stop()


async def test_a_statement_that_takes_too_long_is_ended_by_the_server(postgres_url: str) -> None:
    await db.start(f"{postgres_url}?statement_timeout=1000", APPS)
    try:
        with pytest.raises(db.Busy, match="too long"):
            await db.run_unit(db.read, "SELECT pg_sleep(60)")
    finally:
        await db.stop()


async def test_two_units_that_wait_for_each_other_are_untied_and_both_done(postgres_url: str) -> None:
    await db.start(postgres_url, APPS)
    await databases.create_tables()
    tries: list[str] = []
    holding: set[str] = set()
    both_hold = asyncio.Event()

    @db.unit
    async def rename(first: str, second: str) -> None:
        tries.append(first)
        await db.write("UPDATE engine_tree SET alive = NOT alive WHERE kind = ?", first)
        holding.add(first)
        if len(holding) == 2:
            both_hold.set()
        await both_hold.wait()
        await db.write("UPDATE engine_tree SET alive = NOT alive WHERE kind = ?", second)

    try:
        for kind in ("plum", "pear"):
            await db.run_unit(Tree.create, kind=kind)
        await asyncio.gather(rename("plum", "pear"), rename("pear", "plum"))
        assert len(tries) > 2
        assert [row["alive"] for row in await db.read("SELECT alive FROM engine_tree")] == [True, True]
    finally:
        await db.stop()


async def test_a_connection_that_died_is_replaced(postgres_url: str) -> None:
    await db.start(f"{postgres_url}?maxsize=3", APPS)
    try:
        await databases.create_tables()

        async def kill_the_others() -> None:
            await db.read(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

        await asyncio.gather(*(db.read("SELECT pg_sleep(0.05)") for _ in range(3)))
        await db.run_unit(kill_the_others)
        client: Any = get_connection("default")
        async with asyncio.timeout(PATIENCE):  # until the news of the deaths has come
            while sum(not connection.is_closed() for connection, _ in client.lanes._idle) > 1:
                await asyncio.sleep(0.01)
        for number in range(6):
            await db.run_unit(Tree.create, kind=str(number))
        assert len(await db.read("SELECT id FROM engine_tree")) == 6
    finally:
        await db.stop()


BUSY_WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("holding", flush=True)
sys.stdin.readline()
connection.execute("INSERT INTO engine_tree (kind, alive) VALUES ('theirs', 1)")
connection.execute("COMMIT")
"""


async def test_a_unit_waits_for_another_process_that_writes_the_same_file(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F5: a deferred BEGIN would fail at once with “database is locked”."""
    patient = functools.partial(sqlite_threads.connect, busy_timeout=PATIENCE)
    monkeypatch.setattr("cunli.db.sqlite.connect", patient)  # how long it waits is not the subject
    path = sqlite_url.removeprefix("sqlite:///")
    await db.start(sqlite_url, APPS)
    await databases.create_tables()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", BUSY_WRITER, path, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdin is not None

    begun: list[int] = []

    @db.unit
    async def read_then_write() -> int:
        count = await Tree.all().count()
        begun.append(count)
        await Tree.create(kind="ours")
        return count

    try:
        await process.stdout.readline()
        task = asyncio.ensure_future(read_then_write())
        await asyncio.sleep(0.2)
        assert not task.done()
        process.stdin.write(b"\n")
        assert await task == 1
        assert begun == [1]  # it waited with its first word, so that nothing had to be done twice
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
        process.stdin.close()
        await db.stop()


async def test_who_ends_while_another_process_writes_ends_all_the_same(sqlite_url: str) -> None:
    async def some() -> None:
        await db.write("CREATE TABLE t (n INTEGER)")
        await db.write("CREATE INDEX i ON t (n)")
        await db.write_many("INSERT INTO t VALUES (?)", [(n,) for n in range(50)])
        await db.read("SELECT n FROM t WHERE n = 7")  # now SQLite would like to know how many there are of each

    await db.start(sqlite_url, APPS)
    await db.run_unit(some)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        await db.stop()
    finally:
        other.execute("ROLLBACK")
        known = other.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'").fetchall()
        other.close()
    assert known == [], "the control: there was something to write"
    await db.start(sqlite_url, APPS)
    await db.run_unit(db.read, "SELECT n FROM t WHERE n = 7")
    await db.stop()
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    assert other.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'").fetchall() == [(1,)]
    other.close()


async def test_a_deferred_begin_does_fail_there(sqlite_url: str) -> None:
    """The planted control of the test above, in one process."""
    path = sqlite_url.removeprefix("sqlite:///")
    first, second = (sqlite3.connect(path, isolation_level=None, timeout=0.2) for _ in range(2))
    first.executescript("PRAGMA journal_mode=WAL; CREATE TABLE tree (id INTEGER)")
    first.execute("BEGIN")
    first.execute("SELECT * FROM tree").fetchall()
    second.execute("INSERT INTO tree VALUES (1)")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        first.execute("INSERT INTO tree VALUES (2)")
    first.close()
    second.close()


async def test_after_sqlite_gave_up_the_transaction_itself_nothing_more_is_written(sqlite_url: str) -> None:
    await db.start(sqlite_url, APPS)
    await databases.create_tables()

    @db.unit
    async def careless() -> None:
        await Tree.create(kind="plum")
        try:
            await db.write("INSERT OR ROLLBACK INTO engine_tree (kind, alive) VALUES ('plum', 1)")
        except IntegrityError:
            pass
        await Tree.create(kind="pear")

    try:
        with pytest.raises(db.UnitTorn, match="rolled this transaction back"):
            await careless()
        assert await db.read("SELECT id FROM engine_tree") == []
    finally:
        await db.stop()


async def test_a_full_disk_refuses_the_unit_whole_and_needs_no_restart(sqlite_url: str) -> None:
    await db.start(sqlite_url, APPS)
    await databases.create_tables()
    client: Any = get_connection("default")

    async def pages(most: int) -> None:
        await client.on_writer(lambda connection: connection.execute(f"PRAGMA max_page_count={most}").fetchall())

    @db.unit
    async def plant() -> None:
        await Tree.create(kind="small")
        await Tree.create(kind="large", note=["果" * 5_000_000])

    try:
        await pages(500)
        with pytest.raises(OperationalError, match="full"):
            await plant()
        assert await db.read("SELECT id FROM engine_tree") == []
        await db.run_unit(Tree.create, kind="still works")
        await pages(1_000_000)
        await plant()
        assert len(await db.read("SELECT id FROM engine_tree")) == 3
    finally:
        await db.stop()
