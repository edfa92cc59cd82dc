"""The money ledger: double entry, whole fen, only ever added to. The lines of a journal sum to zero, so all of them do.

| account | what it is | sign |
|---|---|---|
| `gateway` | with the payment service | + what is there |
| `cash` | taken by the host at arrival | + what is there |
| `held` | the guest's until the stay is over or the day of free cancellation is past | − what is owed |
| `host` | the host's, not paid out yet | − what is owed |
"""

from __future__ import annotations

from collections.abc import Mapping

from . import moments
from .models import Booking, MoneyLine


async def enter(booking: Booking, journal: str, sides: Mapping[str, int]) -> None:
    """Write one entry. Where nothing moves, nothing is written."""
    await MoneyLine.enter(journal, sides, at=moments.now(), booking_id=booking.id, place_id=booking.place_id)


async def paid(booking: Booking, fen: int) -> None:
    """The payment service has it. It is held until the stay is over."""
    await enter(booking, f"paid:{booking.id}", {"gateway": fen, "held": -fen})


async def taken(booking: Booking, fen: int) -> None:
    """The host took the rest at arrival, and has it."""
    await enter(booking, f"taken:{booking.id}", {"cash": fen, "held": -fen})


async def settled(booking: Booking) -> None:
    """What did not go back is the host's. What was taken in cash the host has already."""
    rest = booking.paid_fen + booking.taken_fen - booking.refunded_fen
    await enter(booking, f"settle:{booking.id}", {"held": rest, "host": -rest})
    await enter(booking, f"own:{booking.id}", {"host": booking.taken_fen, "cash": -booking.taken_fen})


async def given_back(booking: Booking, refund_id: int, fen: int) -> None:
    """Money went back to the guest."""
    await enter(booking, f"refund:{refund_id}", {"held": fen, "gateway": -fen})
