"""One deployment, assembled: settings, theme, catalogues, registry, pages. Built once at start; requests read from it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jinja2
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from cunli import db, enabling, rooms
from cunli.feed import review
from cunli.notify import channels
from cunli.provide import chosen
from cunli.provide.kinds import MODERATION
from cunli.registry import Registry
from cunli.settings import Settings
from cunli.trust import keys, policy
from cunli.web import i18n, slots, themes, times
from cunli.web.errors import Refused
from cunli.web.kept import Kept
from cunli.web.pages import Page
from cunli.web.render import Templates
from cunli.web.static import StaticFiles
from cunli.web.tokens import Signer

if TYPE_CHECKING:
    from cunli.places.queries import VillageNow
    from cunli.web.visit import Visit


DEV_FILES: Final = Path(__file__).parent.parent / "static/dev"  # for whoever develops; not there in production
_serials = itertools.count(1)


class Site:
    """What every request of this process shares. Holds no request and no person."""

    def __init__(self, settings: Settings, registry: Registry | None = None) -> None:
        self.settings = settings
        keys.use(settings)
        channels.use(settings)
        self.moderation = next(iter(chosen.named(MODERATION, settings).values()), None)
        chosen.use(settings)
        self.registry = registry if registry is not None else load_plugins(settings)
        self.registry.dispatch.trace = settings.trace
        review.use(self.registry, self.moderation)
        self.signer = Signer(settings)
        self.kept = Kept()
        self.serial = next(_serials)  # in the keys of what this process keeps of rendered pages
        self.themes = themes.chain(settings.theme)
        i18n.load(["cunli", *self.registry.packages()])
        times.use_zone(settings.time_zone)
        self.static = StaticFiles(self._static_folders())
        self.templates = Templates(self._loaders(), self.static, self._globals())
        self.capabilities: Mapping[str, policy.Capability] = {**policy.CAPABILITIES, **self.registry.capabilities()}
        self.pages: list[tuple[str | None, Page]] = [*((None, p) for p in core_pages()), *self.registry.pages()]

    def freshen(self) -> None:
        """Read templates, static files and catalogues again. For development; nothing changes when one cannot be read."""
        i18n.load_again(["cunli", *self.registry.packages()])
        chain = themes.chain(self.settings.theme)
        self.themes = chain
        self.static.read(self._static_folders())
        self.templates = Templates(self._loaders(), self.static, self._globals())
        self.kept = Kept()
        self.serial = next(_serials)

    def apps(self) -> dict[str, db.AppConfig]:
        """The Tortoise apps of the core and of every plugin that has tables, in order."""
        return {"core": rooms.APP, **self.registry.apps()}

    def _static_folders(self) -> list[tuple[str, Any]]:
        folders = [("", theme.static) for theme in self.themes]
        if self.settings.dev:
            folders.append(("dev/", DEV_FILES))
        return [*folders, *self.registry.static_folders()]

    def _loaders(self) -> list[jinja2.BaseLoader]:
        loaders: list[jinja2.BaseLoader] = [jinja2.FileSystemLoader(str(t.templates)) for t in self.themes]
        loaders += self.registry.template_loaders()
        return [*loaders, jinja2.PackageLoader("cunli", "templates")]

    def _globals(self) -> dict[str, Any]:
        """`theme.stylesheets`: static names, those of the base first."""
        return {
            "theme": replace(self.themes[0], stylesheets=tuple(n for t in reversed(self.themes) for n in t.stylesheets))
        }

    async def enabled(self, plugin: str, village: VillageNow | None) -> bool:
        """Whether a plugin is on in this village, or for the county's own pages."""
        return plugin in await enabling.enabled_for(self.registry, village)

    async def grants(self, visit: Visit) -> frozenset[str]:
        """Capabilities that plugins grant to this person here; empty when a plugin fails."""
        return await slots.grants(self, visit)

    async def slots(self, visit: Visit, template: str, block: str | None) -> slots.Slots:
        """Everything that plugins put into this template, collected in one batch before it is rendered."""
        return await slots.collect(self, visit, template, block)

    async def error_page(self, scope: Scope, visit: Visit | None, refused: Refused) -> Response:
        """A styled page for a refusal; `visit` is missing when the request did not get that far."""
        from starlette.requests import Request

        from cunli.web.visit import Visit

        if visit is None:
            visit = Visit(self, Request(scope))
            visit.settle_look()
        i18n.use_locale(visit.locale)
        context = {
            "visit": visit,
            "refused": refused,
            "form_token": visit.form_token,
            "slot": slots.nothing,
            "toast": {},
        }
        return HTMLResponse(self.templates.render("errors/page.html", context), refused.status)


def load_plugins(settings: Settings) -> Registry:
    """The plugins of the settings; none in safe mode. In development their mistakes are raised, not passed over."""
    if settings.safe:
        return Registry()
    return Registry.load(settings.plugins, strict=settings.dev, taken=core_words())


def core_words() -> set[str]:
    """The words that addresses of the core begin with; no plugin may be called like one."""
    return {page.path.split("/")[1] for page in core_pages() if page.path.count("/")}


def core_pages() -> list[Page]:
    """The pages of the core's rooms, declared with the same type that plugins use."""
    return [page for module in rooms.PAGES for page in import_module(module).PAGES]
