"""Shops and orders of some weeks for the demo county, made and moved through the same doors as real ones."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

import click

from cunli import Reach, Sensitive, allowed, new_key, officers, reach, review_entry, villagers

from . import advertising, basket, checking, moments, moving, placing, refunds, reviewing, selling, sharing, vouching
from .models import Good, Line, Lot, Order, Refund, Shop, Variant
from .placing import To, Wish
from .selling import GoodForm, ShopForm, SizeForm
from .states import State, Who
from .stock import SoldOut
from .vouching import Vouch

EACH: Final = 0.6  # so that not every village has the same
PAST: Final = 45  # days
FEWEST: Final = 6  # people, of whom some sell and some buy
ORDERS: Final = 12  # in each shop
TOLD: Final = To(name="许先生", phone="13900000000", address="城关镇解放路 8 号")


@cache
def told() -> dict[str, Any]:
    """What `demo.toml` says."""
    return tomllib.loads(files("cunli_market").joinpath("demo.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where a village's story plays."""

    here: Reach
    url: str
    name: str
    office: int
    chance: random.Random
    now: datetime

    @property
    def village_id(self) -> int:
        return self.here.villages[0].id


@click.command("demo")
async def demo() -> None:
    """Shops and orders of some weeks in this village. Where the profile refuses business there is nothing to show."""
    if not await allowed(Sensitive.COMMERCE):
        return
    there = await officers()
    office = [one.person_id for one in there if one.level == "village"]
    names = {one.person_id: one.name for one in await villagers() if one.person_id not in office}
    people = list(names)
    if len(people) < FEWEST or not office:
        return
    regions = {one.region_id for one in there}
    here = next(one for one in (await reach()).villages if one.region_id in regions)
    ground = Ground(
        here=Reach((here,)),
        url=f"{here.url}/market",
        name=here.name,
        office=office[0],
        chance=random.Random(here.url),  # noqa: S311 a demo, the same each time
        now=moments.now(),
    )
    for story, owner in _kept(names, ground):
        shop = await _open(_filled(story, names[owner], ground), owner, ground)
        await _sold(shop, [one for one in people if one != owner], ground)
    await _hung_up(people, ground)


def _kept(names: Mapping[int, str], ground: Ground) -> list[tuple[dict[str, Any], int]]:
    """Which shops there are here, and whose: those whose keeper lives here, some others, and at least one."""
    stories = told()["shop"]
    at_home = {story["keeper"]: story for story in stories if story.get("keeper") in names.values()}
    keepers = {person: at_home[name] for person, name in names.items() if name in at_home}
    rest = [one for one in names if one not in keepers]
    others = iter(ground.chance.sample(rest, min(len(stories), len(rest) - 2)))
    elsewhere = [one for one in stories if one not in keepers.values() and ground.chance.random() < EACH]
    found = [*((story, person) for person, story in keepers.items()), *zip(elsewhere, others, strict=False)]
    return found or [(stories[0], next(iter(names)))]


def _filled(said: Any, owner: str, ground: Ground) -> Any:
    """What the story says, with the names of this village in it."""
    if isinstance(said, str):
        village = ground.name.removesuffix("村").removesuffix("社区")
        return said.replace("{owner}", owner).replace("{village}村", ground.name).replace("{village}", village)
    if isinstance(said, list):
        return [_filled(one, owner, ground) for one in said]
    return {key: _filled(one, owner, ground) for key, one in said.items()} if isinstance(said, dict) else said


def _phone(chance: random.Random) -> str:
    return f"0743-{chance.randint(1_000_000, 9_999_999)}"


async def _open(story: dict[str, Any], owner: int, ground: Ground) -> Shop:
    form = ShopForm(
        name=story["name"],
        about=story["about"],
        kind=story["kind"],
        licence=story.get("licence", ""),
        phone=_phone(ground.chance),
        bank="县农商银行 6217 0000 0000 0000",
        pickup=story["pickup"],
        own_fee=story.get("own", -1),
        own_free_from=story.get("own_free", 0),
        courier_fee=story.get("courier", -1),
        courier_free_from=story.get("courier_free", 0),
        cash=True,
    )
    with moments.as_of(ground.now - timedelta(days=PAST + 10)):
        await selling.open_shop(form, owner)
        shop = await Shop.get(owner_id=owner)
        if form.licence:
            await checking.checked(shop, moments.today() + timedelta(days=900), actor=ground.office)
        for one in story["goods"]:
            await _put_up(shop, one, owner)
    if "shares" in story:
        await _shared(shop, story["shares"], owner, ground)
    if "vouch" in story:
        today = moments.day(ground.now)
        said = Vouch(
            shop_id=shop.id, level="village", since=today - timedelta(days=30), until=_in(today, 300), **story["vouch"]
        )
        await vouching.give(said, actor=ground.office)
    return await Shop.get(id=shop.id)


async def _shared(shop: Shop, words: str, owner: int, ground: Ground) -> None:
    """The first of the shop told in the feed, some days ago."""
    when = ground.now - timedelta(days=ground.chance.uniform(0.2, 9))
    good = await Good.filter(shop_id=shop.id).order_by("id").first()
    assert good is not None
    key = new_key()
    card = await sharing.entry(good, ground.url, ground.name, said=words, key=key, author_id=owner)
    reviewed = await review_entry(card)
    if not reviewed.refused:
        await sharing.share(good, key, owner, reviewed, at=when)


def _in(day: Any, days: int) -> Any:
    return day + timedelta(days=days)


async def _put_up(shop: Shop, story: dict[str, Any], owner: int) -> None:
    given = {"record": "", "certificate": "", "helped": False, **story}
    ahead = given.pop("ahead", 0)
    ready = moments.today() + timedelta(days=ahead) if ahead else None
    sizes = [
        SizeForm(name=name, unit=unit, fen=fen, stock=count, ready_on=ready)
        for name, unit, fen, count in given.pop("sizes")
    ]
    harvested = moments.today() if given["fresh"] and not ahead else None
    key = await selling.add_good(shop, GoodForm(**given, harvested_on=harvested), sizes[0], [], actor=owner)
    good = await Good.get(key=key)
    for size in sizes[1:]:
        await selling.add_size(good, size, actor=owner)


async def _sold(shop: Shop, buyers: Sequence[int], ground: Ground) -> None:
    goods = await Good.filter(shop_id=shop.id).order_by("id")
    now = await Lot.filter(shop_id=shop.id, ready_on=None).values_list(
        "id", flat=True
    )  # nobody has had what is not harvested
    variants = await Variant.filter(good_id__in=[one.id for one in goods], lot_id__in=now).order_by("id")
    for n in range(ORDERS):
        ago = ground.chance.uniform(0, 3) if n < 4 else ground.chance.uniform(3, PAST)
        when, buyer = ground.now - timedelta(days=ago), ground.chance.choice(buyers)
        with moments.as_of(when):
            order = await _ordered(ground.chance.sample(variants, min(len(variants), 1 + (n % 4 == 0))), buyer, ground)
        if order is not None:
            await _and_then(order, shop, ago, ground)


async def _ordered(variants: Sequence[Variant], buyer: int, ground: Ground) -> Order | None:
    for one in variants:
        try:
            await basket.put(buyer, one.id, ground.chance.randint(1, 3))
        except SoldOut:
            return None
    (parcel,) = placing.parcels(await basket.of(buyer), {ground.village_id: ground.url})
    delivery = ground.chance.choice(parcel.deliveries)
    wish = Wish(way=ground.chance.choice(parcel.ways(online=False)), delivery=delivery, seen_fen=parcel.total(delivery))
    _bill, key = await placing.place(buyer, [(parcel, wish)], TOLD, ground.here, back_url=f"{ground.url}/orders")
    return await Order.get(key=key)


SENDS: Final = {"courier": "send", "own": "set_out", "pickup": "hand_over"}
CARRIERS: Final = ("ems", "sf", "zto", "yto")


async def _and_then(order: Order, shop: Shop, ago: float, ground: Ground) -> None:
    """What became of it: each act so many days after the order, as far as those days are over."""
    chance = ground.chance
    tale = _tale(order, chance)
    for days, who, what, more in tale:
        if days > ago:
            return
        actor = {Who.SELLER: shop.owner_id, Who.BUYER: order.buyer_id}.get(who)
        with moments.as_of(ground.now - timedelta(days=ago - days)):
            await moving.do(order.key, what, {who}, actor=actor, url=ground.url, **more)
            if what in ("receive", "collect"):
                await _said(await Order.get(id=order.id), shop, ground)


Tale = list[tuple[float, Who, str, dict[str, str]]]


def _tale(order: Order, chance: random.Random) -> Tale:
    if chance.random() < 0.08:
        return [(0.1, Who.BUYER, "cancel", {})]
    cash = order.way == "cash"
    paid: Tale = [] if cash else [(0.3, Who.SELLER, "confirm", {})]
    number = f"7{chance.randint(10**10, 10**11 - 1)}"
    given = {"carrier": chance.choice(CARRIERS), "tracking": number} if order.delivery == "courier" else {}
    sent: Tale = [] if cash and order.delivery == "pickup" else [(1.2, Who.SELLER, SENDS[order.delivery], given)]
    got: Tale = [(3.0, Who.SELLER, "collect", {}) if cash else (3.0, Who.BUYER, "receive", {})]
    return [*paid, (0.9, Who.SELLER, "pack", {}), *sent, *got, (11.0, Who.CLOCK, "settle", {})]


async def _said(order: Order, shop: Shop, ground: Ground) -> None:
    """A review from most, and from some a broken box and its money back."""
    chance, owner, buyer = ground.chance, shop.owner_id or 0, order.buyer_id or 0
    if chance.random() < 0.6:
        line = await Line.filter(order_id=order.id).order_by("id").first()
        good = chance.random() < 0.75
        assert line is not None
        words = chance.choice(told()["said"]["good" if good else "plain"])
        await reviewing.write(order, line, 5 if good else 4, words, writer_id=buyer)
    if chance.random() < 0.15 and State(order.state) == State.RECEIVED:
        fen = min(1000, order.total_fen)
        await refunds.ask(order, fen, "坏了一盒", [], buyer_id=buyer, url=ground.url)
        row = await Refund.get(order_id=order.id)
        await refunds.answer(order, row, fen, actor=owner, url=ground.url)
        await refunds.done(row.key, actor=owner, url=ground.url)


async def _hung_up(people: Sequence[int], ground: Ground) -> None:
    for one in told()["ad"]:
        if ground.chance.random() < EACH:
            writer, when = ground.chance.choice(people), ground.now - timedelta(days=ground.chance.uniform(0, 5))
            with moments.as_of(when):
                phone = _phone(ground.chance)
                await advertising.hang_up(one["kind"], one["title"], one["body"], phone, writer_id=writer, days=14)
