"""What the tests do again and again, as people do it: through pages."""

from __future__ import annotations

from typing import Any

from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor

V = "/v/heping"
M = f"{V}/market"


async def seller_of(site: LiveSite, name: str = "石满仓", **shop: Any) -> Visitor:
    """A villager with a shop."""
    seller = await site.sign_in(await site.villager(name))
    await open_shop(seller, name=f"{name}家", **shop)
    return seller


async def open_shop(seller: Visitor, **fields: Any) -> Opened:
    values = {
        "kind": "own",
        "phone": "13812345678",
        "pickup": "四组晒谷坪",
        "courier_fee": "8",
        "courier_free_from": "60",
    }
    page = await seller.open(f"{M}/shop")
    done = await page.form("form[action$='/market/shop']").fill(**{**values, "cash": True, **fields}).send()
    assert done.status == 200, done.words(".f__err")
    return done


async def put_up(
    seller: Visitor, title: str = "禾坪蜜橘", *, price: str = "39.80", stock: str = "10", **more: Any
) -> str:
    """Put a good on the shelf; the address of its page."""
    page = await seller.open(f"{M}/new")
    fields = {
        "title": title,
        "category": "fruit",
        "size": "5 斤",
        "unit": "box",
        "price": price,
        "stock": stock,
        **more,
    }
    done = await page.form("form[action$='/market/new']").fill(**fields).send()
    assert done.status == 200, done.words(".f__err")
    return done.url


async def take(buyer: Visitor, good: str, count: int = 1) -> Opened:
    page = await buyer.open(good)
    return await page.form("#p-market-take").fill(count=str(count)).send()


async def order(buyer: Visitor, **fields: Any) -> Opened:
    """Order what is in the basket. Fields named `delivery` and `way` are meant for every shop in it."""
    page = await buyer.open(f"{M}/basket")
    form = page.form("form[action$='/basket/order']")
    values: dict[str, Any] = {"name": "覃大娘", "phone": "13900000000", "address": "长沙市岳麓区一号"}
    for name in form.fields:
        for plain in ("delivery", "way", "note"):
            if name.startswith(f"{plain}-") and plain in fields:
                values[name] = fields[plain]
    values |= {name: value for name, value in fields.items() if name not in ("delivery", "way", "note")}
    return await form.fill(**{k: v for k, v in values.items() if k in form.fields}).send()


async def order_of(buyer: Visitor, number: int = 0) -> str:
    """The address of one's newest order."""
    page = await buyer.open(f"{M}/orders")
    links = [str(one.get("href")) for one in page.all("a") if "/market/orders/" in str(one.get("href"))]
    return links[number]


async def do(who: Visitor, address: str, move: str, **fields: Any) -> Opened:
    page = await who.open(address)
    return await page.form(f"form[action$='/do/{move}']").fill(**fields).send()


def moves(page: Opened) -> set[str]:
    return {str(one.get("action")).rsplit("/", 1)[-1] for one in page.all("form[action*='/do/']")}
