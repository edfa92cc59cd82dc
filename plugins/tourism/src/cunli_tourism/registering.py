"""Who stayed, as the rules for inns want it (旅馆业治安管理办法 6): sealed, shown masked, opened with an entry, gone on its day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cunli import audit, new_key, reveal, unit

from . import moments
from .models import REGISTERED_NAME, REGISTERED_NUMBER, Booking, Guest

REPORTS_WITHIN: Final = timedelta(hours=24)  # foreigners, to the public security (旅馆业治安管理办法 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A guest on a page: masked."""

    row: Guest
    name: str
    number: str
    report_by: datetime | None


async def of(booking: Booking) -> list[Registered]:
    """The guests of a booking, as a page may show them."""
    return [
        Registered(
            row=one,
            name=str(REGISTERED_NAME.masked(one.name, one.key)),
            number=str(REGISTERED_NUMBER.masked(one.number, one.key)),
            report_by=one.at + REPORTS_WITHIN if one.foreign and one.reported_at is None else None,
        )
        for one in await Guest.filter(booking_id=booking.id).order_by("id")
    ]


@unit
async def write(
    booking: Booking, name: str, kind: str, number: str, *, foreign: bool, keep_days: int, actor: int
) -> None:
    """Write one guest down. Deleted so many days after the day of leaving."""
    key = new_key()
    await Guest.create(
        key=key,
        booking_id=booking.id,
        name=REGISTERED_NAME.seal(name, key),
        kind=kind,
        number=REGISTERED_NUMBER.seal(number, key),
        foreign=foreign,
        at=moments.now(),
        until=booking.until + timedelta(days=keep_days),
    )
    await audit("tourism.guest.write", actor=actor, object=("booking", booking.id))


@unit
async def reported(guest: Guest, *, actor: int) -> None:
    """The public security was told of a foreign guest."""
    await Guest.filter(id=guest.id, reported_at=None).update(reported_at=moments.now())
    await audit("tourism.guest.report", actor=actor, object=("guest", guest.id))


@unit
async def opened(booking: Booking, *, reader: int) -> list[tuple[str, str, str]]:
    """Name, kind and number of all guests of a booking in clear, for the form of the public security. It is written down."""
    found = []
    for one in await Guest.filter(booking_id=booking.id).order_by("id"):
        masked = (REGISTERED_NAME.masked(one.name, one.key), REGISTERED_NUMBER.masked(one.number, one.key))
        name, number = await reveal(*masked, actor=reader, village=one.village_id, object=("guest", one.id))
        found.append((name, one.kind, number))
    return found
