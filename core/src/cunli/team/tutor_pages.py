"""Tutors: appointed in the console, with pages of their own, and the villager's page for words that were written down for them."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from cunli.console.frame import framed
from cunli.console.ground import Ground, ground_of
from cunli.console.table import page_number, pages_of
from cunli.minors.queries import minor
from cunli.people import accounts
from cunli.people.by_phone import named_by_phone
from cunli.team import tutors
from cunli.team.tutors import AlreadyTutor, TutorNow
from cunli.trust import limits
from cunli.trust.limits import Limit
from cunli.trust.numbers import parse_phone
from cunli.web.errors import NotFound, TooMany
from cunli.web.forms import Form
from cunli.web.i18n import _
from cunli.web.pages import SIGNED_IN, Page
from cunli.web.visit import Visit

MANAGE: Final = "core.tutor.manage"
HOME: Final = "/admin/tutors"
OWN: Final = "/tutor"
LOOK_UPS: Final = Limit(name="phone look-ups for tutors", most=30, seconds=3600)
HELPS: Final = Limit(name="words written by one tutor", most=60, seconds=3600)
MOST: Final = 2**31 - 1
WORDS_MOST: Final = 2000


# ---- the console -----------------------------------------------------------------------------------------------------


async def show(visit: Visit) -> Response:
    """The tutors of a region and below it, with their days."""
    return await _show(visit, await ground_of(visit, MANAGE), Form.blank())


async def _show(visit: Visit, ground: Ground, form: Form, *, status: int = 200) -> Response:
    helping, days = await tutors.counted(ground.id)
    page, day_page = _number(visit, "page"), _number(visit, "days")
    pages = pages_of(helping, page, lambda n: _at(ground, page=n, days=day_page), tutors.PAGE)
    day_pages = pages_of(days, day_page, lambda n: _at(ground, page=page, days=n), tutors.PAGE)
    context: dict[str, Any] = {
        "form": form,
        "tutors": await tutors.within(ground.id, offset=pages.offset),
        "pages": pages,
        "tours": await tutors.tours_within(ground.id, offset=day_pages.offset),
        "day_pages": day_pages,
    }
    return await framed(visit, "team/tutors.html", context, ground=ground, status=status)


async def appoint(visit: Visit) -> Response:
    """Make somebody a tutor of the region that is shown."""
    ground, form = await ground_of(visit, MANAGE), await visit.form()
    person_id = await _whom(visit, form)
    if person_id is not None and await minor(person_id) is not None:
        form.error("phone", _("助教要满 18 岁"))
    if not form or person_id is None:
        return await _show(visit, ground, form, status=422)

    async def act() -> str:
        await tutors.appoint(visit.me.id, ground.id, person_id)
        return _at(ground)

    try:
        return visit.redirect(await form.once(act), toast=_("请到了，本人会收到消息"))
    except AlreadyTutor:
        form.error("phone", _("这位已经是这里的助教了"))
        return await _show(visit, ground, form, status=422)


async def _whom(visit: Visit, form: Form) -> int | None:
    return await named_by_phone(visit, form, LOOK_UPS, _("这个号码还没登录过。请本人先用它登录一次，再来加"))


def _at(ground: Ground, **pages: int) -> str:
    """The address of the list, with the pages that are not the first."""
    said = [ground.query, *(f"{name}={page}" for name, page in pages.items() if page > 1)]
    return f"{HOME}?{query}" if (query := "&".join(filter(None, said))) else HOME


def _number(visit: Visit, name: str) -> int:
    return page_number(visit.query.get(name, ""), digits=5)


async def end(visit: Visit) -> Response:
    """Thank a tutor."""
    ground, form = await ground_of(visit, MANAGE), await visit.form()

    async def act() -> str:
        if not await tutors.end(visit.me.id, visit.path_params["key"][:22], ground.id):
            raise NotFound
        return _at(ground)

    return visit.redirect(await form.once(act), toast=_("记下了，本人会收到消息"))


# ---- the tutor -------------------------------------------------------------------------------------------------------


async def _mine(visit: Visit) -> list[TutorNow]:
    found = await tutors.of_person(visit.me.id)
    if not found:
        raise NotFound
    return found


async def own(visit: Visit) -> Response:
    """A tutor's days, and the form for words."""
    return await _own(visit, Form.blank())


async def _own(visit: Visit, form: Form, *, status: int = 200) -> Response:
    mine, days = await _mine(visit), await tutors.count_tours_of(visit.me.id)
    pages = pages_of(days, _number(visit, "days"), lambda n: f"{OWN}?days={n}", tutors.PAGE)
    context: dict[str, Any] = {
        "form": form,
        "tutors": mine,
        "tours": await tutors.tours_of(visit.me.id, offset=pages.offset),
        "pages": pages,
        "villages": [(str(id_), name) for id_, name in await tutors.villages_of(visit.me.id)],
        "words_most": WORDS_MOST,
    }
    return await visit.render("team/own.html", context, status=status)


async def plan(visit: Visit) -> Response:
    """A day on which the tutor comes."""
    mine, form = await _mine(visit), await visit.form()
    where = form.integer("where", _("哪里"), minimum=1, maximum=MOST)
    day = form.date("day", _("哪天"), required=True)
    place = form.text("place", _("在哪个地方"), required=True, max_length=60)
    chosen = next((one for one in mine if one.id == where), None)
    if where is not None and chosen is None:
        raise NotFound
    if not form or chosen is None or day is None:
        return await _own(visit, form, status=422)

    async def act() -> str:
        await tutors.plan(chosen.id, day, place)
        return OWN

    return visit.redirect(await form.once(act), toast=_("记下了"))


async def report(visit: Visit) -> Response:
    """How a day went."""
    await _mine(visit)
    form = await visit.form()
    attended = form.integer("attended", _("来了几位"), minimum=0, maximum=10_000)
    notes = form.text("notes", _("问了什么、教了什么"), max_length=1000, multiline=True)
    if not form or attended is None:
        return await _own(visit, form, status=422)

    async def act() -> str:
        if not await tutors.report(visit.me.id, visit.path_params["key"][:22], attended, notes):
            raise NotFound
        return OWN

    return visit.redirect(await form.once(act), toast=_("记下了"))


async def write_for(visit: Visit) -> Response:
    """Lay words down for a villager. Whether the number is one of the village is not said."""
    await _mine(visit)
    form = await visit.form()
    villages = await tutors.villages_of(visit.me.id)
    village_id = form.integer("village", _("哪个村"), minimum=1, maximum=MOST)
    phone = parse_phone(form.text("phone", _("乡亲的手机号"), required=True, max_length=40))
    body = form.text("body", _("他说的话"), required=True, max_length=WORDS_MOST, multiline=True)
    if form.raw("phone") and phone is None:
        form.error("phone", _("手机号不对，要 11 位数字"))
    if village_id is not None and village_id not in {id_ for id_, _name in villages}:
        raise NotFound
    if not form or phone is None or village_id is None:
        return await _own(visit, form, status=422)
    if wait := await limits.take((HELPS, str(visit.me.id))):
        raise TooMany(wait)
    found = await accounts.find_by_phone(phone)

    async def act() -> str:
        await tutors.write_for(visit.me.id, village_id, found or 0, body)
        return OWN

    toast = _("这个号码是本村认证的乡亲的话，他会收到。要他自己看过、自己发")
    return visit.redirect(await form.once(act), toast=toast)


# ---- the villager ----------------------------------------------------------------------------------------------------


async def written(visit: Visit) -> Response:
    """What a tutor wrote down for this person."""
    found = await tutors.words(visit.me.id, visit.path_params["key"][:22])
    if found is None:
        raise NotFound
    return await visit.render("team/written.html", {"form": Form.blank(body=found.body), "words": found})


async def decide(visit: Visit) -> Response:
    """Take the words as a draft of one's own, or not."""
    found = await tutors.words(visit.me.id, visit.path_params["key"][:22])
    form = await visit.form()
    if found is None or form.raw("do") not in ("take", "refuse"):
        raise NotFound
    if form.raw("do") == "refuse":

        async def no() -> str:
            await tutors.refuse(visit.me.id, found.key)
            return "/inbox"

        return visit.redirect(await form.once(no), toast=_("不要了，写的话删掉了"))
    body = form.text("body", _("要说的话"), required=True, max_length=WORDS_MOST, multiline=True)
    if not form:
        return await visit.render("team/written.html", {"form": form, "words": found}, status=422)

    async def yes() -> str:
        await tutors.take(visit.me.id, found, body)
        return f"{found.url}/new"

    return visit.redirect(await form.once(yes), toast=_("放进你的草稿了。看看对不对，自己发"))


PAGES: Final = (
    Page(path=HOME, view=show, to=MANAGE, scope="county", name="tutors"),
    Page(path=HOME, view=appoint, to=MANAGE, scope="county", methods=("POST",)),
    Page(path=f"{HOME}/{{key}}/end", view=end, to=MANAGE, scope="county", methods=("POST",)),
    Page(path=OWN, view=own, to=SIGNED_IN, scope="county", name="tutor"),
    Page(path=f"{OWN}/tours", view=plan, to=SIGNED_IN, scope="county", methods=("POST",)),
    Page(path=f"{OWN}/tours/{{key}}", view=report, to=SIGNED_IN, scope="county", methods=("POST",)),
    Page(path=f"{OWN}/words", view=write_for, to=SIGNED_IN, scope="county", methods=("POST",)),
    Page(path="/me/written/{key}", view=written, to=SIGNED_IN, scope="county"),
    Page(path="/me/written/{key}", view=decide, to=SIGNED_IN, scope="county", methods=("POST",)),
)
