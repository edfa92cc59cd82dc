"""Comparing models with migrations, and writing the migration that is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Final

from tortoise.context import TortoiseContext
from tortoise.fields.relational import ForeignKeyFieldInstance, ManyToManyFieldInstance, OneToOneFieldInstance
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.operations import (
    AddField,
    AlterField,
    CreateModel,
    DeleteModel,
    RemoveField,
    RenameField,
    RenameModel,
    TortoiseOperation,
)
from tortoise.migrations.schema_generator.operation_generator import OperationGenerator
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.writer import MigrationWriter, migrations_module_path, slugify_migration_name

from cunli.db.config import Apps, tortoise_config
from cunli.db.errors import MigrationRefused
from cunli.db.schema import plan

_RELATIONS: Final = (ForeignKeyFieldInstance, OneToOneFieldInstance, ManyToManyFieldInstance)
_NO_DATABASE: Final = "sqlite:///nothing-is-opened.db"


class _Detector(MigrationAutodetector):
    """Compares tables only: descriptions come from docstrings and comments, and are not worth remaking a table for."""

    loader: plan.Loader

    def __init__(self, models: Any, apps: dict[str, dict[str, Any]]) -> None:
        super().__init__(models, apps)
        self.loader = plan.Loader(apps)

    async def operations(self) -> tuple[State, State, dict[str, list[TortoiseOperation]]]:
        await self.loader.build_graph()
        old, new = _plain(await self._project_state()), _plain(self._current_state())
        found = {label: OperationGenerator(old, new).generate(app_labels=[label]) for label in self.apps_config}
        return old, new, {label: operations for label, operations in found.items() if operations}

    def _full_plan(self) -> list[Any]:
        return list(self.loader.order())


def _plain(state: State) -> State:
    """Without descriptions, and without defaults that would make a migration import today's code."""
    for model in state.models.values():
        model.options.pop("table_description", None)
        model.description = ""
        for field in model.fields.values():
            field.description = None
            if isinstance(field.default, Enum):
                field.default = field.default.value
            elif callable(field.default):
                field.default = None
    return state


async def _compared(apps: Apps) -> tuple[_Detector, State, State, dict[str, list[TortoiseOperation]]]:
    configured = tortoise_config(_NO_DATABASE, apps)
    async with TortoiseContext() as context:
        await context.init(configured, init_connections=False)
        detector = _Detector(context.apps, configured["apps"])
        old, new, operations = await detector.operations()
        return detector, old, new, operations


async def drift(apps: Apps) -> dict[str, list[str]]:
    """For each app whose models and migrations differ, what a migration would have to do. Empty is good. Needs no database."""
    _, _, _, operations = await _compared(apps)
    return {
        label: [operation.describe() for operation in found]
        for label, found in operations.items()
        if apps[label].migrations
    }


async def make(apps: Apps, label: str, *, name: str = "", renames: Mapping[str, str] | None = None) -> Path | None:
    """Write the next migration of one app into its source tree, and return its path; None when nothing changed.

    Stock Tortoise guesses a rename whenever one column goes and a like one comes. Here a rename is only what
    `renames` says (`{"Post.text": "body"}`, `{"Post": "Letter"}`); everything else is dropped and added.
    """
    detector, old, new, operations = await _compared(apps)
    module = apps[label].migrations if label in apps else None
    if module is None:
        raise MigrationRefused(f"{label!r} has no migrations package: name one in its AppConfig")
    if label not in operations:
        return None
    found = list(_as_told(operations[label], renames or {}, new, label))
    if problems := [*_unsafe(label, found), *_impossible(label, found, old)]:
        raise MigrationRefused("\n".join(problems))
    folder = _source_folder(module)
    own = detector.loader.graph.leaf_nodes(label)
    if len(own) > 1:
        raise MigrationRefused(
            f"{label} has two newest migrations ({', '.join(map(str, own))}): make one depend on the other first"
        )
    number = 1 + max(
        (int(match[1]) for key in detector.loader.disk_migrations if (match := _numbered(key, label))), default=0
    )
    writer = MigrationWriter(
        f"{number:04d}_{slugify_migration_name(name or _title(found, first=not own))}",
        label,
        found,
        dependencies=[*((key.app_label, key.name) for key in own), *_foreign(detector, label, found)],
        initial=not own or None,
        migrations_module=module,
    )
    path = folder / f"{writer.name}.py"
    path.write_text(writer.as_string(), encoding="utf-8")
    return path


async def review(apps: Apps, label: str) -> list[str]:
    """What is wrong with the migrations an app already has, as sentences; for `cunli plugin check`."""
    loader = await plan.loaded(tortoise_config(_NO_DATABASE, apps)["apps"])
    stood_on = {tuple(on) for migration in loader.disk_migrations.values() for on in migration.dependencies}
    newest = sorted(
        key for key in loader.disk_migrations if key.app_label == label and (label, key.name) not in stood_on
    )
    problems: list[str] = []
    if len(newest) > 1:
        names = ", ".join(map(str, newest))
        problems.append(f"{label} has {len(newest)} newest migrations ({names}): make one depend on the other")
    for key, migration in sorted(loader.disk_migrations.items()):
        if key.app_label == label:
            problems += _unsafe(str(key), migration.operations)
            if not migration.atomic:
                problems.append(f"{key}: atomic = False; a migration here is one transaction with its record")
    return problems


def _numbered(key: Any, label: str) -> re.Match[str] | None:
    return re.match(r"(\d{4})_", key.name) if key.app_label == label else None


def _as_told(found: Iterable[Any], renames: Mapping[str, str], new: State, label: str) -> Iterator[Any]:
    for operation in found:
        if (
            isinstance(operation, RenameField)
            and renames.get(f"{operation.model_name}.{operation.old_name}") != operation.new_name
        ):
            field = new.models[(label, operation.model_name)].fields[operation.new_name]
            yield RemoveField(model_name=operation.model_name, name=operation.old_name)
            yield AddField(model_name=operation.model_name, name=operation.new_name, field=field)
        elif isinstance(operation, RenameModel) and renames.get(operation.old_name) != operation.new_name:
            raise MigrationRefused(
                f"{operation.old_name} is gone and {operation.new_name} looks the same: say renames={{'{operation.old_name}': "
                f"'{operation.new_name}'}}, or remove the one in an earlier migration than you add the other"
            )
        else:
            yield operation


def _unsafe(where: str, operations: Sequence[Any]) -> Iterator[str]:
    for operation in operations:
        if isinstance(operation, AddField) and _lacks_value(operation.field):
            yield (
                f"{where}: {operation.model_name}.{operation.name} is NOT NULL and rows that exist have no value for it: "
                "give it db_default=…, or null=True"
            )


def _lacks_value(field: Any) -> bool:
    return not (isinstance(field, ManyToManyFieldInstance) or field.null or field.generated or field.has_db_default())


def _impossible(label: str, operations: Sequence[Any], old: State) -> Iterator[str]:
    for operation in operations:
        if isinstance(operation, (RemoveField, AlterField)) and (
            model := old.models.get((label, operation.model_name))
        ):
            field = model.fields.get(operation.name)
            if isinstance(operation, RemoveField) and field is not None and field.pk:
                yield f"{label}: the primary key of {operation.model_name} changed; that would drop it and every number in it"


def _foreign(detector: _Detector, label: str, operations: Sequence[Any]) -> list[tuple[str, str]]:
    """The exact migration of another app that makes each table referred to, `__first__` when it is that app's first."""
    needed: set[tuple[str, str]] = set()
    for reference in _references(operations):
        app, model = reference.split(".")
        if app == label or not detector.apps_config.get(app, {}).get("migrations"):
            continue
        maker = next(
            (key for key in detector.loader.order() if key.app_label == app and _makes(detector, key, model)), None
        )
        first = maker is None or maker in detector.loader.graph.root_nodes(app)
        needed.add((app, "__first__" if first or maker is None else maker.name))
    return sorted(needed)


def _makes(detector: _Detector, key: Any, model: str) -> bool:
    return any(isinstance(op, CreateModel) and op.name == model for op in detector.loader.migration(key).operations)


def _references(operations: Sequence[Any]) -> Iterator[str]:
    for operation in operations:
        fields = (
            [field for _, field in operation.fields]
            if isinstance(operation, CreateModel)
            else [getattr(operation, "field", None)]
        )
        for field in fields:
            if isinstance(field, _RELATIONS):
                yield field.model_name if isinstance(field.model_name, str) else field.model_name._meta.full_name


def _title(operations: Sequence[Any], *, first: bool) -> str:
    if first:
        return "initial"
    if len(operations) == 1:
        return str(operations[0].describe())
    kinds = {CreateModel: "new", DeleteModel: "without"}
    named = next((f"{kinds[type(op)]} {op.name}" for op in operations if type(op) in kinds), None)
    return named or f"change {operations[0].model_name}"


def _source_folder(module: str) -> Path:
    folder = migrations_module_path(module)
    if {"site-packages", "dist-packages"} & set(folder.parts):
        raise MigrationRefused(f"{folder} is an installed package: migrations are written in a source tree")
    return folder
