"""Finding something in a village: posts and notices of the core, and whatever the plugins that are on here have."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from cunli.feed import found, looking
from cunli.feed.kinds import kinds_in
from cunli.web import EVERYONE, Page, Visit
from cunli.web.searching import ask_plugins
from cunli.web.text import clean

LONGEST: Final = 40


async def search(visit: Visit) -> Response:
    """What fits the words in `q`, for this reader; the form alone without any."""
    words = clean(visit.query.get("q", "")[:200])[:LONGEST]
    posts: list[looking.PostFound] = []
    groups: list[Any] = []
    if words:
        kinds = await kinds_in(visit.site.registry, visit.here)
        posts = await looking.find_posts(words.lower(), visit.here, await found.reader_of(visit), kinds=kinds)
        groups = await ask_plugins(visit, words.lower())
    context: dict[str, Any] = {
        "words": words,
        "notices": [post for post in posts if post.notice],
        "posts": [post for post in posts if not post.notice],
        "groups": [group for group in groups if group.hits],
        "missing": [group.label for group in groups if group.missing],
        "most": len(posts) == looking.MOST,
    }
    return await visit.render("feed/search.html", context, block="hits")


PAGES: Final = (Page(path="/search", view=search, to=EVERYONE, name="search"),)
