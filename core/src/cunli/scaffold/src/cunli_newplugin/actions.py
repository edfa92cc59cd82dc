"""What is done with wishes. Queries see the village of the page, and no other."""

from __future__ import annotations

from cunli import unit

from .models import Wish


@unit
async def write(words: str, author_id: int) -> None:
    """Put a wish on the wall of the village in scope."""
    await Wish.create(words=words, author_id=author_id)


async def newest(most: int) -> list[Wish]:
    return await Wish.all().order_by("-id").limit(most)


async def count() -> int:
    return await Wish.all().count()


async def written_by(person_id: int) -> list[Wish]:
    """The wishes of one person, in all villages in scope."""
    return await Wish.filter(author_id=person_id).order_by("id")


@unit
async def forget(person_id: int, *, remove: bool) -> int:
    """Take a person's wishes down, or only their name off them; how many there were."""
    own = Wish.filter(author_id=person_id)
    return await own.delete() if remove else await own.update(author_id=None)


async def found(words: str, most: int) -> list[Wish]:
    """The newest wishes that hold these words."""
    return await Wish.filter(words__icontains=words).order_by("-id").limit(most)
