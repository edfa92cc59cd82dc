"""Traps of STACK §1 and PLUGINS C.6 about running migrations: order, targets, locks, crashes, undoing.

Each test first shows what Tortoise does as it comes (the planted control), then that ours does not.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.recorder import MigrationRecorder

from cunli import db
from cunli.db.schema import plan
from cunli.testing.working import PATIENCE

from .packages import Packages, applied, ask, stock_migrate, tables

PROGRAM = Path(__file__).parent / "programs" / "migrate.py"


def table(label: str, name: str, *keys: str) -> str:
    columns = "".join(
        f'("{key.split(".")[1].lower()}", fields.ForeignKeyField("{key}", related_name=False)),' for key in keys
    )
    return f"""ops.CreateModel(
        name="{name}",
        fields=[("id", fields.IntField(generated=True, primary_key=True)), {columns}],
        options={{"table": "{name.lower()}", "app": "{label}", "pk_attr": "id"}},
    ),"""


@pytest.fixture
def county(packages: Packages) -> Packages:
    """The core with two migrations, a plugin that stands on the second, and one that stands alone."""
    packages.app("core")
    packages.migration("core", "0001_initial", table("core", "Person"))
    packages.migration("core", "0002_post", table("core", "Post", "core.Person"), needs=[("core", "0001_initial")])
    packages.app("market")
    packages.migration("market", "0001_initial", table("market", "Item", "core.Post"), needs=[("core", "0002_post")])
    packages.migration("market", "0002_more", table("market", "Stall"), needs=[("market", "0001_initial")])
    packages.app("mail")
    packages.migration("mail", "0001_initial", table("mail", "Letter"), needs=[("core", "__first__")])
    return packages


EVERYTHING = ["core.0001_initial", "core.0002_post", "market.0001_initial", "market.0002_more", "mail.0001_initial"]


async def test_everything_is_applied_in_order_and_the_second_run_has_nothing_to_do(url: str, county: Packages) -> None:
    told: list[tuple[str, str]] = []
    assert await db.migrations.pending(url, county.apps) == EVERYTHING
    assert await db.migrations.migrate(url, county.apps, progress=lambda *event: told.append(event)) == EVERYTHING
    assert told == [(event, key) for key in EVERYTHING for event in ("apply", "done")]
    assert await tables(url) == {"person", "post", "item", "stall", "letter"}
    assert await applied(url) == set(EVERYTHING)
    assert await db.migrations.pending(url, county.apps) == []
    assert await db.migrations.migrate(url, county.apps) == []


async def test_asking_stock_tortoise_for_the_newest_core_does_nothing(url: str, county: Packages) -> None:
    await stock_migrate(url, county.apps, ("core", "__latest__"))
    assert await tables(url) == set()


async def test_asking_stock_tortoise_for_one_app_alone_fails(url: str, county: Packages) -> None:
    with pytest.raises(ValueError, match="nonexistent parent"):
        await stock_migrate(url, county.only("market"))


async def test_one_app_goes_forward_with_what_it_stands_on(url: str, county: Packages) -> None:
    assert await db.migrations.migrate(url, county.apps, label="core") == EVERYTHING[:2]
    assert await tables(url) == {"person", "post"}
    assert await db.migrations.migrate(url, county.apps, label="mail") == ["mail.0001_initial"]
    assert await db.migrations.migrate(url, county.apps, label="market") == ["market.0001_initial", "market.0002_more"]
    with pytest.raises(db.MigrationRefused, match="no app is called 'plum'; there are core, market, mail"):
        await db.migrations.migrate(url, county.apps, label="plum")


async def test_a_plugin_installed_later_is_applied_later(url: str, county: Packages) -> None:
    await db.migrations.migrate(url, county.only("core", "mail"))
    assert await db.migrations.pending(url, county.apps) == ["market.0001_initial", "market.0002_more"]
    await db.migrations.migrate(url, county.apps)
    assert (
        await db.migrations.pending(url, county.only("core")) == []
    )  # tables of an app that is off stay where they are
    assert await db.migrations.migrate(url, county.only("core")) == []
    assert "item" in await tables(url)


async def test_a_plugin_whose_requirement_is_missing_is_refused(url: str, county: Packages) -> None:
    with pytest.raises(db.MigrationRefused, match="depends on core, which is not installed"):
        await db.migrations.migrate(url, county.only("market", "mail"))
    assert await tables(url) == set()


async def test_stock_tortoise_rolls_a_plugin_back_when_the_core_is_asked_for_its_first_migration(
    url: str, county: Packages
) -> None:
    await stock_migrate(url, county.apps)
    await ask(url, "INSERT INTO stall DEFAULT VALUES")
    await stock_migrate(url, county.apps, ("core", "0001_initial"))
    assert not {"item", "stall"} & await tables(url)


async def test_nothing_ours_can_be_asked_for_goes_back_by_itself(url: str, county: Packages) -> None:
    await db.migrations.migrate(url, county.apps)
    await ask(url, "INSERT INTO stall DEFAULT VALUES")
    for label in ("core", "market", None):
        assert await db.migrations.migrate(url, county.apps, label=label) == []
    assert len(await ask(url, "SELECT id FROM stall")) == 1


async def test_stock_tortoise_undoes_nothing_once_an_app_depends_on_another(url: str, county: Packages) -> None:
    await stock_migrate(url, county.apps)
    await stock_migrate(url, county.apps, ("market", "__first__"))
    assert "item" in await tables(url)


async def test_one_app_is_undone_and_what_others_stand_on_is_not(url: str, county: Packages) -> None:
    await db.migrations.migrate(url, county.apps)
    with pytest.raises(db.MigrationRefused, match=r"core cannot go: .*market\.0001_initial.* remove that app first"):
        await db.migrations.unapply(url, county.apps, "core")
    told: list[tuple[str, str]] = []
    undone = await db.migrations.unapply(url, county.apps, "market", progress=lambda *event: told.append(event))
    assert undone == ["market.0002_more", "market.0001_initial"]
    assert told[0] == ("undo", "market.0002_more")
    assert await tables(url) == {"person", "post", "letter"}
    assert await db.migrations.pending(url, county.apps) == ["market.0001_initial", "market.0002_more"]
    await db.migrations.migrate(url, county.apps)
    assert await db.migrations.pending(url, county.apps) == []


async def test_an_app_that_others_point_at_without_saying_so_cannot_go_either(url: str, packages: Packages) -> None:
    packages.app("core")
    packages.migration("core", "0001_initial", table("core", "Person"))
    packages.app("rude")
    packages.migration("rude", "0001_initial", table("rude", "Guest", "core.Person"))
    await db.migrations.migrate(url, packages.apps)
    with pytest.raises(db.MigrationRefused, match=r"rude\.Guest\.person"):
        await db.migrations.unapply(url, packages.apps, "core")


async def test_what_cannot_be_undone_is_said_before_anything_is(url: str, packages: Packages) -> None:
    packages.app("core")
    packages.migration("core", "0001_initial", 'ops.RunSQL("SELECT 1"),' + table("core", "Person"))
    packages.migration("core", "0002_post", table("core", "Post"), needs=[("core", "0001_initial")])
    await db.migrations.migrate(url, packages.apps)
    with pytest.raises(db.MigrationRefused, match=r"core\.0001_initial cannot be undone: Run SQL has no reverse"):
        await db.migrations.unapply(url, packages.apps, "core")
    assert await tables(url) == {"person", "post"}


async def test_a_database_newer_than_the_code_is_left_alone(url: str, county: Packages) -> None:
    await db.migrations.migrate(url, county.apps)
    (county.path("market") / "0002_more.py").unlink()
    with pytest.raises(db.MigrationRefused, match=r"newer than this code: market\.0002_more"):
        await db.migrations.migrate(url, county.apps)
    with pytest.raises(db.MigrationRefused, match="newer than this code"):
        await db.migrations.unapply(url, county.apps, "market")


async def test_a_migration_outside_a_transaction_is_refused(url: str, packages: Packages) -> None:
    packages.app("core")
    packages.migration("core", "0001_initial", table("core", "Person"), atomic=False)
    with pytest.raises(db.MigrationRefused, match="atomic = False"):
        await db.migrations.migrate(url, packages.apps)
    assert (await db.migrations.review(packages.apps, "core"))[0].startswith("core.0001_initial: atomic = False")


FAILING = """
async def fail(apps, editor):
    await editor.client.execute_query("INSERT INTO person DEFAULT VALUES")
    raise ZeroDivisionError("half-way")
"""


async def test_a_migration_that_fails_leaves_the_database_as_it_was(url: str, county: Packages) -> None:
    half = table("mail", "Half") + "ops.RunPython(fail)," + table("mail", "Never")
    county.migration("mail", "0002_half", half, needs=[("mail", "0001_initial")], helpers=FAILING)
    with pytest.raises(ZeroDivisionError):
        await db.migrations.migrate(url, county.apps)
    assert await tables(url) == {"person", "post", "item", "stall", "letter"}
    assert await ask(url, "SELECT id FROM person") == []
    assert await db.migrations.pending(url, county.apps) == ["mail.0002_half"]
    county.migration("mail", "0003_whole", table("mail", "Whole"), needs=[("mail", "0001_initial")])
    (county.path("mail") / "0002_half.py").unlink()
    sys.modules.pop(f"{county.apps['mail'].migrations}.0002_half", None)
    assert await db.migrations.migrate(url, county.apps) == ["mail.0003_whole"]


def crash(*_: object) -> None:
    raise KeyboardInterrupt


async def test_stock_tortoise_cannot_go_on_after_a_crash_before_its_record(
    url: str, county: Packages, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(MigrationRecorder, "record_applied", crash)
        with pytest.raises(KeyboardInterrupt):
            await stock_migrate(url, county.apps)
    with pytest.raises(OperationalError, match="already exists"):
        await stock_migrate(url, county.apps)


async def test_a_crash_before_the_record_takes_the_migration_with_it(
    url: str, county: Packages, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(plan, "record", crash)
        with pytest.raises(KeyboardInterrupt):
            await db.migrations.migrate(url, county.apps)
    assert await tables(url) == set()
    assert await db.migrations.migrate(url, county.apps) == EVERYTHING


def module(packages: Packages, label: str) -> str:
    return packages.apps[label].models[0].removesuffix(".models")


async def migrating(url: str, packages: Packages, **environment: str) -> asyncio.subprocess.Process:
    named = [part for label in packages.apps for part in (label, module(packages, label))]
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        url,
        *named,
        env={**os.environ, "PYTHONPATH": str(packages.folder), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


KILLED = """
import os, signal

async def die(apps, editor):
    if os.environ.get("DIE"):
        os.kill(os.getpid(), signal.SIGKILL)
"""


async def test_a_killed_migration_runs_clean_the_next_time(url: str, packages: Packages) -> None:
    packages.app("core")
    packages.migration("core", "0001_initial", table("core", "Person"))
    half = table("core", "Post") + "ops.RunPython(die),"
    packages.migration("core", "0002_post", half, needs=[("core", "0001_initial")], helpers=KILLED)
    first = await migrating(url, packages, DIE="1")
    assert await asyncio.wait_for(first.wait(), PATIENCE) == -signal.SIGKILL
    assert await tables(url) == {"person"}
    second = await migrating(url, packages)
    out, problems = await asyncio.wait_for(second.communicate(), PATIENCE)  # that it ends at all is part of the check
    assert out.decode().split() == ["core.0002_post"], problems.decode()


SLOW = """
import asyncio

async def rest(apps, editor):
    await asyncio.sleep(1.2)
    await editor.client.execute_query("INSERT INTO person DEFAULT VALUES")
"""


def slow(packages: Packages) -> Packages:
    packages.app("core")
    packages.migration("core", "0001_initial", table("core", "Person") + "ops.RunPython(rest),", helpers=SLOW)
    return packages


async def test_a_stock_run_breaks_on_another_that_came_after_its_plan(
    url: str, packages: Packages, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow(packages)
    project_state = MigrationExecutor._project_state

    async def overtaken(executor: MigrationExecutor, *args: Any, **named: Any) -> Any:
        monkeypatch.setattr(MigrationExecutor, "_project_state", project_state)
        await asyncio.create_task(stock_migrate(url, packages.apps))  # nothing keeps it out: the first holds no lock
        return await project_state(executor, *args, **named)

    monkeypatch.setattr(MigrationExecutor, "_project_state", overtaken)
    with pytest.raises(OperationalError, match="already exists"):
        await stock_migrate(url, packages.apps)


async def test_two_runs_at_once_wait_for_each_other(url: str, packages: Packages) -> None:
    slow(packages)
    both = await asyncio.gather(*(db.migrations.migrate(url, packages.apps) for _ in range(2)))
    assert sorted(both) == [[], ["core.0001_initial"]]
    assert len(await ask(url, "SELECT id FROM person")) == 1


async def test_two_processes_wait_for_each_other(url: str, packages: Packages) -> None:
    slow(packages)
    both = [await migrating(url, packages) for _ in range(2)]
    answers = [(await asyncio.wait_for(one.communicate(), PATIENCE), one.returncode) for one in both]
    assert [code for _, code in answers] == [0, 0], answers
    assert sorted(out.decode().strip() for (out, _), _ in answers) == ["", "core.0001_initial"]


async def test_an_error_while_asking_what_is_applied_is_not_taken_for_nothing(url: str, county: Packages) -> None:
    await db.migrations.migrate(url, county.apps)
    asked: list[str] = []

    class Flaky:
        def __init__(self, client: Any) -> None:
            self.capabilities = client.capabilities
            self.client = client

        async def execute_query(self, query: str, values: Any = None) -> Any:
            asked.append(query)
            if "name" in query and 'FROM "tortoise_migrations"' in query:
                raise OperationalError("disk I/O error")
            return await self.client.execute_query(query, values)

    async with TortoiseContext() as context:
        context.connections._init_config(db.tortoise_config(url, county.apps)["connections"])
        client = Flaky(context.connections.get("default"))
        assert await MigrationRecorder(client).applied_migrations() == []  # the planted control
        with pytest.raises(OperationalError, match="disk"):
            await plan.recorded(client)
    assert len(asked) >= 2


async def test_migrating_does_not_disturb_a_database_that_is_started(url: str, county: Packages) -> None:
    from .test_units import APPS, Basket

    await db.start(url, APPS)
    try:
        from cunli.testing import databases

        await databases.create_tables()
        await db.run_unit(Basket.create, name="plum")
        await db.migrations.migrate(url, county.apps)
        await db.run_unit(Basket.create, name="pear")
        assert await Basket.all().count() == 2
        assert (await db.read("PRAGMA foreign_keys" if url.startswith("sqlite") else "SELECT 1"))[0][0] == 1
    finally:
        await db.stop()
