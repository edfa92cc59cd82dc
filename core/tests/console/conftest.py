"""Counties of any size, written straight into the tables, and how often a page asks the database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from cunli import db
from cunli.clock import now
from cunli.places import activity, queries
from cunli.places.models import Level, Region, Village
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor

Grow = Callable[..., Awaitable[list[int]]]
Asks = Callable[[Visitor, str], Awaitable[int]]


@pytest.fixture
def grow(site: LiveSite) -> Grow:
    """Put so many villages more into 望溪镇, open and with a week of posts; returns their regions."""

    async def villages(count: int, *, first: int = 300) -> list[int]:
        async def write() -> None:
            codes = [f"510999001{first + i:03d}" for i in range(count)]
            await Region.bulk_create(
                Region(
                    code=code,
                    name=f"新村{i}",
                    short=f"新村{i}",
                    level=Level.VILLAGE,
                    parent_id=site.township_id,
                    pinyin=f"xincun{i}",
                    initials=f"xc{i}",
                )
                for i, code in enumerate(codes)
            )
            regions = await Region.filter(code__in=codes).order_by("code")
            await Village.bulk_create(
                Village(
                    region_id=region.id,
                    township_id=site.township_id,
                    county_id=site.county_id,
                    slug=f"x{region.code}",
                    name=region.short,
                    opened_at=now(),
                    verified_count=3,
                )
                for region in regions
            )
            made.extend(region.id for region in regions)
            for village in await Village.filter(region_id__in=made):
                await activity.note(village.id, "posts", now())

        made: list[int] = []
        await db.run_unit(write)
        queries.forget_all()
        return made

    return villages


@pytest.fixture
def asks() -> Asks:
    """How many statements a page takes once it has been opened before."""

    async def counted(visitor: Visitor, path: str) -> int:
        assert (await visitor.open(path)).status == 200
        with db.counting() as count:
            assert (await visitor.open(path)).status == 200
        return count[0]

    return counted
