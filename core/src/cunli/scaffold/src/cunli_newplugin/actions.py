"""What is done with wishes. Queries see the village of the page, and no other."""

from __future__ import annotations

from cunli import unit

from .models import Wish


@unit
async def write(words: str) -> None:
    """Put a wish on the wall of the village in scope."""
    await Wish.create(words=words)


async def newest(most: int) -> list[Wish]:
    return await Wish.all().order_by("-id").limit(most)


async def count() -> int:
    return await Wish.all().count()
