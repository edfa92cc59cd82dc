"""The feed of a village page: one query for ids, counters and what this reader gave, whatever the size of the table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from cunli import db
from cunli.clock import today
from cunli.feed import rules
from cunli.feed.kinds import Kinds
from cunli.feed.rules import OWN_KINDS, Source


class Slim(NamedTuple):
    """One entry of the feed: everything that decides how its card looks, and nothing else. Plain numbers, quick to compare."""

    # in the order of the query's columns
    id: int
    version: int
    answers_version: int
    like_count: int
    thanks_count: int
    comment_count: int
    reached_count: int
    on_top: int
    gave: int  # see `rules.gave`

    @classmethod
    def of(cls, row: Any) -> Slim:
        return tuple.__new__(cls, row)


_GAVE: Final = (
    "(SELECT COALESCE(SUM(CASE WHEN r.kind = 'like' THEN 1 ELSE 2 END), 0) FROM core_reaction r"
    " WHERE r.post_id = f.id AND r.person_id = ?)"
)


_OWN: Final = ", ".join(f"'{kind}'" for kind in OWN_KINDS)


async def stream(
    sources: Sequence[Source],
    *,
    kinds: Kinds = OWN_KINDS,
    person_id: int = 0,
    before: str = "",
    notices_of: int = 0,
    public_only: bool = False,
    most: int = rules.PAGE,
    as_of: str = "",
) -> tuple[list[Slim], bool]:
    """The newest entries of these stretches and kinds, older than the post with key `before`, and whether there are more.

    `notices_of` names the village whose newest pinned notice comes first, marked `on_top`.
    """
    if not sources:
        return [], False
    public = tuple(s.public_only for s in sources)
    named = kinds if kinds != OWN_KINDS else ()  # where no plugin has a kind, the condition is a constant
    sql = _sql(public, len(named), bool(person_id), bool(before), bool(notices_of), public_only)
    args: list[Any] = [person_id] if person_id else []
    for source in sources:
        args += [source.region_id, *named, *([before] if before else []), most + 1]
    if notices_of:
        args += [notices_of, today()]
    found = [*map(Slim.of, await db.read(sql, *args, most + 2, as_of=as_of))]
    tops = 1 if found and found[0].on_top else 0  # one pinned notice at most
    return found[: tops + most], len(found) - tops > most


@cache
def _sql(public: tuple[bool, ...], kinds: int, person: bool, before: bool, notices: bool, public_only: bool) -> str:
    """One arm for each stretch, each read backwards from an index alone and cut off by itself, then merged; rows come last."""
    arms = [_arm(number, kinds, only, before) for number, only in enumerate(public)]
    if notices:
        arms.append(_notice_arm(public_only))
    newest = f"SELECT * FROM ({' UNION ALL '.join(arms)}) u ORDER BY u.on_top DESC, u.id DESC LIMIT ?"  # noqa: S608 constants
    return (
        "SELECT p.id, p.version, p.answers_version, p.like_count, p.thanks_count, p.comment_count, p.reached_count, f.on_top,"  # noqa: S608 constants
        f" {_GAVE if person else '0'} FROM ({newest}) f JOIN core_post p ON p.id = f.id ORDER BY f.on_top DESC, f.id DESC"
    )


def _arm(number: int, kinds: int, public_only: bool, before: bool) -> str:
    where = f"p.region_id = ? AND p.state = 'visible' AND p.kind IN ({', '.join('?' * kinds) or _OWN})"
    if public_only:
        where += " AND p.audience = 'public'"
    if before:
        where += " AND p.id < (SELECT b.id FROM core_post b WHERE b.key = ?)"
    return (
        f"SELECT * FROM (SELECT p.id, 0 AS on_top FROM core_post p WHERE {where} ORDER BY p.id DESC LIMIT ?) a{number}"  # noqa: S608 constants
    )


def _notice_arm(public_only: bool) -> str:
    where = (
        "p.village_id = ? AND p.kind = 'notice' AND p.pinned = TRUE AND p.state = 'visible'"
        " AND (p.pinned_until IS NULL OR p.pinned_until >= ?)"
    )
    if public_only:
        where += " AND p.audience = 'public'"
    return f"SELECT * FROM (SELECT p.id, 1 AS on_top FROM core_post p WHERE {where} ORDER BY p.id DESC LIMIT 1) n"  # noqa: S608 constants
