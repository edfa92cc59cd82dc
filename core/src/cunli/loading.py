"""Running the code of a plugin that is about to be loaded: under its name, and not for ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from cunli.aside import waited_for
from cunli.trips import current_plugin

T = TypeVar("T")


class NotLoaded(Exception):
    """Code of a plugin that runs while it is loaded raised (the cause) or hung (no cause)."""


def while_loading(plugin: str, work: Callable[[], T], *, deadline: float) -> T:
    """Run import-time or load-time code of a plugin before the site starts. Raises `NotLoaded`."""
    token = current_plugin.set(plugin)
    try:
        found = waited_for(work, seconds=deadline)
    finally:
        current_plugin.reset(token)
    if found is None:
        raise NotLoaded(f"it took longer than {deadline:g} s")
    result, error = found
    if error is not None:
        raise NotLoaded(f"{type(error).__name__}: {error}") from error
    return result  # type: ignore[return-value]
