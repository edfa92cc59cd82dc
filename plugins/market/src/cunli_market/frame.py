"""What the pages share: which villages are one bazaar, whose things these are, and how a moment is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.exceptions import HTTPException

from cunli import Reach, SealedText, Visit, reach, reveal, setting_of, unit, yuan

from . import moments
from .models import Ad, Endorsement, Good, Shop
from .settings import BAZAAR


def missing() -> HTTPException:
    """What is not there and what may not be seen answer alike."""
    return HTTPException(404)


def before(visit: Visit) -> int:
    """The row after which an older page begins; 0 for the newest. A number that no row can have is none."""
    said = visit.query.get("before", "")
    number = int(said) if said.isdecimal() and len(said) < 11 else 0
    return number if number < 2**31 else 0


def home(visit: Visit) -> str:
    """The address of the market in the village of the page."""
    return f"{visit.here.url}/market"


async def county(visit: Visit) -> Reach:
    """The open villages of this county where the market is on."""
    everywhere = await reach()
    return everywhere.below(visit.here.county_id)


async def bazaar(visit: Visit) -> Reach:
    """Those of them that bring their goods to the county's bazaar. One's own village is always there."""
    everywhere = await county(visit)
    found = []
    for one in everywhere.villages:
        with everywhere.into(one.id):
            if one.id == visit.here.id or await setting_of(BAZAAR):
                found.append(one)
    return Reach(tuple(found))


def urls(everywhere: Reach) -> Mapping[int, str]:
    """The addresses of their markets, by village."""
    return {one.id: f"{one.url}/market" for one in everywhere.villages}


def money(fen: int) -> str:
    """Yuan without needless zeros, as on a price tag: 39.8, 66, 0.05."""
    said = yuan(fen)
    return said.rstrip("0").rstrip(".") if "." in said else said


async def endorsed(shops: Sequence[int], goods: Sequence[int]) -> list[Endorsement]:
    """What vouches for these now. The moment of expiry is asked in the query, so that nothing outlives it."""
    moment = moments.now()
    valid = Endorsement.filter(revoked_at=None, since__lte=moment, until__gt=moment)
    of_shops = await valid.filter(shop_id__in=list(shops)).order_by("id") if shops else []
    of_goods = await valid.filter(good_id__in=list(goods)).order_by("id") if goods else []
    return [*of_shops, *of_goods]


async def shop_at(visit: Visit, key: str) -> Shop:
    """A shop of the village of the page."""
    found = await Shop.get_or_none(key=key)
    if found is None:
        raise missing()
    return found


async def own_shop(visit: Visit) -> Shop | None:
    """The shop that this person keeps in this village."""
    if visit.person is None:
        return None
    return await Shop.filter(owner_id=visit.person.id).order_by("id").first()


async def good_at(visit: Visit, key: str) -> Good:
    """A good of the village of the page."""
    found = await Good.get_or_none(key=key)
    if found is None:
        raise missing()
    return found


@unit
async def opened(sealed: SealedText, value: str, row: Ad | Shop, *, about: str, reader: int) -> str:
    """A number of an ad or a shop in clear, for a reader; it is written down who saw it. `about` is the row's name in the trail."""
    masked = sealed.masked(value, row.key)
    (clear,) = await reveal(masked, actor=reader, village=row.village_id, object=(about, row.id))
    return clear
