"""Which kinds of post are shown in a village: the core's, and those of the plugins that are on there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from cunli import enabling
from cunli.feed import rules

if TYPE_CHECKING:
    from cunli.places.queries import VillageNow
    from cunli.plugin import FeedKind
    from cunli.registry import Registry
    from cunli.web.visit import Visit

Kinds = tuple[str, ...]
HOOK: Final = "feed_kinds"


async def kinds_in(registry: Registry, village: VillageNow | None) -> Kinds:
    """The ids of the kinds that are shown in a village, always in the same order; one whose hook rests is not among them."""
    if not registry.kinds:
        return rules.OWN_KINDS
    enabled = await enabling.enabled_for(registry, village)
    awake = registry.dispatch.health.awake
    found = [kind.id for kind in registry.kinds.values() if kind.plugin in enabled and awake(kind.plugin, HOOK)]
    return (*rules.OWN_KINDS, *found)


def plugin_of(kind: str) -> str:
    """The id of the plugin that a kind belongs to; empty for the core's."""
    return kind.partition(".")[0] if "." in kind else ""


def data_of(text: str) -> Mapping[str, Any]:
    """What a plugin gave with an entry; nothing where it cannot be read."""
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def drawn(visit: Visit, kind: FeedKind, **values: object) -> Markup:
    """What a kind's own template gives; nothing when it has none or fails."""
    if not kind.template:
        return Markup("")

    def draw() -> Markup:
        return Markup(visit.themed.templates.render(kind.template, values))  # noqa: S704 an autoescaped template

    return visit.site.registry.dispatch.inside(HOOK, kind.plugin, draw, Markup(""))
