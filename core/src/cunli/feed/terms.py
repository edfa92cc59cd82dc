"""Public notices (公示) stand for a term and withdraw by themselves: the words go out of sight, what was published and when stays.

Names, amounts and addresses of people may be public only as long as the purpose needs it (个人信息保护法 19, 47). The term
stands in the notice's own `data`; once it is over, the words stand there too, for officials, and are on no page of others.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from typing import Final

from cunli import db
from cunli.clock import today
from cunli.feed import rules, search_index
from cunli.feed.events import post_changed
from cunli.feed.queries import PostNow, post_by_id
from cunli.jobs import emit
from cunli.trust.audit import audit
from cunli.web.i18n import _

OVER: Final = _("公示期已满")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """From when until when (both days included) a public notice stands; `words` once it was withdrawn."""

    since: dt.date
    until: dt.date
    words: str = ""
    over: bool = False

    def written(self) -> str:
        """As it is stored."""
        return json.dumps(asdict(self), ensure_ascii=False, default=str)


def term_of(post: PostNow) -> Term | None:
    """The term of a public notice; None for every other notice, and for what is none."""
    if post.kind != rules.NOTICE or not post.data:
        return None
    try:
        kept = json.loads(post.data)
        since, until = (dt.date.fromisoformat(kept[name]) for name in ("since", "until"))
    except (
        KeyError,
        TypeError,
        ValueError,
    ):  # written by another hand: a notice without a term, and no page that fails
        return None
    return Term(since=since, until=until, words=str(kept.get("words", "")), over=kept.get("over") is True)


@db.unit
async def withdraw(post_id: int) -> bool:
    """Take the words of a public notice out of sight when its term is over; whether that was now. Its answers go with them."""
    post = await post_by_id(post_id)
    term = term_of(post) if post is not None else None
    if post is None or term is None or term.over or today() <= term.until:
        return False
    gone = Term(since=term.since, until=term.until, words=post.body, over=True)
    await db.write(
        "UPDATE core_post SET body = ?, data = ?, pinned = ?, comment_count = 0, version = version + 1,"
        " answers_version = answers_version + 1 WHERE id = ?",
        str(_("公示期已满，内容已经撤下。")),
        gone.written(),
        False,
        post.id,
    )
    rows = await db.read("SELECT id FROM core_comment WHERE post_id = ? AND state IN ('visible', 'held')", post.id)
    await db.write(
        "UPDATE core_comment SET state = 'hidden', hidden_reason = ? WHERE post_id = ? AND state IN ('visible', 'held')",
        str(OVER),
        post.id,
    )
    await search_index.index(post.id)
    for row in rows:
        await search_index.index_comment(row["id"])
    await audit("notice.term_over", by="system", village=post.village_id, object=("post", post.id), comments=len(rows))
    await emit(post_changed(post, post.state))
    return True


async def withdraw_all() -> int:
    """Withdraw every public notice whose term is over; how many there were."""
    rows = await db.read(
        "SELECT id, data FROM core_post WHERE kind = 'notice' AND state <> 'deleted' AND data IS NOT NULL ORDER BY id"
    )
    day, done = today().isoformat(), 0
    for row in rows:
        kept = json.loads(row["data"])
        if not kept["over"] and kept["until"] < day:
            done += await withdraw(row["id"])
    return done


def stands_until(since: dt.date, until: dt.date | None, *, days: int, most: int) -> dt.date:
    """The last day of a term: the one asked for, at most `most` days with the first; `days` where none was asked for."""
    last = since + dt.timedelta(days=most - 1)
    return min(until or since + dt.timedelta(days=min(days, most) - 1), last)
