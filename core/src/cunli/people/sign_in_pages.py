"""Signing in and out: with a password, or with a code on the phone."""

from __future__ import annotations

from starlette.responses import Response

from cunli.people import accounts, codes, queries, rules, sessions, sign_in_ways
from cunli.people.accounts import Browser, WrongSignIn
from cunli.people.codes import SendingFailed, TooOften
from cunli.people.queries import PersonNow
from cunli.people.sending_words import NOT_SENT
from cunli.trust import security_log
from cunli.trust.numbers import Phone, parse_phone
from cunli.web import cookies
from cunli.web.errors import Refused, WayOut
from cunli.web.forms import NOTICE_FIELD, Form
from cunli.web.i18n import _
from cunli.web.pages import EVERYONE, SIGNED_IN, Page
from cunli.web.safe_url import same_site_path
from cunli.web.visit import Visit


async def password_page(visit: Visit) -> Response:
    """The form with phone and password. Who still has to show the second factor goes on to that, unless they begin `again`."""
    wanted = visit.query.get("next", "")
    if visit.person is not None:
        return visit.redirect(after_sign_in(wanted, visit.person))
    token = cookies.read(visit.request, visit.settings, cookies.SESSION)
    if token and not visit.query.get("again") and await queries.half_in(token) is not None:
        return visit.redirect(second_step(wanted))
    return await _show(visit, "people/sign_in.html", Form.blank(), visit.query.get("next", ""))


async def code_page(visit: Visit) -> Response:
    """The form with phone and code."""
    if visit.person is not None:
        return visit.redirect(after_sign_in(visit.query.get("next", ""), visit.person))
    return await _show(visit, "people/sign_in_code.html", Form.blank(), visit.query.get("next", ""))


async def enter_by_password(visit: Visit) -> Response:
    """Sign in. Wrong phone, wrong password and no such account are one answer."""
    form = await visit.form()
    phone, password = phone_of(form), form.secret("password", _("密码"))
    if phone is not None and form:
        try:
            token = await accounts.sign_in_by_password(phone, password, browser_of(visit))
            return await entered(visit, form.raw("next"), token, way="password")
        except WrongSignIn:
            form.error("password", _("手机号或密码不对，再看看。忘了密码可以用验证码登录"))
        except TooOften as exc:
            raise too_often(visit, exc, form) from None
    return await _show(visit, "people/sign_in.html", form, form.raw("next"), status=422)


async def enter_by_code(visit: Visit) -> Response:
    """Send a code, or sign in with it; the button says which."""
    form = await visit.form()
    phone = phone_of(form)
    if form.raw("do") == "send":
        return await _send(visit, form, phone)
    code = form.text("code", _("验证码"), required=True, max_length=12).replace(" ", "")
    if phone is not None and form:
        try:
            token = await accounts.sign_in_by_code(phone, code, browser_of(visit))
            return await entered(visit, form.raw("next"), token, way="code")
        except WrongSignIn:
            form.error("code", _("验证码不对，或者过了时间。再看看短信，或者重新发一个"))
        except TooOften as exc:
            raise too_often(visit, exc, form) from None
    return await _show(
        visit, "people/sign_in_code.html", form, form.raw("next"), status=422, sent=bool(form.raw("sent"))
    )


async def _send(visit: Visit, form: Form, phone: Phone | None) -> Response:
    if phone is None:
        return await _show(visit, "people/sign_in_code.html", form, form.raw("next"), status=422)
    try:
        await codes.send_code(phone, "sign_in", address=visit.address)
    except TooOften as exc:
        raise too_often(visit, exc, form, sending=True) from None
    except SendingFailed as exc:
        form.error(NOTICE_FIELD, NOT_SENT[exc.why])
        maybe = exc.why == "unsure"
        return await _show(visit, "people/sign_in_code.html", form, form.raw("next"), status=503, sent=maybe)
    return await _show(visit, "people/sign_in_code.html", form, form.raw("next"), sent=True)


async def leave(visit: Visit) -> Response:
    """Sign out on this device."""
    if visit.session is not None:
        await sessions.end_session(visit.session.id, visit.me.id)
    response = visit.redirect("/", toast=_("已经退出登录"))
    cookies.drop(response, visit.settings, cookies.SESSION)
    response.headers["clear-site-data"] = '"cache"'  # the village page may lie in it; see docs/decisions/0005-web.md
    return response


def phone_of(form: Form) -> Phone | None:
    text = form.text("phone", _("手机号"), required=True, max_length=40)
    phone = parse_phone(text)
    if phone is None:
        form.error("phone", _("手机号不对，要 11 位数字"))
    return phone


def browser_of(visit: Visit) -> Browser:
    return Browser(
        address=visit.address,
        device=sessions.device_name(visit.request.headers.get("user-agent", "")),
        token=cookies.read(visit.request, visit.settings, cookies.SESSION),
    )


async def entered(visit: Visit, wanted: str, token: str, *, way: str) -> Response:
    """On to where somebody wanted to go after any way of signing in, by way of the second factor where there is one."""
    session = await queries.session_by_token(token)
    half = None if session else await queries.half_in(token)
    if (found := session or half) is not None:
        security_log.noted("signed in", person=found.person.id, address=visit.address, way=way, whole=int(half is None))
    response = visit.redirect(after_sign_in(wanted, session.person) if session else second_step(wanted))
    cookies.put(response, visit.settings, cookies.SESSION, token, max_age=int(rules.ABSOLUTE.total_seconds()))
    return response


def second_step(wanted: str) -> str:
    """Where the second factor is asked for."""
    path = same_site_path(wanted, "")
    return f"/sign-in/second?next={path}" if path else "/sign-in/second"


def after_sign_in(wanted: str, person: PersonNow | None) -> str:
    """Where to go on: a path of this site, never back to the sign-in pages; home when nothing else was wanted."""
    path = same_site_path(wanted, "/")
    if path.startswith(("/sign-in", "/sign-out")):
        path = "/"
    return f"{person.home_village_url}/" if path == "/" and person and person.home_village_url else path


def too_often(visit: Visit, exc: TooOften, form: Form, *, sending: bool = False) -> Refused:
    minutes = max(1, -(-exc.seconds // 60))
    back = same_site_path(form.raw("next"), "/")
    password = WayOut(label=_("用密码登录"), url=f"/sign-in?next={back}")
    code = WayOut(label=_("用验证码登录"), url=f"/sign-in/code?next={back}")
    by_code = visit.path.endswith("/code")
    text = _("为了安全，先停一停。%(n)s 分钟以后再试。", n=minutes)
    if sending:
        text = _("验证码发得太勤了。%(n)s 分钟以后再发；刚才那条短信 10 分钟内都能用。", n=minutes)
    elif not by_code:
        text = _("密码试错太多次，先停一停。%(n)s 分钟以后再试；是你本人的话，用验证码登录不用等。", n=minutes)
    return Refused(
        429, _("试得太勤了"), text, ways=(code, password) if not by_code else (password, code), retry_after=exc.seconds
    )


async def _show(
    visit: Visit, template: str, form: Form, wanted: str, *, status: int = 200, sent: bool = False
) -> Response:
    context = {
        "form": form,
        "next": same_site_path(wanted, ""),
        "sent": sent,
        "ways": sign_in_ways.offers(visit.request.headers.get("user-agent", "")),
    }
    return await visit.render(template, context, status=status)


PAGES = (
    Page(path="/sign-in", view=password_page, to=EVERYONE, scope="county", name="sign_in"),
    Page(path="/sign-in", view=enter_by_password, to=EVERYONE, methods=("POST",), scope="county"),
    Page(path="/sign-in/code", view=code_page, to=EVERYONE, scope="county", name="sign_in_code"),
    Page(path="/sign-in/code", view=enter_by_code, to=EVERYONE, methods=("POST",), scope="county"),
    Page(path="/sign-out", view=leave, to=SIGNED_IN, methods=("POST",), scope="county", name="sign_out"),
)
