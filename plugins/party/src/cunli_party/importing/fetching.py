"""The task that looks at the feeds. A page never waits for it; what cannot be had is noted and looked at again later."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from cunli import FetchFailed, TaskContext, fetch, new_key, reach, setting_of, unit
from cunli_party.models import Item, Source
from cunli_party.papers import now
from cunli_party.school.actions import link_hash
from cunli_party.settings import FEEDS

from .feeds import Feed, Found, Unreadable, entries_of, feeds_of

log = logging.getLogger("cunli.plugin.party")
SECONDS = 10.0
MOST_BYTES = 2_000_000
MOST_FEEDS = 20  # of a county


async def look(ctx: TaskContext) -> None:
    """Several times a day. Every feed is asked once, however many villages read it."""
    mine = await reach()
    had: dict[str, Sequence[Found] | str] = {}
    for village in mine.villages:
        with mine.into(village.id):
            for feed in feeds_of(await setting_of(FEEDS))[:MOST_FEEDS]:
                if feed.url not in had:
                    had[feed.url] = await _asked(feed)
                await keep(feed, had[feed.url])


async def _asked(feed: Feed) -> Sequence[Found] | str:
    """What the feed has now, or why nothing could be had."""
    try:
        body = await fetch(FEEDS, feed.url, seconds=SECONDS, most=MOST_BYTES)
        return await asyncio.to_thread(
            entries_of, body
        )  # two megabytes take their time, and pages are answered meanwhile
    except FetchFailed as failed:
        log.warning("a feed was not had: %s", failed)
        return "away"
    except Unreadable:
        return "unreadable"


@unit
async def keep(feed: Feed, had: Sequence[Found] | str) -> int:
    """Put what is new into the library of the village, for members only until somebody opens it. Gives how many."""
    source, _new = await Source.get_or_create(
        url=feed.url,
        defaults={"key": new_key(), "name": feed.name[:60], "category": feed.category, "licence": feed.licence},
    )
    if isinstance(had, str):
        await Source.filter(id=source.id).update(asked_at=now(), trouble=had)
        return 0
    await Source.filter(id=source.id).update(asked_at=now(), good_at=now(), trouble="")
    hashes = {link_hash(one.link): one for one in had}
    known = {one.link_hash for one in await Item.filter(link_hash__in=list(hashes))}
    fresh = [(hashed, one) for hashed, one in hashes.items() if hashed not in known]
    for hashed, one in fresh:
        await Item.create(
            key=new_key(),
            category=feed.category,
            kind="article",
            title=one.title,
            body=one.body,
            link=one.link,
            link_hash=hashed,
            source=feed.name,
            licence=feed.licence,
            dated=one.dated,
            added_at=now(),
        )
    return len(fresh)
