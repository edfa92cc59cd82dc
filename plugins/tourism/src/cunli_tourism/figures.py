"""What boards and the evidence pack say: sums over bookings and the nights that they took, never kept beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tortoise.functions import Count, Sum

from . import moments
from .models import Booking, Complaint, Licence, Place, Review
from .states import STAYED

_STAYED = [one.value for one in STAYED]
_MONEY = {"a": "paid_fen", "t": "taken_fen", "r": "refunded_fen"}
_COUNTED = {"n": "bookings", "p": "guests", "s": "nights", **_MONEY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of one village, of stays that begin in a span of days: `nights` are the room-nights of guests who came, `room_days` what could
    have been sold."""

    places: int = 0
    rooms: int = 0
    beds: int = 0
    bookings: int = 0
    guests: int = 0
    nights: int = 0
    room_days: int = 0
    paid_fen: int = 0
    taken_fen: int = 0
    refunded_fen: int = 0
    reviews: int = 0
    stars: int = 0
    lapsed: int = 0
    complaints: int = 0
    settled: int = 0

    @property
    def income_fen(self) -> int:
        return self.paid_fen + self.taken_fen - self.refunded_fen

    @property
    def occupancy(self) -> int:
        """Percent of the room-nights that were sold, to the nearest."""
        return (self.nights * 200 + self.room_days) // (2 * self.room_days) if self.room_days else 0


async def _sums(of: str, first: date, until: date) -> list[dict[str, Any]]:
    """Bookings that begin in a span, summed by village or place and by state: one walk over them, whatever is asked."""
    found = Booking.filter(since__gte=first, since__lt=until).annotate(
        n=Count("id"), p=Sum("people"), s=Sum("nights"), a=Sum("paid_fen"), t=Sum("taken_fen"), r=Sum("refunded_fen")
    )
    return await found.group_by(of, "state").values(of, "state", "n", "p", "s", "a", "t", "r")


async def by_village(first: date, last: date) -> dict[int, Figures]:
    """For each village in scope, from `first` to `last` inclusive: five questions, however much there is."""
    until = last + timedelta(days=1)
    found: dict[int, dict[str, Any]] = {}

    def into(rows: list[dict[str, Any]], **names: str) -> None:
        for row in rows:
            there = found.setdefault(row["village_id"], {})
            for column, name in names.items():
                there[name] = int(row[column] or 0)

    open_ = Place.filter(state__in=["open", "paused"]).annotate(n=Count("id"), r=Sum("rooms"), b=Sum("beds"))
    into(await open_.group_by("village_id").values("village_id", "n", "r", "b"), n="places", r="rooms", b="beds")
    for row in await _sums("village_id", first, until):
        there = found.setdefault(row["village_id"], {})
        for column, name in _COUNTED.items() if row["state"] in _STAYED else _MONEY.items():
            there[name] = there.get(name, 0) + int(row[column] or 0)
    said = Review.filter(booking__since__gte=first, booking__since__lt=until)
    into(
        await said.annotate(n=Count("id"), s=Sum("stars")).group_by("village_id").values("village_id", "n", "s"),
        n="reviews",
        s="stars",
    )
    over = Licence.filter(until__lt=last, place__state__in=["open", "paused"]).annotate(n=Count("id"))
    into(await over.group_by("village_id").values("village_id", "n"), n="lapsed")
    since, end = moments.at(first, 0), moments.at(until, 0)
    wrong = Complaint.filter(at__gte=since, at__lt=end).annotate(n=Count("id"), s=Count("settled_at"))
    into(await wrong.group_by("village_id").values("village_id", "n", "s"), n="complaints", s="settled")
    days = (until - first).days
    return {village: Figures(**values, room_days=values.get("rooms", 0) * days) for village, values in found.items()}


def total(rows: list[Figures]) -> Figures:
    """The sum of villages."""
    names = list(Figures.__dataclass_fields__)
    return Figures(**{name: sum(getattr(one, name) for one in rows) for name in names})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One place in the pack for the application as a tourism county."""

    place: Place
    papers: str
    bookings: int
    guests: int
    income_fen: int


async def evidence(first: date, last: date) -> list[Evidence]:
    """Every place in scope that is or was open, with its papers and what it did in a span: three questions."""
    until = last + timedelta(days=1)
    places = await Place.filter(state__in=["open", "paused"]).order_by("village_id", "id")
    rows = await _sums("place_id", first, until)
    sums: dict[int, dict[str, int]] = {}
    for row in rows:
        there = sums.setdefault(row["place_id"], {"n": 0, "p": 0, "fen": 0})
        there["fen"] += int(row["a"] or 0) + int(row["t"] or 0) - int(row["r"] or 0)
        if row["state"] in _STAYED:
            there["n"] += row["n"]
            there["p"] += int(row["p"] or 0)
    papers: dict[int, list[str]] = {}
    for one in await Licence.filter(place__state__in=["open", "paused"]).order_by("place_id", "kind"):
        papers.setdefault(one.place_id, []).append(one.kind)
    none = {"n": 0, "p": 0, "fen": 0}
    return [
        Evidence(
            place=one,
            papers=",".join(papers.get(one.id, [])),
            bookings=sums.get(one.id, none)["n"],
            guests=sums.get(one.id, none)["p"],
            income_fen=sums.get(one.id, none)["fen"],
        )
        for one in places
    ]
