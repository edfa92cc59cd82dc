"""Themes: data-only packages found by entry point. A derived theme names its base and overrides what it likes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path

from cunli.mistakes import OperatorMistake

GROUP = "cunli.themes"


class ThemeError(OperatorMistake):
    """A theme that cannot be used; the message names it and the way out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """One installed theme. `stylesheets` are static names, linked in order after those of the base."""

    id: str
    label: dict[str, str]
    base: str
    stylesheets: tuple[str, ...]
    folder: Path

    @property
    def templates(self) -> Path:
        return self.folder / "templates"

    @property
    def static(self) -> Path:
        return self.folder / "static"


def installed() -> dict[str, str]:
    """Theme ids and their packages; nothing is imported beyond finding the folder."""
    return {ep.name: ep.value for ep in entry_points(group=GROUP)}


def read(theme_id: str) -> Theme:
    """One theme's description. Raises `ThemeError`."""
    packages = installed()
    if theme_id not in packages:
        raise ThemeError(f"theme “{theme_id}” is not installed; installed: {', '.join(sorted(packages)) or 'none'}")
    folder = Path(str(files(packages[theme_id])))
    described = tomllib.loads((folder / "theme.toml").read_text("utf-8"))
    return Theme(
        id=theme_id,
        label=dict(described.get("label", {})),
        base=str(described.get("base", "")),
        stylesheets=tuple(described.get("stylesheets", ())),
        folder=folder,
    )


def chain(theme_id: str) -> tuple[Theme, ...]:
    """The theme, its base, and so on. Raises `ThemeError` for an unknown base or a circle."""
    found: list[Theme] = []
    while theme_id:
        if any(t.id == theme_id for t in found):
            raise ThemeError(f"theme “{found[0].id}” is its own base by way of “{theme_id}”")
        found.append(read(theme_id))
        theme_id = found[-1].base
    return tuple(found)
