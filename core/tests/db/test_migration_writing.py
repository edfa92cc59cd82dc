"""Comparing models with migrations, and writing the next one: for the core and for authors of plugins."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector

from cunli import db

from .packages import Packages, ask, stock_config, tables

CORE = '''
class Village(Model):
    """A village."""
    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=40)

    class Meta:
        table = "village"
'''

MARKET = '''
from enum import StrEnum

from cunli.clock import now
from cunli.db import VillageModel

class State(StrEnum):
    OPEN = "open"

class Item(VillageModel):
    """Something for sale."""
    id = fields.IntField(primary_key=True)
    village = fields.ForeignKeyField("core.Village", related_name=False, on_delete=fields.OnDelete.RESTRICT)
    state = fields.CharField(max_length=8, default=State.OPEN)
    made_at = fields.DatetimeField(default=now)
    key = fields.CharField(max_length=8, default=lambda: "k")

    class Meta:
        table = "market_item"
        constraints = (CheckConstraint(check="state <> ''", name="market_item_has_state"),)
'''


@pytest.fixture
def county(packages: Packages) -> Packages:
    packages.app("core", CORE)
    packages.app("market", MARKET)
    return packages


async def make(packages: Packages, label: str, **options: Any) -> str:
    """The name of the migration that was written, ready to be imported."""
    path = await db.migrations.make(packages.apps, label, **options)
    assert path is not None
    for name in [name for name in sys.modules if name.startswith(f"{packages.apps[label].migrations}.")]:
        sys.modules.pop(name)
    return path.stem


def text(packages: Packages, label: str, name: str) -> str:
    return (packages.path(label) / f"{name}.py").read_text("utf-8")


async def stock_writers(packages: Packages) -> dict[str, Any]:
    config = stock_config("sqlite:///nothing.db", packages.apps)
    async with TortoiseContext() as context:
        await context.init(config, init_connections=False)
        assert context.apps is not None
        return {
            writer.app_label: writer for writer in await MigrationAutodetector(context.apps, config["apps"]).changes()
        }


async def test_models_without_migrations_drift_until_one_is_written_and_applied(url: str, county: Packages) -> None:
    assert await db.migrations.drift(county.apps) == {"core": ["Create model Village"], "market": ["Create model Item"]}
    assert await make(county, "core") == "0001_initial"
    assert await make(county, "market") == "0001_initial"
    assert await db.migrations.drift(county.apps) == {}
    assert await db.migrations.make(county.apps, "core") is None
    await db.migrations.migrate(url, county.apps)
    assert await tables(url) == {"village", "market_item"}
    with pytest.raises(Exception, match="market_item_has_state"):
        await ask(url, "INSERT INTO market_item (village_id, state, made_at, key) VALUES (1, '', '2026-01-01', '')")


async def test_a_plugins_first_migration_names_the_cores_first_whatever_else_there_is(county: Packages) -> None:
    """So that the plugin can be installed on an older core that it still supports."""
    await make(county, "core")
    county.models("core", CORE.replace("max_length=40", "max_length=60"))
    longer = await make(county, "core", name="Longer names!")
    assert longer == "0002_longer_names"
    assert (await stock_writers(county))["market"].dependencies == [
        ("core", "0002_longer_names")
    ]  # the planted control
    await make(county, "market")
    assert "dependencies = [('core', '__first__')]" in text(county, "market", "0001_initial")


async def test_stock_tortoise_writes_no_dependency_when_both_are_new(county: Packages) -> None:
    assert (await stock_writers(county))["market"].dependencies == []


async def test_a_key_to_a_later_table_names_the_migration_that_makes_it(county: Packages) -> None:
    await make(county, "core")
    await make(county, "market")
    street = '\nclass Street(Model):\n    id = fields.IntField(primary_key=True)\n\n    class Meta:\n        table = "street"\n'
    county.models("core", CORE + street)
    county.models(
        "market",
        MARKET.replace(
            "    state =",
            '    street = fields.ForeignKeyField("core.Street", related_name=False, null=True)\n    state =',
        ),
    )
    assert await make(county, "core") == "0002_create_model_street"
    name = await make(county, "market")
    assert "dependencies = [('market', '0001_initial'), ('core', '0002_create_model_street')]" in text(
        county, "market", name
    )
    assert await db.migrations.pending("sqlite:///" + str(county.folder / "x.db"), county.apps) == [
        "core.0001_initial",
        "core.0002_create_model_street",
        "market.0001_initial",
        f"market.{name}",
    ]


async def test_only_the_app_that_is_asked_for_is_written(county: Packages) -> None:
    await make(county, "core")
    await make(county, "market")
    county.models("core", CORE.replace("max_length=40", "max_length=60"))
    county.models("market", MARKET.replace("max_length=8, default=State", "max_length=9, default=State"))
    await make(county, "market")
    assert list(await db.migrations.drift(county.apps)) == ["core"]


async def test_a_migration_imports_nothing_of_todays_code(county: Packages) -> None:
    await make(county, "market")
    written = text(county, "market", "0001_initial")
    assert "cunli" not in written
    assert "default='open'" in written
    with pytest.raises(ValueError, match="lambda"):  # the planted control
        (await stock_writers(await _without_migrations(county)))["market"].as_string()


async def _without_migrations(county: Packages) -> Packages:
    (county.path("market") / "0001_initial.py").unlink()
    return county


async def test_words_about_a_table_are_not_drift(county: Packages) -> None:
    await make(county, "core")
    county.models("core", CORE.replace("A village.", "A village, described better."))
    assert (await stock_writers(county))["core"].operations  # the planted control
    assert await db.migrations.drift(county.only("core")) == {}


NEW_COLUMN = CORE.replace("    name =", "    {line}\n    name =")


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("hills = fields.IntField()", False),
        ("hills = fields.IntField(default=0)", False),
        ("hills = fields.IntField(db_default=0)", True),
        ("hills = fields.IntField(null=True)", True),
    ],
)
async def test_a_new_column_must_have_a_value_for_rows_that_exist(
    line: str, allowed: bool, url: str, county: Packages
) -> None:
    await make(county, "core")
    apps = county.only("core")
    await db.migrations.migrate(url, apps)
    await ask(url, "INSERT INTO village (name) VALUES ('和平村')")
    county.models("core", NEW_COLUMN.format(line=line))
    if allowed:
        await make(county, "core")
        await db.migrations.migrate(url, apps)
        assert await db.migrations.review(county.apps, "core") == []
        return
    with pytest.raises(db.MigrationRefused, match=r"Village\.hills is NOT NULL .* db_default="):
        await db.migrations.make(county.apps, "core")
    # The planted control: the database would refuse it too, on the day of the upgrade.
    county.migration(
        "core",
        "0002_hills",
        f'ops.AddField(model_name="Village", name="hills", field={line.partition("= ")[2]}),',
        needs=[("core", "0001_initial")],
    )
    assert "Village.hills is NOT NULL" in (await db.migrations.review(county.apps, "core"))[0]
    with pytest.raises(Exception, match="(?i)null"):
        await db.migrations.migrate(url, apps)


LIKE_NAMED = CORE.replace("name = fields", "phone = fields").replace("max_length=40)", "max_length=40, db_default='')")


async def test_a_rename_is_only_what_was_said(url: str, county: Packages) -> None:
    """Guessing would show old phone numbers as mottos."""
    county.models("core", LIKE_NAMED)
    await make(county, "core")
    await db.migrations.migrate(url, county.only("core"))
    await ask(url, "INSERT INTO village (phone) VALUES ('13800138000')")
    county.models("core", LIKE_NAMED.replace("phone", "motto"))
    guessed = [operation.describe() for operation in (await stock_writers(county))["core"].operations]
    assert "Rename field phone to motto on Village" in guessed  # the planted control
    name = await make(county, "core")
    await db.migrations.migrate(url, county.only("core"))
    assert await ask(url, "SELECT motto FROM village") == [("",)]
    assert "RenameField" not in text(county, "core", name)


async def test_a_rename_that_was_said_keeps_the_values(url: str, county: Packages) -> None:
    county.models("core", LIKE_NAMED)
    await make(county, "core")
    await db.migrations.migrate(url, county.only("core"))
    await ask(url, "INSERT INTO village (phone) VALUES ('0571-1')")
    county.models("core", LIKE_NAMED.replace("phone", "office"))
    await make(county, "core", renames={"Village.phone": "office"})
    await db.migrations.migrate(url, county.only("core"))
    assert await ask(url, "SELECT office FROM village") == [("0571-1",)]


async def test_a_table_is_not_renamed_by_guessing_either(county: Packages) -> None:
    await make(county, "core")
    county.models("core", CORE.replace("class Village", "class Hamlet"))
    with pytest.raises(db.MigrationRefused, match="Village is gone and Hamlet looks the same"):
        await db.migrations.make(county.only("core"), "core")
    await make(county, "core", renames={"Village": "Hamlet"})
    assert await db.migrations.drift(county.only("core")) == {}


async def test_a_change_of_the_primary_key_is_refused(county: Packages) -> None:
    await make(county, "core")
    county.models("core", CORE.replace("id = fields.IntField", "id = fields.BigIntField"))
    writers = await stock_writers(county)
    assert "Remove field id from Village" in [operation.describe() for operation in writers["core"].operations]
    with pytest.raises(db.MigrationRefused, match="primary key of Village changed"):
        await db.migrations.make(county.apps, "core")


async def test_two_newest_migrations_are_refused(county: Packages) -> None:
    await make(county, "core")
    assert await db.migrations.review(county.apps, "core") == []
    for name in ("0002_here", "0002_there"):
        county.migration("core", name, "", needs=[("core", "0001_initial")])
    assert (
        "2 newest migrations (core.0002_here, core.0002_there)"
        in ((await db.migrations.review(county.apps, "core"))[0])
    )
    county.models("core", CORE.replace("max_length=40", "max_length=60"))
    with pytest.raises(db.MigrationRefused, match=r"two newest migrations \(core\.0002_here, core\.0002_there\)"):
        await db.migrations.make(county.apps, "core")


async def test_migrations_are_written_in_source_trees_only(
    packages: Packages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path / "site-packages"
    installed.mkdir()
    monkeypatch.syspath_prepend(str(installed))
    packages.folder = installed
    packages.app("core", CORE)
    with pytest.raises(db.MigrationRefused, match="installed package"):
        await db.migrations.make(packages.apps, "core")
    assert list(packages.path("core").glob("0*")) == []


async def test_an_app_without_migrations_is_told_so(county: Packages) -> None:
    bare = {"core": db.AppConfig(models=county.apps["core"].models)}
    assert await db.migrations.drift(bare) == {}
    for label in ("core", "plum"):
        with pytest.raises(db.MigrationRefused, match="no migrations package"):
            await db.migrations.make(bare, label)
