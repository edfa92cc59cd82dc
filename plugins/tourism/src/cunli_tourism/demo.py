"""Places and guests of some weeks for the demo county, written and moved through the same doors as real ones."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

import click

from cunli import HOLIDAYS, Sensitive, allowed, officers, provider_of, reach, villagers

from . import booking, keeping, moments, moving, reviewing
from .booking import Changed, Ground, NotBookable, Wish
from .keeping import OfferForm, PlaceForm
from .licences import Asked, needed
from .models import Booking, Offer, Place
from .pricing import Asked as AskedStay
from .rooms import Full
from .states import Who
from .where import Spot

EACH: Final = 0.5  # so that not every village has the same
PAST: Final = 42  # days
GUESTS: Final = 14  # for each place
HERE: Final = Spot(lat=29.1, lng=109.9)


@cache
def told() -> dict[str, list[dict[str, Any]]]:
    """What `demo.toml` says."""
    return tomllib.loads(files("cunli_tourism").joinpath("demo.toml").read_text("utf-8"))


@click.command("demo")
async def demo() -> None:
    """Places and guests of some weeks in this village. Where the profile refuses business there is nothing to show."""
    if not await allowed(Sensitive.COMMERCE):
        return
    people = [one.person_id for one in await villagers()]
    office = [one.person_id for one in await officers() if one.level == "village"]
    if len(people) < 4 or not office:
        return
    chance = random.Random(len(people))  # noqa: S311 a demo, the same each time
    regions = {one.region_id for one in await officers()}
    here = next(one.url for one in (await reach()).villages if one.region_id in regions)
    ground = Ground(url=f"{here}/tourism", calendar=provider_of(HOLIDAYS), online=False)
    hosts = [one for one in people if one not in office] or people
    for number, story in enumerate(told()["place"]):
        if chance.random() < EACH or number == 0:
            place = await _open(story, chance.choice(hosts), office[0], ground, chance)
            await _visited(place, [one for one in people if one != place.host_id], ground, chance)


async def _open(story: dict[str, Any], host: int, official: int, ground: Ground, chance: random.Random) -> Place:
    given = {name: value for name, value in story.items() if name != "offers"}
    form = PlaceForm(
        **{
            "included": "",
            "rules": "",
            "access": "",
            "way": "",
            "capacity": 0,
            "instant": False,
            "prepay": 0,
            **given,
            "facilities": tuple(given["facilities"]),
            "speaks": "普通话、本地话",
            "address": f"{chance.choice('一二三四五')}组",
            "phone": f"0743-{chance.randint(1_000_000, 9_999_999)}",
            "spot": Spot(lat=HERE.lat + chance.random() / 20, lng=HERE.lng + chance.random() / 20),
        }
    )
    with moments.as_of(moments.now() - timedelta(days=PAST + 10)):
        place = await keeping.begin(form, [], host_id=host, actor=host, url=ground.url)
        for one in story["offers"]:
            fields = {
                "about": "",
                "included": 0,
                "least": 1,
                "weekend_fen": 0,
                "holiday_fen": 0,
                "extra_fen": 0,
                **one,
                "slots": tuple(one.get("slots", ())),
            }
            await keeping.offer(place, OfferForm(**fields), None, Asked(), actor=host)
        ends = moments.today() + timedelta(days=PAST + 400)
        papers = [
            (kind, f"92433{chance.randint(100_000, 999_999)}", ends) for kind in needed(form.kind, Asked(), meals=True)
        ]
        await keeping.papers(place, papers, Asked(), actor=host, url=ground.url)
        await keeping.judge(place, opened=True, reason="", actor=official, url=ground.url)
    return await Place.get(id=place.id)


async def _visited(place: Place, guests: Sequence[int], ground: Ground, chance: random.Random) -> None:
    offers = [one for one in await Offer.filter(place_id=place.id).order_by("id") if one.kind != "meal"]
    now = moments.now()
    for _n in range(GUESTS):
        ago = chance.randint(-12, PAST)
        guest, offer = chance.choice(guests), chance.choice(offers)
        written = now - timedelta(days=max(ago, 0) + chance.randint(1, 5))
        with moments.as_of(written):
            first = moments.day(now) - timedelta(days=ago)
            key = await _booked(place, offer, first, guest, ground, chance)
        if key:
            await _and_then(key, offer, ago, place, guest, ground, chance, now)


async def _booked(place: Place, offer: Offer, first: Any, guest: int, ground: Ground, chance: random.Random) -> str:
    night = offer.kind == "room"
    nights = chance.randint(1, 3) if night else 0
    people = chance.randint(1, offer.holds) if offer.holds > 1 else chance.randint(1, 4)
    units = 1 if night else -(-people // offer.holds)
    meals = people if night and chance.random() < 0.5 else 0
    if meals and await booking.meal_of(place) is None:
        meals = 0
    asked = AskedStay(first=first, last=first + timedelta(days=nights), units=units, people=people, meals=meals)
    try:
        total = (await booking.quoted(place, offer, asked, ground)).total_fen
        wish = Wish(asked=asked, slot=0, name="许先生", phone="13900000000", seen_fen=total)
        return (await booking.book(place.id, offer.id, wish, ground, guest_id=guest)).key
    except (Full, Changed, NotBookable):
        return ""


async def _and_then(
    key: str,
    offer: Offer,
    ago: int,
    place: Place,
    guest: int,
    ground: Ground,
    chance: random.Random,
    now: datetime,
) -> None:
    host = place.host_id or guest
    row = await Booking.get(key=key)
    if row.state == "requested" and (ago >= 0 or chance.random() < 0.6):
        await moving.do(key, "agree", {Who.HOST}, actor=host, url=ground.url)
    row = await Booking.get(key=key)
    if ago < 0 or row.state != "confirmed":
        return
    if chance.random() < 0.1:
        with moments.as_of(now - timedelta(days=ago + 1)):
            await moving.do(key, "cancel", {Who.GUEST}, actor=guest, url=ground.url)
        return
    with moments.as_of(moments.at(row.since, 15)):
        await moving.do(key, "arrive", {Who.HOST}, actor=host, url=ground.url, taken_fen=row.total_fen)
    if row.until >= moments.day(now):
        return
    with moments.as_of(moments.at(row.until, 11)):
        await moving.do(key, "finish", {Who.HOST}, actor=host, url=ground.url)
        if chance.random() < 0.5:
            said = chance.choice([one for one in told()["said"] if one.get("seat", False) == (offer.kind == "seat")])
            await reviewing.write(
                await Booking.get(key=key), offer, said["stars"], said["words"], writer=guest, url=ground.url
            )
