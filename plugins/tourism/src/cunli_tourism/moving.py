"""Changing a booking: one unit, one step, and whatever of rooms and money belongs to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from tortoise.expressions import F

from cunli import audit, enqueue, new_key, tell, unit

from . import canceling, moments, money, rooms
from .models import Booking, Place, Refund, Step
from .states import BY_NAME, Move, State, Who, can

PAYS_WITHIN: Final = timedelta(minutes=30)
TAKING: Final = frozenset({"arrive", "finish"})  # whoever was let in by code pays when they leave
MISSED: Final = timedelta(hours=36)  # after the first midnight: nobody came, and the host said nothing


class NotOpen(Exception):
    """This cannot be done to this booking now; somebody may have been quicker."""


class Lacking(Exception):
    """A reason has to be said."""


def days_since(booking: Booking) -> int:
    return (moments.today() - booking.since).days


@unit
async def do(
    key: str, name: str, roles: Iterable[Who], *, actor: int | None, url: str, words: str = "", taken_fen: int = 0
) -> Booking:
    """Carry out a move of the table. `url` is the address of the plugin in the booking's village; `taken_fen` is what the host
    took at arrival. Raises `NotOpen`, `Lacking`."""
    booking = await Booking.get(key=key)
    held = frozenset(roles)
    if not can(name, held, State(booking.state), booking.way, days_since(booking)):
        raise NotOpen(name)
    move = BY_NAME[name]
    if move.words and not words:
        raise Lacking(name)
    acting = next(who for who in Who if who in held and who in move.by)
    before = booking.state
    await _write(booking, move)
    await note(booking, move.name, before, actor, acting, words)
    await _rooms_and_money(booking, move, taken_fen)
    await _tell(booking, move.name, url, actor)
    return booking


async def _write(booking: Booking, move: Move) -> None:
    changes: dict[str, Any] = {"state": move.to.value, "due_at": due(booking, move.to)}
    if move.to == State.HELD:
        changes["payment"] = "waiting"
    seen = booking.steps_count
    if not await Booking.filter(id=booking.id, steps_count=seen).update(**changes, steps_count=F("steps_count") + 1):
        raise NotOpen("somebody was quicker")
    for field, value in changes.items():
        setattr(booking, field, value)
    booking.steps_count = seen + 1


def due(booking: Booking, state: State) -> datetime | None:
    """When the clock moves it on from here."""
    if state == State.HELD:
        return moments.now() + PAYS_WITHIN
    if state == State.CONFIRMED:
        return moments.at(booking.since, 0) + MISSED
    if state == State.ARRIVED:
        return moments.at(booking.until, 20)
    return None


async def note(booking: Booking, name: str, before: str, actor: int | None, acting: Who, words: str) -> None:
    """One line of the history, and an entry in the records."""
    await Step.create(
        booking_id=booking.id,
        number=booking.steps_count,
        at=moments.now(),
        actor_id=actor,
        acting=acting.value,
        move=name,
        before=before,
        after=booking.state,
        words=words,
    )
    by = "web" if actor is not None else "system"
    await audit(
        f"tourism.booking.{name}",
        actor=actor,
        object=("booking", booking.id),
        by=by,  # type: ignore[arg-type]
        before=before,
        after=booking.state,
        acting=acting.value,
    )


async def _rooms_and_money(booking: Booking, move: Move, taken_fen: int) -> None:
    if move.frees:
        await rooms.give_back(booking.id, booking.place_id)
    if move.name in TAKING and taken_fen and not booking.taken_fen:
        await Booking.filter(id=booking.id).update(taken_fen=taken_fen)
        booking.taken_fen = taken_fen
        await money.taken(booking, taken_fen)
    if move.back and booking.paid_fen:
        steps = canceling.read(booking.back)
        fen = booking.paid_fen if move.back == "all" else canceling.back(steps, moments.now(), booking.paid_fen)
        await owe_back(booking, fen)
    if move.settles:
        await money.settled(booking)


async def owe_back(booking: Booking, fen: int) -> None:
    """The guest gets this much back; together never more than was paid: the update itself asks."""
    if fen <= 0:
        return
    if not await Booking.filter(id=booking.id, refunded_fen__lte=booking.paid_fen - fen).update(
        refunded_fen=F("refunded_fen") + fen
    ):
        raise NotOpen("refund")
    booking.refunded_fen += fen
    key = new_key()
    await Refund.create(key=key, booking_id=booking.id, fen=fen, state="agreed", at=moments.now())
    await enqueue("tourism.give_back", {"refund": key}, village_id=booking.village_id, dedupe=f"refund:{key}")


async def _tell(booking: Booking, name: str, url: str, actor: int | None) -> None:
    """The guest hears what the host does, and the host what the guest does."""
    place = await Place.get(id=booking.place_id)
    for person in sorted({one for one in (booking.guest_id, place.host_id) if one is not None and one != actor}):
        await tell(person, "tourism.moved", url=f"{url}/bookings/{booking.key}", place=place.name, what=name)


@unit
async def refunded(key: str, url: str) -> None:
    """The money went back. The same again does nothing."""
    refund = await Refund.get(key=key)
    if not await Refund.filter(id=refund.id, state="agreed").update(state="done", done_at=moments.now()):
        return
    booking = await Booking.get(id=refund.booking_id)
    await money.given_back(booking, refund.id, refund.fen)
    await audit("tourism.refund.done", actor=None, object=("booking", booking.id), by="system", fen=refund.fen)
    if booking.guest_id is not None:
        place = await Place.get(id=booking.place_id)
        await tell(
            booking.guest_id, "tourism.moved", url=f"{url}/bookings/{booking.key}", place=place.name, what="back"
        )
