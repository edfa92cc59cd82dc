"""Who may see and answer a post, and what a post may be. Pure; the same rule as SQL stands beside it."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from cunli.web.i18n import LazyText, _

BODY_MAX: Final = 5000
COMMENT_MAX: Final = 1000
NOTICE_MAX: Final = 5000
TITLE_MAX: Final = 60
PLACE_MAX: Final = 40
REASON_MAX: Final = 200
PHOTOS_MAX: Final = 9
PAGE: Final = 20
COMMENTS_PAGE: Final = 50
UNDO: Final = timedelta(minutes=10)
FORGET_AFTER: Final = timedelta(days=1)  # then the words and photos of what was deleted are gone for good
POSTS_PER_HOUR: Final = 30
COMMENTS_PER_HOUR: Final = 120

VILLAGE, TOWNSHIP, COUNTY, PUBLIC = "village", "township", "county", "public"
VISIBLE, HELD, HIDDEN, DELETED = "visible", "held", "hidden", "deleted"
OWN_STATES: Final = (HELD, HIDDEN)  # shown to its author, and to officials
POST, NOTICE = "post", "notice"
OWN_KINDS: Final = (POST, NOTICE)  # the core's; every other is "<plugin>.<kind>"

AUDIENCES: Final[dict[str, LazyText]] = {
    VILLAGE: _("本村乡亲"),
    TOWNSHIP: _("全镇乡亲"),
    COUNTY: _("全县乡亲"),
    PUBLIC: _("谁都能看"),
}
NOTICE_AUDIENCES: Final[dict[str, LazyText]] = {VILLAGE: AUDIENCES[VILLAGE], PUBLIC: AUDIENCES[PUBLIC]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What sight depends on: who reads, where that person is verified, and what that person is an official of.

    `belongs` are the regions of every village the person is verified in, and those of an office and above it. `over`
    are the regions the person holds an office on; authority goes down their subtree.
    """

    person_id: int = 0
    belongs: frozenset[int] = frozenset()
    over: frozenset[int] = frozenset()


ANYBODY: Final = Reader()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What sight of a post depends on. `region_id` is where it is shown, `chain` its village, township and county."""

    author_id: int
    state: str
    audience: str
    region_id: int
    chain: frozenset[int] = field(default_factory=frozenset)


def may_see(post: Sight, reader: Reader) -> bool:
    """Whether this person may see this post. Hidden and held ones are seen by their author and the officials above only."""
    if post.state == DELETED:
        return False
    own = bool(reader.person_id) and post.author_id == reader.person_id
    if own or post.chain & reader.over:
        return True
    if post.state != VISIBLE:
        return False
    return post.audience == PUBLIC or post.region_id in reader.belongs


def sight_sql(reader: Reader) -> tuple[str, list[Any]]:
    """`may_see` as a condition over `core_post p JOIN core_village v ON v.id = p.village_id`, with its arguments."""
    person, args = "FALSE", list[Any]()
    if reader.person_id:
        person = "p.author_id = ?"
        args.append(reader.person_id)
    above, regions = "FALSE", sorted(reader.over)
    if regions:
        many = ", ".join("?" * len(regions))
        above = f"v.region_id IN ({many}) OR v.township_id IN ({many}) OR v.county_id IN ({many})"
        args += regions * 3
    shown, homes = "p.audience = 'public'", sorted(reader.belongs)
    if homes:
        shown += f" OR p.region_id IN ({', '.join('?' * len(homes))})"
        args += homes
    return f"(p.state <> 'deleted' AND ({person} OR {above} OR (p.state = 'visible' AND ({shown}))))", args


def may_answer(post: Sight, reader: Reader) -> bool:
    """Whether this person may comment on, like or thank a post: verified where it is shown, or an official above it."""
    if not reader.person_id or post.state != VISIBLE or not may_see(post, reader):
        return False
    return post.region_id in reader.belongs or bool(post.chain & reader.over)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One stretch of the feed: a region, all of it or only what is public."""

    region_id: int
    public_only: bool = False


TABS: Final[dict[str, LazyText]] = {"all": _("全部"), VILLAGE: _("本村"), TOWNSHIP: _("全镇"), COUNTY: _("全县")}


def sources(reader: Reader, chain: Sequence[int], tab: str = "all") -> list[Source]:
    """Which stretches of the feed of a village (`chain`: village, township, county) this person may read."""
    by_level = _by_level(reader.belongs, reader.over, tuple(chain))
    return [*by_level.values()] if tab == "all" else [by_level[tab]] if tab in by_level else []


def feed_url(village_url: str, tab: str, before: str = "") -> str:
    """The address of a stretch of a village's feed, older than the post with key `before`."""
    parts = [f"tab={tab}"] if tab != "all" else []
    parts += [f"before={before}"] if before else []
    return f"{village_url}/" + (f"?{'&'.join(parts)}" if parts else "")


def tabs(reader: Reader, chain: Sequence[int]) -> tuple[str, ...]:
    """The tabs that show this person something."""
    return ("all", *_by_level(reader.belongs, reader.over, tuple(chain)))


@functools.lru_cache(maxsize=4096)  # the same for everybody of a village
def _by_level(belongs: frozenset[int], over: frozenset[int], chain: tuple[int, ...]) -> Mapping[str, Source]:
    found: dict[str, Source] = {}
    for level, (name, region) in enumerate(zip((VILLAGE, TOWNSHIP, COUNTY), chain, strict=True)):
        if region in belongs or over & frozenset(chain[level:]):
            found[name] = Source(region_id=region)
        elif name == VILLAGE:
            found[name] = Source(region_id=region, public_only=True)
    return MappingProxyType(found)


_GIFTS: Final = (frozenset[str](), frozenset({"like"}), frozenset({"thanks"}), frozenset({"like", "thanks"}))


def gave(bits: int) -> frozenset[str]:
    """What a reader gave, from the sum that SQL makes of it: 1 for a like, 2 for thanks."""
    return _GIFTS[bits]


def shown_in(audience: str, chain: Sequence[int]) -> int:
    """The region a post is shown in. What everybody may read stands on its own village's page."""
    return chain[{TOWNSHIP: 1, COUNTY: 2}.get(audience, 0)]


def can_undo(deleted_at: datetime | None, now: datetime) -> bool:
    """Whether a deletion may still be taken back."""
    return deleted_at is not None and now - deleted_at <= UNDO


def is_pinned(*, pinned: bool, until: date | None, today: date) -> bool:
    """Whether a notice stands on top today."""
    return pinned and (until is None or today <= until)
