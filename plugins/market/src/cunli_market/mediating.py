"""评理: who decides when buyer and shop do not agree. First the village; whoever disputes again goes above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cunli import Officer, officers

from .models import Order, Shop, Step
from .rights import OFFICES
from .states import State

DECIDED: Final = ("go_on", "give_part")  # after these the order goes on, and can be disputed again
WAITING: Final = (State.DISPUTED.value, State.CONTESTED.value, State.LATE.value)  # for the office


async def decided(order: Order) -> bool:
    """Whether somebody decided before: then another dispute is for the township, and for the county where there is none."""
    return await Step.filter(order_id=order.id, move__in=DECIDED).exists()


async def _officers(shop: Shop, order: Order) -> Sequence[Officer]:
    """Who may decide, the nearest first: never the shop or the buyer, and nobody of the village where it was decided before."""
    parties = {shop.owner_id, order.buyer_id}
    found = [one for one in await officers(tuple(OFFICES)) if one.person_id not in parties]
    if order.state != State.DISPUTED or not await decided(order):
        return found
    return [one for one in found if one.level != "village"] or found


async def judges(shop: Shop, order: Order) -> set[int]:
    """The officials who are told: the nearest who may decide, so one level up where there is no other."""
    found = await _officers(shop, order)
    return {one.person_id for one in found if one.level == found[0].level}


async def may_judge(shop: Shop, order: Order, person_id: int) -> bool:
    """Whether this official may decide now."""
    return any(one.person_id == person_id for one in await _officers(shop, order))
