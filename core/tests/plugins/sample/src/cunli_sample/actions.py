"""What is done with notes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from cunli import Reviewed, TaskContext, publish_entry, unit

from .models import Note

ROOM: Final = 50
KEPT: Final = 10


@unit
async def pin(words: str, post_id: int | None = None, author_id: int | None = None) -> None:
    """Pin a note to the board of the village in scope."""
    if post_id is None or not await Note.filter(post_id=post_id).exists():
        await Note.create(words=words, post_id=post_id, author_id=author_id, pinned_at=datetime.now(UTC))


@unit
async def pin_and_tell(words: str, reviewed: Reviewed, author_id: int) -> str:
    """Pin a note, and put it into the feed: both or neither."""
    await pin(words, author_id=author_id)
    return await publish_entry(reviewed)


async def notes() -> list[Note]:
    return await Note.all().order_by("id")


async def overfull() -> int:
    """How many notes are on the board, if that is more than it has room for: a merged village brings its own along."""
    count = await Note.all().count()
    return count if count > ROOM else 0


@unit
async def tidy(ctx: TaskContext | None = None) -> None:
    """Leave the ten newest notes."""
    del ctx
    kept = await Note.all().order_by("-id").limit(KEPT).values_list("id", flat=True)
    await Note.exclude(id__in=list(kept)).delete()


async def pinned_by(person_id: int) -> list[Note]:
    """The notes of one person, in all villages in scope."""
    return await Note.filter(author_id=person_id).order_by("id")


async def found(words: str, most: int) -> list[Note]:
    """The newest notes that hold these words."""
    return await Note.filter(words__icontains=words).order_by("-id").limit(most)


@unit
async def forget(person_id: int, *, remove: bool) -> int:
    """Take a person's notes down, or only their name off them; how many there were."""
    own = Note.filter(author_id=person_id)
    return await own.delete() if remove else await own.update(author_id=None)
