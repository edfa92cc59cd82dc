"""Throw-away apps on disk, with models and migrations, and the stock way of migrating them."""

from __future__ import annotations

import importlib
import itertools
import sys
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from cunli import db

_numbers = itertools.count()

MIGRATION = """
from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

{helpers}

class Migration(migrations.Migration):
    dependencies = {dependencies!r}
    atomic = {atomic!r}
    operations = [
{operations}
    ]
"""

MODELS = """
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

{models}
"""


@dataclass
class Packages:
    """A folder on `sys.path` with one package for each app; names are never used twice in a run."""

    folder: Path
    number: int = field(default_factory=lambda: next(_numbers))
    apps: dict[str, db.AppConfig] = field(default_factory=dict)

    def app(self, label: str, models: str = "") -> None:
        package = self.folder / self._name(label)
        (package / "migrations").mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "migrations" / "__init__.py").touch()
        self.models(label, models)
        name = self._name(label)
        self.apps[label] = db.AppConfig(models=(f"{name}.models",), migrations=f"{name}.migrations")

    def models(self, label: str, models: str) -> None:
        """(Re)write the models of an app, as if it had been upgraded."""
        name = f"{self._name(label)}.models"
        text = (
            MODELS.format(models=dedent(models))
            + f"\n# {next(_numbers)}: another length, so that no cached code is used\n"
        )
        (self.folder / self._name(label) / "models.py").write_text(text)
        sys.modules.pop(name, None)
        importlib.invalidate_caches()

    def migration(
        self,
        label: str,
        name: str,
        operations: str,
        *,
        needs: list[tuple[str, str]] | None = None,
        helpers: str = "",
        atomic: bool = True,
    ) -> None:
        text = MIGRATION.format(
            dependencies=needs or [],
            operations=indent(dedent(operations), " " * 8),
            helpers=dedent(helpers),
            atomic=atomic,
        )
        (self.path(label) / f"{name}.py").write_text(text)
        importlib.invalidate_caches()

    def path(self, label: str) -> Path:
        return self.folder / self._name(label) / "migrations"

    def _name(self, label: str) -> str:
        return f"{label}_{self.number}"

    def only(self, *labels: str) -> dict[str, db.AppConfig]:
        return {label: self.apps[label] for label in labels}


def stock_config(url: str, apps: dict[str, db.AppConfig]) -> dict[str, Any]:
    plain = url.replace("sqlite:///", "sqlite://").replace("postgresql://", "asyncpg://")
    configured = {
        label: {"models": list(app.models), "migrations": app.migrations, "default_connection": "default"}
        for label, app in apps.items()
    }
    return {"connections": {"default": plain}, "apps": configured}


async def stock_migrate(
    url: str, apps: dict[str, db.AppConfig], *targets: tuple[str, str], direction: str = "both"
) -> None:
    """Migrate the way Tortoise does it: the planted control of each check."""
    config = stock_config(url, apps)
    async with TortoiseContext() as context:
        context.connections._init_config({"default": config["connections"]["default"]})
        executor = MigrationExecutor(context.connections.get("default"), config["apps"])
        await executor.migrate([MigrationTarget(*target) for target in targets] or None, direction=direction)


async def ask(url: str, sql: str, *args: Any) -> list[tuple[Any, ...]]:
    """Rows as plain tuples, through a connection that belongs to nobody. A script of several statements answers nothing."""
    if url.startswith("sqlite"):
        import sqlite3

        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        try:
            if ";" in sql and not args:
                connection.executescript(sql)
                return []
            return connection.execute(sql, args).fetchall()
        finally:
            connection.close()
    import asyncpg

    server = await asyncpg.connect(url)
    try:
        if ";" in sql and not args:
            await server.execute(sql)
            return []
        return [tuple(row) for row in await server.fetch(sql, *args)]
    finally:
        await server.close()


async def tables(url: str) -> set[str]:
    if url.startswith("sqlite"):
        rows = await ask(url, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    else:
        rows = await ask(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {row[0] for row in rows} - {"tortoise_migrations"}


async def applied(url: str) -> set[str]:
    return {f"{app}.{name}" for app, name in await ask(url, "SELECT app, name FROM tortoise_migrations")}
