"""A village page stays ready for its reader while nothing is committed, and for nobody else; whatever happens shows at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable

import pytest

from cunli import db
from cunli.feed import village_page
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor
from cunli.testing.working import settled
from cunli.web import Visit

from .test_framed_post import TOKEN, write

PAGE = "/v/heping/"


async def seen(visitor: Visitor) -> str:
    return TOKEN.sub("", (await visitor.open(PAGE)).html)


async def two_neighbours(site: LiveSite) -> tuple[Visitor, Visitor]:
    """Two who see the page differently: one of them has given a like."""
    liked, other = [await site.sign_in(await site.villager(name)) for name in ("罗春秀", "李大山")]
    url = await write(other, "水渠修好了")
    await liked.post(f"{url}/react", {"do": "like"})
    return liked, other


async def both_see_their_own(site: LiveSite) -> None:
    liked, other = await two_neighbours(site)
    await settled(seconds=60)
    alone = []
    for visitor in (liked, other):
        village_page.forget_pages()
        alone.append(await seen(visitor))
    assert alone[0] != alone[1]
    for _ in range(2):
        assert [await seen(liked), await seen(other)] == alone
        assert [await seen(other), await seen(liked)] == [*reversed(alone)]
    tags = [(await visitor.open(PAGE)).headers["etag"] for visitor in (liked, other)]
    assert tags[0] != tags[1]


async def test_neighbours_each_see_their_own_page_whoever_looked_before(site: LiveSite) -> None:
    await both_see_their_own(site)


async def test_the_control_a_page_kept_for_whoever_comes_is_noticed(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(visit: Visit, *, part: bool) -> Hashable:
        return visit.as_of, part

    monkeypatch.setattr(village_page, "_key", forgetful)
    monkeypatch.setattr(Visit, "as_of", "as it stands")  # whatever else is committed on this server meanwhile
    with pytest.raises(AssertionError):
        await both_see_their_own(site)


async def test_the_forms_of_a_page_that_was_ready_have_a_token_of_their_own_each_time(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    await write(visitor, "水渠修好了")
    tokens = [TOKEN.findall((await visitor.open(PAGE)).html)[0] for _ in range(3)]
    assert len(set(tokens)) == 3


async def test_look_language_and_stretch_are_pages_of_their_own(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    await write(visitor, "水渠修好了")
    plain = await seen(visitor)
    await visitor.open("/look?mode=elder&next=/v/heping/")
    elder = await seen(visitor)
    assert 'data-mode="elder"' in elder
    assert 'data-mode="elder"' not in plain
    village = TOKEN.sub("", (await visitor.open(f"{PAGE}?tab=village")).html)
    assert village != elder
    await visitor.open("/look?locale=en&next=/v/heping/")
    english = await seen(visitor)
    assert '<html lang="en"' in english
    assert '<html lang="en"' not in elder


async def test_a_part_of_a_page_and_the_whole_of_it_are_kept_apart(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    for number in range(3):
        await write(visitor, f"第{number}条")
    key = (await db.read("SELECT key FROM core_post ORDER BY id DESC LIMIT 1"))[0]["key"]
    await settled(seconds=60)
    older = f"{PAGE}?before={key}"
    for _ in range(2):
        assert "<html" in (await visitor.open(older)).html
        assert "<html" not in (await visitor.open(older, hx_request="true")).html


async def test_tomorrow_is_another_page(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    await settled(seconds=60)
    first = await seen(visitor)
    monkeypatch.setattr(village_page, "today", lambda: dt.date(2027, 2, 6))  # the lunar new year
    assert await seen(visitor) != first


async def test_what_happens_to_a_person_shows_on_the_next_page(site: LiveSite) -> None:
    who = await site.villager("罗春秀")
    visitor = await site.sign_in(who)
    await write(visitor, "只给本村看的话")
    assert "只给本村看的话" in await seen(visitor)
    assert "只给本村看的话" in await seen(visitor)
    await db.run_unit(db.write, "UPDATE core_membership SET state = 'suspended' WHERE person_id = ?", who.id)
    assert "只给本村看的话" not in await seen(visitor)
