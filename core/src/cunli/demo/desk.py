"""What lies on the officials' desks: reports of posts, and what was hidden. And the draft that somebody has not sent yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from cunli import db
from cunli.county_settings import REVIEW_HOURS
from cunli.demo.content import Complaint
from cunli.demo.ground import Ground
from cunli.demo.record import Record
from cunli.demo.talk import Heard
from cunli.feed.models import Draft
from cunli.reviewing import rules
from cunli.reviewing.cases import open_key
from cunli.reviewing.models import ReviewCase
from cunli.trust.models import Report
from cunli.web.tokens import new_key

DRAFT_BY: Final = "villager"
DRAFT: Final = "苞谷晒干了，有要换种子的乡亲来三组找我。留了一百斤，"


async def write_reports(ground: Ground, named: Mapping[str, Heard], record: Record) -> None:
    """Reports of posts: those that wait, and the one that led to a hidden post."""
    for village in ground.county.villages:
        with db.scope(ground.places[village.slug].id):
            for complaint in village.complaints:
                await _write(ground, complaint, named[complaint.post], record)


async def _write(ground: Ground, complaint: Complaint, post: Heard, record: Record) -> None:
    reporter, place, at = ground.people[complaint.by], post.place, ground.times.at(complaint.at)
    row = await Report.create(
        key=new_key(),
        object_kind="post",
        object_id=post.id,
        reporter_id=reporter.id,
        reason=complaint.reason,
        note=complaint.note,
        created_at=at,
    )
    for officer in ground.officers(place.slug):
        once = f"report:post:{post.id}"
        record.tell(officer.id, "report.opened", at=at, village_id=place.id, url="/admin/review", once=once)
    case = await ReviewCase.create(
        key=new_key(),
        kind=rules.REPORT,
        object_kind="post",
        object_id=post.id,
        author_id=post.author.id,
        rule=complaint.reason,
        open_key=open_key(rules.REPORT, ("post", post.id)),
        opened_at=at,
        due_at=at + timedelta(hours=REVIEW_HOURS.default),
    )
    if complaint.decided_by:
        await _decide(ground, complaint, post, row, record)
        decided = ground.times.at(complaint.decided_at)
        case.update_from_dict(
            {
                "state": rules.DECIDED,
                "open_key": None,
                "outcome": rules.HIDE,
                "was": "visible",
                "reason": post.said.words.hidden,
                "decided_by_id": ground.people[complaint.decided_by].id,
                "decided_level": rules.VILLAGE,
                "decided_at": decided,
            }
        )
        await case.save()


async def _decide(ground: Ground, complaint: Complaint, post: Heard, row: Report, record: Record) -> None:
    official, place, at = ground.people[complaint.decided_by], post.place, ground.times.at(complaint.decided_at)
    reason = post.said.words.hidden
    row.state, row.decided_by_id, row.decided_at, row.answer = "hidden", official.id, at, reason
    await row.save(update_fields=["state", "decided_by_id", "decided_at", "answer"])
    record.act("content.hide", at=at, actor=official.id, village=place.id, about=("post", post.id), reason=reason)
    record.tell(post.author.id, "post.hidden", at=at, village_id=place.id, url=post.url, reason=reason)
    record.tell(
        ground.people[complaint.by].id,
        "report.hidden",
        at=at,
        village_id=place.id,
        url=f"{place.url}/",
        once=f"report-answer:{row.id}",
        answer=reason,
    )


async def write_draft(ground: Ground) -> None:
    """Something begun and not sent, for the villager that visitors try first."""
    person = next(each for each in ground.county.everybody if each.account == DRAFT_BY)
    place = ground.places[person.village]
    with db.scope(place.id):
        await Draft.create(person_id=ground.people[person.shown].id, body=DRAFT, updated_at=ground.times.at("2h"))
