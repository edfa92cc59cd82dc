"""A theme and what it stands on, as the rules for themes look at it: its templates parsed once."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import jinja2
from jinja2 import nodes

from cunli.web.themes import Theme

_ENVIRONMENT = jinja2.Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])  # noqa: S701 only parses


@functools.lru_cache(maxsize=1024)
def parsed(source: str) -> nodes.Template:
    return _ENVIRONMENT.parse(source)


@dataclass(frozen=True)
class Case:
    """`base` is the chain below the theme: what its templates lie over."""

    theme: Theme
    base: tuple[Theme, ...]

    @functools.cached_property
    def own(self) -> dict[str, str]:
        """The source of each template of the theme, by its name."""
        return _sources(self.theme)

    @functools.cached_property
    def below(self) -> dict[str, str]:
        """The same for what it stands on, the nearest first."""
        return {name: text for theme in reversed(self.base) for name, text in _sources(theme).items()}

    @functools.cached_property
    def whole(self) -> dict[str, str]:
        """What is drawn when this theme is worn."""
        return {**self.below, **self.own}

    @functools.cached_property
    def broken(self) -> dict[str, str]:
        """Own templates that cannot be parsed, and where."""
        found = {}
        for name, source in self.own.items():
            try:
                parsed(source)
            except jinja2.TemplateSyntaxError as exc:
                found[name] = f"{exc.lineno} {exc.message}"
        return found

    def trees(self) -> Iterator[tuple[str, nodes.Template]]:
        """The theme's own templates that can be parsed."""
        return ((name, parsed(source)) for name, source in self.own.items() if name not in self.broken)

    def over(self) -> Iterator[tuple[str, nodes.Template, nodes.Template]]:
        """Those that lie over another, with both trees: the theme's and what was there."""
        return ((name, tree, parsed(self.below[name])) for name, tree in self.trees() if name in self.below)


def _sources(theme: Theme) -> dict[str, str]:
    folder = theme.templates
    return {
        p.relative_to(folder).as_posix(): p.read_text("utf-8", errors="replace")
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }
