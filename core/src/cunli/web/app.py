"""The ASGI application: one route per path, each behind the gate, all behind the door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from starlette.requests import Request
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from cunli import db, enabling, jobs, valkey
from cunli.live.running import Live
from cunli.media import running as media
from cunli.people import codes, passwords, sign_in_ways, stepping
from cunli.settings import Settings
from cunli.watchdog import looked_after
from cunli.web import county_pages, ending
from cunli.web.door import Door
from cunli.web.errors import NotFound
from cunli.web.gate import Gate
from cunli.web.pages import Page
from cunli.web.site import Site
from cunli.web.switchboard import Switchboard
from cunli.web.visit import Visit

log = structlog.get_logger("cunli.web")
HOOK_GRACE = 10.0  # seconds that calls into plugins, given up by their pages, have to finish


class UnguardedRoute(Exception):
    """A route that is not a page behind the gate; the site refuses to start with it."""


class App:
    """The application and the site it serves."""

    def __init__(self, site: Site) -> None:
        self.site = site
        codes.use(site.settings)
        stepping.use(site.settings)
        sign_in_ways.use(site.settings)
        self.router = Switchboard(routes(site), default=Nowhere(site, {}), lifespan=self._lifespan)
        seal(self.router)
        self._asgi: ASGIApp = Door(self.router, site)

    @asynccontextmanager
    async def _lifespan(self, _: object) -> AsyncIterator[None]:
        settings = self.site.settings
        enabling.forget()
        for problem in self.site.theme_problems:
            log.error("a theme is not used", theme=problem.plugin, problem=f"{problem.id} {problem.text}")
        await db.start(settings.database_url, self.site.apps(), synchronous=settings.synchronous)
        try:
            await valkey.start(settings)
            await media.start(settings)
            await passwords.warm_up()
            await jobs.start(self.site)
            self.site.live = Live()
            ending.tell(self.site.live.hub.end)
            async with looked_after(self.site.registry):
                yield
        finally:
            ending.forget(self.site.live.hub.end)
            await self.site.live.stop()
            await jobs.stop()
            await self.site.registry.dispatch.drained(HOOK_GRACE)
            await media.stop()
            await valkey.stop()
            await db.stop()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Started without a server: for tests and commands."""
        async with self._lifespan(None):
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._asgi(scope, receive, send)


def create_app(settings: Settings) -> App:
    """The application for these settings."""
    return App(Site(settings))


class Nowhere(Gate):
    """Answers addresses that no page has, to whoever asks, in their own language and look."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        visit = Visit(self.site, Request(scope))
        scope["cunli.visit"] = visit
        await self.recognise(visit)
        raise NotFound


def routes(site: Site) -> list[Route]:
    """One `Route` per path, whatever number of pages answer it: two routes on a path would hide each other's methods."""
    by_path: dict[str, dict[str, Page]] = {}
    owner: dict[str, str | None] = {}
    for plugin, page in site.pages:
        path = plugin_path(plugin, page)
        if owner.setdefault(path, plugin) != plugin:
            raise UnguardedRoute(f"{path} is claimed by {owner[path] or 'the core'} and {plugin or 'the core'}")
        methods = by_path.setdefault(path, {})
        for method in page.methods:
            if method in methods:
                raise UnguardedRoute(f"{method} {path} is declared twice")
            methods[method] = page
    found = [Route("/static/{hash}/{path:path}", site.served, methods=["GET"])]
    for path, pages in by_path.items():
        by_county = path if f"{path}/{{{county_pages.PARAMETER}}}" in by_path else None
        found.append(Route(path, Gate(site, pages, owner[path], by_county=by_county), methods=None))
    return found


def plugin_path(plugin: str | None, page: Page) -> str:
    """Where a page lives: a plugin's stand under its own id."""
    if plugin is None:
        return page.full_path
    return f"/v/{{village}}/{plugin}{page.path}" if page.scope == "village" else f"/{plugin}{page.path}"


def seal(router: Router) -> None:
    """Walk the real routes and refuse whatever is neither a gated page nor the static files."""
    from cunli.web.static import StaticFiles

    for route in router.routes:
        if not isinstance(route, Route) or not isinstance(route.endpoint, Gate | StaticFiles):
            raise UnguardedRoute(f"{getattr(route, 'path', route)!r} states no audience: declare it as a Page")
