"""All pages about people. Each part lives in a module of its own."""

from __future__ import annotations

from cunli.people import join_pages, me_pages, member_pages, office_pages, second_pages, sign_in_pages, with_pages

PAGES = (
    *sign_in_pages.PAGES,
    *second_pages.PAGES,
    *with_pages.PAGES,
    *me_pages.PAGES,
    *join_pages.PAGES,
    *member_pages.PAGES,
    *office_pages.PAGES,
)
