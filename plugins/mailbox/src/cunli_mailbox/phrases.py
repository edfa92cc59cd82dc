"""Answers that an office gives often, to begin a reply with."""

from __future__ import annotations

from cunli import new_key, unit

from .keys import is_key
from .models import Phrase

MOST = 50


async def all_of() -> list[Phrase]:
    """Those of the village, by name."""
    return await Phrase.all().order_by("title", "id").limit(MOST)


async def words_of(key: str) -> str:
    """The words of one; nothing for a key that is none."""
    row = await Phrase.get_or_none(key=key) if is_key(key) else None
    return row.words if row else ""


@unit
async def add(title: str, words: str) -> bool:
    """Keep one more; False when there are as many as there may be."""
    if await Phrase.all().count() >= MOST:
        return False
    await Phrase.create(key=new_key(), title=title, words=words)
    return True


@unit
async def drop(key: str) -> None:
    if is_key(key):
        await Phrase.filter(key=key).delete()
