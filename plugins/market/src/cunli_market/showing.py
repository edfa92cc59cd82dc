"""Goods as pages show them: cards for shelves, and one whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cunli import gettext as _

from . import checking, moments, words
from .frame import endorsed, money
from .models import Endorsement, Good, Lot, Review, Shop, Variant

ART = {
    "fruit": "oranges",
    "vegetable": "sweetpotato",
    "grain": "rice",
    "meat": "eggs",
    "honey": "honey",
    "dried": "chillijar",
    "craft": "longtable",
    "other": "harvest",
}
BY_WORD = (  # a kiwi is not drawn as an orange where a title says what it is; the first that fits
    ("猕猴桃", "market/kiwi.svg"),
    ("番茄", "market/tomato.svg"),
    ("西红柿", "market/tomato.svg"),
    ("柿", "persimmon"),
    ("蛋", "eggs"),
    ("蜜橘", "oranges"),
    ("茶", "tea"),
    ("酒", "stay_table"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A good on a shelf."""

    title: str
    url: str
    price: str
    photo: str
    art: str
    whose: str
    village: str
    vouched: bool
    note: object = ""  # sold out, or ordered ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """One size, and how many can be had of it now."""

    id: int
    name: str
    unit: object
    price: str
    fen: int
    left: int
    ahead: date | None = None  # it is ordered ahead, and harvested on this day


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A good on its own page."""

    good: Good
    shop: Shop
    url: str
    sizes: Sequence[Size]
    photos: Sequence[str]
    art: str
    vouches: Sequence[Endorsement]
    reviews: Sequence[Review] = ()
    reviews_count: int = 0
    beside: Sequence[Card] = field(default=())
    kind: object = ""
    exempt: object = ""

    @property
    def price(self) -> str:
        return money(self.good.from_fen)

    @property
    def left(self) -> int:
        return max((one.left for one in self.sizes), default=0)


def art_of(good: Good) -> str:
    """What is drawn where a good has no photo."""
    return next((art for word, art in BY_WORD if word in good.title), ART.get(good.category, "harvest"))


def photo_of(good: Good, url: str) -> str:
    return f"{url}/goods/{good.key}/photo/{good.photos[0]}" if good.photos else ""


async def cards(goods: Sequence[Good], urls: Mapping[int, str], villages: Mapping[int, str]) -> list[Card]:
    """Cards for goods of the villages in scope: five questions, however many there are."""
    shops = {one.id: one for one in await Shop.filter(id__in={one.shop_id for one in goods})} if goods else {}
    vouched = await endorsed(list(shops), [one.id for one in goods])
    sizes = await sizes_of([one.id for one in goods]) if goods else {}
    shop_ids, good_ids = {one.shop_id for one in vouched}, {one.good_id for one in vouched}
    return [
        Card(
            title=one.title,
            url=f"{urls[one.village_id]}/goods/{one.key}",
            price=money(one.from_fen),
            photo=photo_of(one, urls[one.village_id]),
            art=art_of(one),
            whose=one.origin or shops[one.shop_id].name,
            village=villages.get(one.village_id, ""),
            vouched=one.shop_id in shop_ids or one.id in good_ids,
            note=_note(sizes.get(one.id, [])),
        )
        for one in goods
        if one.shop_id in shops
    ]


def _note(sizes: Sequence[Size]) -> object:
    there = [one for one in sizes if one.left]
    if not there:
        return _("卖完了")
    return _("预订") if all(one.ahead for one in there) else ""


async def sizes_of(goods: Iterable[int], *, closed: bool = False) -> dict[int, list[Size]]:
    """The sizes of goods, by good, with what is left of each."""
    rows = Variant.filter(good_id__in=list(goods))
    variants = await (rows if closed else rows.filter(open=True)).order_by("fen", "id")
    lots = {one.id: one for one in await Lot.filter(id__in={one.lot_id for one in variants})} if variants else {}
    found: dict[int, list[Size]] = {}
    for one in variants:
        found.setdefault(one.good_id, []).append(
            Size(
                id=one.id,
                name=one.name,
                unit=words.UNITS.get(one.unit, one.unit),
                price=money(one.fen),
                fen=one.fen,
                left=lots[one.lot_id].free // one.per,
                ahead=moments.ahead(lots[one.lot_id].ready_on),
            )
        )
    return found


async def whole(good: Good, url: str, village: str) -> Whole:
    """Everything that the page of a good says."""
    shop = await Shop.get(id=good.shop_id)
    sizes = (await sizes_of([good.id])).get(good.id, [])
    reviews = await Review.filter(good_id=good.id).order_by("-id").limit(20)
    beside = await checking.on_sale().exclude(id=good.id).order_by("-id").limit(4)
    villages = {good.village_id: village}
    return Whole(
        good=good,
        shop=shop,
        url=f"{url}/goods/{good.key}",
        sizes=sizes,
        photos=[f"{url}/goods/{good.key}/photo/{key}" for key in good.photos],
        art=art_of(good),
        vouches=await endorsed([shop.id], [good.id]),
        reviews=reviews,
        reviews_count=await Review.filter(good_id=good.id).count() if len(reviews) == 20 else len(reviews),
        beside=await cards(beside, {good.village_id: url}, villages),
        kind=words.KINDS[shop.kind][0],
        exempt=words.EXEMPT.get(shop.kind, ""),
    )


def pairs(table: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return list(table.items())
