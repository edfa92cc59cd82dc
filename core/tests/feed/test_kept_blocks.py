"""The words of a post's page are kept for all who are shown the same: nobody is shown what is another's, and changes show at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from cunli import db
from cunli.clock import now
from cunli.feed import answers, comments, moderation, post_pages, queries
from cunli.feed.cards import forget_cards
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor

from .test_framed_post import TOKEN, write

BAD, REASON = "说了难听话", "不许骂人"


class Scene:
    """A post with a comment that was hidden, and everybody who may look at it."""

    def __init__(self, url: str, everybody: Sequence[Visitor]) -> None:
        self.url = url
        self.everybody = (
            everybody  # who wrote the hidden comment, a neighbour, the village's admin, somebody passing by
        )

    async def seen(self, order: Sequence[int]) -> list[str]:
        """What each sees, when they look in this order and one who looked before may have left something."""
        forget_cards()
        found = {who: TOKEN.sub("", (await self.everybody[who].open(self.url)).html) for who in order}
        return [found[who] for who in range(len(self.everybody))]


async def long_ago() -> None:
    """Everything was written a year ago: pages that are compared do not say how many minutes it is."""
    for table in ("core_post", "core_comment"):
        await db.run_unit(db.write, f"UPDATE {table} SET created_at = ?", now() - timedelta(days=365))


async def scene(site: LiveSite) -> Scene:
    wrote, neighbour = await site.villager("罗春秀"), await site.villager("李大山")
    author, admin = await site.villager("杨志强"), await site.village_admin()
    url = await write(await site.sign_in(author), "水渠修好了", "public")
    post = await queries.post_by_id((await db.read("SELECT MAX(id) AS id FROM core_post"))[0]["id"])
    assert post is not None
    with db.scope(post.village_id):
        key = await answers.comment(post, wrote.id, BAD)
        await answers.comment(post, neighbour.id, "辛苦了")
        bad = await comments.find_comment(key, post.village_id)
        assert bad is not None
        await moderation.hide_comment(bad, post, admin.id, REASON)
    await long_ago()
    visitors = [await site.sign_in(who) for who in (wrote, neighbour, admin)]
    return Scene(url, [*visitors, site.visitor()])


async def test_whoever_looked_before_everybody_sees_their_own_page(site: LiveSite) -> None:
    at = await scene(site)
    alone = [(await at.seen(order))[order[0]] for order in ([0, 1, 2, 3], [1, 0, 2, 3], [2, 0, 1, 3], [3, 0, 1, 2])]
    for order in permutations(range(4)):
        assert await at.seen(order) == alone
    mine, *others = alone
    assert BAD not in "".join(others)
    assert REASON in mine
    assert all(REASON not in page for page in others)


async def test_the_control_a_key_that_forgets_the_reader_is_noticed(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = await scene(site)
    monkeypatch.setattr(comments.Stretch, "facts", property(lambda self: len(self.rows)))
    assert REASON in (await at.seen([0, 1, 2, 3]))[1]


async def plain_scene(site: LiveSite) -> Scene:
    """A post whose comments everybody sees alike: only who somebody is makes the page another one."""
    author, neighbour, admin = (
        await site.villager("杨志强"),
        await site.villager("李大山"),
        await site.village_admin(),
    )
    stopped = await site.villager("石满仓")
    url = await write(await site.sign_in(author), "水渠修好了", "public")
    await (await (await site.sign_in(neighbour)).open(url)).form("#say").fill(body="辛苦了").send()
    await db.run_unit(db.write, "UPDATE core_membership SET state = 'suspended' WHERE person_id = ?", stopped.id)
    await long_ago()
    visitors = [await site.sign_in(who) for who in (author, neighbour, admin, stopped)]
    return Scene(url, [*visitors, site.visitor()])


async def everybody_sees_their_own(at: Scene) -> None:
    many = range(len(at.everybody))
    alone = [(await at.seen([who, *(other for other in many if other != who)]))[who] for who in many]
    assert len(set(alone)) == len(alone), "each of them is shown something else"
    for order in permutations(many, 3):
        rest = [who for who in many if who not in order]
        assert await at.seen([*order, *rest]) == alone


async def test_author_neighbour_official_suspended_and_guest_each_see_their_own(site: LiveSite) -> None:
    await everybody_sees_their_own(await plain_scene(site))


@pytest.mark.parametrize("forgotten", ["own", "moderator", "answerable"])
async def test_the_control_a_key_that_forgets_what_a_reader_may_do_is_noticed(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch, forgotten: str
) -> None:
    at = await plain_scene(site)
    honest = post_pages._shows
    monkeypatch.setattr(
        post_pages,
        "_shows",
        lambda visit, found, rows: honest(visit, replace(found, **{forgotten: False}), rows),
    )
    with pytest.raises(AssertionError):
        await everybody_sees_their_own(at)


async def test_every_change_shows_to_the_next_who_looks(site: LiveSite) -> None:
    author, reader = (
        await site.sign_in(await site.villager("杨志强")),
        await site.sign_in(await site.villager("罗春秀")),
    )
    url = await write(author, "水渠修好了", "village")
    page = await reader.open(url)
    assert "已赞" not in page.html
    await page.form("#say").fill(body="好得很").send()
    page = await reader.open(url)
    assert "好得很" in page.html
    assert "好得很" in (await author.open(url)).html
    await reader.post(f"{url}/react", {"do": "like"})
    assert "已赞" in (await reader.open(url)).html
    assert "已赞" not in (await author.open(url)).html
    edit = await author.open(f"{url}/edit")
    await edit.form("main form").fill(body="水渠又坏了").send()
    for visitor in (reader, author):
        assert "水渠又坏了" in (await visitor.open(url)).html
        assert "水渠修好了" not in (await visitor.open(url)).html


async def test_the_control_a_key_that_forgets_the_version_is_noticed(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post_pages, "_shows", lambda visit, at, answers: at.post.id)
    with pytest.raises(AssertionError):
        await test_every_change_shows_to_the_next_who_looks(site)
