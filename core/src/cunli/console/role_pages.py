"""Who holds which office in the official's own regions: the list, its history, granting and revoking."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from cunli.console.frame import framed
from cunli.console.ground import Ground, ground_of
from cunli.console.table import page_number
from cunli.people import office_imports, office_rows, offices, roles
from cunli.people.office_imports import WRONG
from cunli.people.office_rows import Wanted
from cunli.people.offices import Listed, Wish
from cunli.people.queries import OFFICE_TITLES
from cunli.people.roles import AlreadyHeld, LastInCharge, NoSuchRole, NotAllowed, ReadsAudit, WrongLevel
from cunli.people.rules import LEVELS, may_grant, may_revoke
from cunli.sheets import download
from cunli.trust import limits
from cunli.trust.limits import Limit
from cunli.web.errors import Forbidden, NotFound, Refused, TooMany, WayOut
from cunli.web.forms import Form
from cunli.web.i18n import _
from cunli.web.pages import Page
from cunli.web.times import full_day
from cunli.web.visit import Visit

GRANT: Final = "core.role.grant"
HOME: Final = "/admin/roles"
LOOK_UPS: Final = Limit(name="phone look-ups per official", most=30, seconds=3600)


# -- the list -----------------------------------------------------------------------------------------------------------


async def listed(visit: Visit) -> Response:
    """The offices of a region and everything below it, or those that ended."""
    ground, wish = await ground_of(visit, GRANT), _wish(visit)
    page = page_number(visit.query.get("page", ""))
    found, total = await offices.below(ground.id, wish, page=page)
    context = {
        "wish": wish,
        "offices": [(one, _may_take(visit, one, ground)) for one in found],
        "total": total,
        "page": page,
        "pages": max(1, -(-total // offices.PAGE)),
        "counts": await offices.counts(ground.id),
        "kinds": _kinds(ground),
        "names": OFFICE_TITLES,
        "at": lambda **changed: _address(ground, wish, **changed),
    }
    return await framed(visit, "console/roles.html", context, ground=ground)


def _wish(visit: Visit) -> Wish:
    kind = visit.query.get("kind", "")
    words = " ".join(visit.query.get("q", "")[:40].split())
    return Wish(kind=kind if kind in LEVELS else "", words=words, past=visit.query.get("show") == "past")


def _address(ground: Ground, wish: Wish, **changed: Any) -> str:
    """The address of the list with something about it changed; a change of what is listed begins at the first page."""
    said = {"kind": wish.kind, "q": wish.words, "show": "past" if wish.past else "", **changed}
    query = urlencode({key: value for key, value in said.items() if value})
    return f"{HOME}?" + "&".join(part for part in (ground.query, query) if part)


def _kinds(ground: Ground) -> list[tuple[str, Any]]:
    return [(kind, OFFICE_TITLES[kind]) for kind, level in LEVELS.items() if level >= ground.level]


def _may_take(visit: Visit, one: Listed, ground: Ground) -> bool:
    """What is listed stands on the ground or below it, so whoever is above the ground is above that too."""
    if one.revoked_at is not None:
        return False
    return one.person_id == visit.me.id or may_revoke(visit.me.roles, one.kind, ground.chain)


async def export(visit: Visit) -> Response:
    """The same list as CSV, without phone numbers."""
    ground = await ground_of(visit, GRANT)
    wish = _wish(visit)
    found, _total = await offices.below(ground.id, wish, limit=offices.MOST)
    head = [_("姓名"), _("职务"), _("印章上的字"), _("地方"), _("区划代码"), _("上级"), _("任命日期"), _("任命人"), _("免去日期"), _("原因")]  # fmt: skip
    rows = [
        [
            one.display_name,
            str(OFFICE_TITLES[one.kind]),
            one.title,
            one.region,
            one.code,
            one.above,
            full_day(one.granted_at),
            one.by,
            full_day(one.revoked_at) if one.revoked_at else "",
            one.reason,
        ]
        for one in found
    ]
    return download("officials.csv", [[str(cell) for cell in head], *rows])


# -- granting -----------------------------------------------------------------------------------------------------------


async def appoint(visit: Visit) -> Response:
    """Give somebody an office; a phone number without an account gets one."""
    ground = await ground_of(visit, GRANT)
    form = await visit.form() if visit.request.method == "POST" else Form.blank()
    if visit.request.method == "POST":
        kind = form.choice("kind", _("职务"), [one for one, _words in _grantable(visit, ground)])
        wanted = Wanted(
            line=1,
            phone=form.text("phone", _("手机号"), required=True, max_length=40),
            name=form.text("name", _("姓名"), required=True, max_length=office_rows.MOST_NAME),
            role=kind,
            region=await _code(form, ground, kind),
            title=form.text("title", _("印章上的字"), max_length=office_rows.MOST_TITLE),
        )
        if form and await _granted(visit, form, ground, wanted):
            return visit.redirect(_address(ground, Wish()), toast=_("任命好了，本人会收到消息"))
    context = {
        "form": form,
        "kinds": _grantable(visit, ground),
        "seats": await offices.seats_below(ground.id),
        "names": OFFICE_TITLES,
        "back": _address(ground, Wish()),
    }
    return await framed(visit, "console/role_new.html", context, ground=ground, status=422 if form.errors else 200)


def _grantable(visit: Visit, ground: Ground) -> list[tuple[str, Any]]:
    """The kinds of office that this visitor may give somewhere on this ground, the lowest first."""
    return [(kind, words) for kind, words in reversed(_kinds(ground)) if may_grant(visit.me.roles, kind, ground.chain)]


async def _code(form: Form, ground: Ground, kind: str) -> str:
    """The code that was meant: typed as it is, or the name of a place on this ground on the level of the office."""
    text = form.text("place", _("地方"), required=True, max_length=40)
    if not text or text.isdigit():
        return text
    level = LEVELS.get(kind)
    fits = [one for one in await offices.seats_below(ground.id) if one.name == text and one.level == level]
    if len(fits) == 1:
        return fits[0].code
    if fits:
        codes = "、".join(one.code for one in fits)
        form.error("place", _("这里有 %(n)s 个“%(name)s”，请填代码：%(codes)s", n=len(fits), name=text, codes=codes))
    else:
        form.error("place", _("这里没有叫“%(name)s”、又合这个职务的地方。从列表里选，或者填 12 位代码", name=text))
    return ""


async def _granted(visit: Visit, form: Form, ground: Ground, wanted: Wanted) -> bool:
    if wait := await limits.take((LOOK_UPS, str(visit.me.id))):
        raise TooMany(wait)
    (judged,) = await office_imports.judge([wanted], visit.me)
    if judged.outcome == WRONG:
        form.error("phone" if not judged.region_id else "place", judged.text)
        return False

    async def act() -> str:
        if (
            judged.outcome == office_imports.HELD
        ):  # in here: who sends the same form twice is told what came of the first
            raise AlreadyHeld
        await office_imports.carry_out_one(judged, visit.me)
        return _address(ground, Wish())

    try:
        await form.once(act)
    except AlreadyHeld:
        form.error("phone", _("这位已经担任这个职务"))
    except ReadsAudit:
        form.error("phone", _("这位乡亲在看操作记录，不能再担任职务：谁也不能自己查自己"))
    except (NotAllowed, WrongLevel):
        raise Forbidden(_("这个职务要由上级来任命。")) from None
    return bool(form)


# -- revoking -----------------------------------------------------------------------------------------------------------


async def dismiss(visit: Visit) -> Response:
    """Take an office away with a reason that its holder reads, or give up one's own."""
    ground, one = await _on_ground(visit)
    if not _may_take(visit, one, ground):
        raise Forbidden(_("这个职务要由上级来免去。"))
    back = _address(ground, Wish())
    form = await visit.form() if visit.request.method == "POST" else Form.blank()
    if visit.request.method == "POST":
        reason = form.text("reason", _("原因"), required=True, max_length=200)

        async def act() -> str:
            await roles.revoke(visit.me, one.role_id, reason=reason)
            return "/me" if one.person_id == visit.me.id else back

        if form:
            try:
                return visit.redirect(await form.once(act), toast=_("免去了，本人已收到消息"))
            except (LastInCharge, NoSuchRole) as exc:
                raise _refused(exc, back) from None
    context = {"form": form, "one": one, "names": OFFICE_TITLES, "back": back, "own": one.person_id == visit.me.id}
    return await framed(visit, "console/role_end.html", context, ground=ground, status=422 if form.errors else 200)


async def _on_ground(visit: Visit) -> tuple[Ground, Listed]:
    """The office that an address names, on ground of this visitor; somebody else's looks like none."""
    number = visit.path_params["role"]
    one = await offices.one(int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else None
    if one is None:
        raise NotFound
    return await ground_of(visit, GRANT, str(one.region_id)), one


def _refused(exc: Exception, back: str) -> Refused:
    text = _("别人刚刚已经办过了。回去看看现在是谁。")
    if isinstance(exc, LastInCharge):
        text = _("这是最后一位管理员，免去以后就没人管了。先任命一位新的，再来免。")
    return Refused(409, _("这件事没办成"), text, ways=(WayOut(label=_("回去看看"), url=back),))


PAGES: Final = (
    Page(path=HOME, view=listed, to=GRANT, scope="county", name="roles"),
    Page(path=f"{HOME}.csv", view=export, to=GRANT, scope="county", name="roles_csv"),
    Page(path=f"{HOME}/new", view=appoint, to=GRANT, scope="county", methods=("GET", "POST"), name="role_new"),
    Page(
        path=HOME + "/{role}/revoke",
        view=dismiss,
        to=GRANT,
        scope="county",
        methods=("GET", "POST"),
        name="role_revoke",
    ),
)
