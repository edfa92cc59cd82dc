"""A person's own pages: profile, villages, security, look."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from cunli.clock import today
from cunli.departments import queries as departments
from cunli.people import (
    accounts,
    actions,
    devices,
    identities,
    proving,
    residence,
    roster,
    second_factor,
    sessions,
    sign_in_ways,
)
from cunli.people.actions import InOffice, NotPossible
from cunli.people.queries import OFFICE_TITLES
from cunli.people.rules import plain_name
from cunli.people.words import STATES, password_problem
from cunli.places.queries import village_by_id
from cunli.team import tutors
from cunli.trust import readers
from cunli.web import cookies, i18n
from cunli.web.errors import NotFound, Refused, WayOut
from cunli.web.forms import Form
from cunli.web.i18n import _
from cunli.web.look import CONTRASTS, MODES, SAVERS, SIZES, THEMES, Look
from cunli.web.pages import SIGNED_IN, Page
from cunli.web.visit import Visit

MOST = 2**31 - 1


async def me(visit: Visit) -> Response:
    """The profile and the villages of the person."""
    return await _me(visit, Form.blank(display_name=visit.me.display_name))


async def _me(visit: Visit, form: Form, *, status: int = 200) -> Response:
    context: dict[str, Any] = {
        "form": form,
        "villages": await roster.villages_of(visit.me.id),
        "states": STATES,
        "offices": OFFICE_TITLES,
        "today": today(),
        "departments": await departments.edited_by(visit.me.id),
        "helps": bool(await tutors.of_person(visit.me.id)),
        "young": visit.me.adult_on is not None,
        "reads_audit": bool(await readers.regions(visit.me.id)),
    }
    return await visit.render("people/me.html", context, status=status)


async def save_name(visit: Visit) -> Response:
    """Change the name that neighbours see."""
    form = await visit.form()
    name = plain_name(form.text("display_name", _("大家看到的名字"), max_length=20))
    if not name:
        form.error("display_name", _("写一个称呼，里面要有字"))
    if not form:
        return await _me(visit, form, status=422)
    await accounts.rename(visit.me.id, name)
    return visit.redirect("/me", toast=_("名字改好了"))


async def save_home(visit: Visit) -> Response:
    """Choose the home village."""
    form = await visit.form()
    village_id = form.integer("village", _("村"), minimum=1, maximum=MOST)
    try:
        await residence.choose_home(visit.me.id, village_id or 0)
    except NotPossible:
        raise NotFound from None
    return visit.redirect("/me", toast=_("登录后先到这个村"))


async def save_away(visit: Visit) -> Response:
    """Say whether one is in the village or away."""
    form = await visit.form()
    village_id = form.integer("village", _("村"), minimum=1, maximum=MOST) or 0
    away = form.choice("away", _("现在住在哪里"), ("", "1"), required=False) == "1"
    city = form.text("away_city", _("在哪个城市"), required=away, max_length=40)
    since = form.date("away_since", _("什么时候出去的"), latest=today())
    if not form:
        return await _me(visit, form, status=422)

    async def act() -> str:
        await residence.set_away(visit.me.id, village_id, away=away, city=city, since=since)
        return "/me"

    try:
        return visit.redirect(await form.once(act), toast=_("改好了"))
    except NotPossible:
        raise NotFound from None


async def leave_village(visit: Visit) -> Response:
    """Leave a village of one's own accord."""
    form = await visit.form()
    village = await village_by_id(form.integer("village", _("村"), minimum=1, maximum=MOST) or 0)
    if village is None:
        raise NotFound

    async def act() -> str:
        await actions.leave(visit.me, village)
        return "/me"

    try:
        back = await form.once(act)
    except NotPossible:
        raise NotFound from None
    except InOffice:
        text = _("你还是这个村的管理员。请先让镇上或县里免去职务，再退出。")
        raise Refused(409, _("现在还不能退出"), text, ways=(WayOut(label=_("回我的"), url="/me"),)) from None
    return visit.redirect(back, toast=_("已经退出%(village)s", village=village.name))


# ---- security ------------------------------------------------------------------------------------------------------


async def security(visit: Visit) -> Response:
    """The password, and the devices that are signed in."""
    return await _security(visit, Form.blank())


async def _security(visit: Visit, form: Form, *, status: int = 200, sent: bool = False) -> Response:
    assert visit.session is not None
    phone = await accounts.own_phone(visit.me.id)
    context: dict[str, Any] = {
        "form": form,
        "has_password": await accounts.has_password(visit.me.id),
        "ways": sign_in_ways.offers(visit.request.headers.get("user-agent", "")),
        "identities": [
            (one, known.name() if (known := sign_in_ways.way(one.way)) else one.way)
            for one in await identities.identities_of(visit.me.id)
        ],
        "has_second": await second_factor.is_enrolled(visit.me.id),
        "phone": phone,
        "sent": sent,
        "sessions": await devices.own_sessions(visit.me.id, [r.kind for r in visit.me.roles]),
        "current": visit.session.id,
    }
    return await visit.render("people/security.html", context, status=status)


async def save_password(visit: Visit) -> Response:
    """Set a new password; the present one or a code on the person's own phone proves who asks."""
    form = await visit.form()
    if form.raw("do") == "send":
        status = await proving.send_code(visit, form, "password")
        return await _security(visit, form, status=status, sent=status == 200)
    new, again = form.secret("new", _("新密码")), form.secret("again", _("再写一遍"))
    phone = await accounts.own_phone(visit.me.id)
    about = (phone.national if phone else "", visit.me.display_name)
    if "new" not in form.errors and (problem := password_problem(new, about)):
        form.error("new", problem)
    if form and new != again:
        form.error("again", _("两遍写得不一样，再写一次"))
    if form and await proving.proved(visit, form, "password"):
        assert visit.session is not None
        await accounts.change_password(visit.me.id, new, keep_session=visit.session.id)
        return visit.redirect("/me/security", toast=_("密码改好了，别的设备都已退出登录"))
    return await _security(visit, form, status=422, sent=bool(form.raw("sent")))


async def end_sessions(visit: Visit) -> Response:
    """Sign out one other device, or all of them."""
    assert visit.session is not None
    form = await visit.form()
    if form.raw("session") == "others":
        await sessions.end_sessions(visit.me.id, except_id=visit.session.id)
        return visit.redirect("/me/security", toast=_("别的设备都已退出登录"))
    chosen = form.integer("session", _("设备"), minimum=1, maximum=MOST)
    if chosen is None or not await sessions.end_session(chosen, visit.me.id):
        raise NotFound
    return visit.redirect("/me/security", toast=_("那台设备已退出登录"))


# ---- look ----------------------------------------------------------------------------------------------------------


async def look(visit: Visit) -> Response:
    """Language, light and dark, size and contrast."""
    return await visit.render("people/look.html", {"form": None})


async def save_look(visit: Visit) -> Response:
    """Keep the look for this browser and for the person's next one."""
    form = await visit.form()
    chosen = Look(
        theme=form.choice("theme", _("亮暗"), THEMES, required=False),
        mode=form.choice("mode", _("版面"), MODES, required=False),
        size=form.choice("size", _("字的大小"), SIZES, required=False),
        contrast=form.choice("contrast", _("颜色深浅"), CONTRASTS, required=False),
        saver=form.choice("saver", _("省流量"), SAVERS, required=False),
    )
    locale = form.choice("locale", _("语言"), i18n.LOCALES)
    if not form:
        return await visit.render("people/look.html", {"form": form}, status=422)
    await accounts.keep_look(visit.me.id, look=str(chosen), locale=locale)
    i18n.use_locale(locale)
    response = visit.redirect("/me/look", toast=_("改好了，换一台手机登录也是这样"))
    cookies.put(response, visit.settings, cookies.LOOK, str(chosen), max_age=cookies.YEAR)
    cookies.put(response, visit.settings, cookies.LOCALE, locale, max_age=cookies.YEAR)
    return response


PAGES = (
    Page(path="/me", view=me, to=SIGNED_IN, scope="county", name="me"),
    Page(path="/me", view=save_name, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path="/me/home", view=save_home, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path="/me/away", view=save_away, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path="/me/leave", view=leave_village, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path="/me/security", view=security, to=SIGNED_IN, scope="county", name="security"),
    Page(path="/me/security", view=save_password, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path="/me/security/sessions", view=end_sessions, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path="/me/look", view=look, to=SIGNED_IN, scope="county", name="my_look"),
    Page(path="/me/look", view=save_look, to=SIGNED_IN, methods=("POST",), scope="county"),
)
