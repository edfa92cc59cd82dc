"""What a host does with a place: open it, describe it, show its papers, say what can be booked and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from tortoise.expressions import Q

from cunli import audit, discard_photos, new_key, officers, tell, unit, use_photos

from . import licences, moments, rooms
from .licences import MOST_ROOMS, Asked
from .models import PLACE_PHONE, Licence, Offer, Place, Season, Taken
from .where import MILLION, Spot


class TooMany(Exception):
    """A homestay has no more than fourteen rooms (R59)."""


class InUse(Exception):
    """A room that somebody booked cannot be taken away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceForm:
    """What is said of a place."""

    kind: str
    name: str
    called: str
    story: str
    included: str
    rules: str
    facilities: tuple[str, ...]
    access: str
    speaks: str
    way: str
    address: str
    spot: Spot | None
    phone: str
    capacity: int
    instant: bool
    prepay: int
    policy: str
    paused: bool = False


def _columns(form: PlaceForm, key: str) -> dict[str, Any]:
    given = asdict(form)
    for name in ("spot", "phone", "paused"):
        del given[name]
    spot = {
        "lat6": round(form.spot.lat * MILLION) if form.spot else None,
        "lng6": round(form.spot.lng * MILLION) if form.spot else None,
    }
    phone = PLACE_PHONE.seal(form.phone, key) if form.phone else ""
    return {**given, **spot, "facilities": list(form.facilities), "phone": phone}


@unit
async def begin(form: PlaceForm, photos: Sequence[str], *, host_id: int | None, actor: int, url: str) -> Place:
    """Write a new place. It waits until the village has looked at it. Without a host the office keeps it for somebody."""
    key = new_key()
    await use_photos(photos, owner_id=actor)
    row = await Place.create(
        key=key, host_id=host_id, photos=list(photos), created_at=moments.now(), **_columns(form, key)
    )
    await audit("tourism.place.add", actor=actor, object=("place", row.id))
    await _tell_office(row, actor, url)
    return row


@unit
async def change(place: Place, form: PlaceForm, photos: Sequence[str], gone: Sequence[str], *, actor: int) -> None:
    """What a host says anew. Another kind of place is looked at again."""
    await use_photos(photos, owner_id=actor)
    await rooms.lock(place.id)
    place = await Place.get(id=place.id)  # the village may have judged it meanwhile
    left = [one for one in place.photos if one not in gone]
    await discard_photos([one for one in place.photos if one in gone])
    state = place.state
    if form.kind != place.kind and state in ("open", "paused"):
        state = "waiting"
    elif state in ("open", "paused"):
        state = "paused" if form.paused else "open"
    elif state == "refused":
        state = "waiting"
    await Place.filter(id=place.id).update(**_columns(form, place.key), photos=[*left, *photos], state=state)
    await audit("tourism.place.change", actor=actor, object=("place", place.id), state=state)


@unit
async def judge(place: Place, *, opened: bool, reason: str, actor: int, url: str) -> None:
    """The village has looked at it."""
    state = "open" if opened else "refused"
    await Place.filter(id=place.id).update(state=state, reason="" if opened else reason, checked_on=moments.today())
    await audit("tourism.place.judge", actor=actor, object=("place", place.id), state=state)
    if place.host_id is not None:
        what = "opened" if opened else "refused"
        await tell(place.host_id, "tourism.judged", url=f"{url}/host/{place.key}", place=place.name, what=what)


@unit
async def papers(
    place: Place, given: Sequence[tuple[str, str, date | None]], asked: Asked, *, actor: int, url: str
) -> None:
    """The papers of a place, as the host says them and the office sees them. Changed ones of a place that was looked at are
    looked at again; until then no page says that they were."""
    before = {one.kind: (one.number, one.until) for one in await Licence.filter(place_id=place.id)}
    for kind, number, until in given:
        if not number:
            await Licence.filter(place_id=place.id, kind=kind).delete()
        elif not await Licence.filter(place_id=place.id, kind=kind).update(number=number, until=until):
            await Licence.create(place_id=place.id, kind=kind, number=number, until=until)
    await audit("tourism.place.papers", actor=actor, object=("place", place.id))
    await _end_of_papers(place, asked)
    if {kind: (number, until) for kind, number, until in given if number} != before and place.checked_on:
        await Place.filter(id=place.id).update(checked_on=None)
        await _tell_office(place, actor, url)


async def _tell_office(place: Place, actor: int, url: str) -> None:
    for one in await officers(("village_admin",)):
        if one.person_id != actor:
            await tell(one.person_id, "tourism.waiting", url=f"{url}/office", place=place.name)


async def _end_of_papers(place: Place, asked: Asked) -> None:
    meals = await Offer.filter(place_id=place.id, kind="meal", open=True).exists()
    rows = await Licence.filter(place_id=place.id)
    await Place.filter(id=place.id).update(
        valid_until=licences.first_end(licences.needed(place.kind, asked, meals=meals), rows)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferForm:
    """What can be booked."""

    kind: str
    name: str
    about: str
    count: int
    holds: int
    included: int
    least: int
    fen: int
    weekend_fen: int
    holiday_fen: int
    extra_fen: int
    slots: tuple[str, ...]
    open: bool = True


@unit
async def offer(place: Place, form: OfferForm, before: Offer | None, asked: Asked, *, actor: int) -> Offer:
    """Add something that can be booked, or change it. Raises `TooMany`, `InUse`."""
    given = {**asdict(form), "slots": list(form.slots)}
    await rooms.lock(place.id)  # whoever books meanwhile goes before or after it
    if place.kind == "homestay" and form.kind == "room":
        others = await Offer.filter(place_id=place.id, kind="room", open=True).exclude(id=before.id if before else 0)
        if form.open and form.count + sum(one.count for one in others) > MOST_ROOMS:
            raise TooMany
    if before is None:
        row = await Offer.create(key=new_key(), place_id=place.id, **given)
    else:
        await _not_in_use(before, form)
        await Offer.filter(id=before.id).update(**given)
        row = await Offer.get(id=before.id)
        await rooms.fill_short(place.id)
    await audit("tourism.offer.write", actor=actor, object=("offer", row.id))
    await _sums(place)
    await _end_of_papers(place, asked)
    return row


async def _not_in_use(before: Offer, form: OfferForm) -> None:
    others = Q(booking_id__isnull=False) | Q(listing_id__isnull=False)
    ahead = Taken.filter(others, offer_id=before.id, day__gte=moments.today())
    fewer = form.count < before.count and await ahead.filter(unit__gt=form.count).exists()
    other = form.kind != before.kind or form.slots[: len(before.slots)] != tuple(before.slots)
    if fewer or (other and await ahead.exists()):
        raise InUse


async def _sums(place: Place) -> None:
    """What the county's page filters and sorts by stands in the row itself."""
    rows = [one for one in await Offer.filter(place_id=place.id, open=True) if one.kind not in ("meal", "take")]
    nights = [one for one in rows if one.kind == "room"]
    await Place.filter(id=place.id).update(
        from_fen=min((one.fen for one in rows), default=0),
        rooms=sum(one.count for one in nights),
        beds=sum(one.count * one.holds for one in nights),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonForm:
    """Other prices in a time of the year."""

    name: str
    since: date
    until: date
    yearly: bool
    fen: int
    weekend_fen: int
    holiday_fen: int


@unit
async def season(it: Offer, form: SeasonForm, *, actor: int) -> None:
    """Add a season to an offer."""
    await Season.create(offer_id=it.id, **asdict(form))
    await audit("tourism.offer.season", actor=actor, object=("offer", it.id))


@unit
async def drop_season(it: Offer, number: int, *, actor: int) -> None:
    """Take a season away. What is booked keeps its price."""
    await Season.filter(id=number, offer_id=it.id).delete()
    await audit("tourism.offer.season", actor=actor, object=("offer", it.id))
