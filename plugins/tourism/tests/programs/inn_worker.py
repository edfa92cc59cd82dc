"""A worker process of its own on the database of a test. What it is to do comes as JSON in the first argument.

It says `ready`, waits for a line, works, and says what came of it as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # beside the tests

from lodging import booked
from staying import There, World
from tortoise.exceptions import IntegrityError

from cunli import db
from cunli.testing.live import settings_for
from cunli.testing.patiences import wait_longer
from cunli.web.app import create_app
from cunli_tourism import rooms
from cunli_tourism.models import Offer, Place
from cunli_tourism.rooms import Full

AT_ONCE = 9  # of a process: a connection for each, so that nobody is turned away for want of one


async def all_free(offer: Offer, days: Sequence[date], slot: int) -> list[int]:
    """The guard of the program, switched off: everything looks free."""
    return list(range(1, offer.count + 1))


async def rush(said: dict[str, Any]) -> dict[str, Any]:
    """Everybody wants a room for the same night."""
    place, it = await Place.get(id=said["place"]), await Offer.get(id=said["offer"])
    gate = asyncio.Semaphore(AT_ONCE)

    async def one_try(guest: int) -> object:
        async with gate:
            return await booked(place, it, guest)

    ended = await asyncio.gather(*(one_try(guest) for guest in said["guests"]), return_exceptions=True)
    refused = [one for one in ended if isinstance(one, BaseException)]
    known: tuple[type[BaseException], ...] = (Full, IntegrityError) if said.get("unguarded") else (Full,)
    assert all(isinstance(one, known) for one in refused), refused
    return {"got": len(ended) - len(refused), "by_index": sum(isinstance(one, IntegrityError) for one in refused)}


async def schedule(said: dict[str, Any]) -> dict[str, Any]:
    """Whatever chance wants, at places that the other process is busy with, too."""
    for seed, there in said["worlds"]:
        world = World(There(place=there["place"], host=there["host"], guests=tuple(there["guests"])), seed)
        await world.begin()
        for _step in range(said["steps"]):
            await world.step()
    return {}


async def main(said: dict[str, Any]) -> None:
    wait_longer()
    settings = settings_for(said["url"], Path(said["folder"]), plugins=("tourism",))
    app = create_app(settings)
    async with app.running():
        if said.get("unguarded"):
            rooms.free_units = all_free
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        with db.scope(said["village"]):
            found = await {"rush": rush, "schedule": schedule}[said["do"]](said)
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
