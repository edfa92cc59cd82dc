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

from . import booking, complaining, keeping, moments, moving, outings, reviewing
from .booking import Changed, Ground, NotBookable, Wish
from .keeping import OfferForm, PlaceForm, SeasonForm
from .licences import Asked, needed
from .models import Booking, Offer, Place, Review
from .outings import OutingForm
from .pricing import Asked as AskedStay
from .rooms import Full
from .states import Who
from .where import Spot

EACH: Final = 0.5  # so that not every village has the same
PAST: Final = 42  # days
GUESTS: Final = 14  # for each place
HERE: Final = Spot(lat=29.1, lng=109.9)


@cache
def told() -> dict[str, Any]:
    """What `demo.toml` says."""
    return tomllib.loads(files("cunli_tourism").joinpath("demo.toml").read_text("utf-8"))


@click.command("demo")
async def demo() -> None:
    """Places and guests of some weeks in this village. Where the profile refuses business there is nothing to show."""
    if not await allowed(Sensitive.COMMERCE):
        return
    names = {one.person_id: one.name for one in await villagers()}
    people = list(names)
    office = [one.person_id for one in await officers() if one.level == "village"]
    if len(people) < 4 or not office:
        return
    regions = {one.region_id for one in await officers()}
    number, here = next((n, one.url) for n, one in enumerate((await reach()).villages) if one.region_id in regions)
    chance = random.Random(here)  # noqa: S311 a demo, the same each time
    ground = Ground(url=f"{here}/tourism", calendar=provider_of(HOLIDAYS), online=False)
    hosts = [one for one in people if one not in office] or people
    opened = []
    for first, story in enumerate(told()["place"]):
        if chance.random() < EACH or first == 0:
            named = {**story, "name": story["names"][number % len(story["names"])]}
            host = chance.choice(hosts)
            tried = (
                next((one for one in hosts if names[one] == told()["account"]["name"]), None) if first == 0 else None
            )
            if tried is not None:  # who signs in with the account of the demo keeps a place, and can try a host's pages
                host, named["called"] = tried, told()["account"]["called"]
            opened.append(await _open(named, host, office[0], ground, chance))
    ways = await _outings(opened, office[0])
    for place in opened:
        guests = [one for one in people if one != place.host_id]
        await _visited(place, guests, ways.get(place.id), ground, chance)
    await _complained(office[0], ground)


async def _outings(opened: Sequence[Place], official: int) -> dict[int, int]:
    """Ways and festivals through what was opened. Gives one that leads to each place."""
    by_kind = {one.kind: one for one in reversed(opened)}
    led: dict[int, int] = {}
    for story in told()["outing"]:
        stops = [(by_kind[kind], said) for kind, said in story["stops"] if kind in by_kind]
        if len(stops) < 2:
            continue
        since = moments.today() + timedelta(days=story["begins"]) if "begins" in story else None
        until = since + timedelta(days=story["lasts"]) if since else None
        row = await outings.write(
            OutingForm(
                kind=story["kind"], name=story["name"], about=story["about"], since=since, until=until, shown=True
            ),
            None,
            actor=official,
        )
        for place, said in stops:
            offer = await Offer.filter(place_id=place.id, kind__in=["room", "seat"]).order_by("id").first()
            await outings.add_stop(row, place, offer, said, actor=official)
            led[place.id] = row.id
    return led


async def _complained(official: int, ground: Ground) -> None:
    """Two guests complain; one has an answer."""
    stayed = (
        await Booking.filter(state="completed", offer__kind="room").order_by("-id").limit(len(told()["complained"]))
    )
    for row, said in zip(stayed, told()["complained"], strict=False):
        place = await Place.get(id=row.place_id)
        if row.guest_id is None or row.guest_id == official:
            continue
        found = await complaining.complain(row, place, said["words"], person=row.guest_id, url=ground.url)
        if said["answer"]:
            await complaining.answer(found, said["answer"], place, actor=official, url=ground.url)


async def _open(story: dict[str, Any], host: int, official: int, ground: Ground, chance: random.Random) -> Place:
    given = {name: value for name, value in story.items() if name not in ("offers", "names")}
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
            "spot": Spot(lat=HERE.lat + chance.random() / 60, lng=HERE.lng + chance.random() / 60),
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
                **{name: value for name, value in one.items() if name != "seasons"},
                "slots": tuple(one.get("slots", ())),
            }
            row = await keeping.offer(place, OfferForm(**fields), None, Asked(), actor=host)
            for season in one.get("seasons", ()):
                await keeping.season(row, SeasonForm(**{"yearly": False, "holiday_fen": 0, **season}), actor=host)
        ends = moments.today() + timedelta(days=PAST + 400)
        papers = [
            (kind, f"92433{chance.randint(100_000, 999_999)}", ends) for kind in needed(form.kind, Asked(), meals=True)
        ]
        await keeping.papers(place, papers, Asked(), actor=host, url=ground.url)
        await keeping.judge(place, opened=True, reason="", actor=official, url=ground.url)
    return await Place.get(id=place.id)


async def _visited(place: Place, guests: Sequence[int], way: int | None, ground: Ground, chance: random.Random) -> None:
    offers = [one for one in await Offer.filter(place_id=place.id).order_by("id") if one.kind not in booking.BESIDE]
    now = moments.now()
    for ago in sorted((chance.randint(-12, PAST) for _n in range(GUESTS)), reverse=True):
        guest, offer = chance.choice(guests), chance.choice(offers)
        written = now - (
            timedelta(days=ago + chance.randint(1, 5)) if ago >= 0 else timedelta(hours=chance.randint(1, 6))
        )
        with moments.as_of(written):
            first = moments.day(now) - timedelta(days=ago)
            led = way if chance.random() < 0.3 else None
            key = await _booked(place, offer, first, guest, led, ground, chance)
        if key:
            await _and_then(key, offer, ago, place, guest, ground, chance, now)


async def _booked(
    place: Place, offer: Offer, first: Any, guest: int, way: int | None, ground: Ground, chance: random.Random
) -> str:
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
        wish = Wish(asked=asked, slot=0, name="许先生", phone="13900000000", seen_fen=total, outing_id=way)
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
            row = await Booking.get(key=key)
            await reviewing.write(row, offer, said["stars"], said["words"], writer=guest, url=ground.url)
            if chance.random() < 0.3:
                thanks = told()["answered"][1 if said["stars"] < 5 and offer.kind == "room" else 0]["words"]
                await reviewing.answer(await Review.get(booking_id=row.id), thanks, place, ground.url)
