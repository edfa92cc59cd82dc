"""A card shows the last comments and likes by name: when those change under the same numbers, the next page shows it."""

from __future__ import annotations

import pytest

from cunli import db
from cunli.feed import actions, answers, comments, moderation, queries
from cunli.testing.live import LiveSite
from cunli.testing.sample import SamplePerson
from cunli.testing.visitor import Visitor

from .test_framed_post import write

PAGE = "/v/heping/"


async def post_now() -> queries.PostNow:
    post = await queries.post_by_id((await db.read("SELECT MAX(id) AS id FROM core_post"))[0]["id"])
    assert post is not None
    return post


async def looking(site: LiveSite) -> tuple[Visitor, SamplePerson, SamplePerson]:
    """Somebody who looks at a village page with one post, and two who answer it."""
    first, second = await site.villager("李大山"), await site.villager("石满仓")
    author = await site.sign_in(await site.villager("罗春秀"))
    await write(author, "水渠修好了")
    return author, first, second


async def hidden_comment_is_replaced(site: LiveSite) -> None:
    reader, first, second = await looking(site)
    post, admin = await post_now(), await site.village_admin()
    with db.scope(post.village_id):
        bad = await comments.find_comment(await answers.comment(post, first.id, "难听的话"), post.village_id)
        assert bad is not None
        page = await reader.open(PAGE)
        assert "难听的话" in page.html
        await answers.comment(post, second.id, "好听的话")
        await moderation.hide_comment(bad, post, admin.id, "不许骂人")
    again = await reader.open(PAGE, if_none_match=page.headers["etag"])
    assert again.status == 200
    assert "难听的话" not in again.html
    assert "好听的话" in again.html


async def test_a_hidden_comment_is_gone_although_another_keeps_the_number(site: LiveSite) -> None:
    await hidden_comment_is_replaced(site)


async def test_the_control_by_the_number_alone_the_hidden_comment_would_stay(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def by_number(post_id: int, by: int) -> None:
        await db.write("UPDATE core_post SET comment_count = comment_count + ? WHERE id = ?", by, post_id)

    monkeypatch.setattr(moderation, "note_turned", by_number)
    with pytest.raises(AssertionError):
        await hidden_comment_is_replaced(site)


async def test_a_comment_that_its_author_took_away_is_gone_and_comes_back(site: LiveSite) -> None:
    reader, first, second = await looking(site)
    post = await post_now()
    with db.scope(post.village_id):
        key = await answers.comment(post, first.id, "说错了")
        assert "说错了" in (await reader.open(PAGE)).html
        await answers.comment(post, second.id, "说对了")
        for taken, shown in ((True, False), (False, True)):
            now = await comments.find_comment(key, post.village_id)
            assert now is not None
            await (answers.delete_comment(now) if taken else answers.restore_comment(now))
            assert ("说错了" in (await reader.open(PAGE)).html) is shown


async def test_likes_are_by_name_and_another_name_is_another_card(site: LiveSite) -> None:
    reader, first, second = await looking(site)
    post = await post_now()
    await actions.react(post, first.id, "like")
    assert "李大山" in (await reader.open(PAGE)).html
    await actions.react(post, first.id, "unlike")
    await actions.react(post, second.id, "like")
    page = (await reader.open(PAGE)).html
    assert "石满仓" in page
    assert "李大山" not in page
