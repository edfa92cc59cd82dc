"""Running migrations and undoing them: each in one transaction together with its record."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.context import TortoiseContext
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.migration import Migration
from tortoise.migrations.operations import AddField, AddIndex, CreateModel, RunSQL, TortoiseOperation
from tortoise.migrations.schema_generator.state import State

from cunli.db.config import CONNECTION, Apps, tortoise_config
from cunli.db.errors import MigrationRefused
from cunli.db.schema import plan
from cunli.db.schema.editors import editor_for
from cunli.db.schema.lock import alone
from cunli.db.units import entered, finish

# They never look at the schema of before, and a copy of it costs more than all the rest: half a second for each table that
# comes, of which there are more than sixty. By exact kind: a subclass may look.
_LOOKS_AHEAD_ONLY: Final = (CreateModel, AddField, AddIndex, RunSQL)

Progress = Callable[[str, str], object]
Work = Callable[[], Awaitable[None]]

# A migration that waits for a lock makes everybody behind it wait too; better to fail and be run again at night.
_LIMITS: Final = "SET LOCAL lock_timeout = 60000; SET LOCAL statement_timeout = 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    client: Any
    loader: plan.Loader
    applied: set[MigrationKey]
    progress: Progress


def _silent(event: str, migration: str) -> None:
    del event, migration


async def _nothing() -> None:
    """What there is to do beside the migrations, unless somebody says so."""


async def pending(url: str, apps: Apps) -> list[str]:
    """Migrations that are installed but not applied, in the order they would run. Empty means the database is ready."""
    async with _opened(url, apps) as client:
        loader = await plan.loaded(_configured(url, apps))
        applied = await plan.recorded(client)
        return [str(key) for key in loader.order() if key not in applied]


async def known(url: str, apps: Apps) -> set[tuple[str, str]]:
    """Every installed migration, as (app, name). Asks no database."""
    loader = await plan.loaded(_configured(url, apps))
    return {(key.app_label, key.name) for key in loader.order()}


async def migrate(url: str, apps: Apps, *, label: str | None = None, progress: Progress = _silent) -> list[str]:
    """Apply what is missing and return what was applied. Only forward, never back.

    With `label`, only that app's migrations and what they depend on; the other apps stay visible.
    `progress` is called with `("apply", "core.0001_initial")` before each and `("done", …)` after it.
    A migration that fails leaves the database as it was before that migration.
    """
    async with _opened(url, apps) as client, alone(client):
        run = await _prepared(client, url, apps, progress)
        wanted = run.loader.needed_for(_known(label, apps)) if label is not None else set(run.loader.order())
        todo = [key for key in run.loader.order() if key in wanted and key not in run.applied]
        _refuse_gaps(run)
        await _forward(run, todo)
        return [str(key) for key in todo]


async def unapply(
    url: str, apps: Apps, label: str, *, progress: Progress = _silent, before: Work = _nothing, after: Work = _nothing
) -> list[str]:
    """Undo every migration of one app, newest first, and drop its tables. Refused while another app stands on it.

    All of it is one transaction, and `before` (the tables are there) and `after` (they are gone) run inside it as in a
    unit: if anything fails, or the process dies, the database is as it was.
    """
    async with _opened(url, apps) as client, alone(client):
        run = await _prepared(client, url, apps, progress)
        standing = run.loader.dependents(_known(label, apps), run.applied)
        earlier: dict[MigrationKey, State] = {}
        pointing = plan.pointing_at(label, await _state(run, label, earlier))
        if standing or pointing:
            raise MigrationRefused(
                f"{label} cannot go: {', '.join([*map(str, standing), *pointing])} depends on it; remove that app first"
            )
        ours = list(earlier)
        for key in ours:
            _refuse_irreversible(key, run.loader.migration(key))
        async with _transaction(run.client) as connection:
            await before()
            for key in reversed(ours):
                await _backward(connection, run, key, earlier[key])
            EXECUTOR_CACHE.clear()
            await after()
        return [str(key) for key in reversed(ours)]


@contextlib.asynccontextmanager
async def _opened(url: str, apps: Apps) -> AsyncIterator[Any]:
    """A connection of its own. No models are loaded: migrations carry their own idea of the tables."""
    async with TortoiseContext() as context:
        context.connections._init_config(tortoise_config(url, apps)["connections"])
        yield context.connections.get(CONNECTION)


def _configured(url: str, apps: Apps) -> dict[str, dict[str, Any]]:
    configured: dict[str, dict[str, Any]] = tortoise_config(url, apps)["apps"]
    return configured


def _known(label: str, apps: Apps) -> str:
    if label not in apps:
        raise MigrationRefused(f"no app is called {label!r}; there are {', '.join(apps)}")
    return label


async def _prepared(client: Any, url: str, apps: Apps, progress: Progress) -> _Run:
    configured = _configured(url, apps)
    loader = await plan.loaded(configured)
    async with client.transaction(limits=_LIMITS) as connection:
        await plan.make_record_table(connection, editor_for(connection, plan.blank_state(configured)))
    applied = await plan.recorded(client)
    strange = sorted(key for key in applied if key.app_label in apps and key not in loader.disk_migrations)
    if strange:
        raise MigrationRefused(
            f"the database is newer than this code: {', '.join(map(str, strange))} is applied but not installed"
        )
    return _Run(client=client, loader=loader, applied=applied, progress=progress)


def _refuse_gaps(run: _Run) -> None:
    for key in run.loader.disk_migrations:
        if not run.loader.migration(key).atomic:
            raise MigrationRefused(f"{key} says atomic = False: a migration here is one transaction with its record")


def _refuse_irreversible(key: MigrationKey, migration: Migration) -> None:
    for operation in migration.operations:
        if not getattr(operation, "reversible", True):
            raise MigrationRefused(f"{key} cannot be undone: {operation.describe()} has no reverse")


async def _state(run: _Run, label: str = "", earlier: dict[MigrationKey, State] | None = None) -> State:
    """The schema as it is now; `earlier` is given the schema before each applied migration of `label`."""
    state = plan.blank_state(run.loader.apps_config)
    for key in run.loader.order():
        if key not in run.applied:
            continue
        if earlier is not None and key.app_label == label:
            earlier[key] = state.clone()
        await run.loader.migration(key).apply(state, dry_run=True)
    return state


async def _forward(run: _Run, todo: Sequence[MigrationKey]) -> None:
    if not todo:
        return
    state = await _state(run)
    for key in todo:
        run.progress("apply", str(key))
        async with _transaction(run.client) as connection:
            await _operate(connection, key, run.loader.migration(key), state)
            await plan.record(connection, key)
        run.applied.add(key)
        run.progress("done", str(key))


async def _operate(connection: Any, key: MigrationKey, migration: Migration, state: State) -> None:
    for operation in migration.operations:
        if not isinstance(operation, TortoiseOperation):
            raise MigrationRefused(f"{key}: {type(operation).__name__} is not supported; write RunSQL")
        before = state if type(operation) in _LOOKS_AHEAD_ONLY else state.clone()
        operation.state_forward(key.app_label, state)
        EXECUTOR_CACHE.clear()  # it knows tables by name, not by shape: RunPython would write the columns of before
        await operation.database_forward(key.app_label, before, state, editor_for(connection, state))
    state.validate_relations_initialized()


async def _backward(connection: Any, run: _Run, key: MigrationKey, state: State) -> None:
    run.progress("undo", str(key))
    steps: list[tuple[TortoiseOperation, State, State]] = []
    for operation in run.loader.migration(key).operations:
        before, state = state, state.clone()
        assert isinstance(operation, TortoiseOperation)
        operation.state_forward(key.app_label, state)
        steps.append((operation, before, state))
    for operation, before, after in reversed(steps):
        EXECUTOR_CACHE.clear()
        await operation.database_backward(key.app_label, after, before, editor_for(connection, before))
    await plan.forget(connection, key)
    run.applied.discard(key)
    run.progress("done", str(key))


@contextlib.asynccontextmanager
async def _transaction(client: Any) -> AsyncIterator[Any]:
    """One migration, or the undoing of an app. On SQLite tables are remade with foreign keys off (DROP TABLE would empty their children) and checked at the end."""
    sqlite = client.capabilities.dialect == "sqlite"
    if sqlite:
        await client.on_writer(lambda connection: connection.execute("PRAGMA foreign_keys=OFF"))
    try:
        async with client.transaction(limits=_LIMITS) as connection:
            with entered(connection) as running:
                yield connection
                await finish(running)
            if sqlite:
                await _check_keys(connection)
    finally:
        if sqlite:
            await client.on_writer(lambda connection: connection.execute("PRAGMA foreign_keys=ON"))


async def _check_keys(connection: Any) -> None:
    _, broken = await connection.execute_query("PRAGMA foreign_key_check")
    if broken:
        named = ", ".join(f"{row['table']} row {row['rowid']} → {row['parent']}" for row in broken[:5])
        raise MigrationRefused(f"{len(broken)} rows would point at nothing: {named}")
