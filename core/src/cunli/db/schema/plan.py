"""Which migrations exist, which are applied, and in what order the rest must run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from tortoise.migrations.graph import MigrationGraph, MigrationKey
from tortoise.migrations.loader import MigrationLoader
from tortoise.migrations.migration import Migration
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model

from cunli.db.config import CONNECTION
from cunli.db.errors import MigrationRefused

_TABLE = "tortoise_migrations"


class Graph(MigrationGraph):
    """First and last are meant within one app, as in Django; stock Tortoise means the whole graph and then finds none."""

    def leaf_nodes(self, app_label: str | None = None) -> list[MigrationKey]:
        return sorted(
            node.key
            for node in self.node_map.values()
            if app_label in {None, node.key.app_label}
            and all(child.key.app_label != node.key.app_label for child in node.children)
        )

    def root_nodes(self, app_label: str | None = None) -> list[MigrationKey]:
        return sorted(
            node.key
            for node in self.node_map.values()
            if app_label in {None, node.key.app_label}
            and all(parent.key.app_label != node.key.app_label for parent in node.parents)
        )


class Loader(MigrationLoader):
    """Reads the migrations on disk into our graph; never asks the database."""

    def __init__(self, apps: dict[str, dict[str, Any]]) -> None:
        super().__init__(apps, MigrationRecorder(None))

    async def build_graph(self) -> None:
        self.load_disk()
        self.graph = Graph()
        for key, migration in self.disk_migrations.items():
            self.graph.add_node(key, migration)
        for key, migration in self.disk_migrations.items():
            if missing := sorted({app for app, _ in migration.dependencies} - set(self.apps_config)):
                raise MigrationRefused(f"{key} depends on {', '.join(missing)}, which is not installed")
            self._add_internal_dependencies(key, migration)
        for key, migration in self.disk_migrations.items():
            self._add_external_dependencies(key, migration)
        self.graph.validate_consistency()

    def order(self) -> list[MigrationKey]:
        """Every migration on disk, parents first, apps in the order they were given."""
        ordered: dict[MigrationKey, None] = {}
        for label in self.apps_config:
            for leaf in self.graph.leaf_nodes(label):
                ordered.update(dict.fromkeys(self.graph.forwards_plan(leaf)))
        return list(ordered)

    def needed_for(self, label: str) -> set[MigrationKey]:
        """One app's migrations and whatever they depend on."""
        return {key for leaf in self.graph.leaf_nodes(label) for key in self.graph.forwards_plan(leaf)}

    def dependents(self, label: str, applied: Iterable[MigrationKey]) -> list[MigrationKey]:
        """Applied migrations of other apps that stand on this app's."""
        return sorted(
            key
            for key in applied
            if key.app_label != label
            and key in self.graph.node_map
            and any(parent.key.app_label == label for parent in self.graph.node_map[key].parents)
        )

    def migration(self, key: MigrationKey) -> Migration:
        found = self.graph.nodes.get(key)
        if found is None:
            raise MigrationRefused(f"{key} is recorded as applied but its file is not installed")
        return found


async def loaded(apps: dict[str, dict[str, Any]]) -> Loader:
    """The migrations on disk. A missing or unknown dependency is named."""
    loader = Loader(apps)
    try:
        await loader.build_graph()
    except ValueError as exc:
        raise MigrationRefused(str(exc)) from exc
    return loader


class _Known(StateApps):
    """The models of a schema. Stock Tortoise makes the queries of all of them again whenever one changes."""

    def _build_initial_querysets(self) -> None:
        whole = self.apps
        self.apps = {
            app: {name: one for name, one in models.items() if not _built(one)} for app, models in whole.items()
        }
        try:
            super()._build_initial_querysets()
        finally:
            self.apps = whole


def _built(model: type[Model]) -> bool:
    """A model that changes is made anew, together with those that point at it: see `State.reload_models`."""
    return bool(model._meta.basetable.get_table_name())


def blank_state(apps: dict[str, dict[str, Any]]) -> State:
    """The schema before the first migration."""
    return State(models={}, apps=_Known(default_connections=dict.fromkeys(apps, CONNECTION)))


def pointing_at(label: str, state: State) -> list[str]:
    """Keys of other apps' tables that point into this app, whether or not their migrations say so."""
    return [
        f"{app}.{model.name}.{name}"
        for (app, _), model in state.models.items()
        if app != label
        for name, field in model.fields.items()
        if isinstance(target := getattr(field, "model_name", None), str) and target.startswith(f"{label}.")
    ]


async def recorded(client: Any) -> set[MigrationKey]:
    """What the database says is applied. Stock Tortoise takes every error here for “nothing yet”; only a missing table is."""
    if client.capabilities.dialect == "sqlite":
        exists = f"SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{_TABLE}'"  # noqa: S608
    else:
        exists = f"SELECT 1 WHERE to_regclass('{_TABLE}') IS NOT NULL"
    if not (await client.execute_query(exists))[1]:
        return set()
    _, rows = await client.execute_query(f'SELECT app, name FROM "{_TABLE}"')  # noqa: S608
    return {MigrationKey(app_label=row["app"], name=row["name"]) for row in rows}


async def make_record_table(connection: Any, editor: Any) -> None:
    """Create the table of applied migrations, in Tortoise's own shape."""
    await MigrationRecorder(connection).ensure_schema(editor)


async def record(connection: Any, key: MigrationKey) -> None:
    """Write down an applied migration through the connection of its own transaction."""
    await connection.execute_insert(
        *_with_marks(
            connection, 'INSERT INTO "{table}" (app, name, applied_at) VALUES ({marks})', key, datetime.now(UTC)
        )
    )


async def forget(connection: Any, key: MigrationKey) -> None:
    """Strike out a migration that has been undone."""
    marks = ("?", "?") if connection.capabilities.dialect == "sqlite" else ("$1", "$2")
    strike = f'DELETE FROM "{_TABLE}" WHERE app = {marks[0]} AND name = {marks[1]}'  # noqa: S608
    await connection.execute_query(strike, [key.app_label, key.name])


def _with_marks(connection: Any, template: str, key: MigrationKey, at: datetime) -> tuple[str, list[Any]]:
    marks = "?, ?, ?" if connection.capabilities.dialect == "sqlite" else "$1, $2, $3"
    return template.format(table=_TABLE, marks=marks), [key.app_label, key.name, at]
