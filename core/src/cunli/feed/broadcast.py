"""One notice for many villages: it stands in the first one at once, and a job copies it to the others, each with receipts of its own.

The key of a copy follows from that of the first one and the village: a job that runs twice copies nothing twice, and where a
notice has arrived needs no list.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from cunli import db
from cunli.deid.found import Kind
from cunli.deid.gate import Basis
from cunli.feed import notices, review, rules
from cunli.feed.actions import Written
from cunli.feed.queries import PostNow, post_by_key
from cunli.feed.review import Looked
from cunli.hooks import PostContext
from cunli.jobs import enqueue
from cunli.jobs.tasks import TaskContext
from cunli.places.queries import village_by_id
from cunli.places.rules import VillageState
from cunli.web.tokens import new_key

if TYPE_CHECKING:
    from cunli.places.queries import VillageNow

COPY: Final = "feed.copy_notice"
LISTED: Final = 1000  # of somebody's latest notices, copies among them


def key_of_copy(key: str, village_id: int) -> str:
    """The key of a notice's copy in a village."""
    raw = hashlib.sha256(f"notice\x00{key}\x00{village_id}".encode()).digest()
    return base64.urlsafe_b64encode(raw).decode()[:22]


def job_of(key: str) -> str:
    """The name by which the job that copies a notice is found in the queue."""
    return f"{COPY}:{key}"


@db.unit
async def publish_to(first: VillageNow, others: Sequence[int], author_id: int, looked: Looked) -> str:
    """Publish a notice in a village, and have it copied to others (their ids); returns the key of the first one."""
    with db.scope(first.id):
        key = await notices.publish_notice(first, author_id, looked, key=new_key())
    if others:
        payload = {"key": key, "villages": list(others), "actor": author_id, "basis": _packed(looked.basis)}
        await enqueue(COPY, payload, dedupe=job_of(key))
    return key


def _packed(basis: Basis | None) -> dict[str, Any] | None:
    return {"ground": basis.ground, "why": basis.why, "kinds": list(basis.kinds)} if basis else None


async def copy(ctx: TaskContext) -> None:
    """Copy a notice to the villages that do not have it yet; one that was deleted meanwhile goes no further."""
    key, author_id = str(ctx.payload["key"]), int(ctx.payload["actor"])
    basis = _unpacked(ctx.payload.get("basis"))
    for village_id in ctx.payload["villages"]:
        post = await post_by_key(key)
        if post is None or post.state == rules.DELETED:
            return
        village, copy_key = await village_by_id(int(village_id)), key_of_copy(key, int(village_id))
        if village is None or village.state != VillageState.OPEN or await post_by_key(copy_key) is not None:
            continue
        written = _written(post)
        looked = Looked(written=written, held=await _why_held(village, author_id, written), basis=basis)
        with db.scope(village.id):
            await notices.publish_notice(village, author_id, looked, key=copy_key)


def _unpacked(packed: Mapping[str, Any] | None) -> Basis | None:
    if not packed:
        return None
    return Basis(ground=packed["ground"], why=packed["why"], kinds=tuple(Kind(kind) for kind in packed["kinds"]))


def _written(post: PostNow) -> Written:
    return Written(
        kind=rules.NOTICE,
        title=post.title,
        body=post.body,
        audience=post.audience,
        pinned=post.pinned,
        pinned_until=post.pinned_until,
    )


async def _why_held(village: VillageNow, author_id: int, written: Written) -> str:
    """Each village asks its own plugins. A refusal holds the copy: there is nobody at a form to tell."""
    context = PostContext(
        village_id=village.id,
        author_id=author_id,
        kind=rules.NOTICE,
        title=written.title,
        body=written.body,
        audience=written.audience,
    )
    verdict = await review.review(village, context)
    return str(verdict.reason) if verdict.says != "allow" else ""


# ---- where it has arrived --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A notice in one village: how many people read it and how many households were reached."""

    village_id: int
    key: str
    state: str
    read: int
    reached: int


async def arrived(key: str, village_ids: Sequence[int]) -> list[Arrived]:
    """In which of these villages a notice stands."""
    keys = [key, *(key_of_copy(key, village_id) for village_id in village_ids)]
    rows = await db.read(
        "SELECT village_id, key, state, read_count, reached_count FROM core_post"  # noqa: S608 marks only
        f" WHERE key IN ({db.marks(keys)}) AND kind = 'notice' AND state <> 'deleted' ORDER BY id",
        *keys,
    )
    wanted = set(village_ids)
    return [
        Arrived(
            village_id=row["village_id"],
            key=row["key"],
            state=row["state"],
            read=row["read_count"],
            reached=row["reached_count"],
        )
        for row in rows
        if row["village_id"] in wanted
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A notice that somebody published, with all of its copies."""

    key: str
    title: str
    at: datetime
    villages: int
    read: int


async def sent_by(person_id: int, limit: int = 20) -> list[Sent]:
    """Somebody's latest notices, the newest first; the copies of one stand together."""
    rows = await db.read(
        "SELECT key, village_id, title, created_at, read_count FROM core_post"
        " WHERE author_id = ? AND kind = 'notice' AND state <> 'deleted' ORDER BY id DESC LIMIT ?",
        person_id,
        LISTED,
    )
    firsts: dict[str, list[Any]] = {}
    by_title: dict[str, list[str]] = {}
    for row in reversed(rows):
        above = next((k for k in by_title.get(row["title"], ()) if key_of_copy(k, row["village_id"]) == row["key"]), "")
        if not above:
            by_title.setdefault(row["title"], []).append(row["key"])
        firsts.setdefault(above or row["key"], []).append(row)
    found = [
        Sent(
            key=key,
            title=copies[0]["title"],
            at=db.when(copies[0]["created_at"]),
            villages=len(copies),
            read=sum(row["read_count"] for row in copies),
        )
        for key, copies in firsts.items()
    ]
    return found[: -limit - 1 : -1]
