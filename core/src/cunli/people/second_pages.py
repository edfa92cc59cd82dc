"""The step between signing in and being somebody: digits of the app, or binding one. And the same in a person's own settings."""

from __future__ import annotations

from typing import Any, Final

import itsdangerous
import segno
from starlette.responses import Response

from cunli.people import proving, queries, rules, second_factor, sessions, stepping
from cunli.people.codes import TooOften
from cunli.people.queries import HalfIn
from cunli.people.second_factor import WrongSecond
from cunli.people.sign_in_pages import after_sign_in, second_step
from cunli.trust import security_log
from cunli.web import cookies
from cunli.web.errors import Refused, TooMany, WayOut
from cunli.web.forms import Form
from cunli.web.i18n import LazyText, _
from cunli.web.pages import EVERYONE, SIGNED_IN, Page
from cunli.web.safe_url import same_site_path
from cunli.web.visit import Visit

OFFER_LIFE: Final = 15 * 60  # seconds between seeing the QR code and typing the first digits
WRONG: Final[LazyText] = _("这六位数不对，或者过了时间。看看手机上的新数字，再试一次；也可以写一个备用码")


async def _waiting(visit: Visit) -> HalfIn | None:
    token = cookies.read(visit.request, visit.settings, cookies.SESSION)
    return await queries.half_in(token) if token and visit.session is None else None


def _back(visit: Visit, wanted: str) -> Response:
    """Who is in already goes on; who has not begun begins."""
    if visit.person is not None:
        return visit.redirect(after_sign_in(wanted, visit.person))
    return visit.redirect("/sign-in" + _with(wanted))


def _with(wanted: str) -> str:
    path = same_site_path(wanted, "")
    return f"?next={path}" if path else ""


# ---- while signing in ------------------------------------------------------------------------------------------------


async def step(visit: Visit) -> Response:
    """Ask for the digits; whoever has no app yet is led to bind one."""
    wanted = visit.query.get("next", "")
    waiting = await _waiting(visit)
    if waiting is None:
        return _back(visit, wanted)
    if not waiting.enrolled:
        return visit.redirect("/sign-in/second/new" + _with(wanted))
    return await _show(visit, "people/second.html", Form.blank(), wanted)


async def take_step(visit: Visit) -> Response:
    """Check the digits; the session that results is a new one."""
    form = await visit.form()
    wanted = form.raw("next")
    waiting = await _waiting(visit)
    if waiting is None or not waiting.enrolled:
        return _back(visit, wanted)
    text = form.text("digits", _("六位数字"), required=True, max_length=40)
    if form:
        try:
            await second_factor.shown(waiting.person.id, text, address=visit.address)
            return await _in(visit, waiting, visit.redirect(after_sign_in(wanted, waiting.person)))
        except WrongSecond:
            form.error("digits", WRONG)
        except TooOften as exc:
            raise _stop(exc) from None
    form.values.pop("digits", None)
    return await _show(visit, "people/second.html", form, wanted, status=422)


def _stop(exc: TooOften) -> Refused:
    minutes = max(1, -(-exc.seconds // 60))
    text = _("为了安全，先停一停，%(n)s 分钟以后再试。手机丢了，请上级给你停掉旧的动态码。", n=minutes)
    ways = (WayOut(label=_("回首页"), url="/"),)
    return Refused(429, _("试得太勤了"), text, ways=ways, retry_after=exc.seconds)


async def bind_page(visit: Visit) -> Response:
    """The QR code for an official who has no app bound yet."""
    wanted = visit.query.get("next", "")
    waiting = await _waiting(visit)
    if waiting is None or waiting.enrolled:
        return _back(visit, wanted) if waiting is None else visit.redirect(second_step(wanted))
    return await _offer(visit, Form.blank(), waiting.person.id, waiting.person.display_name, wanted)


async def bind(visit: Visit) -> Response:
    """Bind the app; show the recovery codes once, in a session that is whole now."""
    form = await visit.form()
    wanted = form.raw("next")
    waiting = await _waiting(visit)
    if waiting is None or waiting.enrolled:
        return _back(visit, wanted)
    codes = await _bound(visit, form, waiting.person.id)
    if codes is None:
        return await _offer(visit, form, waiting.person.id, waiting.person.display_name, wanted, status=422)
    shown = await _codes(visit, codes, after_sign_in(wanted, waiting.person))
    return await _in(visit, waiting, shown)


async def _in(visit: Visit, waiting: HalfIn, response: Response) -> Response:
    """A whole session in place of the half one."""
    security_log.noted("signed in", person=waiting.person.id, address=visit.address, way="second factor", whole=1)
    token = await sessions.open_session(
        waiting.person.id,
        device=sessions.device_name(visit.request.headers.get("user-agent", "")),
        instead_of=cookies.read(visit.request, visit.settings, cookies.SESSION),
    )
    cookies.put(response, visit.settings, cookies.SESSION, token, max_age=int(rules.ABSOLUTE.total_seconds()))
    return response


# ---- in one's own settings -------------------------------------------------------------------------------------------


async def own(visit: Visit) -> Response:
    """Whether an app is bound, and what can be done about it."""
    return await _own(visit, Form.blank())


async def _own(visit: Visit, form: Form, *, status: int = 200, sent: bool = False) -> Response:
    me, enrolled = visit.me, await second_factor.is_enrolled(visit.me.id)
    if not enrolled:
        return await _offer(visit, form, me.id, me.display_name, "", status=status, own=True, sent=sent)
    context = {
        "form": form,
        "left": await second_factor.recovery_left(me.id),
        "may_remove": not rules.needs_second(
            [r.kind for r in me.roles], enrolled=False, required=stepping.is_required()
        ),
    }
    return await visit.render("people/second_own.html", context, status=status)


async def bind_own(visit: Visit) -> Response:
    """Bind an app of one's own accord; password or a code on the phone proves who asks."""
    form = await visit.form()
    if await second_factor.is_enrolled(visit.me.id):
        return visit.redirect("/me/security/second")
    if form.raw("do") == "send":
        status = await proving.send_code(visit, form, "second")
        return await _own(visit, form, status=status, sent=status == 200)
    if await proving.proved(visit, form, "second") and (codes := await _bound(visit, form, visit.me.id)) is not None:
        assert visit.session is not None
        await sessions.end_sessions(visit.me.id, except_id=visit.session.id)
        await sessions.second_shown(visit.session.id)
        return await _codes(visit, codes, "/me/security")
    return await _own(visit, form, status=422, sent=bool(form.raw("sent")))


async def change_own(visit: Visit) -> Response:
    """New recovery codes, or no app any more; the app's digits prove who asks."""
    form = await visit.form()
    do = form.choice("do", _("做什么"), ("renew", "remove"))
    text = form.text("digits", _("六位数字"), required=True, max_length=40)
    kinds = [role.kind for role in visit.me.roles]
    if do == "remove" and rules.needs_second(kinds, enrolled=False, required=stepping.is_required()):
        form.error("digits", _("县和镇的管理员不能停掉动态码。换手机的话，请上级先给你停掉旧的"))
    if form:
        try:
            await second_factor.shown(visit.me.id, text, address=visit.address)
        except WrongSecond:
            form.error("digits", WRONG)
        except TooOften as exc:
            raise TooMany(exc.seconds) from None
    form.values.pop("digits", None)
    if not form:
        return await _own(visit, form, status=422)
    if do == "renew":
        return await _codes(visit, await second_factor.renew_recovery(visit.me.id), "/me/security/second")
    await second_factor.remove(visit.me.id)
    return visit.redirect("/me/security", toast=_("停掉了，以后登录不用动态码"))


# ---- what both have in common ----------------------------------------------------------------------------------------


async def _bound(visit: Visit, form: Form, person_id: int) -> list[str] | None:
    """The recovery codes, or None where the form says what is wrong. The secret came with the form, signed for this person."""
    digits = form.text("digits", _("六位数字"), required=True, max_length=12).replace(" ", "")
    form.values.pop("digits", None)
    secret = _offered(visit, form.raw("offer"), person_id)
    if secret is None:
        form.error("digits", _("这个二维码过了时间，扫下面新的"))
    if not form or secret is None:
        return None
    try:
        return await second_factor.enrol(person_id, secret, digits)
    except WrongSecond:
        form.error("digits", _("这六位数对不上。看看手机的时间准不准，再写一次新的数字"))
        return None


def _offered(visit: Visit, offer: str, person_id: int) -> str | None:
    try:
        found = visit.site.signer.texts.loads(offer[:300], max_age=OFFER_LIFE)
    except itsdangerous.BadData:
        return None
    right = isinstance(found, dict) and found.get("second") == person_id
    return str(found["s"]) if right else None


async def _offer(
    visit: Visit,
    form: Form,
    person_id: int,
    name: str,
    wanted: str,
    *,
    status: int = 200,
    own: bool = False,
    sent: bool = False,
) -> Response:
    """The page with the QR code. Nothing is stored yet: the secret goes to the browser signed, and comes back with the first digits."""
    secret = _offered(visit, form.raw("offer"), person_id) if form.has("offer") else None
    secret = secret or second_factor.fresh_secret()
    site = visit.settings.base_url.partition("://")[2].partition("/")[0]
    address = second_factor.app_address(secret, account=name, site=site)
    context: dict[str, Any] = {
        "form": form,
        "next": same_site_path(wanted, ""),
        "offer": visit.site.signer.texts.dumps({"second": person_id, "s": secret}),
        "qr": segno.make(address, error="m", micro=False).svg_data_uri(scale=4, border=4, light="white"),
        "key": " ".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
        "address": address,
        "sent": sent,
    }
    return await visit.render("people/second_own_new.html" if own else "people/second_new.html", context, status=status)


async def _codes(visit: Visit, codes: list[str], onward: str) -> Response:
    return await visit.render("people/recovery_codes.html", {"codes": codes, "onward": onward})


async def _show(visit: Visit, template: str, form: Form, wanted: str, *, status: int = 200) -> Response:
    return await visit.render(template, {"form": form, "next": same_site_path(wanted, "")}, status=status)


PAGES = (
    Page(path="/sign-in/second", view=step, to=EVERYONE, scope="county", name="second"),
    Page(path="/sign-in/second", view=take_step, to=EVERYONE, methods=("POST",), scope="county"),
    Page(path="/sign-in/second/new", view=bind_page, to=EVERYONE, scope="county", name="second_new"),
    Page(path="/sign-in/second/new", view=bind, to=EVERYONE, methods=("POST",), scope="county"),
    Page(path="/me/security/second", view=own, to=SIGNED_IN, scope="county", name="my_second"),
    Page(path="/me/security/second", view=bind_own, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path="/me/security/second/change", view=change_own, to=SIGNED_IN, methods=("POST",), scope="county"),
)
