"""What pages of the school begin with: what the address means, and whether whoever looks may have it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from cunli import StoredFile, Visit, stored_files
from cunli import gettext as _
from cunli_party.branches.asking import looks_of
from cunli_party.models import Course, Item, Lesson
from cunli_party.papers import Wrong, missing
from cunli_party.rights import LEAD
from cunli_party.settings import CATEGORIES

from .categories import categories

PUBLIC = _("全村认证过的乡亲都能看（农村实用技术一般放开）")


def known_categories(visit: Visit) -> dict[str, Any]:
    """The five, and the county's own."""
    return categories(visit.setting(CATEGORIES))


async def whole(visit: Visit) -> bool:
    """Whether somebody may see what is for members only."""
    return (await looks_of(visit)).belongs


async def item_of(visit: Visit) -> Item:
    found = await Item.get_or_none(key=visit.path_params["item"])
    if found is None or not (found.shown or visit.may(LEAD)) or not (found.public or await whole(visit)):
        raise missing()
    return found


async def file_of(item: Item) -> StoredFile | None:
    """The file of a thing of the library, if it has one."""
    return (await stored_files([item.file])).get(item.file) if item.file else None


async def course_of(visit: Visit) -> Course:
    found = await Course.get_or_none(key=visit.path_params["course"])
    if found is None or not (found.shown or visit.may(LEAD)) or not (found.public or await whole(visit)):
        raise missing()
    return found


async def own_course(visit: Visit) -> Course:
    """A course that is the village's to change: what the county publishes, only the county changes."""
    found = await course_of(visit)
    if found.county_id is not None:
        raise missing()
    return found


async def lesson_of(visit: Visit) -> tuple[Course, Lesson]:
    course = await course_of(visit)
    found = await Lesson.get_or_none(key=visit.path_params["lesson"], course_id=course.id)
    if found is None:
        raise missing()
    return course, found


def address(link: str, name: str) -> str:
    """An address that people may follow; everything but https and http is refused."""
    if not link:
        return ""
    if not followable(link):
        raise Wrong(name, _("网址要以 https:// 开头"))
    return link


def followable(link: str) -> bool:
    """Whether it is an address of https or http, without a name and password in it."""
    try:
        parts = urlsplit(link)
    except ValueError:  # brackets without an end, letters that look like other letters
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname) and not parts.username
