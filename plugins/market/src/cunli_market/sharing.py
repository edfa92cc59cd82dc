"""Telling others of a good: a card in the feed, or a link. Whoever comes by it was told by this person, and by nobody above."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cunli import Entry, Reviewed, new_key, publish_entry, unit, withdraw_entry

from . import showing
from .models import Good, Line, Order, Share

KIND: Final = "market.good"  # of entries in the feed


async def entry(good: Good, url: str, village: str, *, said: str, key: str, author_id: int) -> Entry:
    """The card of a good. `url` is the address of the market in its village."""
    whole = await showing.whole(good, url, village)
    return Entry(
        kind=KIND,
        village_id=good.village_id,
        author_id=author_id,
        title=good.title,
        body=said,
        path=f"/goods/{good.key}",
        data={
            "price": whole.price,
            "photo": showing.photo_of(good, url),
            "art": whole.art,
            "whose": good.origin or whole.shop.name,
            "url": f"{whole.url}?via={key}",
        },
        audience="public",
    )


@unit
async def key_of(good: Good, person_id: int, key: str = "") -> None:
    """Remember who tells others of it, under a key that the link carries. Said again, the first key stays."""
    if await Share.get_or_none(good_id=good.id, person_id=person_id) is None:
        await Share.create(key=key or new_key(), good_id=good.id, person_id=person_id)


async def brought(good: Good, person_id: int) -> int:
    """How many orders came by somebody's link and were settled."""
    lines = await Line.filter(good_id=good.id, friend_id=person_id).values_list("order_id", flat=True)
    return await Order.filter(id__in=sorted(set(lines)), state="settled").count() if lines else 0


@unit
async def share(good: Good, key: str, person_id: int, reviewed: Reviewed, *, at: datetime | None = None) -> None:
    """Put the card into the feed, with the key of whoever shares it. `at` is for the demo."""
    await key_of(good, person_id, key)
    post = await publish_entry(reviewed, at=at)
    await Share.filter(good_id=good.id, person_id=person_id).update(post=post)


@unit
async def withdraw(good: Good) -> None:
    """Take the cards of a good out of the feed. The links that people have keep their keys."""
    for one in await Share.filter(good_id=good.id).exclude(post="").order_by("id"):
        await withdraw_entry(one.post, kind=KIND, village_id=good.village_id)
    await Share.filter(good_id=good.id).update(post="")
