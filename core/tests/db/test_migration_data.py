"""Traps of STACK §1 that lose data or guards: a migration changes the shape of a table and nothing else.

Each test first shows what Tortoise does as it comes (the planted control), then that ours does not.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from cunli import db

from .packages import Packages, ask, stock_migrate, tables

Migrate = Callable[[str, dict[str, db.AppConfig]], Awaitable[object]]

CREATE = """
ops.CreateModel(
    name="Person",
    fields=[
        ("id", fields.IntField(generated=True, primary_key=True)),
        ("name", fields.CharField(max_length=50)),
        ("village", fields.IntField()),
        ("phone", fields.CharField(max_length=20, null=True)),
    ],
    options={"table": "person", "app": "core", "pk_attr": "id", "unique_together": (("village", "name"),),
             "indexes": [Index(fields=("phone", "village"), name="person_phone"), Index(fields=("village",), name="person_village")]},
),
ops.CreateModel(
    name="Letter",
    fields=[
        ("id", fields.IntField(generated=True, primary_key=True)),
        ("author", fields.ForeignKeyField("core.Person", related_name=False, on_delete=fields.OnDelete.CASCADE)),
    ],
    options={"table": "letter", "app": "core", "pk_attr": "id"},
),
"""

LONGER_NAME = 'ops.AlterField(model_name="Person", name="name", field=fields.CharField(max_length=80)),'

SETTLE = """
INSERT INTO person (name, village, phone) VALUES ('林', 1, '1'), ('陈', 1, '2'), ('王', 2, NULL), ('gone', 9, NULL);
DELETE FROM person WHERE village = 9;
INSERT INTO letter (author_id) VALUES (1), (1), (2);
"""

TRIGGER_SQLITE = """
CREATE TABLE log (what TEXT);
CREATE TRIGGER person_gone AFTER DELETE ON person BEGIN INSERT INTO log VALUES ('gone; really'); END;
CREATE TRIGGER letter_sent AFTER INSERT ON letter BEGIN INSERT INTO log SELECT name FROM person WHERE id = NEW.author_id; END;
CREATE VIEW writers AS SELECT DISTINCT person.name FROM person JOIN letter ON letter.author_id = person.id;
"""


async def ours(url: str, apps: dict[str, db.AppConfig]) -> None:
    await db.migrations.migrate(url, apps)


async def altered(url: str, packages: Packages, second: str, migrate: Migrate, *, script: str = "") -> None:
    """Two migrations with people and letters in between."""
    packages.app("core")
    packages.migration("core", "0001_initial", CREATE)
    await migrate(url, packages.apps)
    await ask(url, SETTLE + script)
    packages.migration("core", "0002_change", second, needs=[("core", "0001_initial")])
    await migrate(url, packages.apps)


def keys_on(url: str) -> str:
    return "PRAGMA foreign_keys=ON; " if url.startswith("sqlite") else ""


async def counts(url: str) -> tuple[int, int]:
    return tuple((await ask(url, "SELECT (SELECT COUNT(*) FROM person), (SELECT COUNT(*) FROM letter)"))[0])


async def test_stock_tortoise_empties_the_children_of_a_table_it_alters(sqlite_url: str, packages: Packages) -> None:
    await altered(sqlite_url, packages, LONGER_NAME, stock_migrate)
    assert await counts(sqlite_url) == (3, 0)


async def test_altering_a_table_keeps_its_rows_and_its_children(url: str, packages: Packages) -> None:
    await altered(url, packages, LONGER_NAME, ours)
    assert await counts(url) == (3, 3)
    assert await ask(url, "SELECT name, village, phone FROM person ORDER BY id") == [
        ("林", 1, "1"),
        ("陈", 1, "2"),
        ("王", 2, None),
    ]
    with pytest.raises(Exception, match="(?i)foreign key"):  # the key still holds, and cascades
        await ask(url, keys_on(url) + "INSERT INTO letter (author_id) VALUES (77);")
    await ask(url, keys_on(url) + "DELETE FROM person WHERE id = 1;")
    assert await counts(url) == (2, 1)


async def indexes(url: str) -> set[str]:
    rows = await ask(
        url, "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'person' AND sql IS NOT NULL"
    )
    return {row[0] for row in rows}


async def test_stock_tortoise_forgets_indexes_and_unique_constraints(sqlite_url: str, packages: Packages) -> None:
    await altered(sqlite_url, packages, LONGER_NAME, stock_migrate)
    assert await indexes(sqlite_url) == set()
    await ask(sqlite_url, "INSERT INTO person (name, village) VALUES ('林', 1)")  # a second one, in silence


async def test_altering_a_table_keeps_indexes_constraints_triggers_views_and_the_counter(
    sqlite_url: str, packages: Packages
) -> None:
    await altered(sqlite_url, packages, LONGER_NAME, ours, script=TRIGGER_SQLITE)
    assert await indexes(sqlite_url) == {"person_phone", "person_village"}
    with pytest.raises(Exception, match="UNIQUE"):
        await ask(sqlite_url, "INSERT INTO person (name, village) VALUES ('林', 1)")
    await ask(sqlite_url, "INSERT INTO letter (author_id) VALUES (3)")
    await ask(sqlite_url, "DELETE FROM person WHERE id = 3")
    assert await ask(sqlite_url, "SELECT what FROM log") == [("王",), ("gone; really",)]
    assert await ask(sqlite_url, "SELECT name FROM writers ORDER BY name") == [("林",), ("陈",)]
    await ask(sqlite_url, "INSERT INTO person (name, village) VALUES ('新', 3)")
    assert await ask(sqlite_url, "SELECT id FROM person WHERE name = '新'") == [(5,)]  # 4 was given away before


async def test_stock_tortoise_stumbles_over_a_trigger_elsewhere(sqlite_url: str, packages: Packages) -> None:
    with pytest.raises(OperationalError, match="no such table"):
        await altered(sqlite_url, packages, LONGER_NAME, stock_migrate, script=TRIGGER_SQLITE)


async def test_removing_a_column_takes_its_index_along_and_leaves_the_others(
    sqlite_url: str, packages: Packages
) -> None:
    await altered(sqlite_url, packages, 'ops.RemoveField(model_name="Person", name="phone"),', ours)
    assert await indexes(sqlite_url) == {"person_village"}
    assert await counts(sqlite_url) == (3, 3)
    assert {row[1] for row in await ask(sqlite_url, "PRAGMA table_info(person)")} == {"id", "name", "village"}


NOT_NULL = (
    """ops.AlterField(model_name="Person", name="phone", field=fields.CharField(max_length=20, default="it's none")),"""
)


async def test_stock_tortoise_breaks_on_a_quote_in_a_default(sqlite_url: str, packages: Packages) -> None:
    with pytest.raises(OperationalError, match="syntax error"):
        await altered(sqlite_url, packages, NOT_NULL, stock_migrate)


async def test_a_column_that_becomes_not_null_is_filled_with_its_default(sqlite_url: str, packages: Packages) -> None:
    await altered(sqlite_url, packages, NOT_NULL, ours)
    assert await ask(sqlite_url, "SELECT phone FROM person ORDER BY id") == [("1",), ("2",), ("it's none",)]


async def test_a_column_that_becomes_not_null_without_a_default_stops_the_migration(
    url: str, packages: Packages
) -> None:
    change = 'ops.AlterField(model_name="Person", name="phone", field=fields.CharField(max_length=20)),'
    with pytest.raises(OperationalError, match="(?i)null"):
        await altered(url, packages, change, ours)
    assert await counts(url) == (3, 3)
    assert await db.migrations.pending(url, packages.apps) == ["core.0002_change"]


INDEXED = 'ops.AlterField(model_name="Person", name="name", field=fields.CharField(max_length=50, db_index=True)),'


async def test_an_index_can_be_put_on_and_taken_off_a_column(url: str, packages: Packages) -> None:
    await altered(url, packages, INDEXED, ours)
    assert len(await _indexes_on_name(url)) == 1
    plain = 'ops.AlterField(model_name="Person", name="name", field=fields.CharField(max_length=50)),'
    packages.migration("core", "0003_plain", plain, needs=[("core", "0002_change")])
    await ours(url, packages.apps)
    assert await _indexes_on_name(url) == []


async def _indexes_on_name(url: str) -> list[object]:
    if url.startswith("sqlite"):
        return [name for name in await indexes(url) if name.startswith("idx_person_name")]
    return [*await ask(url, "SELECT 1 FROM pg_indexes WHERE indexname LIKE 'idx_person_name%'")]


QUOTED = """ops.AddField(model_name="Person", name="house", field=fields.CharField(max_length=20, db_default="it's new")),
ops.AddField(model_name="Person", name="lived", field=fields.BooleanField(db_default=True)),"""


async def test_stock_tortoise_breaks_on_a_quote_in_a_default_of_a_new_column(url: str, packages: Packages) -> None:
    with pytest.raises(OperationalError, match="syntax error"):
        await altered(url, packages, QUOTED, stock_migrate)


async def test_a_new_column_may_have_any_default(url: str, packages: Packages) -> None:
    await altered(url, packages, QUOTED, ours)
    assert await ask(url, "SELECT DISTINCT house, lived FROM person") == [("it's new", True)]


NEW_COLUMN = 'ops.AddField(model_name="Person", name="house", field=fields.CharField(max_length=9, default="", db_default="", db_index=True)),'


async def has_index(url: str, column: str) -> bool:
    if url.startswith("sqlite"):
        rows = await ask(url, "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
    else:
        rows = await ask(url, "SELECT indexdef FROM pg_indexes")
    return any(f"{column}" in row[0].partition("(")[2] for row in rows)


async def test_stock_tortoise_forgets_the_index_of_a_new_column(url: str, packages: Packages) -> None:
    await altered(url, packages, NEW_COLUMN, stock_migrate)
    assert not await has_index(url, "house")


async def test_a_new_column_gets_its_index_and_its_default(url: str, packages: Packages) -> None:
    await altered(url, packages, NEW_COLUMN, ours)
    assert await has_index(url, "house")
    assert await ask(url, "SELECT DISTINCT house FROM person") == [("",)]


TRIGGERED = '''
ops.RunSQL("""
CREATE TABLE note (text TEXT);
CREATE TRIGGER written AFTER INSERT ON person BEGIN
    INSERT INTO note VALUES ('a; b');
    INSERT INTO note VALUES (NEW.name);
END;
""", reverse_sql="DROP TRIGGER written; DROP TABLE note"),
'''


async def test_stock_tortoise_cuts_a_trigger_at_its_semicolons(sqlite_url: str, packages: Packages) -> None:
    with pytest.raises(OperationalError, match="incomplete input|unrecognized token"):
        await altered(sqlite_url, packages, TRIGGERED, stock_migrate)


async def test_sql_with_a_trigger_runs_whole(sqlite_url: str, packages: Packages) -> None:
    await altered(sqlite_url, packages, TRIGGERED, ours)
    await ask(sqlite_url, "INSERT INTO person (name, village) VALUES ('新', 3)")
    assert await ask(sqlite_url, "SELECT text FROM note") == [("a; b",), ("新",)]


async def test_rows_that_would_point_at_nothing_stop_the_migration(sqlite_url: str, packages: Packages) -> None:
    with pytest.raises(db.MigrationRefused, match="would point at nothing: letter row 3 → person"):
        await altered(sqlite_url, packages, 'ops.RunSQL("DELETE FROM person WHERE id = 2"),', ours)
    assert await counts(sqlite_url) == (3, 3)
    assert await db.migrations.pending(sqlite_url, packages.apps) == ["core.0002_change"]


FILLED = """
ops.AddField(model_name="Person", name="house", field=fields.CharField(max_length=9, null=True)),
ops.RunPython(move_in),
ops.RunSQL("SELECT 1"),
"""
MOVE_IN = """
async def warm(apps, editor):
    await apps.get_model("core", "Person").create(name="before", village=5)

async def move_in(apps, editor):
    person = apps.get_model("core", "Person")
    await person.create(name="after", village=5, house="甲")
    await person.filter(name="林").update(house="乙")
"""


async def python_then_column(url: str, packages: Packages, migrate: Migrate) -> list[tuple[object, ...]]:
    packages.app("core")
    packages.migration("core", "0001_initial", CREATE)
    packages.migration("core", "0002_warm", "ops.RunPython(warm),", needs=[("core", "0001_initial")], helpers=MOVE_IN)
    packages.migration("core", "0003_house", FILLED, needs=[("core", "0002_warm")], helpers=MOVE_IN)
    await migrate(url, packages.apps)
    return await ask(url, "SELECT name, house FROM person ORDER BY id")


async def test_stock_tortoise_writes_the_columns_of_before(url: str, packages: Packages) -> None:
    from tortoise.backends.base.executor import EXECUTOR_CACHE

    EXECUTOR_CACHE.clear()
    assert await python_then_column(url, packages, stock_migrate) == [("before", None), ("after", None)]
    EXECUTOR_CACHE.clear()


async def test_python_in_a_migration_sees_the_table_as_it_is_by_then(url: str, packages: Packages) -> None:
    assert await python_then_column(url, packages, ours) == [("before", None), ("after", "甲")]


async def test_everything_can_be_undone(url: str, packages: Packages) -> None:
    await altered(url, packages, LONGER_NAME + NEW_COLUMN, ours)
    undone = await db.migrations.unapply(url, packages.apps, "core")
    assert undone == ["core.0002_change", "core.0001_initial"]
    assert await tables(url) == set()
    await ours(url, packages.apps)
    assert await tables(url) == {"person", "letter"}


def test_integrity_errors_are_operational_errors_here() -> None:
    """What `pytest.raises(OperationalError)` above also covers."""
    assert issubclass(IntegrityError, OperationalError)
