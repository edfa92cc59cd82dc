"""What the console says of plugins: what is installed, what each one brings, how it fares."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tortoise.models import Model

from cunli import enabling
from cunli.compliance import profile_now
from cunli.compliance.kinds import SensitiveUse
from cunli.compliance.profiles import Profile, Rule
from cunli.deprecation import OUTDATED
from cunli.duties import NONE
from cunli.findings import own_findings
from cunli.health import Fare
from cunli.inventory import Known, State
from cunli.own_data.queries import unerased
from cunli.plugin import Plugin, Text
from cunli.problems import Problem
from cunli.registry import Registry, discover
from cunli.spread import in_use
from cunli.troubles import TroubleNow, troubles
from cunli.web.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginCard:
    """One plugin in the list. `on`: in how many of the villages that this official sees."""

    id: str
    label: Text
    version: str
    author: str
    summary: Text
    state: State
    on: int
    problems: tuple[Problem, ...]
    troubles: tuple[TroubleNow, ...]

    @property
    def resting(self) -> bool:
        """Whether some hook of it is not asked at present."""
        return any(one.until for one in self.troubles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brings:
    """What a running plugin may do, in figures and names a reader can check against its documentation."""

    pages: int
    open_pages: int
    capabilities: tuple[tuple[str, tuple[str, ...]], ...]  # label, roles that have it by default
    tables: tuple[str, ...]
    about_people: bool
    tasks: int
    events: tuple[str, ...]
    requires: tuple[str, ...]
    settings: int
    sensitive: tuple[tuple[SensitiveUse, Rule], ...]  # what it declares, with what the profile says of it


async def known(site: Site, profiles: tuple[Profile, ...] | None = None) -> Known:
    """What is installed and what runs here, and what the database says of it. `profiles`: those to judge by; else all in force."""
    found = discover()
    problems = tuple(dict.fromkeys((*found.problems, *site.registry.problems)))
    return Known(
        settings=site.settings,
        found=found,
        registry=site.registry,
        problems=problems,
        switched=await enabling.switched(),
        profiles=profiles if profiles is not None else await profile_now.in_force(),
        duties=tuple(await unerased(sorted(site.registry.running))),
    )


async def cards(site: Site, region_ids: frozenset[int]) -> list[PluginCard]:
    """Every plugin that is installed, named in the settings or in the database; counts are of villages below `region_ids`."""
    about = await known(site)
    use = await in_use(site.registry, region_ids)
    kept = await troubles()
    return [_card(about, name, use, kept) for name in about.ids()]


async def card(about: Known, name: str, region_id: int) -> PluginCard:
    """One of them, with what it finds wrong with itself; its count is of villages below one region."""
    about = replace(about, duties=(*about.duties, *await own_findings(about.registry, [name])))
    return _card(about, name, await in_use(about.registry, frozenset({region_id})), await troubles(name))


def _card(about: Known, name: str, use: dict[str, int], kept: list[TroubleNow]) -> PluginCard:
    installed, plugin = about.installed(name), about.registry.plugins.get(name)
    own = [one for one in kept if one.plugin == name]
    outdated = (one.problem for one in own if one.problem.id == OUTDATED and about.of_now(one.problem))
    return PluginCard(
        id=name,
        label=plugin.manifest.label if plugin else name,
        version=installed.version if installed else "",
        author=installed.author if installed else "",
        summary=plugin.manifest.summary if plugin else installed.summary if installed else "",
        state=about.state(name),
        on=use.get(name, 0),
        problems=tuple(dict.fromkeys((*(p for p in about.findings() if p.plugin == name), *outdated))),
        troubles=tuple(one for one in own if one.problem.id != OUTDATED),
    )


def brings(registry: Registry, name: str, profile: Profile) -> Brings:
    """What a running plugin consists of."""
    plugin = registry.plugins[name]
    pages = [page for owner, page in registry.pages() if owner == name]
    models = list(_models(plugin))
    return Brings(
        pages=len(pages),
        open_pages=sum(page.audience.kind == "everyone" for page in pages),
        capabilities=tuple((c.label, tuple(sorted(c.roles))) for c in plugin.manifest.capabilities),
        tables=tuple(model._meta.db_table for model in models),
        about_people=plugin.manifest.personal_data != NONE,
        tasks=len(registry.tasks()[name]),
        events=tuple(sorted({s.event.kind for s in registry.subscriptions()[name]})),
        requires=plugin.manifest.requires,
        settings=len(plugin.manifest.settings),
        sensitive=tuple((use, profile.rules[use.kind]) for use in plugin.manifest.sensitive),
    )


def _models(plugin: Plugin) -> Iterator[type[Model]]:
    name = plugin.manifest.models
    module = sys.modules.get(name or "")
    for value in vars(module).values() if module else ():
        if (
            isinstance(value, type)
            and issubclass(value, Model)
            and value.__module__ == name
            and not value._meta.abstract
        ):
            yield value


def fare(registry: Registry, name: str) -> Fare | None:
    """How a plugin has fared in this process, if it was ever asked."""
    return next((one for one in registry.dispatch.health.fares() if one.plugin == name), None)
