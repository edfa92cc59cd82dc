"""Asking plugins what they have that fits: all that are on in the village at once, each for a moment, nobody waited for longer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from cunli import enabling
from cunli.hooks import RULES
from cunli.plugin import Text
from cunli.plugin_answers import SearchContext, SearchHit
from cunli.trips import current_plugin
from cunli.web.safe_url import same_site_path
from cunli.web.slots import page_context

if TYPE_CHECKING:
    from cunli.web.visit import Visit

MOST: Final = 10
LONGEST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginHits:
    """What one plugin found; `missing` when it gave no answer in time, or a wrong one."""

    plugin: str
    label: Text
    hits: tuple[SearchHit, ...] = ()
    missing: bool = False


async def ask_plugins(visit: Visit, words: str) -> list[PluginHits]:
    """The hits of every plugin that is on here and knows how to search, in plugin order."""
    registry, village = visit.site.registry, visit.here
    if not registry.running:
        return []
    enabled = await enabling.enabled_for(registry, village)
    asked = registry.plan("search", enabled)
    if not asked:
        return []
    page = await page_context(visit)
    ctx = SearchContext(words=words, page=page, most=MOST)

    def check(value: object) -> tuple[SearchHit, ...]:
        return _checked(value, f"{village.url}/{current_plugin.get()}/")

    answers = await registry.dispatch.gather("search", ctx, enabled, check=check, deadline=RULES["search"].deadline)
    given = {answer.plugin: answer.value for answer in answers}
    groups = [
        PluginHits(
            plugin=call.plugin,
            label=registry.plugins[call.plugin].manifest.label,
            hits=given.get(call.plugin, ()),
            missing=call.plugin not in given,
        )
        for call in asked
    ]
    return [group for group in groups if group.hits or group.missing]


def _checked(value: Any, below: str) -> tuple[SearchHit, ...]:
    """The hits that are shown, in words. One that leads out of the plugin's pages in this village spoils them all."""
    if isinstance(value, str):
        raise TypeError("search() gives a sequence of SearchHits")
    hits = tuple(value)[:MOST]
    for hit in hits:
        if not isinstance(hit, SearchHit):
            raise TypeError(f"search() gives SearchHits, not a {type(hit).__name__}")
        path = hit.url.partition("#")[0]
        if same_site_path(path, "") != path or not path.startswith(below) or ".." in unquote(unquote(path)).split("/"):
            raise ValueError(f"{hit.url[:80]} is not a page of the plugin in this village")
    return tuple(replace(hit, title=str(hit.title)[:LONGEST], text=str(hit.text)[:LONGEST]) for hit in hits)
