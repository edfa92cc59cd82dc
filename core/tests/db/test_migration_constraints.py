"""Constraints in migrations: what Tortoise forgets (the planted controls), and that ours hold.

They guard stock and money, so a table without them is worse than no table.
"""

from __future__ import annotations

import sqlite3

import asyncpg
import pytest

from .packages import Packages, ask, stock_migrate
from .test_migration_data import Migrate, altered, counts, ours

GUARDED = """
ops.CreateModel(
    name="Shelf",
    fields=[
        ("id", fields.IntField(generated=True, primary_key=True)),
        ("stock", fields.IntField()),
        ("slot", fields.IntField()),
        ("state", fields.CharField(max_length=9)),
    ],
    options={"table": "shelf", "app": "core", "pk_attr": "id", "constraints": (
        CheckConstraint(check="stock >= 0", name="stock_is_real"),
        UniqueConstraint(fields=("slot",), name="one_open_slot", condition="state = 'open'"),
    )},
),
"""


async def guards(url: str) -> dict[str, bool]:
    """Which of the guards of the shelf hold."""
    await ask(url, "DELETE FROM shelf")
    await ask(url, "INSERT INTO shelf (stock, slot, state) VALUES (1, 1, 'open')")
    await ask(url, "INSERT INTO shelf (stock, slot, state) VALUES (1, 1, 'shut')")
    holds = {}
    for name, row in (("check", "(-1, 2, 'open')"), ("partial", "(1, 1, 'open')")):
        try:
            await ask(url, f"INSERT INTO shelf (stock, slot, state) VALUES {row}")
            holds[name] = False
        except (sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError) as exc:
            holds[name] = "check" in str(exc).lower() or "unique" in str(exc).lower()
    return holds


async def shelf(url: str, packages: Packages, migrate: Migrate, *later: str) -> dict[str, bool]:
    packages.app("core")
    packages.migration("core", "0001_initial", GUARDED)
    for number, operation in enumerate(later, start=2):
        packages.migration(
            "core",
            f"000{number}_more",
            operation,
            needs=[("core", f"000{number - 1}_{'initial' if number == 2 else 'more'}")],
        )
    await migrate(url, packages.apps)
    return await guards(url)


async def test_stock_tortoise_forgets_the_constraints_of_a_new_table(url: str, packages: Packages) -> None:
    assert await shelf(url, packages, stock_migrate) == {"check": False, "partial": False}


async def test_a_new_table_has_its_checks_and_its_partial_unique_index(url: str, packages: Packages) -> None:
    assert await shelf(url, packages, ours) == {"check": True, "partial": True}


async def test_constraints_survive_a_change_of_the_table(url: str, packages: Packages) -> None:
    change = 'ops.AlterField(model_name="Shelf", name="state", field=fields.CharField(max_length=12)),'
    assert await shelf(url, packages, ours, change) == {"check": True, "partial": True}


NO_CHECK = 'ops.RemoveConstraint(model_name="Shelf", name="stock_is_real"),'
NO_PARTIAL = 'ops.RemoveConstraint(model_name="Shelf", name="one_open_slot"),'
RENAMED = 'ops.RenameConstraint(model_name="Shelf", old_name="one_open_slot", new_name="one_slot"),'


async def test_constraints_can_be_removed_and_renamed(url: str, packages: Packages) -> None:
    assert await shelf(url, packages, ours, NO_CHECK, RENAMED) == {"check": False, "partial": True}


async def test_a_partial_unique_index_can_be_removed_and_added_again(url: str, packages: Packages) -> None:
    again = """ops.AddConstraint(model_name="Shelf", constraint=UniqueConstraint(fields=("slot",), name="again", condition="state = 'open'")),"""
    assert await shelf(url, packages, ours, NO_PARTIAL) == {"check": True, "partial": False}
    packages.migration("core", "0003_more", again, needs=[("core", "0002_more")])
    await ask(url, "DELETE FROM shelf")
    await ours(url, packages.apps)
    assert await guards(url) == {"check": True, "partial": True}


async def test_stock_tortoise_has_no_partial_unique_index_on_sqlite(sqlite_url: str, packages: Packages) -> None:
    again = """ops.AddConstraint(model_name="Shelf", constraint=UniqueConstraint(fields=("slot",), name="again", condition="state = 'open'")),"""
    with pytest.raises(NotImplementedError):
        await shelf(sqlite_url, packages, stock_migrate, again)


ADD_CHECK = (
    """ops.AddConstraint(model_name="Shelf", constraint=CheckConstraint(check="slot < 100", name="few_slots")),"""
)
DROP_CHECK = 'ops.RemoveConstraint(model_name="Shelf", name="few_slots"),'


async def test_stock_tortoise_keeps_a_check_that_was_removed(sqlite_url: str, packages: Packages) -> None:
    await shelf(sqlite_url, packages, stock_migrate, ADD_CHECK, DROP_CHECK)
    with pytest.raises(Exception, match="few_slots"):
        await ask(sqlite_url, "INSERT INTO shelf (stock, slot, state) VALUES (1, 100, '')")


async def test_a_check_can_be_added_and_removed(url: str, packages: Packages) -> None:
    await shelf(url, packages, ours, ADD_CHECK)
    with pytest.raises(Exception, match="few_slots"):
        await ask(url, "INSERT INTO shelf (stock, slot, state) VALUES (1, 100, '')")
    packages.migration("core", "0003_more", DROP_CHECK, needs=[("core", "0002_more")])
    await ours(url, packages.apps)
    await ask(url, "INSERT INTO shelf (stock, slot, state) VALUES (1, 100, '')")


async def test_unique_together_can_be_taken_away_and_given(url: str, packages: Packages) -> None:
    await altered(url, packages, 'ops.RemoveConstraint(model_name="Person", fields=["village", "name"]),', ours)
    await ask(url, "INSERT INTO person (name, village) VALUES ('林', 1)")
    await ask(url, "DELETE FROM person WHERE id > 4")
    back = 'ops.AddConstraint(model_name="Person", constraint=UniqueConstraint(fields=("village", "name"))),'
    packages.migration("core", "0003_back", back, needs=[("core", "0002_change")])
    await ours(url, packages.apps)
    with pytest.raises(Exception, match="(?i)unique"):
        await ask(url, "INSERT INTO person (name, village) VALUES ('林', 1)")
    assert await counts(url) == (3, 3)
