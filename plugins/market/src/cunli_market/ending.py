"""Whoever stops trading says so thirty days ahead (电子商务法 16). Nothing is stored about the end but its day: the shop closes by itself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from cunli import audit, unit

from . import moments
from .models import Shop

AHEAD: Final = timedelta(days=30)
FURTHEST: Final = timedelta(days=365)


def days() -> tuple[date, date]:
    """The first and the last day that may be said today to be a shop's last one."""
    today = moments.today()
    return today + AHEAD, today + FURTHEST


@unit
async def announce(shop: Shop, day: date, *, actor: int) -> None:
    """The shop trades until this day, and shows it to everybody until then."""
    await Shop.filter(id=shop.id).update(ends_on=day)
    await audit("market.shop.end", actor=actor, object=("shop", shop.id), day=day.isoformat())


@unit
async def take_back(shop: Shop, *, actor: int) -> None:
    """It goes on after all, before that day or after it. Twice is once."""
    if await Shop.filter(id=shop.id).exclude(ends_on=None).update(ends_on=None):
        await audit("market.shop.end", actor=actor, object=("shop", shop.id), day="")
