"""What is done with notes."""

from __future__ import annotations

from cunli import TaskContext, unit

from .models import Note


@unit
async def pin(words: str, post_id: int | None = None) -> None:
    """Pin a note to the board of the village in scope."""
    if post_id is None or not await Note.filter(post_id=post_id).exists():
        await Note.create(words=words, post_id=post_id)


async def notes() -> list[Note]:
    return await Note.all().order_by("id")


@unit
async def tidy(ctx: TaskContext) -> None:
    """Leave the ten newest notes."""
    del ctx
    kept = await Note.all().order_by("-id").limit(10).values_list("id", flat=True)
    await Note.exclude(id__in=list(kept)).delete()
