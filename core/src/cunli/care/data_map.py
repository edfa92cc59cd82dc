"""The data map: every column of the core's tables, what it holds, about whom, what for, how long, and who sees it (个人信息保护法 51).

What people must say stands in `data_map.toml`; keys to other tables, row numbers and sealed columns are read from the models and
from the declarations of the rooms, so that they cannot be said wrongly.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any, Final

from tortoise.models import Model

from cunli import rooms
from cunli.care import data_words
from cunli.trust.personal import EncryptedText
from cunli.trust.secrets import SealedSecret

PERSON: Final = "core_person"
DEFAULTS: Final = frozenset({"about", "purpose", "kept", "seen"})
Declared = Mapping[str, Any]


class Unclassified(Exception):
    """A column of which nobody said what it holds, or a word that says nothing. `problems` names each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `about`, `purpose`, `kept` and `seen` are words of `data_words`; `to` is the table that it points at."""

    name: str
    what: str
    about: str
    purpose: str
    kept: str
    seen: str
    sealed: bool
    to: str = ""

    @property
    def personal(self) -> bool:
        return self.about in data_words.PERSONAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table in the order of its columns."""

    name: str
    label: str
    columns: tuple[Column, ...]


def declared() -> Declared:
    """What `data_map.toml` says, by table."""
    return tomllib.loads(files("cunli.care").joinpath("data_map.toml").read_text("utf-8"))


def models() -> list[type[Model]]:
    """Every table of the core that has a model, in the order of the rooms."""
    return [
        thing
        for name in rooms.APP.models
        for thing in vars(import_module(name)).values()
        if isinstance(thing, type) and issubclass(thing, Model) and thing.__module__ == name
    ]


@cache
def sealed() -> frozenset[str]:
    """Every sealed column, as `table.column`, from where the rooms declare them."""
    for name in (*rooms.PAGES, *rooms.TASKS, *rooms.HELD):
        import_module(name)
    loaded = [module for name, module in list(sys.modules.items()) if name.startswith("cunli.")]
    return frozenset(
        str(one) for module in loaded for one in vars(module).values() if isinstance(one, EncryptedText | SealedSecret)
    )


def data_map(said: Declared | None = None) -> tuple[Table, ...]:
    """The whole map. Raises `Unclassified` with every problem at once."""
    said = declared() if said is None else said
    problems: list[str] = []
    tables = [_table(model, said, problems) for model in models()]
    there = {table.name for table in tables}
    problems += [f"{name}: there is no such table" for name in said if name not in there]
    if problems:
        raise Unclassified(problems)
    return tuple(tables)


def _table(model: type[Model], said: Declared, problems: list[str]) -> Table:
    name = model._meta.db_table
    own = said.get(name)
    if own is None:
        problems.append(f"{name}: say in data_map.toml what this table holds")
        return Table(name=name, label="", columns=())
    missing = sorted({"label", "columns", *DEFAULTS} - set(own) - ({"columns"} if not own.get("columns") else set()))
    problems += [f"{name}: say its {word}" for word in missing]
    if missing:
        return Table(name=name, label="", columns=())
    columns = tuple(one for one in (_column(model, field, said, problems) for field in fields_of(model)) if one)
    known = {*fields_of(model)}
    problems += [f"{name}.{one}: there is no such column" for one in own.get("columns", {}) if one not in known]
    return Table(name=name, label=own["label"], columns=columns)


def fields_of(model: type[Model]) -> list[str]:
    """The names of its columns as the models call them: a key to another table by its own name, `village`, not `village_id`."""
    stored = {f"{name}_id" for name in _keys(model)}  # there are fields of that name once the tables are in use
    beside = stored | _pointed_at(model)
    return [name for name in model._meta.fields_map if name not in beside]


def _pointed_at(model: type[Model]) -> set[str]:
    """What a table of a plugin that points here adds to the model: a way back, never a column."""
    meta = model._meta
    return {*meta.m2m_fields, *meta.backward_fk_fields, *meta.backward_o2o_fields}


def _keys(model: type[Model]) -> set[str]:
    return {*model._meta.fk_fields, *model._meta.o2o_fields}


def _column(model: type[Model], field: str, said: Declared, problems: list[str]) -> Column | None:
    table, meta = model._meta.db_table, model._meta
    own = said[table]
    to = _target(meta.fields_map[field]) if field in _keys(model) else ""
    told = own.get("columns", {}).get(field, _known(model, field, to, said))
    if told is None:
        problems.append(f"{table}.{field}: say in data_map.toml what this column holds")
        return None
    values = {**{word: own[word] for word in DEFAULTS}, **({"what": told} if isinstance(told, str) else told)}
    stored = f"{field}_id" if to else str(meta.fields_map[field].source_field or field)
    column = Column(name=stored, sealed=f"{table}.{stored}" in sealed(), to=to, **values)
    problems += [f"{table}.{field}: {problem}" for problem in _wrong(column)]
    return column


def _target(field: Any) -> str:
    """The table that a key points at, by the name of its model: `core.Person`."""
    wanted = field.model_name.rpartition(".")[2]
    return next(str(model._meta.db_table) for model in models() if model.__name__ == wanted)


def _known(model: type[Model], field: str, to: str, said: Declared) -> Mapping[str, str] | None:
    """What the model says of itself: a row's number is nothing, and a key is of the thing that it points at."""
    if field == "id" and model._meta.pk_attr == "id":
        return {"what": "行号"}
    if to == PERSON:
        return {"what": "哪个账号", "about": "person"}
    if to and to in said:
        return {"what": f"属于哪个：{said[to].get('label', to)}"}
    return None


def _wrong(column: Column) -> list[str]:
    words = (
        ("about", column.about, data_words.ABOUT),
        ("purpose", column.purpose, data_words.purposes()),
        ("kept", column.kept, data_words.kept()),
        ("seen", column.seen, data_words.SEEN),
    )
    found = [f"{name} = {value!r} is none of {', '.join(known)}" for name, value, known in words if value not in known]
    if not column.what.strip():
        found.append("say what it holds")
    if column.to == PERSON and not column.personal:
        found.append("it points at an account, so it is about somebody")
    if column.about == "sensitive" and column.seen not in ("masked", "program", "self"):
        found.append("what is sensitive is masked, or seen by nobody else")
    return found
