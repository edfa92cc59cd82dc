"""What changes diaries and notices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cunli import FeedKind, Reviewed, audit, new_key, publish_entry, tell, unit, withdraw_entry
from cunli import gettext as _
from cunli_party.exchanges import exchanged, taken_back
from cunli_party.models import Branch, Diary, Member, Notice, Receipt, Remark, Reply
from cunli_party.papers import Wrong, now
from cunli_party.telling import tell_branch

KIND = FeedKind(id="party.diary", label=_("党员日记"), hue="seal", icon="book-2", template="party/entry.html")


@unit
async def write(
    given: Mapping[str, Any],
    *,
    member: Member,
    person_id: int,
    diary: Diary | None,
    reviewed: Reviewed | None,
    at: datetime | None = None,
) -> Diary:
    """Keep a page. What is taken back from the village leaves the feed; what everybody may see was reviewed before.

    `at`: when the village saw it, in the demo.
    """
    values = {"day": given["day"], "title": given["title"], "body": given["body"], "state": given["state"]}
    if diary is None:
        diary = await Diary.create(key=new_key(), branch_id=member.branch_id, person_id=person_id, **values)
    else:
        await Diary.filter(id=diary.id).update(**values)
        if diary.post:
            await withdraw_entry(diary.post, kind=KIND.id, village_id=diary.village_id)
            await Diary.filter(id=diary.id).update(post="")
    if given["state"] != "private":
        await Diary.filter(id=diary.id, shown_at__isnull=True).update(shown_at=now())
        await exchanged("diary", diary.id, branch_id=diary.branch_id, person_id=person_id)
    if reviewed is not None:
        await Diary.filter(id=diary.id).update(post=await publish_entry(reviewed, at=at))
    return diary


@unit
async def remark(diary: Diary, words: str, *, actor: int, url: str) -> None:
    """What whoever leads the branch says about a page that the branch may read."""
    if not await Diary.filter(id=diary.id).exclude(state="private").exists():
        raise Wrong("body", _("这一篇作者收回去了"))
    row = await Remark.create(diary_id=diary.id, person_id=actor, body=words, at=now())
    await exchanged("remark", row.id, branch_id=diary.branch_id, person_id=actor)
    if diary.person_id != actor:
        await tell(diary.person_id, "party.remark", url=url, by=actor, title=diary.title)


@unit
async def announce(branch: Branch, given: Mapping[str, Any], *, actor: int) -> Notice:
    """Say something to all members of the branch. They are told in the background."""
    notice = await Notice.create(
        key=new_key(),
        branch_id=branch.id,
        person_id=actor,
        title=given["title"],
        body=given["body"],
        honour=given["honour"],
        at=now(),
    )
    await tell_branch("notice", notice.id, village_id=branch.village_id, actor=actor)
    await audit("party.notice.announce", actor=actor, object=("notice", notice.id))
    return notice


@unit
async def read(notice: Notice, member: Member) -> None:
    await Receipt.get_or_create(notice_id=notice.id, member_id=member.id, defaults={"at": now()})


@unit
async def take_back(one: Reply | Remark, *, actor: int) -> None:
    """What was said is taken away, by whoever said it or whoever leads."""
    kind, model = ("reply", Reply) if isinstance(one, Reply) else ("remark", Remark)
    if await model.filter(id=one.id).delete():
        await taken_back(kind, one.id)
        await audit("party.said.take_back", actor=actor, object=(kind, one.id), own=one.person_id == actor)


@unit
async def reply(notice: Notice, words: str, *, actor: int) -> None:
    row = await Reply.create(notice_id=notice.id, person_id=actor, body=words, at=now())
    await exchanged("reply", row.id, branch_id=notice.branch_id, person_id=actor)
