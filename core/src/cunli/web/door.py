"""The outermost ASGI layer: host and size of the request line, headers on every answer, and a page for every failure."""

from __future__ import annotations

import errno
import logging
import re
import secrets
import time
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cunli import db
from cunli.logs import without_words
from cunli.media.storage import StorageFailed
from cunli.provide.chosen import provider_of
from cunli.provide.kinds import MAP_TILES
from cunli.trust import security_log
from cunli.web import observed
from cunli.web.errors import Crossed, NotFound, Refused, WayOut
from cunli.web.gate import SignInFirst
from cunli.web.headers import complete, policy
from cunli.web.i18n import _
from cunli.web.kept import key_of

if TYPE_CHECKING:
    from cunli.web.site import Site
    from cunli.web.visit import Visit

log = structlog.get_logger("cunli.web")
_level = logging.getLogger("cunli.web")
MAX_HEADERS = 100
MAX_HEADER_BYTES = 32 * 1024
MAX_PATH = 2048
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_ROOM = re.compile(
    rf"\(os error ({'|'.join(map(str, sorted(NO_ROOM)))})\)"
)  # the storage of photos says it in words only
_NOT_IN_PATHS = re.compile("[\x00-\x1f\ud800-\udfff]")


class Door:
    """Wraps the router. Nothing behind it can answer without the headers, and no failure shows its inside."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self.app = app
        self.site = site
        self.secure = site.settings.secure
        tiles = provider_of(MAP_TILES).tiles()
        self.policy = policy(tiles.origins() if tiles is not None else ())
        own = urlsplit(site.settings.base_url).netloc.lower()
        self.hosts = {own, own.split(":")[0], *(h.lower() for h in site.settings.trusted_hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        refused = self._doubt(scope)
        kept, key = self.site.kept, key_of(scope) if refused is None else None
        if key is not None and (answered := await kept.answered(key, send)):
            self._note(scope, answered, time.perf_counter() - started)
            return
        status = 0
        first: Message = {}

        async def send_complete(message: Message) -> None:
            nonlocal status, first
            if message["type"] == "http.response.start":
                status, first = message["status"], message
                message["headers"] = complete(message["headers"], secure=self.secure, policy=self.policy)
            elif key is not None and status == 200:
                kept.keep(key, scope, first, message)
            await send(message)

        try:
            if refused is not None:
                await refused(scope, receive, send_complete)
            else:
                await self.app(scope, receive, send_complete)
        except Exception as exc:  # noqa: BLE001 the last wall: whatever failed becomes a page, and is logged once
            response = await self._failed(scope, exc)
            if status == 0:
                await response(scope, receive, send_complete)
        self._note(scope, status, time.perf_counter() - started)

    def _doubt(self, scope: Scope) -> Response | None:
        """An answer for a request that is not worth routing."""
        size, names, host = 0, list[bytes](), b""
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            names.append(name)
            if name == b"host":
                host = value
        if len(names) > MAX_HEADERS or size > MAX_HEADER_BYTES:
            return PlainTextResponse("headers too large", 431)
        lengths = names.count(b"content-length")
        if names.count(b"host") != 1 or lengths > 1 or (lengths and b"transfer-encoding" in names):
            return PlainTextResponse("bad request", 400)
        asked = host.decode("latin-1").lower()
        if asked not in self.hosts and asked.split(":")[0] not in self.hosts:
            return PlainTextResponse("unknown host", 400)
        path: str = scope["path"]
        if len(path) > MAX_PATH or not path.startswith("/") or _NOT_IN_PATHS.search(path):
            return PlainTextResponse("bad request", 400)
        return None

    async def _failed(self, scope: Scope, exc: Exception) -> Response:
        visit: Visit | None = scope.get("cunli.visit")
        if isinstance(exc, SignInFirst):
            return RedirectResponse(exc.url, 303)
        if isinstance(exc, Refused):
            _security(scope, visit, exc)
            return await self._page(scope, visit, exc)
        if isinstance(exc, HTTPException):
            return await self._page(scope, visit, NotFound() if exc.status_code == 404 else _plain(exc.status_code))
        if (outage := _outage(exc, scope)) is not None:
            return await self._page(scope, visit, outage)
        incident = scope["cunli.incident"] = secrets.token_hex(4)
        log.error(
            "request failed",
            incident=incident,
            plugin=(visit.plugin if visit is not None else None) or "core",
            path=_route(scope),
            error=type(exc).__name__,
            exc_info=without_words(exc),
        )
        plugin = self._plugin_of(visit)
        text = (
            _("“%(plugin)s”这个插件出了点毛病，别的地方照常用。写的字没丢，过一会儿再试一次。", plugin=plugin)
            if plugin
            else _("这一页出了点毛病，别的地方照常用。写的字没丢，过一会儿再试一次。")
        )
        return await self._page(scope, visit, Refused(500, _("出了点毛病"), text, incident=incident))

    def _plugin_of(self, visit: Visit | None) -> str:
        """The name of the plugin whose page this is, as people know it; empty for the core's pages."""
        plugin = self.site.registry.plugins.get(visit.plugin or "") if visit is not None else None
        return str(plugin.manifest.label) if plugin else ""

    async def _page(self, scope: Scope, visit: Visit | None, refused: Refused) -> Response:
        try:
            response = await self.site.error_page(scope, visit, refused)
        except Exception as exc:
            log.error("error page failed", exc_info=without_words(exc))
            response = _bare(refused)
        if refused.retry_after:
            response.headers["retry-after"] = str(refused.retry_after)
        response.headers.setdefault("cache-control", "no-store")
        response.headers.setdefault("vary", "Cookie, HX-Request, Accept-Language, Accept-Encoding, Save-Data")
        return response

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        if scope.get("cunli.traceless"):
            return
        plugin = scope["cunli.visit"].plugin if "cunli.visit" in scope else None
        observed.answered(plugin or "core", scope["method"], status, seconds)
        if not _level.isEnabledFor(logging.INFO):  # structlog would find out only after it has put the event together
            return
        visit: Visit | None = scope.get("cunli.visit")
        person = visit.session.person.id if visit is not None and visit.session is not None else None
        log.info(
            "request",
            method=scope["method"],
            path=_route(scope),
            status=status,
            ms=round(seconds * 1000, 1),
            person=person,
            **({"incident": scope["cunli.incident"]} if "cunli.incident" in scope else {}),
        )


def _route(scope: Scope) -> str:
    """The path without its query: queries may carry what people typed. What leaves no trace has none."""
    if scope.get("cunli.traceless"):
        return "/"
    return str(scope["path"])[:200]


def _security(scope: Scope, visit: Visit | None, refused: Refused) -> None:
    """The line that somebody who looks for an attack wants to find. What is hidden answers 404 and has the line of the request."""
    event = security_log.event_of(refused.status, crossed=isinstance(refused, Crossed))
    if event is None or visit is None or scope.get("cunli.traceless"):
        return
    person = visit.session.person.id if visit.session is not None else None
    security_log.noted(event, person=person, address=visit.address, path=_route(scope))


def _plain(status: int) -> Refused:
    return Refused(
        status, _("没看懂你发来的内容"), HTTPStatus(status).phrase, ways=(WayOut(label=_("回首页"), url="/"),)
    )


def _outage(exc: Exception, scope: Scope) -> Refused | None:
    """A refusal when something that the site stands on does not serve just now."""
    if isinstance(exc, db.Busy):
        log.warning("database busy", path=_route(scope), error=type(exc).__name__)
        text = _("人有点多，一时忙不过来。写的字没丢，过一会儿再试一次。")
        return Refused(503, _("请稍等一下"), text, retry_after=5)
    if (full := _storage_full(exc)) is not None:
        log.error("storage full", path=_route(scope))
        return full
    if isinstance(exc, StorageFailed):
        log.error("storage does not answer", path=_route(scope))
        text = _("存照片的地方一时用不了，别的照常用。写的字没丢，过一会儿再试一次。")
        return Refused(503, _("照片现在用不了"), text, retry_after=10)
    return None


def _storage_full(exc: BaseException) -> Refused | None:
    """A refusal when the disk is full, wherever in the chain that was said."""
    cause: BaseException | None = exc
    while cause is not None:
        if isinstance(cause, db.Full) or getattr(cause, "errno", None) in NO_ROOM or _NO_ROOM.search(str(cause)):
            return Refused(
                507, _("服务器存满了"), _("这次没有存下来，什么也没有改动。已经记下，请过一会儿再试。"), retry_after=60
            )
        cause = cause.__cause__ or cause.__context__
    return None


def _bare(refused: Refused) -> Response:
    from markupsafe import Markup

    page = Markup(
        '<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><title>{0}</title><h1>{0}</h1><p>{1}</p><p><a href="/">首页</a></p></html>'
    )
    return HTMLResponse(page.format(str(refused.title), str(refused.text)), refused.status)
