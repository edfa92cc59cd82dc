"""Whether this site asks officials for a second factor; chosen once at start."""

from __future__ import annotations

from dataclasses import dataclass

from cunli.settings import Settings


@dataclass(slots=True)
class _Process:
    required: bool = True


_process = _Process()


def use(settings: Settings) -> None:
    """Take the settings into use."""
    _process.required = settings.second_factor == "required"


def is_required() -> bool:
    return _process.required
