"""What a whole branch is told, in the background: whoever writes waits for nobody, and everybody hears of it once.

A job tells some of the people and, in the same unit, has the next one tell the rest. When a machine stops in between, the job runs again;
`once` keeps what was said from being said twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from cunli import TaskContext, enqueue, reach, tell, unit

from .branches.listing import verified
from .models import Branch, Meeting, Notice
from .standing import tree_of
from .words import LEADS

TASK: Final = "party.tell"
AT_ONCE: Final = 100  # people in one unit: SQLite has one writer, and nobody should wait long for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is said to whom in the branch."""

    branch_id: int
    kind: str
    path: str
    once: str
    title: str
    roles: frozenset[str] = frozenset()
    """Only to those with one of these offices; to everybody where there is none."""


async def tell_branch(what: str, row_id: int, *, village_id: int, actor: int) -> None:
    """Have the members of a branch told about a row, except whoever wrote it. In the unit of the row: both, or neither."""
    await enqueue(TASK, {"what": what, "id": row_id, "but": actor, "after": 0}, village_id=village_id)


async def run(ctx: TaskContext) -> None:
    here = next((one.url for one in (await reach()).villages if one.id == ctx.village_id), "")
    said = await _said(str(ctx.payload["what"]), int(ctx.payload["id"]))
    if here and said is not None:
        await _tell_some(said, here, ctx.payload, int(ctx.village_id or 0))


@unit
async def _tell_some(said: Said, here: str, payload: Mapping[str, Any], village_id: int) -> int:
    tree = tree_of(await Branch.all())
    url = f"{here}/party/branches/{tree.branches[said.branch_id].key}/{said.path}"
    wanted = verified(tree.below(said.branch_id)).filter(person_id__isnull=False, id__gt=int(payload["after"]))
    if said.roles:
        wanted = wanted.filter(role__in=list(said.roles))
    some = await wanted.order_by("id").limit(AT_ONCE)
    if len(some) == AT_ONCE:
        await enqueue(TASK, {**payload, "after": some[-1].id}, village_id=village_id)
    told = 0
    for one in some:
        if one.person_id is not None and one.person_id != int(payload["but"]):
            told += await tell(one.person_id, said.kind, url=url, once=said.once, title=said.title)
    return told


async def _said(what: str, row_id: int) -> Said | None:
    """The words as they are when they are said; nothing about what is gone or no longer so."""
    if what == "notice":
        notice = await Notice.get_or_none(id=row_id)
        return _of_notice(notice) if notice else None
    meeting = await Meeting.get_or_none(id=row_id)
    if meeting is None or meeting.state != ("planned" if what == "meeting" else "off"):
        return None
    return _of_meeting(meeting)


def _of_notice(one: Notice) -> Said:
    return Said(
        branch_id=one.branch_id,
        kind="party.notice",
        path=f"notices/{one.key}",
        once=f"notice:{one.id}",
        title=one.title,
    )


def _of_meeting(one: Meeting) -> Said:
    """Another time is another fact; the same time said again is none."""
    off = one.state == "off"
    return Said(
        branch_id=one.branch_id,
        kind="party.off" if off else "party.meeting",
        path=f"meetings/{one.key}",
        once=f"off:{one.id}" if off else f"meeting:{one.id}:{one.starts_at.astimezone(UTC).isoformat()}",
        title=one.title,
        roles=LEADS if one.kind == "committee" else frozenset(),
    )
