"""What a plugin that keeps anything about people owes them: looked at when it is loaded, before it has kept anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tortoise.models import Model

from cunli.plugin import Plugin
from cunli.problems import Problem, problem

ABOUT_PEOPLE: Final = ("core.Person", "core.Membership")
NONE: Final = "none"
SAYS: Final = (NONE, "own tables")
OWED: Final = ("export_data", "erase_data")


def declared(name: str, plugin: Plugin) -> Iterator[Problem]:
    """What the manifest says about personal data, held against the hooks."""
    said: object = plugin.manifest.personal_data
    if said not in SAYS:
        yield problem("plugins.E042", name, found=repr(said))
    elif said != NONE:
        for hook in OWED:
            if getattr(getattr(type(plugin), hook), "cunli_impl", None) is None:
                yield problem("plugins.E041", name, name=hook)


def undeclared_keys(name: str, plugin: Plugin, module: Any) -> Iterator[Problem]:
    """Keys to people in the tables of a plugin that says it keeps nothing about them."""
    if plugin.manifest.personal_data != NONE:
        return
    for model in models_in(module):
        for target in keys_to_people(model):
            yield problem("plugins.E040", name, model=model.__name__, target=target)


def models_in(module: Any) -> list[type[Model]]:
    """The models that a module defines itself."""
    return [
        value
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Model)
        and value.__module__ == module.__name__
        and not value._meta.abstract
    ]


def keys_to_people(model: type[Model]) -> list[str]:
    """What of the core's tables about people a model points at, each once."""
    relations = (*model._meta.fk_fields, *model._meta.o2o_fields, *model._meta.m2m_fields)
    pointed = (getattr(model._meta.fields_map[one], "model_name", "") for one in sorted(relations))
    return [target for target in dict.fromkeys(pointed) if target in ABOUT_PEOPLE]
