"""Loading the demo: once, as one unit, into a database that holds nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from cunli import db
from cunli.clock import now
from cunli.demo import content, desk, folk, land, pictures, talk
from cunli.demo.ground import Ground
from cunli.demo.pictures import Picture
from cunli.demo.plan import Said, first_words, said
from cunli.demo.record import Record
from cunli.demo.there import LOADED, is_there
from cunli.demo.times import Times
from cunli.feed import search_index
from cunli.people import passwords
from cunli.places import activity
from cunli.places.counters import recount
from cunli.places.queries import forget

_OCCUPIED: Final = ("core_region", "core_person", "core_village")


class AlreadyThere(Exception):
    """The demo was loaded into this database before."""


class NotEmpty(Exception):
    """The database holds something that is not the demo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """How much there is now."""

    villages: int
    people: int
    posts: int
    comments: int
    photos: int

    def __str__(self) -> str:
        return (
            f"{self.villages} villages, {self.people} people, {self.posts} posts,"
            f" {self.comments} comments, {self.photos} photos"
        )


async def _refuse_occupied() -> None:
    if await is_there():
        raise AlreadyThere
    for table in _OCCUPIED:
        if await db.read(f"SELECT 1 FROM {table} LIMIT 1"):  # noqa: S608 constants
            raise NotEmpty


def steps(county: content.County) -> int:
    """How often `load` reports a step, for a progress bar."""
    return len(county.pictures) + 3 * len(county.villages) + 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What takes its time and needs no database: the photos developed, the password hashed."""

    county: content.County
    password_hash: str
    pictures: Mapping[str, Picture]


async def prepare(county: content.County, step: Callable[[str], object] = lambda _what: None) -> Prepared:
    """Develop the photos and hash the password."""
    return Prepared(
        county=county,
        password_hash=await passwords.hashed(county.password),
        pictures=await pictures.develop(county.pictures, step),
    )


async def load(county: content.County, step: Callable[[str], object] = lambda _what: None) -> Loaded:
    """Write the demo as it looks now. Raises `AlreadyThere` or `NotEmpty`, and then nothing was changed."""
    await _refuse_occupied()
    return await write(await prepare(county, step), step)


async def write(prepared: Prepared, step: Callable[[str], object] = lambda _what: None) -> Loaded:
    """Store the photos, then write the rows as one unit: all of them or none."""
    await _refuse_occupied()
    county, times = prepared.county, Times.of(now())
    ground = Ground(
        county=county,
        times=times,
        password_hash=prepared.password_hash,
        pictures=prepared.pictures,
        step=step,
    )
    everything = said(county, times, ground.chance)
    covers = land.cover_keys(county.villages)
    await pictures.store(_wanted(ground, everything, covers))
    step("存照片")
    await db.run_unit(_write, ground, everything, covers)
    while await search_index.catch_up():  # found from the first moment on
        pass
    await forget()
    return Loaded(
        villages=len(county.villages),
        people=len(county.everybody),
        posts=len(everything),
        comments=sum(len(each.remark_keys) for each in everything),
        photos=sum(len(each.photo_keys) for each in everything) + len(covers),
    )


def _wanted(ground: Ground, everything: list[Said], covers: dict[str, str]) -> dict[str, Picture]:
    """Each photo to be stored, under the key that its row will have."""
    wanted = {covers[words.slug]: ground.pictures[words.cover] for words in ground.county.villages if words.cover}
    for each in everything:
        for name, key in zip(each.words.photos, each.photo_keys, strict=True):
            wanted[key] = ground.pictures[name]
    return wanted


async def _write(ground: Ground, everything: list[Said], covers: dict[str, str]) -> None:
    await _refuse_occupied()  # again, now that nobody else can write
    record = Record()
    await land.write_regions(ground)
    await land.write_villages(ground, covers)
    await folk.write_persons(ground)
    await folk.write_offices(ground, record)
    first = first_words(everything)
    for words in ground.county.villages:
        await folk.write_village(ground, words, first, record)
    await _write_covers(ground, covers)
    named = await talk.write_talk(ground, everything, record)
    await desk.write_reports(ground, named, record)
    await desk.write_draft(ground)
    record.act(
        LOADED,
        at=now(),
        region=ground.regions[ground.county.code],
        about=("region", ground.regions[ground.county.code]),
    )
    await record.write(ground)
    for place in ground.places.values():
        await recount(place.id)
        await activity.recount(place.id)
    ground.step("数一遍")


async def _write_covers(ground: Ground, covers: dict[str, str]) -> None:
    for words in ground.county.villages:
        if words.slug in covers:
            place = ground.places[words.slug]
            owner = ground.officers(words.slug)[0]
            with db.scope(place.id):
                await talk.upload(ground, words.cover, covers[words.slug], owner.id, place.opened_at).save()
