"""A worker process of its own on the database of a test. What it is to do comes as JSON in the first argument.

It says `ready`, waits for a line, works, and says what came of it as JSON. `kill_at` n: it kills itself, as the machine would,
before the n-th question to the database or to the payment service.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # beside the tests

from ground import URL
from stalls import M
from tortoise.expressions import F
from worlds import World

from cunli import PAYMENT, Reach, VillageInReach, db
from cunli.provide.chosen import provide_through
from cunli.testing.live import LiveSite, settings_for
from cunli.testing.patiences import wait_longer
from cunli.testing.visitor import Visitor
from cunli.web import cookies
from cunli.web.app import create_app
from cunli_market import basket, moving, showing, stock
from cunli_market.models import Good, Lot, Order
from cunli_market.states import Who
from cunli_wechatpay import WechatPay, WechatPaySettings


async def take_without_asking(lot_id: int, amount: int) -> bool:
    """The guard of `stock`, switched off: what is free is read, and written a moment later."""
    there = await Lot.get(id=lot_id)
    await asyncio.sleep(0.01)
    return there.free >= -amount and bool(await Lot.filter(id=lot_id).update(free=F("free") + amount))


AT_ONCE = 9  # of a process: a connection for each, so that nobody is turned away for want of one


async def rush(said: dict[str, Any]) -> dict[str, Any]:
    """Everybody wants one at once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one_try(buyer: int) -> object:
        async with gate:
            return await basket.put(buyer, said["variant"], 1)

    ended = await asyncio.gather(*(one_try(buyer) for buyer in said["buyers"]), return_exceptions=True)
    refused = [one for one in ended if isinstance(one, BaseException)]
    assert all(isinstance(one, stock.SoldOut) for one in refused), refused
    return {"got": len(ended) - len(refused)}


async def schedule(said: dict[str, Any]) -> dict[str, Any]:
    """Whatever chance wants, on the shop that the other process is busy with, too."""
    (village,) = said["reach"]
    reach = Reach((VillageInReach(**{**village, "chain": tuple(village["chain"])}),))
    for seed, (shop, buyers) in said["worlds"]:
        world = World(reach, seed, shop, buyers)
        await world.begin()
        for _turn in range(said["turns"]):
            await world.happen()
    return {}


class Points:
    """Counts every question, and ends the process before the one that is asked for."""

    def __init__(self, kill_at: int) -> None:
        self.kill_at, self.count = kill_at, 0

    def here(self) -> None:
        self.count += 1
        if self.count == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, owner: Any, *names: str) -> None:
        for name in names:
            real = getattr(owner, name)

            async def asked(*args: Any, _real: Any = real, **more: Any) -> Any:
                self.here()
                return await _real(*args, **more)

            setattr(owner, name, asked)


async def life(said: dict[str, Any], site: LiveSite) -> dict[str, Any]:
    """A form is sent that was filled in before, the order is paid, cannot be sent, and the money goes back."""
    points = Points(said["kill_at"])
    points.watch(type(Good._meta.db), "execute_query", "execute_query_dict", "execute_insert", "execute_many")
    provider = WechatPay(WechatPaySettings.model_validate(said["gateway"]))
    points.watch(provider, "create", "query", "refund", "_ask")
    provide_through(PAYMENT, wechatpay=provider)
    return {**await lived(said, site), "points": points.count}


async def lived(said: dict[str, Any], site: LiveSite) -> dict[str, Any]:
    buyer = Visitor(site.app, site.settings.base_url)
    buyer.set_cookie(cookies.name(site.settings, cookies.SESSION), said["session"])
    response = await buyer.client.post(f"{M}/basket/order", data=said["form"], follow_redirects=True)
    assert response.status_code == 200, response.text[:300]
    page = await buyer.open(str(response.url.raw_path.decode()))
    if page.all(f"form[action*='{M}/pay/']"):
        await page.form(f"form[action*='{M}/pay/']").send()
    await site.run_task("market.reconcile", None)
    order = await Order.all().order_by("id").first()
    assert order is not None
    if order.state == "paid":
        await moving.do(order.key, "cannot", {Who.SELLER}, actor=None, url=URL, words="霜打了")
    await site.run_task("market.refunds_left")
    await buyer.close()
    return {"answered": page.url}


def remember() -> None:
    """What is vouched for is asked once, and kept: what no process may do."""
    real: Any = vars(showing)["endorsed"]
    kept: dict[Any, Any] = {}

    async def once(shops: Any, goods: Any) -> Any:
        key = (*shops, 0, *goods)
        kept[key] = kept[key] if key in kept else await real(shops, goods)
        return kept[key]

    vars(showing)["endorsed"] = once


async def pages(said: dict[str, Any], site: LiveSite) -> dict[str, Any]:
    """Open pages and send forms, one after the other, as it is told. What their tags say."""
    if said.get("remembers"):
        remember()
    visitor = Visitor(site.app, site.settings.base_url)
    visitor.set_cookie(cookies.name(site.settings, cookies.SESSION), said["session"])
    print(json.dumps("listens"), flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        path, *form = json.loads(line)
        page = await visitor.open(path)
        if form:
            page = await page.form(form[0]).fill(**json.loads(form[1])).send()
        print(json.dumps({"status": page.status, "tags": page.words(".tag")}), flush=True)
    await visitor.close()
    return {}


async def main(said: dict[str, Any]) -> None:
    if not said.get("hurried"):
        wait_longer()
    settings = settings_for(said["url"], Path(said["folder"]), plugins=("market",))
    app = create_app(settings)
    async with app.running():
        site = LiveSite(app=app, settings=settings)
        site.villages = {"heping": type("Here", (), {"id": said["village"]})()}
        if said.get("unguarded"):
            stock._taken_from = take_without_asking
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        with db.scope(said["village"]):
            found = (
                await {"life": life, "pages": pages}[said["do"]](said, site)
                if said["do"] in ("life", "pages")
                else await {"rush": rush, "schedule": schedule}[said["do"]](said)
            )
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
