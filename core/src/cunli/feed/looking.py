"""Finding posts and notices by their words: among the newest of what this reader may see, so that the cost has an end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from cunli import db
from cunli.feed import queries, rules
from cunli.feed.kinds import Kinds
from cunli.feed.queries import PostNow
from cunli.feed.rules import Reader

if TYPE_CHECKING:
    from cunli.places.queries import VillageNow

LOOKED_AT: Final = 2000
MOST: Final = 20
AROUND: Final = 24
_NEWEST: Final = (
    "SELECT * FROM (SELECT p.*, v.slug AS village_slug, v.name AS village_name, v.region_id AS village_region, v.township_id,"
    " v.county_id FROM core_post p JOIN core_village v ON v.id = p.village_id WHERE p.region_id IN ({regions})"
    " AND p.state = 'visible' AND p.kind IN ({kinds}) AND {sight} ORDER BY p.id DESC LIMIT ?) f"
    " WHERE LOWER(f.title) LIKE ? ESCAPE '\\' OR LOWER(f.body) LIKE ? ESCAPE '\\' OR LOWER(f.place) LIKE ? ESCAPE '\\'"
    " ORDER BY f.id DESC LIMIT ?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFound:
    """A post or notice that fits, with the words around what was looked for. Whose it is, is not said: that is on its page."""

    title: str
    url: str
    text: str
    notice: bool
    created_at: datetime


async def find_posts(
    words: str, village: VillageNow, who: Reader, *, kinds: Kinds, most: int = MOST
) -> list[PostFound]:
    """What is shown in this village, of these kinds, and fits the words, the newest first; `words` are lower case."""
    regions = [source.region_id for source in rules.sources(who, queries.chain_of(village))]
    sight, args = rules.sight_sql(who)
    pattern = f"%{_literally(words)}%"
    sql = _NEWEST.format(regions=db.marks(regions), kinds=db.marks(kinds), sight=sight)
    rows = await db.read(sql, *regions, *kinds, *args, LOOKED_AT, pattern, pattern, pattern, most)
    return [_found(queries.post_from(row), words) for row in rows]


def _found(post: PostNow, words: str) -> PostFound:
    around = excerpt(post.body, words)
    return PostFound(
        title=post.title or around or post.place,
        url=post.url,
        text=around if post.title else post.place,
        notice=post.kind == rules.NOTICE,
        created_at=post.created_at,
    )


def excerpt(body: str, words: str) -> str:
    """One line of the text around the first place where the words stand."""
    flat = " ".join(body.split())
    at = max(0, flat.lower().find(words) - AROUND)
    part = flat[at : at + len(words) + 3 * AROUND]
    return ("…" if at else "") + part + ("…" if at + len(part) < len(flat) else "")


def _literally(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
