"""One deployment, assembled: settings, theme, catalogues, registry, pages. Built once at start; requests read from it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

from cunli import clock, db, enabling, rooms, theming
from cunli.departments import granted as appointed
from cunli.feed import review
from cunli.live.running import Live
from cunli.notify import channels
from cunli.notify import words as message_words
from cunli.problems import Problem, problem
from cunli.provide import chosen
from cunli.provide.kinds import MODERATION
from cunli.registry import Registry
from cunli.settings import Settings
from cunli.trust import keys, policy
from cunli.web import i18n, slots, themed
from cunli.web.errors import Refused
from cunli.web.kept import Kept
from cunli.web.pages import Page
from cunli.web.render import Templates
from cunli.web.themed import Themed
from cunli.web.tokens import Signer

if TYPE_CHECKING:
    from cunli.places.queries import VillageNow
    from cunli.web.static import StaticFiles
    from cunli.web.visit import Visit


class Site:
    """What every request of this process shares. Holds no request and no person."""

    def __init__(self, settings: Settings, registry: Registry | None = None) -> None:
        self.settings = settings
        keys.use(settings)
        channels.use(settings)
        self.moderation = next(iter(chosen.named(MODERATION, settings).values()), None)
        chosen.use(settings)
        self.registry = registry if registry is not None else load_plugins(settings)
        message_words.use(self.registry.messages.values())
        self.registry.dispatch.trace = settings.trace
        review.use(self.registry, self.moderation)
        self.signer = Signer(settings)
        self.kept = Kept()
        self.live = Live()
        i18n.load(self.registry.packages())
        clock.use_zone(settings.time_zone)
        self.themed, self.theme_problems = themed.wardrobe(settings, self.registry)
        self.default = next(iter(self.themed.values()))
        self.served = self.default.static  # the object that the route keeps; it knows the others
        self.capabilities: Mapping[str, policy.Capability] = {**policy.CAPABILITIES, **self.registry.capabilities()}
        self.pages: list[tuple[str | None, Page]] = [*((None, p) for p in core_pages()), *self.registry.pages()]

    def freshen(self) -> None:
        """Read templates, static files and catalogues again. For development; nothing changes when one cannot be read."""
        i18n.load_again(self.registry.packages())
        self.themed, self.theme_problems = themed.wardrobe(self.settings, self.registry)
        self.default = next(iter(self.themed.values()))
        self.served.beside = {one.static.hash: one.static for one in self.themed.values()}
        self.kept = Kept()

    def apps(self) -> dict[str, db.AppConfig]:
        """The Tortoise apps of the core and of every plugin that has tables, in order."""
        return {"core": rooms.APP, **self.registry.apps()}

    @property
    def static(self) -> StaticFiles:
        """Those of the deployment's theme."""
        return self.default.static

    @property
    def templates(self) -> Templates:
        """Those of the deployment's theme."""
        return self.default.templates

    async def themed_for(self, village: VillageNow | None) -> Themed:
        """What a village's pages are drawn with. Costs nothing where there is one theme, and no query where there are more."""
        if village is None or len(self.themed) == 1:
            return self.default
        chosen = await theming.theme_along(village.chain, self.themed)
        return self.themed.get(chosen.theme, self.default)

    def drawing_problems(self) -> list[Problem]:
        """What themes could not draw in this process; the core's own templates drew it instead."""
        return [
            problem("themes.W151", one.id, template=name, error=why)
            for one in self.themed.values()
            for name, why in one.templates.failed.items()
        ]

    async def enabled(self, plugin: str, village: VillageNow | None) -> bool:
        """Whether a plugin is on in this village, or for the county's own pages."""
        return plugin in await enabling.enabled_for(self.registry, village)

    async def grants(self, visit: Visit) -> frozenset[str]:
        """Capabilities that plugins grant to this person here, none when a plugin fails; and those of an appointment."""
        return await slots.grants(self, visit) | await appointed.granted(visit)

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
        return HTMLResponse(visit.themed.templates.render("errors/page.html", context), refused.status)


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
