"""Comments of one post, in the order they were written, with replies one level below."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from cunli import db
from cunli.feed import rules

PAGE: Final = 30
REPLIES_SHOWN: Final = 5
REPLIES_MOST: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentNow:
    """One comment or reply as it stands."""

    id: int
    key: str
    post_id: int
    village_id: int
    parent_id: int | None
    reply_to_id: int | None
    author_id: int
    body: str
    state: str
    hidden_reason: str
    created_at: datetime
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A comment with the replies below it; `more` counts those not loaded."""

    comment: CommentNow
    replies: tuple[CommentNow, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A page of comments as the database gave it, and how it was asked for. Equal `facts` look alike to everybody who saw none
    of their own comments hidden."""

    rows: tuple[tuple[Any, ...], ...]
    names: tuple[str, ...]
    reader_id: int
    whole: str
    open_id: int

    @property
    def facts(self) -> tuple[object, ...]:
        """What decides how these comments look: the reader too, once not all of them are visible."""
        state = self.names.index("state") if self.names else 0
        plain = all(row[state] == rules.VISIBLE for row in self.rows)
        return self.rows, 0 if plain else self.reader_id

    def threads(self) -> tuple[list[Thread], str]:
        """The comments with their replies, and the key to go on from.

        A comment that is gone stays as a gap while others have answered it; a hidden one is shown to its author.
        """
        comments = [comment_from(dict(zip(self.names, row, strict=True))) for row in self.rows]
        first = [comment for comment in comments if comment.parent_id is None]
        tops, below = first[:PAGE], dict[int, list[CommentNow]]()
        for comment in comments:
            if comment.parent_id is not None:
                below.setdefault(comment.parent_id, []).append(comment)
        found = [
            _thread(top, below.get(top.id, []), whole=top.key == self.whole or top.id == self.open_id) for top in tops
        ]
        kept = [thread for thread in found if thread.replies or _shown(thread.comment, self.reader_id)]
        return kept, tops[-1].key if len(first) > PAGE else ""


async def stretch(
    post_id: int,
    reader_id: int,
    *,
    after: str = "",
    whole: str = "",
    focus: CommentNow | None = None,
    as_of: str = "",
) -> Stretch:
    """A page of comments after the one with key `after`; `whole` names a thread to show whole.

    With `focus` the page is one that holds this comment.
    """
    start, args = "", list[Any]()
    if focus is not None and await _is_far(post_id, focus):
        start, args = "AND c.id >= ?", [focus.parent_id or focus.id]
    elif after:
        start = "AND c.id > COALESCE((SELECT a.id FROM core_comment a WHERE a.key = ? AND a.post_id = c.post_id), 0)"
        args = [after]
    sql = _THREADS.format(start=start)
    rows = await db.read(sql, post_id, *args, PAGE + 1, reader_id, REPLIES_MOST, as_of=as_of)
    return Stretch(
        rows=tuple([tuple(row) for row in rows]),
        names=tuple(rows[0].keys()) if rows else (),
        reader_id=reader_id,
        whole=whole,
        open_id=(focus.parent_id or focus.id) if focus else 0,
    )


_THREADS: Final = (
    "WITH tops AS (SELECT c.* FROM core_comment c WHERE c.post_id = ? AND c.parent_id IS NULL {start} ORDER BY c.id LIMIT ?)"
    " SELECT * FROM tops UNION ALL SELECT * FROM (SELECT c.* FROM core_comment c"
    " WHERE c.parent_id IN (SELECT t.id FROM tops t)"
    " AND (c.state = 'visible' OR (c.state IN ('hidden', 'held') AND c.author_id = ?)) ORDER BY c.id LIMIT ?) r ORDER BY id"
)


async def _is_far(post_id: int, comment: CommentNow) -> bool:
    """Whether a comment stands beyond the first page."""
    rows = await db.read(
        "SELECT COUNT(*) AS n FROM (SELECT c.id FROM core_comment c WHERE c.post_id = ? AND c.parent_id IS NULL AND c.id < ?"
        " LIMIT ?) b",
        post_id,
        comment.parent_id or comment.id,
        PAGE,
    )
    return int(rows[0]["n"]) >= PAGE


def _thread(top: CommentNow, replies: list[CommentNow], *, whole: bool) -> Thread:
    shown = replies if whole or len(replies) <= REPLIES_SHOWN + 1 else replies[:REPLIES_SHOWN]
    return Thread(comment=top, replies=tuple(shown), more=len(replies) - len(shown))


def _shown(comment: CommentNow, reader_id: int) -> bool:
    return comment.state == rules.VISIBLE or (comment.state in rules.OWN_STATES and comment.author_id == reader_id != 0)


async def find_comment(key: str, village_id: int) -> CommentNow | None:
    """A comment of this village, whatever its state; the caller asks whether its post may be seen."""
    rows = await db.read("SELECT c.* FROM core_comment c WHERE c.key = ? AND c.village_id = ?", key, village_id)
    return comment_from(rows[0]) if rows else None


def comment_from(row: Any) -> CommentNow:
    return CommentNow(
        id=row["id"],
        key=row["key"],
        post_id=row["post_id"],
        village_id=row["village_id"],
        parent_id=row["parent_id"],
        reply_to_id=row["reply_to_id"],
        author_id=row["author_id"],
        body=row["body"],
        state=row["state"],
        hidden_reason=row["hidden_reason"],
        created_at=db.when(row["created_at"]),
        deleted_at=db.when(row["deleted_at"]),
    )
