"""T6: a plugin's tables go forward, away and forward again with rows in them; one run at a time; never at start-up."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from cunli import db
from cunli.db import migrations
from cunli.registry import Registry
from cunli.rooms import APP
from cunli.testing.plugins import Install, plugin_source
from cunli.testing.templates import EmptyDatabases
from cunli.testing.working import PATIENCE, until

from .operators import environment
from .removing import brought_back, cunli, migrate, own_database, site_of, tables_there, taken_away

ALL = ["sample.0001_initial", "sample.0002_pinned_at", "sample.0003_post_index", "sample.0004_author"]


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_t06_forward_away_and_forward_again_with_rows_of_before_the_second_last(
    engine: str, databases_with_sample: EmptyDatabases, sample: Path, tmp_path: Path
) -> None:
    async with own_database(engine, databases_with_sample, tmp_path) as url:
        async with site_of(url, tmp_path, "sample") as site:
            await taken_away(site, "sample", tmp_path / "empty")
            village = site["heping"].id
        later = [hidden(path) for path in sorted((sample / "cunli_sample/migrations").glob("000[234]*.py"))]
        assert await migrate(url, "sample") == ALL[:1]
        await with_core(url, "INSERT INTO sample_note (village_id, words) VALUES (?, '早先的')", village)
        for back in later:
            shown(back)
        assert await migrate(url, "sample") == ALL[1:]
        async with site_of(url, tmp_path, "sample", county=False) as site:
            (note,) = await db.read("SELECT id, village_id, words, pinned_at FROM sample_note")
            assert (note["words"], note["pinned_at"]) == ("早先的", None)
            removed = await taken_away(site, "sample", tmp_path / "out")
            assert removed.undone == tuple(reversed(ALL))
            assert not [table for table in await tables_there() if table.startswith("sample_")]
            assert await migrate(url, "sample") == ALL
            await brought_back("sample", tmp_path / "out")
            again = await db.read("SELECT id, village_id, words, pinned_at FROM sample_note")
            assert [dict(row) for row in again] == [dict(note)]


def hidden(path: Path) -> Path:
    """As if the version that brought this migration were not installed yet."""
    sys.modules.pop(f"cunli_sample.migrations.{path.stem}", None)
    return path.rename(path.with_suffix(".later"))


def shown(path: Path) -> None:
    path.rename(path.with_suffix(".py"))


async def with_core(url: str, sql: str, *values: object) -> None:
    """Write while only the core runs, as the older version would have."""
    await db.start(url, {"core": APP})
    try:
        await db.run_unit(db.write, sql, *values)
    finally:
        await db.stop()


# -- two at once -------------------------------------------------------------------------------------------------------

# the first run stands still inside its migration until both have begun
WAITING = """
from tortoise import fields, migrations
from tortoise.migrations import operations as ops
import asyncio, os, pathlib

async def wait(apps, editor):
    folder = pathlib.Path(os.environ["CUNLI_TOGETHER"])
    (folder / f"inside-{os.getpid()}").touch()
    while not (folder / "go").exists():
        await asyncio.sleep(0.02)

class Migration(migrations.Migration):
    dependencies = []
    operations = [
        ops.CreateModel(
            name="Slow",
            fields=[("id", fields.IntField(generated=True, primary_key=True))],
            options={"table": "slow_thing", "app": "slow", "pk_attr": "id"},
        ),
        ops.RunPython(wait, reverse_code=wait),
    ]
"""
MODELS = """
from tortoise import fields
from tortoise.models import Model

class Slow(Model):
    scope = "county"
    id = fields.IntField(primary_key=True)
    class Meta:
        table = "slow_thing"
"""
RUN = """
import asyncio, contextlib, os, pathlib
from cunli.db import migrations
from cunli.db.schema import apply, plan
from cunli.registry import Registry
from cunli.rooms import APP

def tell(what):
    pathlib.Path(os.environ["CUNLI_TOGETHER"], f"{{what}}-{{os.getpid()}}").touch()

locked, recorded = apply.alone, plan.recorded

def asking(client):
    tell("asking")
    return contextlib.nullcontext() if {unguarded!r} else locked(client)

async def planning(client):
    found = await recorded(client)
    tell("planned")
    return found

apply.alone, plan.recorded = asking, planning
apps = {{"core": APP, **Registry.load(["slow"]).apps()}}
print(*asyncio.run(migrations.migrate({url!r}, apps)))
"""


async def two_at_once(url: str, folder: Path, *, unguarded: bool = False) -> list[tuple[int, str]]:
    """Two processes migrate; the first is held inside its migration until the second is under way."""
    folder.mkdir()
    together = {**environment(url), "CUNLI_TOGETHER": str(folder)}

    async def one() -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", RUN.format(url=url, unguarded=unguarded)),
            env=together,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def files(pattern: str, count: int) -> bool:
        return len(list(folder.glob(pattern))) >= count

    first = await one()
    await until(lambda: files("inside-*", 1))
    second = await one()
    await until(lambda: files("planned-*" if unguarded else "asking-*", 2))
    (folder / "go").touch()
    said = [await asyncio.wait_for(process.communicate(), 2 * PATIENCE) for process in (first, second)]
    return [(int(p.returncode or 0), out.decode().strip()) for p, (out, _) in zip((first, second), said, strict=True)]


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_t06_two_processes_at_once_give_one_applied_set(
    engine: str, databases_with_sample: EmptyDatabases, install: Install, sample: Path, tmp_path: Path
) -> None:
    files = {"models.py": MODELS, "migrations/__init__.py": "", "migrations/0001_initial.py": WAITING}
    manifest = "models='cunli_slow.models', migrations='cunli_slow.migrations'"
    install("slow", plugin_source(manifest=manifest), files=files)
    async with own_database(engine, databases_with_sample, tmp_path) as url:
        told = await two_at_once(url, tmp_path / "together")
        assert told == [(0, "slow.0001_initial"), (0, "")]
        assert len(list((tmp_path / "together").glob("inside-*"))) == 1, "the second found it done"
        await db.start(url, {"core": APP})
        try:
            assert await migrations.applied("slow") == ["0001_initial"]
        finally:
            await db.stop()


async def test_t06_control_without_the_lock_the_second_breaks(
    databases_with_sample: EmptyDatabases, install: Install, sample: Path, tmp_path: Path
) -> None:
    files = {"models.py": MODELS, "migrations/__init__.py": "", "migrations/0001_initial.py": WAITING}
    manifest = "models='cunli_slow.models', migrations='cunli_slow.migrations'"
    install("slow", plugin_source(manifest=manifest), files=files)
    async with own_database("postgres", databases_with_sample, tmp_path) as url:
        (first, done), (second, _) = await two_at_once(url, tmp_path / "together", unguarded=True)
        assert (first, done, second != 0) == (0, "slow.0001_initial", True)


# -- never at start-up -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_t06_serve_refuses_while_migrations_wait_and_applies_none(
    engine: str, databases_with_sample: EmptyDatabases, sample: Path, tmp_path: Path
) -> None:
    async with own_database(engine, databases_with_sample, tmp_path) as url:
        async with site_of(url, tmp_path, "sample") as site:
            await taken_away(site, "sample", tmp_path / "out")
        told = await cunli(url, "serve", "--port", "1", plugins="sample")
        assert (told.code, "4 migrations are waiting: sample.0001_initial" in told.err) == (3, True), told
        assert "Run: cunli migrate" in told.err
        assert await migrations.pending(url, {"core": APP, **Registry.load(["sample"]).apps()}) == ALL
