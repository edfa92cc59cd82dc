"""Who a seller is, is looked at again every year, and a licence has a last day (电子商务法 10, 27): after either a shop rests.

A shop that needs a licence rests until somebody looked at it, and again when it says another one (电子商务法 27).
Nothing is stored about resting: it is asked whenever somebody buys, so it begins at midnight and ends with the check.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from tortoise.expressions import Q, Subquery

from cunli import TaskContext, audit, officers, reach, tell, unit

from . import moments, words
from .models import Good, Shop

AGAIN: Final = timedelta(days=365)
AHEAD: Final = (30, 7, 0)  # days before, on which the seller and the village are told


def due(shop: Shop) -> date | None:
    """The last day on which a shop may sell; None where nobody said when it was looked at."""
    days = [one for one in (shop.licence_until, shop.checked_on and shop.checked_on + AGAIN) if one]
    return min(days, default=None)


def rests(shop: Shop, today: date) -> bool:
    """Whether the day for looking again is over, or nobody has looked at its licence yet."""
    last = due(shop)
    return last < today if last is not None else shop.kind in words.LICENSED


def ended(shop: Shop, today: date) -> bool:
    """Whether the day is over until which the shop said that it trades."""
    return shop.ends_on is not None and shop.ends_on < today


def sells(shop: Shop) -> bool:
    """Whether it takes orders now."""
    today = moments.today()
    return shop.state == "open" and not rests(shop, today) and not ended(shop, today)


def on_sale() -> Any:
    """The goods in scope that take orders now: what `sells` says of their shops, said to the database."""
    today = moments.today()
    closed = Shop.filter(
        ~Q(state="open")
        | Q(ends_on__lt=today)
        | Q(licence_until__lt=today)
        | Q(checked_on__lt=today - AGAIN)
        | (Q(checked_on__isnull=True) & Q(kind__in=sorted(words.LICENSED)))
    )
    # left out, not joined: a join makes SQLite begin with the shops, and sort all of their goods
    return Good.filter(state="on", from_fen__gt=0, shop_id__not_in=Subquery(closed.values("id")))


@unit
async def checked(shop: Shop, licence_until: date | None, *, actor: int) -> None:
    """The office looked who it is, and at the licence."""
    await Shop.filter(id=shop.id).update(checked_on=moments.today(), licence_until=licence_until)
    await audit("market.shop.judge", actor=actor, object=("shop", shop.id), what="checked")


async def remind(ctx: TaskContext) -> None:
    """Every morning, in each village: tell sellers and the village what has to be looked at soon, once for each day of `AHEAD`."""
    everywhere = await reach()
    url = next((f"{one.url}/market" for one in everywhere.villages if one.id == ctx.village_id), "")
    today = moments.today()
    office = [one.person_id for one in await officers(("village_admin",))]
    for shop in await Shop.filter(state__in=("open", "paused")).order_by("id"):
        last = due(shop)
        if last is None or (last - today).days not in AHEAD or ended(shop, today):
            continue
        for person in sorted({*office, *([shop.owner_id] if shop.owner_id else [])}):
            page = f"{url}/shop" if person == shop.owner_id else f"{url}/shops"
            await _told(person, page, shop, last)


@unit
async def _told(person: int, url: str, shop: Shop, last: date) -> None:
    once = f"recheck:{shop.id}:{last}:{moments.today()}:{person}"
    await tell(person, "market.recheck", url=url, once=once, shop=shop.name, day=last.isoformat())
