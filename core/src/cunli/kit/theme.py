"""What a theme's wheel is held to, beside what the site itself asks of every theme: what it says of itself, colours, files, bytes."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cunli.kit import package
from cunli.kit.subject import Subject, Unusable
from cunli.kit.subject import opened as _opened
from cunli.testing import theme_checks
from cunli.web import themes
from cunli.web.theme_case import Case
from cunli.web.theme_rules import SAFETY, SafetyRule
from cunli.web.themes import Theme, ThemeError

Look = Callable[[Subject], Iterator[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeRule:
    """One thing that holds for every theme that is handed over. `look` gives what is wrong; `advice` says what to do."""

    id: str
    look: Look
    title: str
    advice: str
    must: bool = True


def opened(path: Path, folder: Path) -> Subject:
    """The theme of a wheel or of a source folder. Raises `Unusable`, also where what it stands on is not installed."""
    subject = _opened(path, folder, themes.GROUP)
    try:
        chain_of(subject)
    except ThemeError as exc:
        raise Unusable("; ".join(exc.problems)) from None
    return subject


@functools.lru_cache(maxsize=8)
def _chain(name: str, home: Path) -> tuple[Theme, ...]:
    return themes.based(themes.described(name, home))


def chain_of(subject: Subject) -> tuple[Theme, ...]:
    """The theme as it lies unpacked, and the installed ones that it stands on. Raises `ThemeError`."""
    return _chain(subject.name, subject.home)


def _case(subject: Subject) -> Case:
    chain = chain_of(subject)
    return Case(chain[0], chain[1:])


# -- the package -------------------------------------------------------------------------------------------------------


def is_only_a_theme(subject: Subject) -> Iterator[str]:
    """One entry point, in the group cunli.themes: commands, plugins and pytest hooks are code, and a theme has none."""
    for entry in subject.about.entry_points:
        if entry.group != themes.GROUP:
            yield f"it has an entry point in the group {entry.group}"
    if subject.module != subject.package or not subject.package.startswith("cunli_theme_"):
        yield f"its package is called {subject.module}, and themes are called cunli_theme_<id>"


def brings_nothing_else(subject: Subject) -> Iterator[str]:
    """Only the package of the theme: what lies beside it (.pth, scripts, data) would be run or strewn about when it is installed."""
    for name in subject.files:
        top = name.partition("/")[0]
        if top != subject.package and not top.endswith(".dist-info"):
            yield f"the wheel brings {name}"


# -- what it looks like ------------------------------------------------------------------------------------------------


def styles_stay_in_their_layer(subject: Subject) -> Iterator[str]:
    """Write `@layer theme { … }`, and each colour for light, for dark, and for a system that is dark."""
    chain = chain_of(subject)
    for name in chain[0].stylesheets:
        path = chain[0].static / name
        if path.is_file():
            found = theme_checks.layer_problems(path.read_text("utf-8"), derived=len(chain) > 1)
            yield from (f"{name}: {words}" for words in found)


def colours_can_be_read(subject: Subject) -> Iterator[str]:
    """Make the one lighter or the other darker: old eyes and cheap screens read it too, in light, dark, 大字版 and high contrast."""
    chain, static = _drawn(subject)
    yield from theme_checks.contrast_problems(theme_checks.stylesheets(chain, static))


def files_are_there(subject: Subject) -> Iterator[str]:
    """Ship what url(…), static(…) and icon(…) name: a missing file is a hole in the page, or no page at all."""
    chain, static = _drawn(subject)
    yield from theme_checks.missing_urls(chain[0], static)
    case = _case(subject)
    yield from theme_checks.missing_pieces({n: s for n, s in case.own.items() if n not in case.broken}, static)


def first_view_is_light(subject: Subject) -> Iterator[str]:
    """The first page comes over a slow line: leave out fonts and pictures that it can do without."""
    chain, static = _drawn(subject)
    yield from theme_checks.first_view(chain, static)


def _drawn(subject: Subject) -> tuple[tuple[Theme, ...], dict[str, Path]]:
    chain = chain_of(subject)
    static = theme_checks.static_files(chain)
    missing = [name for name in chain[0].stylesheets if name not in static]
    return (chain, static | dict.fromkeys(missing, chain[0].folder / "__init__.py"))


def _rule(number: str, look: Look, *, must: bool = True) -> ThemeRule:
    advice = inspect.cleandoc(look.__doc__ or "")
    return ThemeRule(id=number, look=look, title=look.__name__.replace("_", " "), advice=advice, must=must)


def _lifted(rule: SafetyRule) -> ThemeRule:
    return ThemeRule(id=rule.id, look=lambda subject: rule.look(_case(subject)), title=rule.title, advice=rule.advice)


THEME_RULES: Final = (
    _rule("kit.T101", package.says_what_it_is),
    _rule("kit.T102", package.has_a_licence),
    _rule("kit.T103", package.says_where_to_report),
    _rule("kit.T104", package.says_which_cunli_it_fits),
    _rule("kit.T105", package.holds_everything),
    _rule("kit.T106", is_only_a_theme),
    _rule("kit.T107", brings_nothing_else),
    _rule("kit.T108", package.leaves_no_placeholders, must=False),
    *(_lifted(rule) for rule in SAFETY),
    _rule("kit.T501", styles_stay_in_their_layer),
    _rule("kit.T502", colours_can_be_read),
    _rule("kit.T503", files_are_there),
    _rule("kit.T504", first_view_is_light),
)
