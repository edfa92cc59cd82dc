"""What pages of diaries and notices read, and what the search finds in them: only what somebody may see, a page at a time."""

from __future__ import annotations

from collections.abc import Collection

from tortoise.expressions import Q, Subquery

from cunli_party.branches.listing import verified
from cunli_party.models import Diary, Member, Notice, Receipt, Reply
from cunli_party.standing import Reader

MOST = 20
SHOWN = ("branch", "public")
NAMED = 100  # names of those who have not read a notice


async def shown(looks: Reader, *, before: int = 0) -> tuple[list[Diary], int]:
    """Diaries that members of the branches one sees have shown, the latest shown first, and where the next page starts."""
    wanted = Diary.filter(branch_id__in=looks.seen(), state__in=SHOWN)
    if before:
        wanted = wanted.filter(id__lt=before)
    rows = await wanted.order_by("-id").limit(MOST + 1)
    return rows[:MOST], rows[MOST - 1].id if len(rows) > MOST else 0


async def notices(branch_ids: Collection[int], *, before: int = 0) -> tuple[list[Notice], int]:
    wanted = Notice.filter(branch_id__in=list(branch_ids))
    if before:
        wanted = wanted.filter(id__lt=before)
    rows = await wanted.order_by("-id").limit(MOST + 1)
    return rows[:MOST], rows[MOST - 1].id if len(rows) > MOST else 0


async def replies(notice: Notice, *, before: int = 0) -> tuple[list[Reply], int]:
    """The last that was said below a notice, in the order of saying, and where what was said earlier ends."""
    wanted = Reply.filter(notice_id=notice.id)
    if before:
        wanted = wanted.filter(id__lt=before)
    rows = await wanted.order_by("-id").limit(MOST + 1)
    return rows[MOST - 1 :: -1] if len(rows) > MOST else rows[::-1], rows[MOST - 1].id if len(rows) > MOST else 0


async def read_by(notice: Notice, inside: Collection[int]) -> int:
    """How many members of the branch said that they have read it."""
    return await Receipt.filter(
        notice_id=notice.id, member__standing="verified", member__branch_id__in=list(inside)
    ).count()


async def unread_by(notice: Notice, led: Collection[int]) -> tuple[list[Member], int]:
    """Members whom one leads and who have not said so: the first of them, and how many."""
    if not led:
        return [], 0
    there = Receipt.filter(notice_id=notice.id).values("member_id")
    wanted = verified(led).exclude(id__in=Subquery(there))
    return await wanted.order_by("id").limit(NAMED), await wanted.count()


async def found(looks: Reader, words: str, most: int) -> tuple[list[Notice], list[Diary]]:
    """Notices and diaries with these words among those that somebody may open."""
    seen = looks.seen()
    wanted = Q(title__icontains=words) | Q(body__icontains=words)
    notices_ = await Notice.filter(branch_id__in=seen).filter(wanted).order_by("-id").limit(most)
    mine = Q(person_id=looks.person_id) | Q(branch_id__in=seen, state__in=SHOWN)
    diaries = await Diary.filter(mine).filter(wanted).order_by("-id").limit(most)
    return notices_, diaries
