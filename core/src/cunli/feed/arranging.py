"""What plugins make of a stretch of the feed before it is shown: some entries first, some left out, none invented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cunli import enabling
from cunli.feed.cards import Rendered
from cunli.hooks import RULES, FeedContext, FeedEntry
from cunli.web.slots import page_context

if TYPE_CHECKING:
    from cunli.web.visit import Visit

HOOK = "filter_feed"


async def arranged(visit: Visit, cards: Sequence[Rendered], *, tab: str, older: bool) -> Sequence[Rendered]:
    """The cards as the plugins of this village want them shown; the very same sequence where none has a say."""
    registry = visit.site.registry
    if not registry.running or not cards:
        return cards
    enabled = await enabling.enabled_for(registry, visit.here)
    if not registry.plan(HOOK, enabled):
        return cards
    ctx = FeedContext(page=await page_context(visit), tab=tab, older=older)
    items = tuple(_entry(card) for card in cards if card.key)
    kept = await registry.dispatch.chain(HOOK, ctx, items, enabled, check=_some_of, deadline=RULES[HOOK].deadline)
    by_id = {card.id: card for card in cards}
    return [by_id[item.id] for item in kept]


def _entry(card: Rendered) -> FeedEntry:
    return FeedEntry(
        id=card.id,
        key=card.key,
        kind=card.kind,
        author_id=card.author_id,
        village_id=card.village_id,
        created_at=datetime.fromtimestamp(card.created, UTC),
    )


def _some_of(items: tuple[FeedEntry, ...], given: object) -> tuple[FeedEntry, ...]:
    if not isinstance(given, tuple | list):
        raise TypeError("filter_feed() gives a tuple of the entries it got")
    if len(set(given)) != len(given) or not set(items).issuperset(given):
        raise ValueError("filter_feed() gives entries that it got, each at most once")
    return tuple(given)
