"""Writing a letter: the form, what is offered before, and drafts."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from cunli import Form, Page, Visit, officers, photo_body_limit, take_photos, village_groups
from cunli import gettext as _

from . import drafts, moments, office, reading, reports, showing, words, writing
from .letter_pages import reader_of
from .models import Letter
from .move_forms import Choices, departments, keyed
from .move_pages import MOST_PHOTOS
from .rights import HANDLE, WRITE
from .settings import DISCIPLINE
from .standing import COUNTY
from .terms import ZONE


async def writing_page(visit: Visit) -> Response:
    kind = visit.query.get("kind", "")
    kept = await drafts.of(visit.me.id)
    values = kept | ({"kind": kind} if kind in words.KINDS else {})
    return await _writing(visit, Form.blank(**values), begun=bool(kept))


async def write(visit: Visit) -> Response:
    """Send a letter. A form sent twice sends one; similar open letters are shown once, before, and never forced."""
    form = await visit.form()
    written, whom = await _read(visit, form)
    if not form:
        return await _writing(visit, form, status=422)
    offered = written.about_id is None and not form.flag("anyway")
    if offered and (like := await reading.similar(written.title, written.place)):
        return await _writing(visit, form, like=like)
    photos = await take_photos(visit, form, owner_id=visit.me.id, most=MOST_PHOTOS)
    if not form:
        return await _writing(visit, form, status=422)
    ground = await office.ground(visit)
    full = replace(written, photos=[one.key for one in photos])
    today = moments.now().astimezone(ZONE).date()

    async def act() -> str:
        sent = await writing.send(
            full,
            ground,
            writer=None if whom else visit.me.id,
            helper=visit.me.id if whom else None,
            today=today,
        )
        await drafts.drop(visit.me.id)
        return f"{visit.here.url}/mailbox/letters/{sent.key}"

    return visit.redirect(await form.once(act), toast=_("信寄到了，有进展会告诉你"))


async def _read(visit: Visit, form: Form) -> tuple[writing.Written, str]:
    kind = form.choice("kind", _("什么事"), words.KINDS)
    title = form.text("title", _("一句话说是什么事"), required=True, max_length=40)
    body = form.text("body", _("详细说说"), required=kind != "snapshot", max_length=3000, multiline=True)
    place = form.text("place", _("在哪里"), max_length=60)
    offices = [key for key, _name in await _offices(visit)]
    rank, department = words.place_of(form.choice("office", _("写给谁"), offices, default="1") or "1")
    area = form.choice("area", _("哪个小组"), await village_groups(), required=False)
    cadres = {str(one.person_id): one for one in await officers()}
    about = form.choice("about", _("是反映哪位干部的吗"), cadres, required=False)
    if about and words.RANK_OF.get(cadres[about].level, 0) >= COUNTY:
        form.error("about", _("反映县里干部的信，这里没有上一级能收，没有替你存下。请找市里的信访部门，或者拨打 12345"))
    channel, whom = "online", ""
    if visit.may(HANDLE):
        channel = form.choice("channel", _("怎么来的"), words.CHANNELS, required=False, default="online") or "online"
        whom = form.text("whom", _("替谁写的"), max_length=40, required=channel != "online")
    written = writing.Written(
        kind=kind,
        title=title,
        body=body,
        place=place,
        area=area or "",
        public=form.flag("public"),
        named=form.flag("named"),
        rank=rank,
        department="" if about else department,
        urgent=form.flag("urgent"),
        channel=channel,
        whom=whom,
        about_id=int(about) if about else None,
        about_rank=words.RANK_OF.get(cadres[about].level, 0) if about else 0,
    )
    return written, whom


async def _offices(visit: Visit) -> Choices:
    """Who can be written to. The discipline office has pages of its own, on which nobody is known (see `report_pages`)."""
    sealed = f"{words.DEPARTMENT}{visit.setting(DISCIPLINE)}"
    return [*keyed(words.RANKS), *(one for one in await departments() if one[0] != sealed)]


async def keep(visit: Visit) -> Response:
    """Put what was begun aside, without its photos; an empty form throws away what lay there."""
    form = await visit.form()
    filled = {name: form.text(name, _("草稿"), max_length=3000, multiline=True) for name in drafts.FIELDS}
    if not form:
        return await _writing(visit, form, status=422)

    async def act() -> str:
        await drafts.keep(visit.me.id, {} if form.flag("drop") else filled)
        return f"{visit.here.url}/mailbox/write"

    return visit.redirect(
        await form.once(act), toast=_("草稿扔掉了") if form.flag("drop") else _("先存着了，照片要寄的时候再选")
    )


async def _writing(
    visit: Visit, form: Form, *, like: list[Letter] | None = None, begun: bool = False, status: int = 200
) -> Response:
    looks = await reader_of(visit)
    cadres = [
        (str(one.person_id), f"{one.name} {one.title} · {one.region}")
        for one in await officers()
        if one.person_id != visit.me.id and words.RANK_OF.get(one.level, COUNTY) < COUNTY
    ]
    context = {
        "form": form,
        "kinds": [(kind, label, about) for kind, (label, about, _icon) in words.KINDS.items()],
        "offices": await _offices(visit),
        "begun": begun,
        "areas": await village_groups(),
        "cadres": [("", _("不是")), *cadres],
        "channels": list(words.CHANNELS.items()),
        "may_help": visit.may(HANDLE),
        "reports": bool(await reports.receivers(visit.setting(DISCIPLINE))),
        "like": [showing.line(one, visit.here.url, looks) for one in like or []],
    }
    return await visit.render("mailbox/write.html", context, status=status)


PAGES = (
    Page(path="/write", view=writing_page, to=WRITE, name="write"),
    Page(
        path="/write",
        view=write,
        to=WRITE,
        methods=("POST",),
        name="send",
        files=MOST_PHOTOS,
        body_limit=photo_body_limit(MOST_PHOTOS),
    ),
    Page(
        path="/write/keep",
        view=keep,
        to=WRITE,
        methods=("POST",),
        name="keep",
        files=MOST_PHOTOS,
        body_limit=photo_body_limit(MOST_PHOTOS),
    ),
)
