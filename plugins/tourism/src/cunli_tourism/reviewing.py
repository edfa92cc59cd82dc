"""What guests who stayed say, what hosts answer, and words that an office hides with its reason."""

from __future__ import annotations

from tortoise.expressions import F

from cunli import audit, tell, unit

from . import moments
from .models import Booking, Offer, Place, Review
from .moving import do
from .states import Who


@unit
async def write(booking: Booking, offer: Offer, stars: int, words: str, *, writer: int, url: str) -> None:
    """A review, once for a booking: the move of the table lets nobody write another. Raises `NotOpen`."""
    await do(booking.key, "review", {Who.GUEST}, actor=writer, url=url)
    stayed = offer.name
    await Review.create(
        booking_id=booking.id,
        place_id=booking.place_id,
        writer_id=writer,
        stars=stars,
        words=words,
        stayed=stayed,
        at=moments.now(),
    )
    await Place.filter(id=booking.place_id).update(stars_sum=F("stars_sum") + stars, stars_count=F("stars_count") + 1)


@unit
async def answer(review: Review, words: str, place: Place, url: str) -> None:
    """The host answers, once."""
    if await Review.filter(id=review.id, answer="").update(answer=words) and review.writer_id is not None:
        await tell(review.writer_id, "tourism.moved", url=f"{url}/places/{place.key}", place=place.name, what="answer")


@unit
async def hide(review: Review, reason: str, *, actor: int) -> None:
    """The office hides words. The stars stay."""
    await Review.filter(id=review.id).update(hidden=reason)
    await audit("tourism.review.hide", actor=actor, object=("review", review.id))
