"""The doors that plugins bring, arranged in the columns that the county chose: 四为 or 五务, or none. Pure, but for one cookie.

A plugin names one of five purposes for each door (`MenuItem.column`); both profiles are made of these five.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cunli.places.names import romanise
from cunli.web import cookies
from cunli.web.i18n import LazyText, _

if TYPE_CHECKING:
    from starlette.responses import Response

    from cunli.plugin import MenuItem
    from cunli.web.visit import Visit

PURPOSES: Final = ("party", "government", "village", "commerce", "service")
MOST_RECENT: Final = 8
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}\Z")


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and the purposes that stand under it."""

    heading: LazyText
    purposes: tuple[str, ...]


PROFILES: Final[Mapping[str, tuple[Column, ...]]] = {
    "four": (
        Column(_("为党建"), ("party",)),
        Column(_("为服务"), ("service",)),
        Column(_("为治理"), ("government", "village")),
        Column(_("为产业"), ("commerce",)),
    ),
    "five": (
        Column(_("党务"), ("party",)),
        Column(_("政务"), ("government",)),
        Column(_("村务"), ("village",)),
        Column(_("商务"), ("commerce",)),
        Column(_("服务"), ("service",)),
    ),
    "plain": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A door as templates have it. `column` counts from 1 in the order of the profile; 0 stands for no columns."""

    plugin: str
    label: LazyText | str
    url: str
    icon: str
    hue: str
    column: int = 0
    heading: LazyText | str = ""


def arranged(items: Iterable[tuple[str, MenuItem]], profile: str) -> tuple[Door, ...]:
    """The doors, column by column, in each as the plugins come. An empty column is none."""
    columns = PROFILES.get(profile, ())
    doors = [_door(plugin, item, columns) for plugin, item in items]
    return tuple(sorted(doors, key=lambda door: door.column))


def _door(plugin: str, item: MenuItem, columns: Sequence[Column]) -> Door:
    number, heading = next(
        ((n, column.heading) for n, column in enumerate(columns, 1) if item.column in column.purposes), (0, "")
    )
    return Door(
        plugin=plugin, label=item.label, url=item.url, icon=item.icon, hue=item.hue, column=number, heading=heading
    )


def grouped(doors: Sequence[Door]) -> list[tuple[LazyText | str, list[Door]]]:
    """The doors by column, with its heading; for templates."""
    found: dict[int, tuple[LazyText | str, list[Door]]] = {}
    for door in doors:
        found.setdefault(door.column, (door.heading, []))[1].append(door)
    return list(found.values())


def fitting(doors: Sequence[Door], words: str) -> list[Door]:
    """The doors that are called so: by a part of the name, of its pinyin, or of the first letters."""
    wanted = "".join(words.lower().split())
    return [door for door in doors if not wanted or any(wanted in one for one in _names(str(door.label)))]


def _names(label: str) -> tuple[str, ...]:
    plain = "".join(label.lower().split())
    return (plain, *romanise(label))


# -- what was used last ------------------------------------------------------------------------------------------------


def recent(visit: Visit, doors: Sequence[Door]) -> list[Door]:
    """The doors of the plugins that this browser opened last, the latest first."""
    by_plugin: dict[str, list[Door]] = {}
    for door in doors:
        by_plugin.setdefault(door.plugin, []).append(door)
    return [door for name in _kept(visit) for door in by_plugin.get(name, ())][:MOST_RECENT]


def remember(visit: Visit, plugin: str, response: Response) -> None:
    """Note on this browser, and nowhere else, that a page of this plugin was opened."""
    kept = _kept(visit)
    if kept[:1] != [plugin]:
        names = [plugin, *(name for name in kept if name != plugin)][:MOST_RECENT]
        cookies.put(response, visit.settings, cookies.RECENT, ".".join(names), max_age=cookies.YEAR)


def _kept(visit: Visit) -> list[str]:
    sent = cookies.read(visit.request, visit.settings, cookies.RECENT)
    return [name for name in sent[:400].split(".") if _NAME.match(name)][:MOST_RECENT]
