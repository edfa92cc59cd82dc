"""How a schema is changed on each engine, without losing what the table already has."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar

from tortoise.fields.relational import ForeignKeyFieldInstance, ManyToManyFieldInstance
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.migrations.schema_editor import AsyncpgSchemaEditor, SqliteSchemaEditor
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_editor.data import ModelSqlData
from tortoise.migrations.schema_generator.state import State
from tortoise.models import Model

from cunli.db.schema.remake import remake


class _Complete(BaseSchemaEditor):
    """What stock editors forget on both engines: constraints of a new table, and the index of a new column."""

    BOOLEANS: ClassVar[tuple[str, str]]
    state: State
    _inner: tuple[str, ...] = ()

    def _escape_default_value(self, default: object) -> str:
        """A literal in SQL. Stock Tortoise escapes for MySQL, which neither of our databases understands."""
        if isinstance(default, Enum):
            return self._escape_default_value(default.value)
        if default is None:
            return "NULL"
        if isinstance(default, bool):
            return self.BOOLEANS[default]
        if isinstance(default, (int, float, Decimal)):
            return str(default)
        return "'" + str(default).replace("'", "''") + "'"

    def _get_inner_statements(self) -> list[str]:
        return [*super()._get_inner_statements(), *self._inner]

    def _get_model_sql_data(self, model: type[Model]) -> ModelSqlData:
        checks = [constraint for constraint in model._meta.constraints if isinstance(constraint, CheckConstraint)]
        self._inner = tuple(
            self.CHECK_CONSTRAINT_CREATE_TEMPLATE.format(name=check.name, check=check.check) for check in checks
        )
        try:
            return super()._get_model_sql_data(model)
        finally:
            self._inner = ()

    async def create_model(self, model: type[Model]) -> None:
        await super().create_model(model)
        for constraint in model._meta.constraints:
            if isinstance(constraint, UniqueConstraint):
                await self.add_constraint(model, constraint)

    async def add_field(self, model: type[Model], field_name: str) -> None:
        await super().add_field(model, field_name)
        field = model._meta.fields_map[field_name]
        if isinstance(field, ManyToManyFieldInstance):
            return
        if isinstance(field, ForeignKeyFieldInstance):
            field = model._meta.fields_map[field.source_field or field_name]
        if field.index and not field.pk and not field.unique:
            column = model._meta.fields_db_projection[field.model_field_name]
            await self.add_index(model, Index(fields=(column,)))


class PostgresEditor(_Complete, AsyncpgSchemaEditor):
    """PostgreSQL: a unique constraint with a condition is an index, also when it is renamed."""

    BOOLEANS = ("FALSE", "TRUE")

    async def rename_constraint(self, model: type[Model], old_constraint: Any, new_constraint: Any) -> None:
        if getattr(old_constraint, "condition", None):
            await self._run_sql(f'ALTER INDEX "{old_constraint.name}" RENAME TO "{new_constraint.name}"')
        else:
            await super().rename_constraint(model, old_constraint, new_constraint)


class SqliteEditor(_Complete, SqliteSchemaEditor):
    """SQLite: tables are remade with everything on them, conditions on unique indexes work, triggers are not cut up."""

    BOOLEANS = ("0", "1")

    async def _run_sql(self, sql: str) -> None:
        if self.collect_sql:
            self.collected_sql.append(sql)
        else:
            await self.client.execute_script(sql)

    async def _remake_table(
        self, model: type[Model], create_field: Any = None, delete_field: Any = None, alter_fields: Any = None
    ) -> None:
        del create_field, delete_field  # the target says it all
        await remake(self, self._target(model), alter_fields or [])

    def _target(self, model: type[Model]) -> type[Model]:
        return next(
            candidate
            for app in self.state.apps.apps.values()
            for candidate in app.values()
            if candidate._meta.db_table == model._meta.db_table
        )

    async def add_constraint(self, model: type[Model], constraint: Any) -> None:
        if isinstance(constraint, CheckConstraint) or not constraint.condition:
            await super().add_constraint(model, constraint)
            return
        columns = self._resolve_fields_to_columns(model, constraint.fields)
        name = self._unique_name(model, constraint)
        listed = ", ".join(self.quote(column) for column in columns)
        await self._run_sql(
            f'CREATE UNIQUE INDEX "{name}" ON "{model._meta.db_table}" ({listed}) WHERE {constraint.condition}'
        )

    async def remove_constraint(self, model: type[Model], constraint: Any) -> None:
        if isinstance(constraint, CheckConstraint):
            await self._remake_table(model)
        elif await self._has_index(name := self._unique_name(model, constraint)):
            await self._run_sql(f'DROP INDEX "{name}"')
        else:  # declared inside CREATE TABLE, where only a new table can leave it out
            await self._remake_table(model)

    async def rename_constraint(self, model: type[Model], old_constraint: Any, new_constraint: Any) -> None:
        if isinstance(old_constraint, CheckConstraint):
            await self._remake_table(model)
            return
        await self.remove_constraint(model, old_constraint)
        await self.add_constraint(model, new_constraint)

    def _unique_name(self, model: type[Model], constraint: UniqueConstraint) -> str:
        columns = tuple(self._resolve_fields_to_columns(model, constraint.fields))
        return self._constraint_name_for_model(model, UniqueConstraint(fields=columns, name=constraint.name))

    async def _has_index(self, name: str) -> bool:
        _, rows = await self.client.execute_query(
            "SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?", [name]
        )
        return bool(rows)


def editor_for(connection: Any, state: State) -> _Complete:
    """The editor for this connection; `state` is the schema that each operation is to arrive at."""
    kind: type[_Complete] = SqliteEditor if connection.capabilities.dialect == "sqlite" else PostgresEditor
    editor = kind(connection, atomic=True)
    editor.state = state
    return editor
