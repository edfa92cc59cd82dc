"""A post's page drawn into a shared frame is, to the byte, the page drawn whole; and the frame holds nobody's own things."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Any

import pytest

from cunli import db
from cunli.feed.frame import framed, frames
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor
from cunli.web import Visit
from cunli.web.slots import Slots


async def write(visitor: Visitor, body: str, audience: str = "village") -> str:
    page = await visitor.open("/v/heping/new")
    await page.form("form#compose, main form").fill(body=body, audience=audience).send()
    rows = await db.read("SELECT key FROM core_post ORDER BY id DESC LIMIT 1")
    return f"/v/heping/p/{rows[0]['key']}"


TOKEN = re.compile(r'name="_form" value="[^"]+"')


async def whole(
    visit: Visit,
    template: str,
    slots: Slots,
    *,
    frame: Mapping[str, Any],
    shows: Hashable,
    context: Callable[[], Awaitable[Mapping[str, Any]]],
) -> str:
    """What `framed` stands for: the template rendered in one piece."""
    del frame, shows
    values = {"visit": visit, "form_token": visit.form_token, "slot": slots, "toast": {}, **await context()}
    return visit.site.templates.render(template, values)


async def test_a_page_in_a_frame_is_the_page_drawn_whole_for_everybody(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    author, admin = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.village_admin())
    public, own = await write(author, "水渠修好了", "public"), await write(author, "给本村的话")
    elder = site.visitor()
    await elder.open("/look?mode=elder&next=/v/heping/")
    asked: list[tuple[Visitor, str]] = [
        *(
            (visitor, f"{url}{query}")
            for visitor in (author, admin)
            for url in (public, own)
            for query in ("", "?c=x&d=%E2%80%98")
        ),
        *((visitor, public) for visitor in (site.visitor(), elder)),
    ]
    frames.clear()
    in_frame = [(await visitor.open(url)).html for visitor, url in asked for _ in range(2)]
    monkeypatch.setattr("cunli.feed.post_pages.framed", whole)
    in_one = [(await visitor.open(url)).html for visitor, url in asked for _ in range(2)]
    for kept, drawn in zip(in_frame, in_one, strict=True):
        assert TOKEN.sub("", kept) == TOKEN.sub("", drawn)
    assert in_frame != in_one  # each form has a token of its own


async def test_a_frame_that_is_not_told_what_it_shows_would_be_noticed(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the frame is not told that there is a bar to write in, and the comparison above finds another page."""
    visitor = await site.sign_in(await site.villager("罗春秀"))
    url = await write(visitor, "水渠修好了")
    right = (await visitor.open(url)).html
    frames.clear()
    monkeypatch.setattr("cunli.feed.post_pages.framed", lambda *args, **named: framed(*args, **{**named, "frame": {}}))
    assert TOKEN.sub("", (await visitor.open(url)).html) != TOKEN.sub("", right)
    frames.clear()
