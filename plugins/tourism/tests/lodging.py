"""What the tests stand on: acts without pages, and whether the books agree afterwards."""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import Any

from cunli import HOLIDAYS, provider_of
from cunli_tourism import booking, books, keeping, moments
from cunli_tourism.booking import Booked, Ground, Wish
from cunli_tourism.keeping import OfferForm, PlaceForm
from cunli_tourism.licences import Asked as Papers
from cunli_tourism.licences import needed
from cunli_tourism.models import Booking, MoneyLine, Offer, Place
from cunli_tourism.pricing import Asked

MANY = int(os.environ.get("TOURISM_RUNS", "0"))  # the big number, for the night
V = "/v/heping"
T = f"{V}/tourism"


def ground(*, online: bool = False) -> Ground:
    return Ground(url=T, calendar=provider_of(HOLIDAYS), online=online)


def place_form(**more: Any) -> PlaceForm:
    values: dict[str, Any] = {
        "kind": "homestay",
        "name": "田家老屋",
        "called": "田大姐",
        "story": "推窗就是梯田",
        "included": "",
        "rules": "",
        "facilities": ("bath", "wifi"),
        "access": "",
        "speaks": "",
        "way": "",
        "address": "二组油榨坊",
        "spot": None,
        "phone": "13812345678",
        "capacity": 0,
        "instant": True,
        "prepay": 0,
        "policy": "loose",
    }
    return PlaceForm(**{**values, **more})


def offer_form(**more: Any) -> OfferForm:
    values: dict[str, Any] = {
        "kind": "room",
        "name": "梯田大床房",
        "about": "",
        "count": 1,
        "holds": 2,
        "included": 0,
        "least": 1,
        "fen": 16800,
        "weekend_fen": 0,
        "holiday_fen": 0,
        "extra_fen": 0,
        "slots": (),
    }
    return OfferForm(**{**values, **more})


async def place_of(host_id: int | None, *, papers: bool = True, opened: bool = True, **more: Any) -> Place:
    """A place with all its papers, that the village has looked at."""
    form = place_form(**more)
    row = await keeping.begin(form, [], host_id=host_id, actor=host_id or 0, url=T)
    if papers:
        ends = moments.today() + timedelta(days=800)
        given = [(kind, "92433", ends) for kind in needed(form.kind, Papers(), meals=True)]
        await keeping.papers(row, given, Papers(), actor=host_id or 0, url=T)
    if opened:
        await keeping.judge(row, opened=True, reason="", actor=host_id or 0, url=T)
    return await Place.get(id=row.id)


async def offer_at(place: Place, **more: Any) -> Offer:
    return await keeping.offer(place, offer_form(**more), None, Papers(), actor=place.host_id or 0)


def soon(days: int = 10) -> date:
    return moments.today() + timedelta(days=days)


async def booked(
    place: Place,
    offer: Offer,
    guest_id: int,
    *,
    first: date | None = None,
    nights: int = 1,
    units: int = 1,
    people: int = 1,
    slot: int = 0,
    online: bool = False,
) -> Booked:
    """Book as a guest who saw the price just now."""
    first = first or soon()
    last = first + timedelta(days=nights if offer.kind == "room" else 0)
    asked = Asked(first=first, last=last, units=units, people=people)
    on = ground(online=online)
    seen = (await booking.quoted(place, offer, asked, on)).total_fen
    wish = Wish(asked=asked, slot=slot, name="许先生", phone="13900000000", seen_fen=seen)
    return await booking.book(place.id, offer.id, wish, on, guest_id=guest_id)


async def state_of(key: str) -> str:
    return (await Booking.get(key=key)).state


async def books_agree() -> None:
    """No night twice, nights as booked, journals sum to zero, sums are their lines."""
    assert await books.twice() == []
    assert await books.uneven() == []
    assert await books.wrong_sums() == []
    assert await MoneyLine.wrong_journals() == []
    assert sum((await MoneyLine.balances()).values()) == 0
