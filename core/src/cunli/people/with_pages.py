"""Signing in through somebody else: there, back, and the proof of the phone where the subject is new."""

from __future__ import annotations

from typing import Final

from starlette.responses import RedirectResponse, Response

from cunli.people import accounts, code_alarm, codes, identities, proving, sign_in_ways
from cunli.people.accounts import WrongSignIn
from cunli.people.codes import SendingFailed, TooOften
from cunli.people.identities import Taken
from cunli.people.sending_words import NOT_SENT
from cunli.people.sign_in_pages import browser_of, entered, phone_of, too_often
from cunli.people.sign_in_ways import Subject, Trip, Trouble, WayFailed
from cunli.provide.chosen import ProviderSlow, patiently
from cunli.trust import limits, security_log
from cunli.trust.limits import Limit
from cunli.web import cookies
from cunli.web.errors import NotFound, Refused, TooMany, WayOut
from cunli.web.forms import NOTICE_FIELD, Form
from cunli.web.i18n import LazyText, _
from cunli.web.pages import EVERYONE, SIGNED_IN, Page
from cunli.web.safe_url import same_site_path
from cunli.web.visit import Visit

COMING_BACK: Final = Limit(name="sign-ins through others per address", most=60, seconds=900)
MOST: Final = 2**31 - 1
SAID: Final[dict[Trouble, tuple[int, LazyText]]] = {
    "again": (400, _("这次登录过了时间，或者已经用过了。再点一次就行。")),
    "denied": (400, _("你没有同意用它登录。想登录的话，再点一次，或者用手机号。")),
    "later": (503, _("对方这会儿没有回音。过几分钟再试，或者先用手机号登录。")),
    "often": (429, _("登录的人太多，对方让等一等。过几分钟再试，或者先用手机号登录。")),
    "account": (503, _("这会儿用不了，县里的管理员已经知道了。先用手机号登录。")),
}


def _refused(visit: Visit, way: str, why: Trouble) -> Refused:
    status, text = SAID[why]
    ways = (
        WayOut(label=_("再试一次"), url=f"/sign-in/with/{way}"),
        WayOut(label=_("用手机号登录"), url="/sign-in/code"),
    )
    return Refused(status, _("没登录成"), text, ways=ways)


def _way(visit: Visit) -> tuple[str, sign_in_ways.SignInWay]:
    name = str(visit.path_params["way"])[:32]
    found = sign_in_ways.way(name)
    if found is None:
        raise NotFound
    return name, found


def _agent(visit: Visit) -> str:
    return visit.request.headers.get("user-agent", "")[:400]


def _keep(visit: Visit, response: Response, trip: Trip) -> Response:
    value = sign_in_ways.packed(visit.site.signer.texts, trip)
    cookies.put(response, visit.settings, cookies.WAY, value, max_age=sign_in_ways.PROVING)
    return response


def _trip(visit: Visit, name: str, *, back: bool) -> Trip | None:
    text = cookies.read(visit.request, visit.settings, cookies.WAY)
    trip = sign_in_ways.unpacked(visit.site.signer.texts, text, back=back)
    return trip if trip is not None and trip.way == name else None


async def go(visit: Visit) -> Response:
    """Off to the other service. Nothing is stored here: the browser keeps what it needs to come back with."""
    name, way = _way(visit)
    state = sign_in_ways.fresh_state()
    back = f"{visit.settings.base_url.rstrip('/')}/sign-in/with/{name}/back"
    try:
        address = way.begin(state=state, back_url=back, user_agent=_agent(visit))
    except WayFailed as exc:
        raise _refused(visit, name, exc.why) from None
    trip = Trip(way=name, state=state, next=same_site_path(visit.query.get("next", ""), ""))
    return _keep(visit, RedirectResponse(address, 303), trip)


async def back(visit: Visit) -> Response:
    """Back again: into the account whose subject this is, or on to proving the phone."""
    name, way = _way(visit)
    trip = _trip(visit, name, back=False)
    if trip is None or not sign_in_ways.same_state(trip, visit.query.get("state", "")):
        raise _refused(visit, name, "again")
    if wait := await limits.take((COMING_BACK, limits.network(visit.address))):
        raise TooMany(wait)
    if not await sign_in_ways.spend_state(trip.state):
        raise _refused(visit, name, "again")
    subject = await _came(visit, name, way)
    if visit.person is None and (owner := await identities.owner_of(name, subject)) is not None:
        return await _in(visit, name, subject, trip, owner)
    onward = Trip(way=name, state=trip.state, next=trip.next, subject=subject)
    return _keep(visit, visit.redirect(f"/sign-in/with/{name}/phone"), onward)


async def _came(visit: Visit, name: str, way: sign_in_ways.SignInWay) -> Subject:
    try:
        return await patiently(way.finish(dict(visit.query), user_agent=_agent(visit)))
    except WayFailed as exc:
        if exc.why == "account":
            await code_alarm.sound("sign_in.refused", code=f"{name}: {exc}"[:200])
        raise _refused(visit, name, exc.why) from None
    except ProviderSlow:
        raise _refused(visit, name, "later") from None


async def _in(visit: Visit, name: str, subject: Subject, trip: Trip, owner: int) -> Response:
    try:
        token = await identities.sign_in(name, subject, browser_of(visit))
    except (WrongSignIn, LookupError):
        security_log.noted("not let in", person=owner, address=visit.address, way=name)
        text = _("这个账号现在不能登录。有疑问请联系村委会。")
        raise Refused(403, _("没登录成"), text, ways=(WayOut(label=_("回首页"), url="/"),)) from None
    return _done(visit, await entered(visit, trip.next, token, way=name))


def _done(visit: Visit, response: Response) -> Response:
    cookies.drop(response, visit.settings, cookies.WAY)
    return response


async def phone_page(visit: Visit) -> Response:
    """Whose account it is to be: proved by a code on the phone, once."""
    name, way = _way(visit)
    if _trip(visit, name, back=True) is None:
        return visit.redirect("/me/security" if visit.person is not None else "/sign-in")
    return await _show(visit, way, Form.blank())


async def _show(
    visit: Visit, way: sign_in_ways.SignInWay, form: Form, *, status: int = 200, sent: bool = False
) -> Response:
    own = await accounts.own_phone(visit.me.id) if visit.person is not None else None
    context = {"form": form, "sent": sent, "name": way.name(), "path": visit.path, "own": own}
    return await visit.render("people/sign_in_phone.html", context, status=status)


async def prove(visit: Visit) -> Response:
    """Send a code, or take it: then the subject is this number's, and nobody else's."""
    name, way = _way(visit)
    trip = _trip(visit, name, back=True)
    if trip is None or trip.subject is None:
        raise _refused(visit, name, "again")
    form = await visit.form()
    if visit.person is not None:
        return await _prove_own(visit, name, way, trip.subject, form)
    phone = phone_of(form)
    try:
        if form.raw("do") == "send":
            if phone is None:
                return await _show(visit, way, form, status=422)
            await codes.send_code(phone, "link", address=visit.address)
            return await _show(visit, way, form, sent=True)
        code = form.text("code", _("验证码"), required=True, max_length=12).replace(" ", "")
        if phone is not None and form and await codes.spend_code(phone, "link", code, address=visit.address):
            token = await identities.link_by_phone(name, trip.subject, phone, browser_of(visit))
            return _done(visit, await entered(visit, trip.next, token, way=name))
    except SendingFailed as exc:
        form.error(NOTICE_FIELD, NOT_SENT[exc.why])
        return await _show(visit, way, form, status=503, sent=exc.why == "unsure")
    except TooOften as exc:
        raise too_often(visit, exc, form, sending=form.raw("do") == "send") from None
    except (Taken, WrongSignIn) as exc:
        raise _not_linked(way, exc) from None
    if form:
        form.error("code", _("验证码不对，或者过了时间。再看看短信，或者重新发一个"))
    return await _show(visit, way, form, status=422, sent=bool(form.raw("sent")))


async def _prove_own(visit: Visit, name: str, way: sign_in_ways.SignInWay, subject: Subject, form: Form) -> Response:
    """Somebody who is signed in proves with a code on their own phone that it is them."""
    if form.raw("do") == "send":
        status = await proving.send_code(visit, form, "link")
        return await _show(visit, way, form, status=status, sent=status == 200)
    if not form.raw("code"):
        form.error("code", _("“%(label)s”还没写", label=_("验证码")))
    if form and await proving.proved(visit, form, "link"):
        try:
            await identities.link(visit.me.id, name, subject)
        except Taken as exc:
            raise _not_linked(way, exc) from None
        return _done(visit, visit.redirect("/me/security", toast=_("绑定好了，以后可以用%(way)s登录", way=way.name())))
    return await _show(visit, way, form, status=422, sent=bool(form.raw("sent")))


def _not_linked(way: sign_in_ways.SignInWay, exc: Exception) -> Refused:
    text: LazyText = _("这个账号现在不能登录。有疑问请联系村委会。")
    if isinstance(exc, Taken):
        text = _(
            "一个%(way)s只能绑一个账号，一个账号也只能绑一个%(way)s。两个账号不能并成一个：先用手机号登录原来的账号，在“密码和登录的设备”里解绑。",
            way=way.name(),
        )
    ways = (WayOut(label=_("用手机号登录"), url="/sign-in/code"), WayOut(label=_("回首页"), url="/"))
    return Refused(409, _("没绑定成"), text, ways=ways)


async def unlink(visit: Visit) -> Response:
    """Sign in this way no more."""
    form = await visit.form()
    number = form.integer("identity", _("登录方式"), minimum=1, maximum=MOST)
    if number is None or not await identities.unlink(visit.me.id, number):
        raise NotFound
    return visit.redirect("/me/security", toast=_("解绑了，以后用手机号登录"))


PAGES = (
    Page(path="/sign-in/with/{way}", view=go, to=EVERYONE, scope="county", name="sign_in_with"),
    Page(path="/sign-in/with/{way}/back", view=back, to=EVERYONE, scope="county", name="sign_in_back"),
    Page(path="/sign-in/with/{way}/phone", view=phone_page, to=EVERYONE, scope="county", name="sign_in_phone"),
    Page(path="/sign-in/with/{way}/phone", view=prove, to=EVERYONE, methods=("POST",), scope="county"),
    Page(path="/me/security/unlink", view=unlink, to=SIGNED_IN, methods=("POST",), scope="county"),
)
