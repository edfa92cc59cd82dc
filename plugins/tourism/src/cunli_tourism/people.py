"""What the plugin holds about somebody, handed over and erased."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cunli import ErasureReport, ExportFile, Kept, unit
from cunli import gettext as _

from . import words
from .frame import money
from .models import (
    GUEST_NAME,
    GUEST_PHONE,
    NOBODY,
    PLACE_PHONE,
    Booking,
    Complaint,
    Guest,
    Listing,
    Place,
    Review,
    Step,
    Taken,
)
from .states import STAYED, TAKES


async def export(person_id: int) -> Sequence[ExportFile]:
    """Bookings, places and reviews; what is sealed is opened, for it is the person's own."""
    return [
        ExportFile(
            name="bookings.json",
            label=_("我订的"),
            rows=await _bookings(person_id),
            columns={
                "code": _("短码"),
                "place": _("哪里"),
                "first": _("哪天"),
                "last": _("到哪天"),
                "state": _("到哪一步"),
                "total": _("一共"),
                "name": _("谁来"),
                "phone": _("电话"),
                "note": _("给主人的话"),
            },
        ),
        ExportFile(name="places.json", label=_("我开的民宿、农家乐"), rows=await _places(person_id)),
        ExportFile(
            name="reviews.json",
            label=_("我写的评价"),
            rows=[
                {"stars": one.stars, "words": one.words, "at": one.at}
                for one in await Review.filter(writer_id=person_id).order_by("id")
            ],
            columns={"stars": _("几颗星"), "words": _("说了什么"), "at": _("什么时候")},
        ),
        ExportFile(
            name="complaints.json",
            label=_("我投诉过的"),
            rows=[
                {"words": one.words, "answer": one.answer, "at": one.at}
                for one in await Complaint.filter(person_id=person_id).order_by("id")
            ],
            columns={"words": _("说了什么"), "answer": _("村里怎么答的"), "at": _("什么时候")},
        ),
    ]


async def _bookings(person_id: int) -> list[dict[str, Any]]:
    found = await Booking.filter(guest_id=person_id).order_by("id")
    places = {one.id: one.name for one in await Place.filter(id__in={one.place_id for one in found})} if found else {}
    return [
        {
            "code": one.code,
            "place": places.get(one.place_id, ""),
            "first": one.since,
            "last": one.until,
            "state": str(words.STATES[one.state][0]),
            "total": money(one.total_fen),
            "name": _own(GUEST_NAME, one.name, one.key, person_id),
            "phone": _own(GUEST_PHONE, one.phone, one.key, person_id),
            "note": one.note,
        }
        for one in found
    ]


async def _places(person_id: int) -> list[dict[str, Any]]:
    calendars: dict[int, list[str]] = {}
    for one in await Listing.filter(place__host_id=person_id).order_by("id"):
        calendars.setdefault(one.place_id, []).append(one.name)
    return [
        {
            "name": one.name,
            "story": one.story,
            "phone": _own(PLACE_PHONE, one.phone, one.key, person_id),
            "calendars": "、".join(calendars.get(one.id, ())),
        }
        for one in await Place.filter(host_id=person_id).order_by("id")
    ]


def _own(how: Any, value: str, key: str, person_id: int) -> str:
    return how.own(value, key, about=person_id, reader=person_id) if value else ""


@unit
async def erase(person_id: int) -> ErasureReport:
    """Bookings stay three years without the person (电子商务法 31), registrations until their day (旅馆业治安管理办法 6); places
    close, reviews lose their name. Whom the host still expects stays known to the host until the stay is over (个人信息保护法 13)."""
    mine = Booking.filter(guest_id=person_id)
    stayed = await mine.filter(state__in=[one.value for one in STAYED]).values_list("id", flat=True)
    registered = await Guest.filter(booking_id__in=list(stayed)).count() if stayed else 0
    expected = await mine.filter(state__in=[one.value for one in TAKES]).update(guest_id=None)
    bookings = await mine.update(guest_id=None, **NOBODY)
    for one in await Listing.filter(place__host_id=person_id):  # their secret addresses end, too
        await Taken.filter(listing_id=one.id).delete()
        await Listing.filter(id=one.id).delete()
    places = await Place.filter(host_id=person_id).update(
        host_id=None, phone="", called="", story="", state="paused", reason=""
    )
    complaints = await Complaint.filter(person_id=person_id).update(person_id=None, words="")
    reviews = await Review.filter(writer_id=person_id).update(writer_id=None)
    await Step.filter(actor_id=person_id).update(actor_id=None)
    kept = (
        Kept(what=_("订单，不带名字和电话"), count=bookings, reason=_("电子商务法第三十一条：交易信息至少留三年")),
        Kept(
            what=_("还没住完的订单，住完名字和电话就删"),
            count=expected,
            reason=_("个人信息保护法第十三条：主人要照约定接待、退钱"),
        ),
        Kept(what=_("住处，不带主人"), count=places, reason=_("住处的订单还在")),
        Kept(what=_("住客登记，到日子自动删"), count=registered, reason=_("旅馆业治安管理办法第六条：住客要登记")),
    )
    return ErasureReport(
        erased={"names of reviews": reviews, "complaints": complaints}, kept=tuple(one for one in kept if one.count)
    )
