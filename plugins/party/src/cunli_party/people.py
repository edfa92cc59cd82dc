"""What the plugin holds about somebody, handed over and erased."""

from __future__ import annotations

from collections.abc import Sequence

from cunli import ErasureReport, ExportFile, Kept, unit
from cunli import gettext as _
from cunli_party import heads, words
from cunli_party.models import (
    AWAY_CONTACT,
    CONTACT,
    PHONE,
    Attendance,
    Completion,
    CountyCourse,
    Course,
    Deed,
    Diary,
    Done,
    Dues,
    Exchange,
    Item,
    Journey,
    Lead,
    Lesson,
    Meeting,
    Member,
    Notice,
    Pair,
    Place,
    Receipt,
    Remark,
    Reply,
    Report,
    Step,
    Study,
    Transfer,
)
from cunli_party.papers import today


async def export(person_id: int) -> Sequence[ExportFile]:
    """Everything of this person: as a member with the sealed columns open, what happened, what they learnt and wrote."""
    members = await Member.filter(person_id=person_id).order_by("id")
    steps = await Step.filter(member_id__in=[one.id for one in members]).order_by("id")
    done = await Done.filter(person_id=person_id).order_by("id")
    completions = await Completion.filter(person_id=person_id).order_by("id")
    taken = {one.course_id for one in done} | {one.course_id for one in completions}
    courses = {one.id: one.title for one in await Course.filter(id__in=taken)}
    lessons = {one.id: one.title for one in await Lesson.filter(id__in=[one.lesson_id for one in done])}
    return [
        ExportFile(
            name="member.json",
            label=_("党员资料"),
            rows=[_member(one, person_id) for one in members],
            columns={
                "name": _("姓名"),
                "standing": _("核实"),
                "status": _("身份"),
                "away": _("流动情况"),
                "role": _("职务"),
                "duty": _("值班、分工"),
                "joined": _("入党日期"),
                "full": _("转正日期"),
                "education": _("学历"),
                "work": _("工作"),
                "phone": _("电话"),
                "contact": _("紧急联系人"),
            },
        ),
        ExportFile(
            name="history.json",
            label=_("党员资料的历史"),
            rows=[{"at": one.at, "what": str(words.HAPPENED[one.what]), "reason": one.reason} for one in steps],
            columns={"at": _("什么时候"), "what": _("什么事"), "reason": _("说明")},
        ),
        ExportFile(
            name="lessons.json",
            label=_("学过的课"),
            rows=[
                {
                    "course": courses.get(one.course_id, ""),
                    "lesson": lessons.get(one.lesson_id, ""),
                    "how": str(words.PROOFS[one.how]),
                    "score": one.score,
                    "words": one.words,
                    "at": one.at,
                }
                for one in done
            ],
            columns={
                "course": _("课程"),
                "lesson": _("哪一节"),
                "how": _("怎样学完"),
                "score": _("得分"),
                "words": _("学习心得"),
                "at": _("什么时候"),
            },
        ),
        ExportFile(
            name="certificates.json",
            label=_("证书"),
            rows=[
                {"course": courses.get(one.course_id, ""), "number": one.number, "hours": one.hours, "at": one.at}
                for one in completions
            ],
            columns={"course": _("课程"), "number": _("编号"), "hours": _("学时"), "at": _("什么时候")},
        ),
        *await _written(person_id),
        *await _as_member([one.id for one in members], person_id),
    ]


async def _written(person_id: int) -> list[ExportFile]:
    """Diaries, and what was said under diaries and notices."""
    diaries = await Diary.filter(person_id=person_id).order_by("day", "id")
    remarks = await Remark.filter(person_id=person_id).order_by("id")
    replies = await Reply.filter(person_id=person_id).order_by("id")
    notices = await Notice.filter(person_id=person_id).order_by("id")
    said = [*((one.at, one.body) for one in remarks), *((one.at, one.body) for one in replies)]
    return [
        ExportFile(
            name="diaries.json",
            label=_("党员日记"),
            rows=[
                {"day": one.day, "title": one.title, "body": one.body, "for": str(words.DIARY_STATES[one.state])}
                for one in diaries
            ],
            columns={"day": _("哪一天"), "title": _("标题"), "body": _("写什么"), "for": _("给谁看")},
        ),
        ExportFile(
            name="said.json",
            label=_("在支部里说的话"),
            rows=[
                *({"at": at, "title": "", "body": body} for at, body in said),
                *({"at": one.at, "title": one.title, "body": one.body} for one in notices),
            ],
            columns={"at": _("什么时候"), "title": _("标题"), "body": _("说什么")},
        ),
    ]


async def _as_member(ids: list[int], person_id: int) -> list[ExportFile]:
    """Meetings, hours, dues, journeys and help of somebody as a member."""
    attended = {one.meeting_id: one.how for one in await Attendance.filter(member_id__in=ids)}
    meetings = await Meeting.filter(id__in=list(attended)).order_by("starts_at")
    study = await Study.filter(member_id__in=ids).order_by("day")
    dues = await Dues.filter(member_id__in=ids).order_by("month")
    journeys = await Journey.filter(member_id__in=ids).order_by("id")
    reports = await Report.filter(journey_id__in=[one.id for one in journeys]).order_by("id")
    pairs = await Pair.filter(member_id__in=ids)
    deeds = await Deed.filter(pair_id__in=[one.id for one in pairs]).order_by("day")
    answers = await Deed.filter(by_id=person_id).order_by("day")
    return [
        ExportFile(
            name="branch-life.json",
            label=_("到会、学习、党费"),
            rows=[
                *(
                    {"day": one.starts_at, "what": one.title, "how": str(words.ATTENDED[attended[one.id]])}
                    for one in meetings
                ),
                *({"day": one.day, "what": one.what, "how": str(words.STUDY_STATES[one.state])} for one in study),
                *({"day": one.month, "what": str(_("党费")), "how": str(_("交过了"))} for one in dues),
            ],
            columns={"day": _("什么时候"), "what": _("什么事"), "how": _("情况")},
        ),
        ExportFile(
            name="away.json",
            label=_("外出"),
            rows=[
                *(
                    {
                        "since": one.since,
                        "place": one.place,
                        "contact": AWAY_CONTACT.own(one.contact, one.key, about=person_id, reader=person_id)
                        if one.contact
                        else "",
                        "words": one.receiving,
                    }
                    for one in journeys
                ),
                *({"since": one.day, "place": "", "contact": "", "words": one.words} for one in reports),
            ],
            columns={"since": _("什么时候"), "place": _("到哪里"), "contact": _("在外的电话"), "words": _("说明")},
        ),
        ExportFile(
            name="help.json",
            label=_("帮户做的事"),
            rows=[
                *({"day": one.day, "words": one.words, "state": str(words.DEED_STATES[one.state])} for one in deeds),
                *({"day": one.day, "words": one.answer, "state": str(words.DEED_STATES[one.state])} for one in answers),
            ],
            columns={"day": _("哪一天"), "words": _("做了什么"), "state": _("情况")},
        ),
    ]


def _member(one: Member, person_id: int) -> dict[str, object]:
    return {
        "name": one.name,
        "standing": str(words.STANDINGS[one.standing]),
        "status": str(words.STATUSES[one.status]),
        "away": str(words.AWAY[one.away]),
        "role": str(words.ROLES[one.role]),
        "duty": one.duty,
        "joined": one.joined_on,
        "full": one.full_on,
        "education": str(words.EDUCATION[one.education]),
        "work": one.work,
        "phone": PHONE.own(one.phone, one.key, about=person_id, reader=person_id) if one.phone else "",
        "contact": CONTACT.own(one.contact, one.key, about=person_id, reader=person_id) if one.contact else "",
    }


@unit
async def erase(person_id: int) -> ErasureReport:
    """A closed account leaves the branch's books without a name: the counts stay right, nobody can be told from them."""
    learnt = await Done.filter(person_id=person_id).delete() + await Place.filter(person_id=person_id).delete()
    certificates = await Completion.filter(person_id=person_id).delete()
    members = await Member.filter(person_id=person_id).select_for_update()
    ids = [one.id for one in members]
    await Step.filter(member_id__in=ids).update(reason="")
    await Step.filter(actor_id=person_id).update(actor_id=None)
    for one in members:
        standing = "left" if one.standing in ("verified", "applied") else one.standing
        await heads.changed(one, {"standing": standing})
        await Member.filter(id=one.id).update(
            person_id=None,
            name="已注销",
            standing=standing,
            role="",
            duty="",
            work="",
            education="",
            phone="",
            contact="",
            joined_on=None,
            full_on=None,
        )
    letters = await Transfer.filter(person_id=person_id).delete()
    diaries = await _forget_what_was_written(person_id)
    journeys = [one.id for one in await Journey.filter(member_id__in=ids)]
    await Report.filter(journey_id__in=journeys).update(words="")
    await Journey.filter(id__in=journeys).update(contact="", place="", receiving="")
    await Journey.filter(id__in=journeys, back_on__isnull=True).update(back_on=today())
    await Study.filter(member_id__in=ids).delete()
    await Dues.filter(member_id__in=ids).delete()
    await Receipt.filter(member_id__in=ids).delete()
    pairs = [one.id for one in await Pair.filter(member_id__in=ids)]
    await Deed.filter(pair_id__in=pairs).update(words="")
    await Deed.filter(by_id=person_id).update(by_id=None, answer="")
    await Lead.filter(owner_id__in=ids).update(owner_id=None)
    await Item.filter(added_by_id=person_id).update(added_by_id=None)
    await Course.filter(made_by_id=person_id).update(made_by_id=None)
    await CountyCourse.filter(made_by_id=person_id).update(made_by_id=None)
    await Done.filter(by_id=person_id).update(by_id=None)
    kept = (
        (Kept(what=_("名册里的一行，不带名字"), count=len(ids), reason=_("支部的人数和变动要对得上")),) if ids else ()
    )
    return ErasureReport(
        erased={"lessons": learnt, "certificates": certificates, "letters": letters, "diaries": diaries}, kept=kept
    )


async def _forget_what_was_written(person_id: int) -> int:
    """Diaries go, with their entries in the feed, which the core erases; what was said to others stays without words or name."""
    await Exchange.filter(person_id=person_id).update(person_id=None)
    await Remark.filter(person_id=person_id).update(person_id=None, body="")
    await Reply.filter(person_id=person_id).update(person_id=None, body="")
    await Notice.filter(person_id=person_id).update(person_id=None)
    for model in (Meeting, Course):
        await model.filter(made_by_id=person_id).update(made_by_id=None)
    for mark in (Dues, Study):
        await mark.filter(by_id=person_id).update(by_id=None)
    return await Diary.filter(person_id=person_id).delete()
