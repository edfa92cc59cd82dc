"""Themes as this process draws with them: the deployment's and those that may be chosen, each with templates and files of its own.

A theme that breaks a rule is not used, whoever chose it: the site starts without it and says why.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jinja2

from cunli.problems import Problem, problem
from cunli.web.render import Templates
from cunli.web.static import StaticFiles
from cunli.web.theme_rules import doubts
from cunli.web.themes import CORE, Theme, ThemeError, chain

if TYPE_CHECKING:
    from cunli.registry import Registry
    from cunli.settings import Settings

_serials: Final = itertools.count(1)
DEV_FILES: Final = Path(__file__).parent.parent / "static/dev"  # for whoever develops; not there in production


@dataclass(slots=True)
class Themed:
    """One theme, ready to draw. `serial` stands in the keys of everything that is kept of what was drawn with it."""

    chain: tuple[Theme, ...]
    static: StaticFiles
    templates: Templates
    serial: int

    @property
    def id(self) -> str:
        return self.chain[0].id


@dataclass(frozen=True, slots=True)
class ThemeFacts:
    """All that templates know of their theme. `stylesheets`: static names, those of the base first."""

    id: str
    stylesheets: tuple[str, ...]


def wardrobe(settings: Settings, registry: Registry) -> tuple[dict[str, Themed], tuple[Problem, ...]]:
    """The themes of the settings, the deployment's first, and what is wrong with those that are left out.

    Raises `ThemeError` where not even the core's own can be used.
    """
    found: dict[str, Themed] = {}
    problems: list[Problem] = []
    core: Themed | None = None
    brought = [*registry.static_folders(), *([("dev/", DEV_FILES)] if settings.dev else [])]
    for name in dict.fromkeys((settings.theme, *settings.themes)):
        try:
            worn = chain(name)
            _refuse(worn)
        except ThemeError as exc:
            why = "; ".join(exc.problems)
            problems.append(problem("themes.E060", name, why=why, instead=next(iter(found), CORE)))
            worn = chain(CORE)
            if found:
                continue
        if worn[0].id not in found:
            core = core or (_made(chain(CORE), registry, brought, None) if worn[0].id != CORE else None)
            found[worn[0].id] = made = _made(worn, registry, brought, core.templates if core else None)
            core = core or made
    first, *others = found.values()
    drawn = [*others, *([core] if core and core is not first else [])]
    first.static.beside = {one.static.hash: one.static for one in drawn}
    return found, tuple(problems)


def _refuse(worn: Sequence[Theme]) -> None:
    try:
        wrong = list(itertools.islice(doubts(worn), 4))
    except (OSError, ValueError, RecursionError) as exc:
        wrong = [f"it cannot be read: {type(exc).__name__}: {exc}"]
    if wrong:
        raise ThemeError([*wrong[:3], *(["…"] if len(wrong) > 3 else [])])


def _made(
    worn: tuple[Theme, ...], registry: Registry, brought: Sequence[tuple[str, Path]], instead: Templates | None
) -> Themed:
    static = StaticFiles([*(("", theme.static) for theme in worn), *brought])
    return Themed(worn, static, templates_of(worn, registry, static, instead), next(_serials))


def templates_of(
    worn: Sequence[Theme], registry: Registry, static: StaticFiles, instead: Templates | None = None
) -> Templates:
    """The templates of a chain. What is not the core's own runs in the sandbox."""
    folders = [jinja2.FileSystemLoader(str(theme.templates)) for theme in worn if theme.id != CORE]
    careful = jinja2.ChoiceLoader(folders) if folders else None
    return Templates(loaders(worn, registry), static, facts(worn), careful=careful, instead=instead)


def loaders(worn: Sequence[Theme], registry: Registry) -> list[jinja2.BaseLoader]:
    """Where trusted templates are found: the core's theme, then plugins, then the core."""
    found: list[jinja2.BaseLoader] = [jinja2.FileSystemLoader(str(t.templates)) for t in worn if t.id == CORE]
    found += registry.template_loaders()
    return [*found, jinja2.PackageLoader("cunli", "templates")]


def facts(worn: Sequence[Theme]) -> dict[str, Any]:
    """What every template can read of its theme."""
    return {"theme": ThemeFacts(worn[0].id, tuple(name for theme in reversed(worn) for name in theme.stylesheets))}
