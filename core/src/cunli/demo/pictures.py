"""The demo's photos, developed as every photo is, and stored once for each post that shows one."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cunli import db
from cunli.demo.content import photo_bytes
from cunli.media import running
from cunli.media.pool import Developed
from cunli.media.queries import is_key

AT_ONCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A photo that is ready to be stored under any number of keys."""

    developed: Developed
    sha256: str


async def develop(names: Iterable[str], step: Callable[[str], object]) -> dict[str, Picture]:
    """Every picture through the media room's darkroom, each once."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> tuple[str, Picture]:
        raw = photo_bytes(name)
        async with places:
            developed = await running.darkroom().develop(raw)
        step("照片")
        return name, Picture(developed=developed, sha256=hashlib.sha256(raw).hexdigest())

    return dict(await asyncio.gather(*(one(name) for name in names)))


async def store(wanted: dict[str, Picture]) -> None:
    """Put the bytes of each picture under its key. Not in a unit: rows come after bytes, and strays are swept."""
    db.refuse_in_unit("storing photos")
    places = asyncio.Semaphore(AT_ONCE)

    async def one(key: str, picture: Picture) -> None:
        if not is_key(key):
            raise ValueError(key)
        async with places:
            await running.storage().put(key, picture.developed.pictures)

    await asyncio.gather(*(one(key, picture) for key, picture in wanted.items()))
