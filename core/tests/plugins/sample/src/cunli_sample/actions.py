"""What is done with notes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from cunli import Reviewed, TaskContext, publish_entry, unit

from .models import Note

ROOM: Final = 50
KEPT: Final = 10


@unit
async def pin(words: str, post_id: int | None = None) -> None:
    """Pin a note to the board of the village in scope."""
    if post_id is None or not await Note.filter(post_id=post_id).exists():
        await Note.create(words=words, post_id=post_id, pinned_at=datetime.now(UTC))


@unit
async def pin_and_tell(words: str, reviewed: Reviewed) -> str:
    """Pin a note, and put it into the feed: both or neither."""
    await pin(words)
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
