"""Every page of the feed, in one list."""

from __future__ import annotations

from typing import Final

from cunli.feed import comment_pages, compose_pages, door_pages, notice_pages, post_pages, search_pages
from cunli.feed.village_page import village
from cunli.web import EVERYONE, Page

PAGES: Final = (
    Page(path="/", view=village, to=EVERYONE, name="village"),
    *compose_pages.PAGES,
    *post_pages.PAGES,
    *comment_pages.PAGES,
    *notice_pages.PAGES,
    *search_pages.PAGES,
    *door_pages.PAGES,
)
