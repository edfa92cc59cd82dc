"""The gate: every page is reached through it. Plugin on here (404)? May this person do this (403)? Then the page."""

from __future__ import annotations

import functools
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Message, Receive, Scope, Send

from cunli import db, enabling, plugin_values
from cunli.compliance import profile_now
from cunli.dispatch import timings
from cunli.health import PluginError
from cunli.minors.rules import MAY_SEND
from cunli.people import queries as people
from cunli.people import sessions
from cunli.places import queries as places
from cunli.trust import readers
from cunli.web import cookies, county_pages, menu, slot_view
from cunli.web.errors import Crossed, Forbidden, NotFound, Refused, SessionEnded, TooLarge, WayOut
from cunli.web.i18n import _
from cunli.web.origin import Verdict, provenance
from cunli.web.pages import Page
from cunli.web.squeeze import squeeze
from cunli.web.visit import Visit, resolved

if TYPE_CHECKING:
    from cunli.web.site import Site

log = structlog.get_logger("cunli.web")
MOST_TIMED: Final = 20
NO_FAULT: Final = (Refused, HTTPException, PluginError, db.Busy)  # of a page that raises it


class Gate:
    """The ASGI endpoint of one path: the pages that answer it, by method."""

    def __init__(
        self, site: Site, pages: dict[str, Page], plugin: str | None = None, *, by_county: str | None = None
    ) -> None:
        self.site = site
        self.pages = pages
        self.plugin = plugin
        self.by_county = by_county  # the address under which each county has this page for itself

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["cunli.traceless"] = any(page.traceless for page in self.pages.values())  # the door logs nothing about it
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        page = self.pages.get(method)
        if page is None:
            allow = ", ".join(sorted({*self.pages, *(("HEAD",) if "GET" in self.pages else ())}))
            await Response("method not allowed", 405, {"allow": allow}, "text/plain")(scope, receive, send)
            return
        if method == "GET":
            request = Request(scope)
        else:
            request = Request(scope, functools.partial(_limited, _Budget(page.body_limit), receive))
            _refuse_announced(request, page)
        visit = Visit(self.site, request)
        scope["cunli.visit"] = visit
        visit.page = page
        visit.plugin = self.plugin
        response = await self._answer(visit, page)
        if "gzip" in request.headers.get("accept-encoding", ""):
            squeeze(response, shared=visit.session is None)
        await response(scope, receive, send)

    async def _answer(self, visit: Visit, page: Page) -> Response:
        found = await places.find_by_address(visit.path_params["village"]) if page.scope == "village" else None
        village = found if isinstance(found, places.VillageNow) else None
        await self.recognise(visit, village)  # before anything is refused: refusals are pages in the visitor's language
        taken = _timed(visit)
        if page.scope == "village" and village is None:
            if found is None:
                raise NotFound
            return _redirect_to_new(visit.request, visit.path_params["village"], found.slug)
        verdict = self._from_here(visit)
        try:
            with _village_scope(visit):
                if (response := await self._choice_of_county(visit, page)) is not None:
                    visit.finish(response)
                    return response
                await self._let_in(visit, page)
                if verdict == "unknown" and (await visit.form()).key is None:  # only now: reading a body costs
                    raise Crossed
                with slot_view.watching(visit) if slot_view.is_asked(visit) else nullcontext() as view:
                    response = await self._viewed(visit, page)
        finally:
            form = visit.__dict__.get("_form")
            if form is not None:
                await form.close()
        visit.finish(response)
        if self.plugin is not None and page.scope == "village" and response.status_code == 200 and not page.traceless:
            menu.remember(visit, self.plugin, response)
        if view is not None:
            slot_view.show(visit, view, response)
        if taken:
            response.headers["server-timing"] = _server_timing(taken)
        return response

    async def _viewed(self, visit: Visit, page: Page) -> Response:
        if self.plugin is None:
            return await resolved(page.view(visit))

        async def view() -> Response:
            return await resolved(page.view(visit))

        return await self.site.registry.dispatch.answer(self.plugin, page.full_path, view, NO_FAULT)

    def _may_be_done_alone(self, visit: Visit, page: Page) -> bool:
        """What a child may do while no guardian has agreed: read, and send what `MAY_SEND` names or signs in somebody else."""
        if visit.request.method not in ("GET", "HEAD"):
            return self.plugin is None and (page.full_path in MAY_SEND or page.audience.kind == "everyone")
        return page.audience.kind != "capability"

    def _from_here(self, visit: Visit) -> Verdict:
        """Where a form comes from. `unknown`: an old browser said nothing, and the form's token must speak."""
        if visit.request.method in ("GET", "HEAD") or (visit.page is not None and visit.page.outside):
            return "ours"
        verdict = provenance(visit.request.headers, visit.request.headers.get("host", ""))
        if verdict == "foreign":
            raise Crossed
        return verdict

    async def recognise(self, visit: Visit, village: places.VillageNow | None = None) -> None:
        """Find the person behind the session cookie, what that person is in this village, and the look of the answer."""
        visit.village = village
        visit.themed = await self.site.themed_for(village)
        token = cookies.read(visit.request, visit.settings, cookies.SESSION) if _knows_people(visit) else ""
        if token:
            visit.session = session = await people.session_by_token(token, village.id if village else 0)
            if session is not None:
                visit.standing = session.standing
                if session.due:
                    await _note_use(session.id)
        visit.settle_look()

    async def _choice_of_county(self, visit: Visit, page: Page) -> Response | None:
        if self.plugin is None or self.by_county is None or page.audience.kind != "everyone":
            return None
        return await county_pages.chosen(visit, self.site.registry, self.plugin, self.by_county)

    async def _let_plugin(self, plugin: str, visit: Visit, page: Page) -> None:
        """Whether it is on, and what it may do: in the village, in the county of the address, or in the only one at hand."""
        registry = self.site.registry
        if page.scope == "county" and county_pages.PARAMETER in visit.path_params:
            visit.county = await county_pages.named(visit.path_params[county_pages.PARAMETER])
            if visit.county is None:
                raise NotFound
            chain = (visit.county.id,)
            on = plugin in await enabling.permitted_along(registry, chain)
            visit.values, lets = await plugin_values.values_of(chain), await profile_now.allowed_along(registry, chain)
        else:
            on = await self.site.enabled(plugin, visit.village)
            visit.values = await plugin_values.values_for(visit.village)
            lets = await profile_now.allowed_in(registry, visit.village)
        visit.allowed = lets
        if not on or not lets.marked(plugin, page.sensitive):
            raise NotFound

    async def _let_in(self, visit: Visit, page: Page) -> None:
        if self.plugin is not None:
            await self._let_plugin(self.plugin, visit, page)
        visit.granted = await self.site.grants(visit)  # pages for everybody show doors by capability too
        audience = page.audience
        if visit.person is not None and visit.person.guarded and not self._may_be_done_alone(visit, page):
            raise needs_guardian()
        if audience.kind == "everyone":
            return
        if visit.session is None:
            raise (
                SessionEnded(visit.sign_in_url())
                if visit.request.method == "POST"
                else SignInFirst(visit.sign_in_url())
            )
        if audience.kind == "signed_in":
            return
        if (
            audience.capability == readers.READ
        ):  # not an office: nobody who only reads the trail is an official anywhere
            visit.granted |= await readers.granted(visit.me.id)
        allowed = visit.is_member if audience.kind == "member" else visit.may(audience.capability)
        if not allowed:
            raise refusal(visit, audience.capability)


def needs_guardian() -> Forbidden:
    """Why a child's account only reads, and how that changes."""
    return Forbidden(
        _("你还不满 14 岁，爸爸妈妈或者别的监护人同意以后才能填、能发。现在都能看。"),
        title=_("先请监护人同意"),
        ways=(WayOut(label=_("怎么请监护人同意"), url="/me/guardian"), WayOut(label=_("回首页"), url="/")),
    )


class SignInFirst(Exception):
    """An anonymous visitor opened a page that needs a person."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


def refusal(visit: Visit, capability: str = "") -> Forbidden:
    """Why a signed-in person may not go on here, and what to do about it. What no office gives, admins are not told they had."""
    village, standing = visit.village, visit.standing
    if village is None:
        return Forbidden(_("这一页只给管理员用。"), ways=(WayOut(label=_("回首页"), url="/"),))
    home = WayOut(label=_("先看看村里"), url=village.url + "/")
    if standing is None or standing.state in ("withdrawn", "left"):
        text = _("%(village)s的乡亲认证以后才能发言和看村里的事。", village=village.name)
        return Forbidden(
            text, title=_("你还没加入这个村"), ways=(WayOut(label=_("申请加入"), url=f"{village.url}/join"), home)
        )
    waiting = WayOut(label=_("看看办到哪一步"), url=f"{village.url}/join/waiting")
    match standing.state:
        case "applied":
            return Forbidden(_("村里正在核对你的申请，盖章以后就能发言。"), title=_("等村里认证"), ways=(waiting, home))
        case "more_info":
            return Forbidden(_("村里请你补一点资料，补好再交一次就行。"), title=_("还差一点资料"), ways=(waiting, home))
        case "refused":
            return Forbidden(
                _("这次申请没有通过，原因写在申请页上，可以改了再交。"), title=_("申请没有通过"), ways=(waiting, home)
            )
        case "suspended":
            return Forbidden(
                _("你在这个村的发言已被停用，原因写在申请页上。有疑问请联系村委会。"),
                title=_("暂时不能发言"),
                ways=(waiting, home),
            )
        case _:
            known = visit.site.registry.capabilities().get(capability)
            offices = known is None or bool(known.roles)
            return Forbidden(_("这一页只给村里的管理员用。") if offices else "", ways=(home,))


def _timed(visit: Visit) -> list[tuple[str, str, float]]:
    """What plugins take for this request, told to those who run a place: the list is filled while the page is made."""
    taken: list[tuple[str, str, float]] = []
    if visit.site.registry.running:
        timings.set(taken if visit.person is not None and visit.person.roles else None)
    return taken


def _server_timing(taken: list[tuple[str, str, float]]) -> str:
    """The header by that name: a metric for each hook of each plugin, the slowest first, in milliseconds."""
    sums: dict[str, float] = {}
    for plugin, hook, seconds in taken:
        name = f"{plugin}.{hook.replace(' ', '.')}"
        sums[name] = sums.get(name, 0.0) + seconds
    slowest = sorted(sums.items(), key=lambda one: -one[1])[:MOST_TIMED]
    return ", ".join(f"{name};dur={seconds * 1000:.1f}" for name, seconds in slowest)


def _knows_people(visit: Visit) -> bool:
    """Whether this page is to know who visits it: not a traceless one, nor what any page of any site could post to."""
    return visit.page is None or not (visit.page.outside or visit.page.traceless)


async def _note_use(session_id: int) -> None:
    """Reading goes on where nothing can be written."""
    try:
        await sessions.keep_alive(session_id)
    except (db.Busy, db.Full) as exc:
        log.warning("the use of a session could not be noted", error=type(exc).__name__)


def _village_scope(visit: Visit) -> AbstractContextManager[None]:
    return db.scope(visit.village.id) if visit.village else nullcontext()


def _redirect_to_new(request: Request, old: str, slug: str) -> Response:
    path = quote(request.scope["path"], safe="/-_.~").replace(quote(f"/v/{old}"), f"/v/{slug}", 1)
    query = request.scope["query_string"].decode("latin-1")
    return RedirectResponse(path + (f"?{query}" if query else ""), 308 if request.method == "POST" else 301)


class _Budget:
    __slots__ = ("left", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = self.left = limit


async def _limited(budget: _Budget, receive: Receive) -> Message:
    message = await receive()
    if message["type"] == "http.request":
        budget.left -= len(message.get("body", b""))
        if budget.left < 0:
            raise TooLarge(budget.limit)
    return message


def _refuse_announced(request: Request, page: Page) -> None:
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced[:18]) > page.body_limit:
        raise TooLarge(page.body_limit)
