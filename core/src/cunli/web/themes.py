"""Themes: data-only packages found by entry point. Each stands on the core's own and overrides what it likes; none is imported."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass, field
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from cunli.mistakes import OperatorMistake

GROUP: Final = "cunli.themes"
CORE: Final = "qianmo"  # what all pages are written for; the only theme whose templates are trusted like code
KEYS: Final = frozenset({"name", "base", "stylesheets", "label", "preview"})


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
    preview: str = ""  # a static name: a picture for whoever chooses
    distribution: str = ""
    version: str = ""
    described: dict[str, Any] = field(default_factory=dict, repr=False)  # what theme.toml says, as it is

    @property
    def templates(self) -> Path:
        return self.folder / "templates"

    @property
    def static(self) -> Path:
        return self.folder / "static"

    def called(self, locale: str) -> str:
        """Its name for a reader of this locale."""
        return self.label.get(locale.partition("_")[0]) or self.label.get("zh") or self.id


@dataclass(frozen=True, slots=True)
class Found:
    """Where a theme is installed."""

    package: str
    distribution: str
    version: str


def found() -> dict[str, list[Found]]:
    """Every distribution that calls itself a theme, by the theme's id. Nothing is imported."""
    themes: dict[str, list[Found]] = {}
    for one in distributions():
        for entry in one.entry_points.select(group=GROUP):
            at = Found(entry.value, one.metadata["Name"], one.version)
            if at not in themes.setdefault(entry.name, []):
                themes[entry.name].append(at)
    return themes


def installed() -> dict[str, str]:
    """Theme ids and their packages."""
    return {name: places[0].package for name, places in found().items()}


def read(theme_id: str) -> Theme:
    """One theme's description. Raises `ThemeError`."""
    everything = found()
    places = everything.get(theme_id, [])
    if not places:
        raise ThemeError(
            f"theme “{theme_id}” is not installed; installed: {', '.join(sorted(everything)) or 'none'}. "
            f"Install it (pip install cunli-theme-{theme_id}), or choose another"
        )
    names = Counter(place.distribution for place in places)
    if len(names) > 1:
        raise ThemeError(f"theme “{theme_id}” is brought by {' and '.join(sorted(names))}: uninstall all but one")
    return described(theme_id, folder_of(theme_id, places[0].package), places[0])


def folder_of(theme_id: str, package: str) -> Path:
    """The folder of a package that is not imported: what stands in its modules must not run. Raises `ThemeError`."""
    spec = find_spec(package) if package.isidentifier() else None
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if spec is None or spec.origin is None or len(folders) != 1:
        raise ThemeError(
            f"theme “{theme_id}” names “{package}”, and there is no such plain package (an empty __init__.py makes one)"
        )
    return Path(folders[0])


def described(theme_id: str, folder: Path, at: Found | None = None) -> Theme:
    """The theme that lies in a folder. Raises `ThemeError` where its theme.toml cannot be read."""
    path = folder / "theme.toml"
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise ThemeError(f"theme “{theme_id}”: theme.toml cannot be read: {exc}") from None
    label, sheets = said.get("label", {}), said.get("stylesheets", [])
    if not isinstance(label, dict) or not isinstance(sheets, list):
        raise ThemeError(f"theme “{theme_id}”: theme.toml: label is a table, and stylesheets are a list")
    return Theme(
        id=theme_id,
        label={str(key): str(value) for key, value in label.items()},
        base=str(said.get("base", "")),
        stylesheets=tuple(str(one) for one in sheets),
        folder=folder,
        preview=str(said.get("preview", "")),
        distribution=at.distribution if at else "",
        version=at.version if at else "",
        described=said,
    )


def chain(theme_id: str) -> tuple[Theme, ...]:
    """The theme, its base, and so on down to the core's. Raises `ThemeError` for an unknown base or a circle."""
    return based(read(theme_id))


def based(theme: Theme) -> tuple[Theme, ...]:
    """A theme that need not be installed, with the installed ones that it stands on. Raises `ThemeError`."""
    found = [theme]
    while (base := found[-1].base) != "":
        if any(t.id == base for t in found):
            raise ThemeError(f"theme “{found[0].id}” is its own base by way of “{base}”")
        found.append(read(base))
    return tuple(found)
