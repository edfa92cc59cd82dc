"""A notice for those without a phone: the words for the village loudspeaker, and a sheet of paper for the wall."""

from __future__ import annotations

from typing import Final

import segno
from starlette.responses import Response

from cunli.clock import local_date
from cunli.feed import found, rules, words
from cunli.feed.found import Found
from cunli.feed.spoken import script
from cunli.web import EVERYONE, Page, Visit
from cunli.web.errors import NotFound


async def _notice(visit: Visit) -> Found:
    at = await found.post_here(visit)
    if at.post.kind != rules.NOTICE or at.post.state != rules.VISIBLE:
        raise NotFound
    return at


async def loudspeaker(visit: Visit) -> Response:
    """What to read out, with figures in words, twice, and how long it takes."""
    post = (await _notice(visit)).post
    said = script(visit.here.name, post.title, post.body, local_date(post.created_at).isoformat())
    return await visit.render("feed/loudspeaker.html", {"post": post, "script": said})


async def sheet(visit: Visit) -> Response:
    """The notice on one sheet of A4: village head, words, a place for the seal, and a code that leads to the page."""
    post = (await _notice(visit)).post
    address = visit.settings.base_url.rstrip("/") + post.url
    context = {
        "post": post,
        "body": words.html(post.body),
        "address": address,
        "qr_url": segno.make(address, error="m").svg_data_uri(scale=4, border=2, light="white"),
    }
    return await visit.render("feed/sheet.html", context)


PAGES: Final = (
    Page(path="/p/{key}/loudspeaker", view=loudspeaker, to=EVERYONE, name="notice-loudspeaker"),
    Page(path="/p/{key}/print", view=sheet, to=EVERYONE, name="notice-print"),
)
