"""Hits as the pages show them: titles and lines with the words marked, page by page, without what is switched off where it stands."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar

from markupsafe import Markup

from cunli import db, enabling
from cunli.feed import search_find
from cunli.feed.queries import PostNow
from cunli.feed.rules import Reader
from cunli.feed.search_find import CommentFound, Filter, Place
from cunli.feed.search_words import Wanted, marked

if TYPE_CHECKING:
    from cunli.registry import Registry

TITLE: Final = 60
LINE: Final = 90
ROUNDS: Final = 5  # pages read for one that is shown, where plugins are off in some villages
T = TypeVar("T", PostNow, CommentFound)
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,22}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One row of the results. Whose it is, is not said: that is on its page."""

    title: Markup
    text: Markup
    url: str
    created_at: datetime
    village: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """Some rows, and the key after which the next page begins; empty when that was all."""

    rows: tuple[Hit, ...] = ()
    after: str = ""


async def posts(
    registry: Registry, wanted: Wanted, place: Place, who: Reader, chosen: Filter, *, villages: bool
) -> Hits:
    """Posts, notices and entries that fit. `villages` names the village of each."""
    found, more = await _shown(registry, lambda one: search_find.find_posts(wanted, place, who, one), chosen)
    rows = tuple(_post(post, wanted.runs, villages=villages) for post in found)
    return Hits(rows=rows, after=found[-1].key if found and more else "")


async def comments(
    registry: Registry, wanted: Wanted, place: Place, who: Reader, chosen: Filter, *, villages: bool
) -> Hits:
    """Comments that fit."""
    found, more = await _shown(registry, lambda one: search_find.find_comments(wanted, place, who, one), chosen)
    rows = tuple(_comment(comment, wanted.runs, villages=villages) for comment in found)
    return Hits(rows=rows, after=found[-1].key if found and more else "")


async def _shown(
    registry: Registry, ask: Callable[[Filter], Awaitable[tuple[list[T], bool]]], chosen: Filter
) -> tuple[list[T], bool]:
    """A page of what is shown where it stands: an entry is not, where its plugin is off."""
    kept: list[T] = []
    more, rounds = True, 0
    while more and len(kept) < chosen.most and rounds < ROUNDS:
        found, more = await ask(chosen)
        kept += [one for one in found if await _is_on(registry, one.post if isinstance(one, CommentFound) else one)]
        if found:
            chosen = replace(chosen, before=found[-1].id)
        rounds += 1
    return kept[: chosen.most], more or len(kept) > chosen.most


async def _is_on(registry: Registry, post: PostNow) -> bool:
    return not post.plugin or post.plugin in await enabling.enabled_in(registry, post.village_id)


def _post(post: PostNow, asked: Sequence[str], *, villages: bool) -> Hit:
    words = marked(post.body, asked, most=LINE if post.title else TITLE)
    place = marked(post.place, asked, most=TITLE)
    return Hit(
        title=marked(post.title, asked, most=TITLE) if post.title else words or place,
        text=words if post.title else place,
        url=post.url,
        created_at=post.created_at,
        village=post.village_name if villages else "",
    )


def _comment(comment: CommentFound, asked: Sequence[str], *, villages: bool) -> Hit:
    return Hit(
        title=marked(comment.body, asked, most=TITLE),
        text=marked(comment.post.title or comment.post.body, (), most=TITLE // 2),
        url=f"{comment.post.url}?c={comment.key}#c-{comment.key}",
        created_at=comment.created_at,
        village=comment.post.village_name if villages else "",
    )


async def id_of(table: str, key: str) -> int:
    """The id behind a key from the address, to go on from there; 0 for one that nothing has."""
    if not _KEY.fullmatch(key):
        return 0
    rows = await db.read(f"SELECT id FROM {table} WHERE key = ?", key)  # noqa: S608 constants
    return int(rows[0]["id"]) if rows else 0
