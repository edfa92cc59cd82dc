"""What the mailbox holds about somebody, handed over and erased."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.expressions import Q

from cunli import ErasureReport, ExportFile, Kept, unit
from cunli import gettext as _

from . import supporting, words
from .models import Draft, Duty, Letter, ReportNote, Step, Supporter


async def export(person_id: int) -> Sequence[ExportFile]:
    """The letters somebody wrote, what they said in them, and which they follow."""
    letters = await Letter.filter(Q(writer_id=person_id) | Q(helper_id=person_id)).order_by("id")
    steps = await Step.filter(actor_id=person_id).order_by("id")
    follows = await Supporter.filter(person_id=person_id).order_by("id")
    drafts = await Draft.filter(person_id=person_id).order_by("id")
    duties = await Duty.filter(person_id=person_id).order_by("day")
    followed = await Letter.filter(id__in=[one.letter_id for one in follows]) if follows else []
    others = {one.id: f"{one.year}-{one.number:04d}" for one in followed}  # not their words: those are somebody else's
    numbers = {one.id: f"{one.year}-{one.number:04d}" for one in letters}
    return [
        ExportFile(
            name="letters.json",
            label=_("我写的信"),
            rows=[
                {
                    "number": numbers[one.id],
                    "title": one.title,
                    "body": one.body,
                    "place": one.place,
                    "state": str(words.STATES[one.state]),
                    "sent": one.submitted_at,
                }
                for one in letters
            ],
            columns={
                "number": _("编号"),
                "title": _("什么事"),
                "body": _("内容"),
                "place": _("地点"),
                "state": _("到哪一步"),
                "sent": _("寄出"),
            },
        ),
        ExportFile(
            name="steps.json",
            label=_("我在信里做过的事"),
            rows=[
                {"at": one.at, "what": str(words.HAPPENED[one.move]), "words": one.words, "reason": one.reason}
                for one in steps
            ],
            columns={"at": _("什么时候"), "what": _("做了什么"), "words": _("说了什么"), "reason": _("为什么")},
        ),
        ExportFile(
            name="drafts.json",
            label=_("没有寄的草稿"),
            rows=[{"text": "\n".join(map(str, one.filled.values()))} for one in drafts],
            columns={"text": _("内容")},
        ),
        ExportFile(
            name="duty.json",
            label=_("排我值班的日子"),
            rows=[{"day": one.day.isoformat(), "rung": one.rung} for one in duties],
            columns={"day": _("哪一天"), "rung": _("夜里叫了几次")},
        ),
        ExportFile(
            name="follows.json",
            label=_("我也遇到了的"),
            rows=[{"letter": others[one.letter_id]} for one in follows if one.letter_id in others],
            columns={"letter": _("信")},
        ),
    ]


@unit
async def erase(person_id: int) -> ErasureReport:
    """Letters that were sent stay without their writer: an office has to answer for what it did (信访工作条例). What they follow goes."""
    follows = 0
    for one in await Supporter.filter(person_id=person_id):
        follows += await supporting.take_away(one.letter_id, person_id)
    drafts = await Draft.filter(person_id=person_id).delete()
    duties = await Duty.filter(person_id=person_id).delete()
    kept = await Letter.filter(Q(writer_id=person_id) | Q(helper_id=person_id)).count()
    await Letter.filter(writer_id=person_id).update(writer_id=None, named=False)
    await Letter.filter(helper_id=person_id).update(helper_id=None)
    await Letter.filter(handler_id=person_id).update(handler_id=None)
    await Letter.filter(about_id=person_id).update(about_id=None)
    await Step.filter(actor_id=person_id).update(actor_id=None)
    await ReportNote.filter(staff_id=person_id).update(staff_id=None)
    reasons = (Kept(what=_("信和答复，不带名字"), count=kept, reason=_("单位办过的事要留下记录")),) if kept else ()
    return ErasureReport(erased={"follows": follows, "drafts": drafts, "duties": duties}, kept=reasons)
