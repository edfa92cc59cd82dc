"""What the pages share: whose things these are, what the county says, how a moment and a sum are said."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from lunar_python import Solar  # type: ignore[import-untyped,unused-ignore]
from starlette.exceptions import HTTPException

from cunli import HOLIDAYS, TaskContext, Visit, provider_of, reach, reveal, unit, yuan

from .booking import Ground
from .licences import Asked
from .models import PLACE_PHONE, Offer, Place
from .rights import OVERSEE
from .settings import ANSWER, FIRE, ONLINE, SPECIAL

YEARS = range(2000, 3000)


def missing() -> HTTPException:
    """What is not there and what may not be seen answer alike."""
    return HTTPException(404)


def home(visit: Visit) -> str:
    """The address of the plugin in the village of the page."""
    return f"{visit.here.url}/tourism"


def papers(visit: Visit) -> Asked:
    return Asked(special=visit.setting(SPECIAL), fire=visit.setting(FIRE))


def ground(visit: Visit) -> Ground:
    """What a booking in the village of this visit stands on."""
    return Ground(
        url=home(visit),
        calendar=provider_of(HOLIDAYS),
        online=visit.setting(ONLINE),
        papers=papers(visit),
        answer_hours=visit.setting(ANSWER),
    )


def money(fen: int) -> str:
    """Yuan without needless zeros, as on a price tag: 39.8, 66, 0.05."""
    said = yuan(fen)
    return said.rstrip("0").rstrip(".") if "." in said else said


@lru_cache(maxsize=1024)  # some milliseconds each, and a page shows 35
def lunar(day: date) -> tuple[str, bool]:
    """What stands above a day in the calendar, and whether it is something special: a festival, a solar term, or the lunar day."""
    moon = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    special = (moon.getFestivals() or [moon.getJieQi()])[0]
    if special:
        return special[:2], True
    return (moon.getMonthInChinese() + "月" if moon.getDay() == 1 else moon.getDayInChinese()), False


async def place_at(visit: Visit, key: str) -> Place:
    """A place of the village of the page."""
    found = await Place.get_or_none(key=key)
    if found is None:
        raise missing()
    return found


async def own_place(visit: Visit, key: str) -> Place:
    """A place that this person keeps; one whose host has no phone is kept by the office. Nobody else's is there."""
    found = await place_at(visit, key)
    mine = visit.person is not None and found.host_id == visit.person.id
    if not mine and not (found.host_id is None and visit.may(OVERSEE)):
        raise missing()
    return found


async def offer_of(place: Place, key: str) -> Offer:
    found = await Offer.get_or_none(key=key, place_id=place.id)
    if found is None:
        raise missing()
    return found


@unit
async def host_phone(place: Place, reader: int) -> str:
    """The phone of a host in clear. Who read it is written down."""
    masked = PLACE_PHONE.masked(place.phone, place.key)
    (clear,) = await reveal(masked, actor=reader, village=place.village_id, object=("place", place.id))
    return clear


async def home_of(ctx: TaskContext) -> str:
    """The address of the plugin in the village of a task."""
    everywhere = await reach()
    return next(f"{one.url}/tourism" for one in everywhere.villages if one.id == ctx.village_id)


def day_in(text: str) -> date | None:
    """A day as an address carries it, with days before and after it; none where it is none."""
    try:
        found = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return found if found is not None and found.year in YEARS else None


def number_in(text: str, *, least: int, most: int, default: int) -> int:
    """A number as an address carries it, within its limits."""
    return min(most, max(least, int(text))) if text.isdecimal() and len(text) < 6 else default


def page_in(visit: Visit) -> int:
    """The page that the address asks for, counted from 0."""
    text = visit.query.get("page", "0")
    return int(text) if text.isdecimal() and len(text) < 4 else 0
