"""The pages of places, collected."""

from __future__ import annotations

from cunli.places import find_pages, household_pages, village_pages

PAGES = (*find_pages.PAGES, *village_pages.PAGES, *household_pages.PAGES)
