"""What boards and the evidence pack say: sums over bookings and the nights that they took, never kept beside them."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tortoise.functions import Count, Sum
from tortoise.queryset import QuerySet

from . import moments
from .models import Booking, Complaint, Licence, Place, Review
from .states import STAYED, TAKES

_STAYED = [one.value for one in STAYED]
_KEPT = [one.value for one in STAYED | TAKES]
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
    into(await _complaints("village_id", first, until), n="complaints", s="settled")
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
    papers: tuple[tuple[str, date | None], ...]  # which, and its last day
    bookings: int
    guests: int
    nights: int
    income_fen: int
    complaints: int
    settled: int


async def evidence(first: date, last: date) -> list[Evidence]:
    """Every place in scope that is or was open, with its papers, what it did in a span, and what was complained about: four
    questions."""
    until = last + timedelta(days=1)
    places = await Place.filter(state__in=["open", "paused"]).order_by("village_id", "id")
    rows = await _sums("place_id", first, until)
    sums: dict[int, Counter[str]] = defaultdict(Counter)
    for row in rows:
        there = sums[row["place_id"]]
        there["fen"] += int(row["a"] or 0) + int(row["t"] or 0) - int(row["r"] or 0)
        for column in ("n", "p", "s") if row["state"] in _STAYED else ():
            there[column] += int(row[column] or 0)
    for row in await _complaints("place_id", first, until):
        sums[row["place_id"]].update(wrong=row["n"], settled=row["s"])
    papers: dict[int, list[tuple[str, date | None]]] = defaultdict(list)
    for one in await Licence.filter(place__state__in=["open", "paused"]).order_by("place_id", "kind"):
        papers[one.place_id].append((one.kind, one.until))
    return [
        Evidence(
            place=one,
            papers=tuple(papers[one.id]),
            bookings=sums[one.id]["n"],
            guests=sums[one.id]["p"],
            nights=sums[one.id]["s"],
            income_fen=sums[one.id]["fen"],
            complaints=sums[one.id]["wrong"],
            settled=sums[one.id]["settled"],
        )
        for one in places
    ]


async def _complaints(of: str, first: date, until: date) -> list[dict[str, Any]]:
    """Complaints of a span, and how many of them were settled, by village or place."""
    wrong = Complaint.filter(at__gte=moments.at(first, 0), at__lt=moments.at(until, 0))
    return await wrong.annotate(n=Count("id"), s=Count("settled_at")).group_by(of).values(of, "n", "s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What came of a way or a festival: bookings that were not called off, their guests who came, and the income."""

    bookings: int = 0
    guests: int = 0
    income_fen: int = 0


async def brought(bookings: QuerySet[Booking]) -> dict[int, Brought]:
    """By outing, of these bookings: one question."""
    rows = bookings.annotate(
        n=Count("id"), p=Sum("people"), a=Sum("paid_fen"), t=Sum("taken_fen"), r=Sum("refunded_fen")
    )
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for row in await rows.group_by("outing_id", "state").values("outing_id", "state", "n", "p", "a", "t", "r"):
        there = found[row["outing_id"]]
        there["income_fen"] += int(row["a"] or 0) + int(row["t"] or 0) - int(row["r"] or 0)
        there["bookings"] += row["n"] if row["state"] in _KEPT else 0
        there["guests"] += int(row["p"] or 0) if row["state"] in _STAYED else 0
    return {outing: Brought(**counted) for outing, counted in found.items()}


async def over_time(first: date, last: date) -> list[tuple[date, int]]:
    """How many guests came, by day, by week (counted back from the last day) or by month, so that a chart has some dozen columns;
    each with its first day. One question."""
    came = Booking.filter(since__gte=first, since__lte=last, state__in=_STAYED).annotate(p=Sum("people"))
    rows = await came.group_by("since").values("since", "p")
    days = (last - first).days + 1
    found: Counter[date] = Counter({_begin(first + timedelta(days=n), first, last): 0 for n in range(days)})
    for row in rows:
        found[_begin(row["since"], first, last)] += int(row["p"] or 0)
    return sorted(found.items())


def _begin(day: date, first: date, last: date) -> date:
    days = (last - first).days + 1
    if days <= 31:
        return day
    if days <= 120:
        return max(first, last - timedelta(days=(last - day).days // 7 * 7 + 6))
    return max(first, day.replace(day=1))
