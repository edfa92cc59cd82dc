"""What buyers say of what they bought, and what may be done about it: an answer, or a public, reasoned hiding of words."""

from __future__ import annotations

from cunli import audit, unit

from . import moments
from .models import Line, Order, Review


@unit
async def write(order: Order, line: Line, stars: int, said: str, *, writer_id: int) -> None:
    """One review for each good of an order; the first one stands."""
    if await Review.filter(order_id=order.id, good_id=line.good_id).exists():
        return
    await Review.create(
        order_id=order.id,
        good_id=line.good_id,
        writer_id=writer_id,
        stars=stars,
        words=said,
        bought=line.title,
        at=moments.now(),
    )


@unit
async def answer(review: Review, said: str) -> None:
    """The shop answers below it."""
    await Review.filter(id=review.id).update(answer=said)


@unit
async def hide(review: Review, reason: str, *, actor: int) -> None:
    """The office hides the words. Stars and the reason stay in sight of everybody."""
    await Review.filter(id=review.id).update(hidden=reason)
    await audit("market.review.hide", actor=actor, object=("review", review.id))
