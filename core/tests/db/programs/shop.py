"""Sell from one stock with many buyers until somebody kills this process: `shop.py ours|stock URL`.

Prints the number of each order once it is acknowledged. Some buyers run away before they are answered (cancellation).
`stock` is Tortoise as it comes, after one cancelled bulk write: the planted control.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from contextlib import suppress
from itertools import count

from tortoise import Tortoise, fields
from tortoise.models import Model

from cunli import db
from cunli.testing import databases

BUYERS = 12
STOCK = 1_000_000


class Shelf(Model):
    id = fields.IntField(primary_key=True)
    stock = fields.IntField()

    class Meta:
        table = "shop_shelf"


class Order(Model):
    id = fields.IntField(primary_key=True)
    number = fields.IntField(unique=True)

    class Meta:
        table = "shop_order"


_numbers = count(1)


@db.unit
async def buy(number: int) -> int:
    if await db.write("UPDATE shop_shelf SET stock = stock - 1 WHERE id = 1 AND stock >= 1") != 1:
        raise RuntimeError("sold out")
    await Order.create(number=number)
    return number


async def buyer(chance_to_leave: float) -> None:
    while True:
        task = asyncio.ensure_future(buy(next(_numbers)))
        if random.random() < chance_to_leave:
            await asyncio.sleep(random.random() * 0.003)
            task.cancel()
        with suppress(asyncio.CancelledError):
            acknowledge(await task)


def acknowledge(number: int) -> None:
    os.write(1, f"{number}\n".encode())


async def ours(url: str) -> None:
    await db.start(url, {"shop": db.AppConfig(models=("__main__",))})
    await databases.create_tables()
    await db.run_unit(Shelf.create, id=1, stock=STOCK)
    await asyncio.gather(*(buyer(0.3 if number % 3 == 0 else 0) for number in range(BUYERS)))


async def stock(url: str) -> None:
    await Tortoise.init(db_url=url.replace("sqlite:///", "sqlite://"), modules={"shop": ["__main__"]})
    await Tortoise.generate_schemas()
    await Shelf.create(id=1, stock=STOCK)
    task = asyncio.ensure_future(Order.bulk_create([Order(number=-1)]))
    await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    for number in _numbers:
        acknowledge((await Order.create(number=number)).number)


if __name__ == "__main__":
    asyncio.run({"ours": ours, "stock": stock}[sys.argv[1]](sys.argv[2]))
