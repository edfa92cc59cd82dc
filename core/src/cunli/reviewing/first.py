"""What a village asks of everything before services and plugins are asked: the limits of newcomers, and looking first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from cunli import db
from cunli.clock import local_date, now
from cunli.county_settings import APPROVE_FIRST, NEWCOMERS, REVIEW_HOURS
from cunli.moderation import ALLOWED, Verdict
from cunli.people.queries import offices_within
from cunli.plugin_values import values_for
from cunli.reviewing import newcomers
from cunli.web.i18n import _

if TYPE_CHECKING:
    from cunli.hooks import PostContext
    from cunli.places.queries import VillageNow

DAY: Final = timedelta(days=1)
COMMENT: Final = "comment"
NOTICE: Final = "notice"


@dataclass(frozen=True, slots=True)
class _Author:
    official: bool
    verified_at: datetime | None


async def look(village: VillageNow, what: PostContext) -> Verdict:
    """Refuse what goes beyond a newcomer's limits, with the limit and its end; hold what the village wants to see first.

    Officials of the village are neither limited nor looked at: they are the ones who look.
    """
    values = await values_for(village)
    first, limited = values(APPROVE_FIRST), values(NEWCOMERS)
    if what.kind == NOTICE or (first == "off" and not limited):
        return ALLOWED
    author = await _author(what.author_id, village)
    if author.official:
        return ALLOWED
    if limited and (refused := await _beyond(author, what)) is not None:
        return refused
    if first == "all" or (first == "posts" and what.kind != COMMENT):
        return Verdict.hold(_("等待审核：本村的内容先看再发，一般 %(n)s 小时里有结果", n=values(REVIEW_HOURS)))
    return ALLOWED


async def _author(person_id: int, village: VillageNow) -> _Author:
    if await offices_within(person_id, village.chain):
        return _Author(official=True, verified_at=None)
    rows = await db.read(
        "SELECT decided_at FROM core_membership WHERE person_id = ? AND village_id = ? AND state = 'verified'",
        person_id,
        village.id,
    )
    since = rows[0]["decided_at"] if rows else None
    return _Author(official=False, verified_at=db.when(since) if since else None)


async def _beyond(author: _Author, what: PostContext) -> Verdict | None:
    moment = now()
    stage = newcomers.stage_of(author.verified_at, moment)
    if stage is None or author.verified_at is None:
        return None
    comment = what.kind == COMMENT
    change = bool(what.post_id) and not comment
    written = 0 if change else await _written(what.author_id, "core_comment" if comment else "core_post", moment)
    links = newcomers.links_in(f"{what.title}\n{what.body}")
    found = newcomers.too_much(stage, comment=comment, written=written, photos=what.photos, links=links)
    if found is None:
        return None
    thing, most = found
    day = local_date(newcomers.ends_at(stage, author.verified_at))
    said = _(
        "刚认证的头几天，%(what)s最多 %(most)s。到%(month)s月%(day)s日自动放宽，不用申请",
        what=thing,
        most=most,
        month=day.month,
        day=day.day,
    )
    return Verdict.refuse(said)


async def _written(author_id: int, table: str, moment: datetime) -> int:
    rows = await db.read(
        f"SELECT COUNT(*) AS n FROM {table} WHERE author_id = ? AND created_at > ?",  # noqa: S608 one of two constants
        author_id,
        moment - DAY,
    )
    return int(rows[0]["n"])
