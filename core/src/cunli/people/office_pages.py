"""Invitations and offices of a village: what its admins make, print, grant and take back."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from cunli.people import invites, roles, roster
from cunli.people.by_phone import named_by_phone
from cunli.people.invites import InviteNow, TooManyInvites
from cunli.people.queries import OFFICE_TITLES
from cunli.people.roles import AlreadyHeld, LastInCharge, NoSuchRole, NotAllowed, ReadsAudit, WrongLevel
from cunli.people.rules import may_grant, may_revoke
from cunli.trust.limits import Limit
from cunli.web.errors import Forbidden, NotFound, Refused, Text, WayOut
from cunli.web.forms import NOTICE_FIELD, Form
from cunli.web.i18n import _
from cunli.web.pages import Page
from cunli.web.visit import Visit

LOOK_UPS: Final = Limit(name="phone look-ups per official", most=30, seconds=3600)


# ---- invitations ---------------------------------------------------------------------------------------------------


async def invitations(visit: Visit) -> Response:
    """The invitations that work, and a button for another one."""
    return await _show_invites(visit, Form.blank())


async def _show_invites(visit: Visit, form: Form, *, status: int = 200) -> Response:
    context = {"form": form, "invites": await invites.live(visit.here.id), "base": visit.settings.base_url.rstrip("/")}
    return await visit.render("people/invites.html", context, status=status)


async def make_invite(visit: Visit) -> Response:
    """A new invitation."""
    form = await visit.form()
    try:
        url = await form.once(lambda: _make(visit))
    except TooManyInvites:
        form.error(NOTICE_FIELD, _("已经有 %(n)s 个邀请了，先收回一个再做新的", n=invites.MOST_LIVE))
        return await _show_invites(visit, form, status=422)
    return visit.redirect(url, toast=_("做好了，可以打印，也可以把链接发到群里"))


async def _make(visit: Visit) -> str:
    await invites.create(visit.me, visit.here.id)
    return f"{visit.here.url}/invites"


async def withdraw_invite(visit: Visit) -> Response:
    """The link, the QR code and the digits stop working."""
    if not await invites.revoke(visit.me, visit.here.id, visit.path_params["token"][:22]):
        raise NotFound
    return visit.redirect(f"{visit.here.url}/invites", toast=_("收回了，这个邀请用不了了"))


async def print_invite(visit: Visit) -> Response:
    """A sheet to hang up in the village office."""
    invite = await _live(visit)
    context = {"invite": invite, "address": _address(visit, invite), "base": visit.settings.base_url.rstrip("/")}
    return await visit.render("people/invite_print.html", context)


async def qr_code(visit: Visit) -> Response:
    """The invitation's address as a picture."""
    drawn = invites.qr_svg(_address(visit, await _live(visit)))
    return Response(drawn, media_type="image/svg+xml")


async def _live(visit: Visit) -> InviteNow:
    invite = await invites.live_one(visit.here.id, visit.path_params["token"][:22])
    if invite is None:
        raise NotFound
    return invite


def _address(visit: Visit, invite: InviteNow) -> str:
    return f"{visit.settings.base_url.rstrip('/')}/i/{invite.token}"


# ---- offices -------------------------------------------------------------------------------------------------------


async def officials(visit: Visit) -> Response:
    """Who is in charge of this village, from the county down, and a form for those who may appoint."""
    return await _show_officials(visit, Form.blank())


async def _show_officials(visit: Visit, form: Form, *, status: int = 200) -> Response:
    chain = visit.here.chain
    offices = await roles.offices_on(chain)
    context: dict[str, Any] = {
        "form": form,
        "offices": [(office, _may_take(visit, office), _may_reset(visit, office)) for office in offices],
        "names": OFFICE_TITLES,
        "kinds": [(kind, OFFICE_TITLES[kind]) for kind, region_id in _grantable(visit).items() if region_id],
    }
    return await visit.render("people/officials.html", context, status=status)


def _may_take(visit: Visit, office: roles.Office) -> bool:
    chain = visit.here.chain
    above = chain[chain.index(office.region_id) :]
    return office.person_id == visit.me.id or may_revoke(visit.me.roles, office.kind, above)


def _may_reset(visit: Visit, office: roles.Office) -> bool:
    return office.has_second and office.person_id != visit.me.id and _may_take(visit, office)


def _grantable(visit: Visit) -> dict[str, int]:
    """The offices this visitor may give here, with the region each belongs to. The lowest first."""
    village = visit.here
    regions = {
        "village_admin": village.region_id,
        "township_admin": village.township_id,
        "county_admin": village.county_id,
    }
    chain = village.chain
    return {k: r for k, r in regions.items() if r in chain and may_grant(visit.me.roles, k, chain[chain.index(r) :])}


async def appoint(visit: Visit) -> Response:
    """Give an office to a member of the village, or to whoever has a phone number."""
    form = await visit.form()
    grantable = _grantable(visit)
    kind = form.choice("kind", _("职务"), grantable)
    title = form.text("title", _("印章上的字"), max_length=6)
    person_id = await _whom(visit, form)
    if form and person_id is not None:
        try:
            url = await form.once(lambda: _grant(visit, person_id, kind, grantable[kind], title))
            return visit.redirect(url, toast=_("任命好了，请本人重新登录一次"))
        except AlreadyHeld:
            form.error("phone", _("这位乡亲已经担任这个职务"))
        except ReadsAudit:
            form.error("phone", _("这位乡亲在看操作记录，不能再担任职务：谁也不能自己查自己"))
        except (NotAllowed, WrongLevel):
            raise Forbidden(_("这个职务要由上级来任命。")) from None
    return await _show_officials(visit, form, status=422)


async def _grant(visit: Visit, person_id: int, kind: str, region_id: int, title: str) -> str:
    await roles.grant(visit.me, person_id, kind, region_id, title=title)
    return f"{visit.here.url}/officials"


async def _whom(visit: Visit, form: Form) -> int | None:
    """The person: named by their membership here, or by their phone number."""
    if key := form.raw("member")[:22]:
        row = await roster.member(visit.here.id, key)
        if row is None:
            raise NotFound
        return row.person_id
    return await named_by_phone(visit, form, LOOK_UPS, _("这个号码还没登录过。请本人先用它登录一次，再来任命"))


async def dismiss(visit: Visit) -> Response:
    """Take an office away, or give up one's own."""
    number = visit.path_params["role"]
    back = f"{visit.here.url}/officials"
    offices = {str(o.role_id): o for o in await roles.offices_on(visit.here.chain)}
    if number not in offices:
        raise NotFound
    own = offices[number].person_id == visit.me.id
    try:
        await roles.revoke(visit.me, offices[number].role_id)
    except NotAllowed:
        raise Forbidden(_("这个职务要由上级来免去。")) from None
    except (LastInCharge, NoSuchRole) as exc:
        raise _refused(exc, back) from None
    return visit.redirect("/me" if own else back, toast=_("免去了，本人已收到消息"))


async def reset_second(visit: Visit) -> Response:
    """Take the authenticator app from an official below who lost the phone. The reason is told to both."""
    form = await visit.form()
    back = f"{visit.here.url}/officials"
    office = next(
        (o for o in await roles.offices_on(visit.here.chain) if str(o.role_id) == visit.path_params["role"]), None
    )
    if office is None:
        raise NotFound
    reason = form.text("reason", _("原因"), required=True, max_length=200)
    if not form:
        return await _show_officials(visit, form, status=422)

    async def act() -> str:
        await roles.reset_second(visit.me, office.person_id, reason, who=office.display_name)
        return back

    try:
        return visit.redirect(await form.once(act), toast=_("停掉了，本人下次登录要重新绑定"))
    except NotAllowed:
        raise Forbidden(_("他的动态码要由更上一级来停。")) from None


def _refused(exc: Exception, back: str) -> Refused:
    text: Text = _("别人刚刚已经办过了。回去看看现在是谁。")
    if isinstance(exc, LastInCharge):
        text = _("这是最后一位管理员，免去以后就没人管了。先任命一位新的，再来免。")
    return Refused(409, _("这件事没办成"), text, ways=(WayOut(label=_("回去看看"), url=back),))


PAGES = (
    Page(path="/invites", view=invitations, to="core.invite.create", name="invites"),
    Page(path="/invites", view=make_invite, to="core.invite.create", methods=("POST",)),
    Page(path="/invites/{token}/revoke", view=withdraw_invite, to="core.invite.create", methods=("POST",)),
    Page(path="/invites/{token}/print", view=print_invite, to="core.invite.create", name="invite_print"),
    Page(path="/invites/{token}/qr.svg", view=qr_code, to="core.invite.create", name="invite_qr"),
    Page(path="/officials", view=officials, to="core.role.grant", name="officials"),
    Page(path="/officials", view=appoint, to="core.role.grant", methods=("POST",)),
    Page(path="/officials/{role}/second", view=reset_second, to="core.role.grant", methods=("POST",)),
    Page(path="/officials/{role}/revoke", view=dismiss, to="core.role.grant", methods=("POST",)),
)
