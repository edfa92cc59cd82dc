"""What the guards of this room are worth: each is switched off once, and what it guards against is seen (ID-3)."""

from __future__ import annotations

import pytest

from cunli.feed import rules
from cunli.feed.rules import Reader
from cunli.testing.live import LiveSite
from cunli.testing.photos import photo_file
from cunli.testing.visitor import Visitor


async def a_deleted_post(site: LiveSite) -> tuple[str, str]:
    """The addresses of a public post that its author deleted, and of its photo."""
    author = await site.sign_in(await site.villager("罗春秀"))
    form = (await author.open("/v/heping/new")).form("#post").fill(body="删掉的话", audience="public")
    page = await form.attach("photo", photo_file()).send()
    post = str(page.all("article.post .post__meta a")[0].get("href"))
    photo = str(page.all("article.post .photos img")[0].get("src"))
    await author.post(f"{post}/delete")
    return post, photo


async def what_is_left(visitor: Visitor, post: str, photo: str) -> list[str]:
    """Where somebody still finds the words or the picture."""
    pages = [await visitor.open(path) for path in (post, f"{post}/share", "/v/heping/", photo)]
    return [page.url for page in pages if page.status == 200 and (page.url == photo or "删掉的话" in page.html)]


async def test_a_deleted_post_is_nowhere_and_a_mark_in_the_list_alone_would_not_do(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    post, photo = await a_deleted_post(site)
    assert await what_is_left(site.visitor(), post, photo) == []

    def anything(who: Reader, *_: object) -> tuple[str, tuple[object, ...]]:
        return "1 = 1", ()

    monkeypatch.setattr(rules, "sight_sql", anything)
    monkeypatch.setattr(rules, "may_see", lambda sight, who: True)
    assert await what_is_left(site.visitor(), post, photo) == [post, f"{post}/share", photo]
