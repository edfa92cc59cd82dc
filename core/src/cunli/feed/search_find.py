"""Finding posts, notices and comments by their words: the index proposes, the rule of sight on the rows themselves decides.

Newest first, and page by page from the last one that was shown; nothing is counted, because a count could tell of what is hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from cunli import db
from cunli.clock import now
from cunli.feed import queries, rules
from cunli.feed.kinds import Kinds
from cunli.feed.queries import PostNow
from cunli.feed.rules import Reader, Source
from cunli.feed.search_index import STRETCH, kind_mark, month_mark
from cunli.feed.search_words import Wanted

PAGE: Final = 20
WALK: Final = 4096  # of the newest rows: as dear as asking the index for something rare, and most questions end here
MOST_MARKS: Final = 64  # of regions in one question; with more, reading and sieving is quicker than marking
_TABLES: Final = ("core_post_words", "core_comment_words")
_VILLAGE: Final = "core_village v ON v.id = p.village_id"
# the order of the joins is said, since SQLite cannot know how few the index proposes
_SHOWN: Final = "p.state = 'visible' AND p.kind IN ({shown}"
_TO_POST: Final = ("core_post p ON p.id = {id}", "core_comment c ON c.id = {id} {join} core_post p ON p.id = c.post_id")
_SQLITE: Final = tuple(
    "SELECT {columns} FROM {table} f CROSS JOIN "  # noqa: S608 constants only
    + path.replace("{id}", "f.rowid").replace("{join}", "CROSS JOIN")
    + f" CROSS JOIN {_VILLAGE} WHERE {{table}} MATCH ? AND {_SHOWN} ORDER BY f.rowid DESC LIMIT ?"
    for path in _TO_POST
)
_FITS: Final = "words @@ (SELECT CAST(CAST(? AS text) AS tsquery))"  # read once, not for every row
# OFFSET 0 keeps each order of steps as it is written, also in the plan that PostgreSQL makes once for all questions and that
# knows nothing of their words. By the index: all that fits, then sorted, and only as many rows read as are shown; were the
# ends asked for in the same step, that plan would read every id between them. By walking: the newest rows one after the
# other, until enough of them fit.
_BY_INDEX: Final = (
    f"SELECT o.id FROM (SELECT w.id FROM {{table}} w WHERE w.{_FITS} OFFSET 0) o"  # noqa: S608 constants only
    " WHERE o.id > ? AND o.id < ? ORDER BY o.id DESC OFFSET 0"
)
_BY_WALKING: Final = (
    "SELECT o.id FROM (SELECT w.id, w.words FROM {table} w WHERE w.id > ? AND w.id < ? ORDER BY w.id DESC OFFSET 0) o"  # noqa: S608 constants only
    f" WHERE o.{_FITS}"
)
_POSTGRES: Final = {
    found: tuple(
        f"SELECT {{columns}} FROM ({found}) f JOIN "  # noqa: S608 constants only
        + path.replace("{id}", "f.id").replace("{join}", "JOIN")
        + f" JOIN {_VILLAGE} WHERE {_SHOWN} ORDER BY f.id DESC LIMIT ?"
        for path in _TO_POST
    )
    for found in (_BY_INDEX, _BY_WALKING)
}
_POST_COLUMNS: Final = (
    "p.*, v.slug AS village_slug, v.name AS village_name, v.region_id AS village_region, v.township_id, v.county_id"
)
_COMMENT_COLUMNS: Final = (
    f"{_POST_COLUMNS}, c.id AS comment_id, c.key AS comment_key, c.body AS comment_body, c.created_at AS commented_at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where to look: `group` are the marks of it (see `Wanted.among`), `kinds` what is shown there."""

    group: tuple[tuple[str, ...], ...]
    kinds: Kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What else must fit: notices or everything else, and since when. `before` is the id of the last one shown."""

    notices: bool | None = None
    since: datetime | None = None
    before: int = 0
    most: int = PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentFound:
    """A comment that fits, and the post it stands under."""

    id: int
    key: str
    body: str
    created_at: datetime
    post: PostNow


def in_village(sources: Sequence[Source], kinds: Kinds) -> Place:
    """What is shown in a village: these stretches of its feed."""
    group = tuple((f"r{s.region_id}", "pub") if s.public_only else (f"r{s.region_id}",) for s in sources)
    return Place(group=group, kinds=kinds)


async def anywhere(who: Reader, kinds: Kinds) -> Place:
    """Everything that somebody may read, wherever it is shown."""
    villages = await _villages_under(who.over)
    rows = [("pub",), *[(f"r{region}",) for region in sorted(who.belongs)], *[(f"v{village}",) for village in villages]]
    rows += [(f"a{who.person_id}",)] if who.person_id else []
    return Place(group=tuple(rows) if len(rows) <= MOST_MARKS else (), kinds=kinds)


async def _villages_under(regions: frozenset[int]) -> list[int]:
    if not regions:
        return []
    marks, some = db.marks(sorted(regions)), sorted(regions)
    rows = await db.read(
        f"SELECT id FROM core_village WHERE region_id IN ({marks}) OR township_id IN ({marks}) OR county_id IN ({marks})"  # noqa: S608 marks only
        " ORDER BY id LIMIT ?",
        *some * 3,
        MOST_MARKS + 1,
    )
    return [row["id"] for row in rows]


async def find_posts(
    wanted: Wanted, place: Place, who: Reader, chosen: Filter | None = None
) -> tuple[list[PostNow], bool]:
    """Posts that fit, newest first, and whether there are more."""
    chosen = chosen or Filter()
    rows, more = await _find(wanted, place, who, chosen, comments=False)
    return [queries.post_from(row) for row in rows], more


async def find_comments(
    wanted: Wanted, place: Place, who: Reader, chosen: Filter | None = None
) -> tuple[list[CommentFound], bool]:
    """Comments that fit, newest first, below posts that this reader may see; and whether there are more."""
    chosen = chosen or Filter()
    rows, more = await _find(wanted, place, who, replace(chosen, notices=None), comments=True)
    return [
        CommentFound(
            id=row["comment_id"],
            key=row["comment_key"],
            body=row["comment_body"],
            created_at=db.when(row["commented_at"]),
            post=queries.post_from(row),
        )
        for row in rows
    ], more


async def _find(wanted: Wanted, place: Place, who: Reader, chosen: Filter, *, comments: bool) -> tuple[list[Any], bool]:
    if not wanted or not place.kinds:
        return [], False
    asked = wanted.among(place.group)
    if chosen.notices is not None:
        asked = asked.among([(kind_mark(notice=chosen.notices),)])
    if chosen.since is not None:
        asked = asked.among([(month,) for month in _months(chosen.since)])
    ask = _ask if db.engine() == "sqlite" else _ask_by_stretches
    rows = await ask(asked, place, who, chosen, comments=comments)
    return rows[: chosen.most], len(rows) > chosen.most


def _months(since: datetime) -> list[str]:
    """The marks of all months from then to now; one more at each end, since marks are in UTC."""
    moment, found = now(), list[str]()
    year, month = since.year, since.month
    while (year, month) <= (moment.year, moment.month) and len(found) < 60:
        found.append(month_mark(since.replace(year=year, month=month, day=1)))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return found or [month_mark(moment)]


async def _ask(wanted: Wanted, place: Place, who: Reader, chosen: Filter, *, comments: bool) -> list[Any]:
    """SQLite: one question to the index, and the rows behind it. FTS5 walks its list from the newest on and stops when there are enough."""
    shown, values = _shown(place, who, chosen, comments=comments)
    if chosen.before:
        shown += f" AND {'c' if comments else 'p'}.id < ?"
        values.append(chosen.before)
    sql = _SQLITE[comments].format(table=_TABLES[comments], columns=_columns(comments), shown=shown)
    return await db.read(sql, wanted.match(), *values, chosen.most + 1)


def _columns(comments: bool) -> str:
    return _COMMENT_COLUMNS if comments else _POST_COLUMNS


def _shown(place: Place, who: Reader, chosen: Filter, *, comments: bool) -> tuple[str, list[Any]]:
    """What must be so of the rows themselves, and the values for it."""
    sight, args = rules.sight_sql(who)
    shown, values = f"{db.marks(place.kinds)}) AND {sight}", [*place.kinds, *args]
    if comments:
        shown += " AND c.state = 'visible'"
    if chosen.since is not None:
        shown += f" AND {'c' if comments else 'p'}.created_at >= ?"
        values.append(chosen.since)
    return shown, values


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looking:
    """One search on PostgreSQL, which asks for stretches of ids, the newest first, until there is enough."""

    wanted: Wanted
    place: Place
    who: Reader
    chosen: Filter
    comments: bool

    async def between(self, way: str, wanted: Wanted, above: int, below: int, most: int) -> list[Any]:
        """The newest rows that fit, with ids between these two; `way` is one of the two of `_POSTGRES`."""
        shown, values = _shown(self.place, self.who, self.chosen, comments=self.comments)
        sql = _POSTGRES[way][self.comments]
        sql = sql.format(table=_TABLES[self.comments], columns=_columns(self.comments), shown=shown)
        asked, ends = wanted.tsquery(), (above, below)
        first = (asked, *ends) if way is _BY_INDEX else (*ends, asked)
        return await db.read(sql, *first, *values, most)

    async def newest(self) -> int:
        if self.chosen.before:
            return self.chosen.before - 1
        found = await db.read(f"SELECT MAX(id) AS id FROM {_TABLES[self.comments]}")  # noqa: S608 constants
        return found[0]["id"] or 0


async def _ask_by_stretches(wanted: Wanted, place: Place, who: Reader, chosen: Filter, *, comments: bool) -> list[Any]:
    """The index of PostgreSQL gives all that fits at once, and in no order: dear for what everybody writes.

    So the newest rows are walked first, where that stands; then the index is asked for the newest stretch, then for all the
    rest: what is rare in the one is rare in the other.
    """
    looking = _Looking(wanted=wanted, place=place, who=who, chosen=chosen, comments=comments)
    below, most = await looking.newest() + 1, chosen.most + 1
    walked = max(0, below - 1 - WALK)
    found = await looking.between(_BY_WALKING, wanted, walked, below, most)
    if len(found) < most and walked:
        at = walked >> STRETCH
        stretch = wanted.among([(f"t{one}",) for one in range(max(0, at - 1), at + 1)])
        floor = max(0, (at - 1) << STRETCH)
        found += await looking.between(_BY_INDEX, stretch, floor - 1, walked + 1, most - len(found))
        if len(found) < most and floor:
            found += await looking.between(_BY_INDEX, wanted, 0, floor, most - len(found))
    return found
