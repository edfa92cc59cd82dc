"""What hostile people write is shown literally, in every field and on every page that shows it."""

from __future__ import annotations

import re

import pytest

from cunli import db
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor

NASTY = [
    "<script>window.__x=1</script>",
    '"><img src=x onerror=alert(1)>',
    "'\"><svg/onload=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<div hx-get="/x" hx-trigger="load" data-hx-post="/y" hx-on:load="z">',
    "<!--gap--><!-- --><script>1</script>",
    "{{7*7}}{x.__class__}%(a)s${1}%s",
    "</textarea><script>1</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "]]><script>1</script>",
]
ALLOWED = {"gate.js", "app.js", "compose.js", "keep.js", "leave.js", "live.js"}


def harmless(page: Opened) -> None:
    """No script of theirs, no handler, no foreign address, and no attribute that htmx would read inside their words."""
    for script in page.all("script"):
        assert (script.get("src") or "").rsplit("/", 1)[-1] in ALLOWED
        assert not (script.text or "").strip()
    for element in page.tree.iter():
        if not isinstance(element.tag, str):
            continue
        for name, value in element.attrib.items():
            assert not name.startswith("on"), (element.tag, name)
            assert not re.match(r"\s*javascript:", value, re.IGNORECASE), (element.tag, name, value)
    assert not page.all("svg[onload], img[onerror], iframe, object, embed")
    for words in page.all(".ugc"):
        assert words.get("data-hx-ignore") is not None
        for inside in words.iterdescendants():
            assert inside.tag in ("br", "a")
            assert set(inside.attrib) <= {"href", "rel"}
    assert "49" not in page.words(".ugc")


async def write(visitor: Visitor, nasty: str, audience: str) -> str:
    page = (
        await (await visitor.open("/v/heping/new"))
        .form("#post")
        .fill(body=nasty, place=nasty[:40], audience=audience)
        .send()
    )
    assert page.status == 200
    return str(page.all("article.post .post__meta a")[0].get("href"))


async def test_every_field_of_the_feed(site: LiveSite) -> None:
    admin_person, luo_person = await site.village_admin(), await site.villager("罗春秀")
    await db.run_unit(db.write, "UPDATE core_person SET display_name = ? WHERE id = ?", "<b>罗</b>\"'", luo_person.id)
    admin, luo = await site.sign_in(admin_person), await site.sign_in(luo_person)
    shi = await site.sign_in(await site.villager("石满仓"))
    seen: set[str] = set()
    for nasty in NASTY:
        url = await write(luo, nasty, "public")
        await shi.post(f"{url}/comments", {"body": nasty})
        key = (await db.read("SELECT key FROM core_comment ORDER BY id DESC LIMIT 1"))[0]["key"]
        await luo.post(f"{url}/comments", {"body": nasty, "parent": key})
        await shi.post(f"{url}/report", {"reason": "other", "note": nasty})
        notice = await admin.post(
            "/v/heping/notices/new", {"title": nasty[:60], "body": nasty, "audience": "public", "pinned": "1"}
        )
        await luo.post("/v/heping/draft", {"body": nasty, "place": nasty[:40]})
        for visitor, path in (
            (luo, url), (site.visitor(), url), (luo, "/v/heping/"), (site.visitor(), "/v/heping/"), (luo, f"{url}/edit"),
            (luo, f"{url}/delete"), (shi, f"{url}/share"), (shi, f"{url}/report"), (shi, f"/v/heping/c/{key}"),
            (admin, f"{url}/hide"), (admin, "/admin/review"), (admin, "/v/heping/notices"), (admin, notice.url),
            (admin, f"{notice.url}/notice"), (admin, f"{notice.url}/receipts"), (luo, "/v/heping/new"), (luo, "/inbox"),
        ):  # fmt: skip
            page = await visitor.open(path)
            assert page.status == 200, path
            harmless(page)
            if nasty in page.text or nasty in page.html.replace("&#34;", '"').replace("&#39;", "'"):
                seen.add(path.split("/p/")[0])
        shown = await luo.open(url)
        assert any(nasty == words for words in shown.words("article .post__t")), nasty
    assert "/v/heping/" in seen


async def test_the_control_trusting_the_words_is_caught(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    from markupsafe import Markup

    from cunli.feed import words
    from cunli.feed.cards import forget_cards

    luo = await site.sign_in(await site.villager("罗春秀"))
    url = await write(luo, NASTY[1], "village")
    harmless(await luo.open(url))
    monkeypatch.setattr(words, "escape", Markup)
    forget_cards()
    with pytest.raises(AssertionError):
        harmless(await luo.open(url))


async def test_the_control_a_page_without_the_fence_is_caught(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    url = await write(luo, "好话", "village")
    page = await luo.open(url)
    page.html = page.html.replace("data-hx-ignore", "")
    with pytest.raises(AssertionError):
        harmless(page)


async def test_names_that_turn_the_text_around_are_cleaned_and_isolated(site: LiveSite) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    url = await write(luo, "看\u202ecod.exe 和 a" + "\u0301" * 50 + "\u200bb\x00\x07", "village")
    body = (await db.read("SELECT body FROM core_post"))[0]["body"]
    assert "\u202e" not in body
    assert "\x00" not in body
    assert body.count("\u0301") <= 4
    page = await luo.open(url)
    assert page.all(".name bdi")
    assert page.status == 200
