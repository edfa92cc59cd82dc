"""Providers: implementations that packages offer under an entry point group, and of which the county names some by id."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import TypeVar

from cunli.settings import Settings, SettingsError

T = TypeVar("T")


def provider(settings: Settings, what: str, name: str, *, group: str, console: Callable[[Settings], T]) -> T:
    """The provider called `name`: `console`, which is in the box for development, or that of an installed package.

    Raises `SettingsError` for one that is not installed; `what` is the setting's word for it.
    """
    if name == "console":
        return console(settings)
    found = {each.name: each for each in entry_points(group=group)}
    if name not in found:
        known = ", ".join(sorted({"console", *found}))
        raise SettingsError([f"{what} “{name}” is not installed; known are: {known}"])
    factory: Callable[[Settings], T] = found[name].load()
    return factory(settings)
