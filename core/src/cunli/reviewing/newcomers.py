"""What people may publish in their first days after the village has verified them. Rules are data; nobody has to lift them.

The stages follow what forums learned about new accounts: room to take part at once, none to flood a village.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cunli.web.i18n import LazyText, _

_LINK: Final = re.compile(r"https?://|www\.", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Until so many `days` after being verified: posts and comments within 24 hours, photos and links in each."""

    days: int
    posts: int
    comments: int
    photos: int
    links: int


STAGES: Final = (
    Stage(days=3, posts=3, comments=20, photos=3, links=0),
    Stage(days=14, posts=10, comments=60, photos=9, links=2),
)


def stage_of(verified_at: datetime | None, now: datetime) -> Stage | None:
    """The stage somebody is in; None for whoever is past all of them. Without a date they are."""
    if verified_at is None:
        return None
    return next((stage for stage in STAGES if now < verified_at + timedelta(days=stage.days)), None)


def ends_at(stage: Stage, verified_at: datetime) -> datetime:
    """When a stage ends by itself."""
    return verified_at + timedelta(days=stage.days)


def links_in(text: str) -> int:
    """How many links stand in a text."""
    return len(_LINK.findall(text))


def too_much(stage: Stage, *, comment: bool, written: int, photos: int, links: int) -> tuple[LazyText, int] | None:
    """What goes beyond a stage, in words without its number, and the number; None when nothing does.

    `written` counts the posts, or the comments, of the last 24 hours without this one.
    """
    most = stage.comments if comment else stage.posts
    if written >= most:
        return (_("评论（24 小时里）") if comment else _("动态（24 小时里）")), most
    if photos > stage.photos:
        return _("照片（一条里）"), stage.photos
    if links > stage.links:
        return _("网址（一条里）"), stage.links
    return None
