"""The parts around every page (tab bar, footer), drawn once for all who see them alike.

Such a part is rendered from `ShellFacts` alone: it cannot reach the request or the person, so that one drawn for one reader
cannot hold what belongs to another. An attribute that is not a fact is an error in the template, not a leak.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import jinja2
from markupsafe import Markup

from cunli.web.look import Look

if TYPE_CHECKING:
    from cunli.places.queries import VillageNow

MOST: Final = 2000


@dataclass(frozen=True, slots=True)
class ShellPerson:
    """All that the parts around a page know of their reader."""

    unread_count: int


@dataclass(frozen=True, slots=True)
class ShellFacts:
    """What these parts show, and the key they are kept under. Stands in for `visit` in their templates."""

    village: VillageNow | None
    person: ShellPerson | None
    look: Look
    locale: str
    here_path: str


def shell_of(env: jinja2.Environment) -> Callable[..., Markup]:
    """The function `shell("tabbar.html", visit, slot, tab="feed")` of one environment."""
    kept: OrderedDict[tuple[Any, ...], Markup] = OrderedDict()

    def shell(name: str, visit: Any, slot: Any, **more: str | bool) -> Markup:
        person = visit.person
        facts = ShellFacts(
            visit.village,
            ShellPerson(person.unread_count) if person else None,
            visit.look,
            visit.locale,
            visit.here_path,
        )
        key = (name, facts, slot.menu, *more.items())
        drawn = kept.get(key)
        if drawn is None:
            drawn = Markup(env.get_template(name).render(visit=facts, slot=slot, **more))  # noqa: S704 autoescaped
            kept[key] = drawn
            if len(kept) > MOST:
                kept.popitem(last=False)
        return drawn

    return shell
