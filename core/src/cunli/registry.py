"""Finding, checking and ordering plugins. A plugin that is wrong is reported and left out; the site starts without it."""

from __future__ import annotations

import importlib.metadata
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import click
import jinja2
import pluggy
from packaging.requirements import InvalidRequirement, Requirement

import cunli
from cunli import deprecation, inspection
from cunli.db import AppConfig
from cunli.dispatch import Dispatch
from cunli.hooks import CONTEXTS, PROJECT, HookSpecs
from cunli.inspection import Accepted, Refused
from cunli.jobs.events import Subscription
from cunli.jobs.tasks import Task
from cunli.plugin import FeedKind, Plugin
from cunli.problems import Problem, problem
from cunli.trips import Call
from cunli.trust.policy import Capability
from cunli.web.pages import Page

GROUP: Final = "cunli.plugins"
_log = logging.getLogger("cunli.plugins")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A plugin as its package metadata describes it. Known without running a line of it."""

    id: str
    distribution: str
    version: str
    summary: str
    tracker: str
    author: str
    licence: str
    entry: importlib.metadata.EntryPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What is installed and usable, and what is installed and not. `described` is all of it."""

    installed: Mapping[str, Installed]
    described: tuple[Installed, ...]
    problems: tuple[Problem, ...]


def discover() -> Discovery:
    """Read entry points and metadata; no plugin is imported."""
    claims: dict[str, list[Installed]] = {}
    for entry in importlib.metadata.entry_points(group=GROUP):
        claims.setdefault(entry.name, []).append(_described(entry))
    installed: dict[str, Installed] = {}
    problems: list[Problem] = []
    for name, found in sorted(claims.items()):
        if len(found) > 1:
            names = ", ".join(sorted(one.distribution for one in found))
            problems.append(problem("plugins.E001", name, distributions=names))
        elif (unmet := _unmet(found[0])) is not None:
            problems.append(unmet)
        else:
            installed[name] = found[0]
    described = tuple(one for _, found in sorted(claims.items()) for one in found)
    return Discovery(installed=installed, described=described, problems=tuple(problems))


def _described(entry: importlib.metadata.EntryPoint) -> Installed:
    assert entry.dist is not None, "entry points read from the environment know their distribution"
    about = entry.dist.metadata
    links = dict(line.split(", ", 1) for line in about.get_all("Project-URL") or () if ", " in line)
    return Installed(
        id=entry.name,
        distribution=entry.dist.name,
        version=entry.dist.version,
        summary="".join(about.get_all("Summary", [])),
        tracker=links.get("Issues", ""),
        author="".join(about.get_all("Author", []) or about.get_all("Author-email", [])).partition(" <")[0],
        licence="".join(about.get_all("License-Expression", []) or about.get_all("License", []))[:40],
        entry=entry,
    )


def _unmet(found: Installed) -> Problem | None:
    assert found.entry.dist is not None
    for line in found.entry.dist.requires or ():
        try:
            wanted = Requirement(line)
        except InvalidRequirement:
            continue  # the installer judged it; it does not concern us
        if wanted.name == "cunli" and not wanted.specifier.contains(cunli.__version__, prereleases=True):
            facts = {"distribution": found.distribution, "requirement": wanted, "version": cunli.__version__}
            return problem("plugins.E002", found.id, **facts)
    return None


def _owner(found: Installed) -> deprecation.Owner:
    return deprecation.Owner(
        plugin=found.id,
        package=found.entry.value.partition(":")[0].partition(".")[0],
        distribution=found.distribution,
        version=found.version,
        tracker=found.tracker,
    )


class _ByPlugin(jinja2.PrefixLoader):
    """Templates know themselves by their whole name, `<id>/…`: whose they are decides whose words they speak."""

    load = jinja2.BaseLoader.load


class Registry:
    """The plugins this process runs, in order, and everything they bring. Built once; never changes afterwards."""

    def __init__(
        self,
        accepted: Iterable[Accepted] = (),
        problems: Iterable[Problem] = (),
        installed: Mapping[str, Installed] | None = None,
        *,
        strict: bool = False,
    ) -> None:
        self._accepted = {one.id: one for one in accepted}
        self.plugins: dict[str, Plugin] = {one.id: one.plugin for one in self._accepted.values()}
        self.running = frozenset(self.plugins)
        self.problems: tuple[Problem, ...] = tuple(problems)
        self.installed: Mapping[str, Installed] = installed or {}
        self._hooks = pluggy.PluginManager(PROJECT)
        self._hooks.add_hookspecs(HookSpecs)
        for name, plugin in self.plugins.items():
            self._hooks.register(plugin, name=name)
        manifests = [plugin.manifest for plugin in self.plugins.values()]
        self.messages = {one.id: one for manifest in manifests for one in manifest.messages}
        self.acts = {one.id: one for manifest in manifests for one in manifest.acts}
        self.kinds: dict[str, FeedKind] = {kind.id: kind for one in self._accepted.values() for kind in one.kinds}
        self._plans: dict[tuple[str, frozenset[str]], tuple[Call, ...]] = {}
        self.dispatch = Dispatch(self.plan, strict=strict)

    @classmethod
    def load(cls, wanted: Sequence[str], *, strict: bool = False, taken: Iterable[str] = ()) -> Registry:
        """Import, check and order the wanted plugins. Whatever is wrong with one stands in `problems`.

        `taken` are words that core addresses begin with; no plugin may be called like one.
        """
        if not wanted:
            return cls(strict=strict)
        found = discover()
        loading = _Loading(problems=list(found.problems), taken=frozenset(taken))
        for name in dict.fromkeys(wanted):
            loading.take(name, found.installed)
        accepted = loading.ordered()
        for one in loading.problems:
            _log.error("%s %s", one, one.hint)
        return cls(accepted, loading.problems, found.installed, strict=strict)

    def plan(self, hook: str, enabled: frozenset[str]) -> tuple[Call, ...]:
        """Who implements a hook among the enabled plugins, in plugin order."""
        key = (hook, enabled)
        if (known := self._plans.get(key)) is None:
            functions = {impl.plugin_name: impl.function for impl in getattr(self._hooks.hook, hook).get_hookimpls()}
            known = tuple(Call(name, functions[name]) for name in self.plugins if name in enabled and name in functions)
            if len(self._plans) > 1000:
                self._plans.clear()
            self._plans[key] = known
        return known

    # -- what plugins bring, in their order --------------------------------------------------------------------------

    def packages(self) -> dict[str, str]:
        """The import package of each plugin by its id, for catalogues and files."""
        return {one.id: one.package for one in self._accepted.values()}

    def pages(self) -> list[tuple[str, Page]]:
        return [(one.id, page) for one in self._accepted.values() for page in one.pages]

    def capabilities(self) -> dict[str, Capability]:
        return {c.id: c for plugin in self.plugins.values() for c in plugin.manifest.capabilities}

    def tasks(self) -> dict[str, tuple[Task, ...]]:
        return {one.id: one.tasks for one in self._accepted.values()}

    def subscriptions(self) -> dict[str, tuple[Subscription[Any], ...]]:
        return {one.id: one.subscriptions for one in self._accepted.values()}

    def commands(self) -> dict[str, tuple[click.Command, ...]]:
        return {one.id: one.commands for one in self._accepted.values()}

    def apps(self) -> dict[str, AppConfig]:
        """The Tortoise app of each plugin that has tables; its label is the plugin's id."""
        return {
            one.id: AppConfig(models=(one.plugin.manifest.models,), migrations=one.plugin.manifest.migrations)
            for one in self._accepted.values()
            if one.plugin.manifest.models
        }

    def template_loaders(self) -> list[jinja2.BaseLoader]:
        """Templates reachable as `<id>/…` only, so that no plugin can shadow the core's or another's."""
        own: dict[str, jinja2.BaseLoader] = {}
        for name, folder in self._folders("templates"):
            own[name] = jinja2.FileSystemLoader(folder / name)
        return [_ByPlugin(own)] if own else []

    def static_folders(self) -> list[tuple[str, Path]]:
        """Static files, each plugin's under `<id>/`."""
        return [(f"{name}/", folder) for name, folder in self._folders("static")]

    def _folders(self, kind: str) -> Iterator[tuple[str, Path]]:
        for one in self._accepted.values():
            folder = Path(str(files(one.package))) / kind
            if folder.is_dir():
                yield one.id, folder


@dataclass(slots=True)
class _Loading:
    """Plugins on their way into the registry."""

    problems: list[Problem] = field(default_factory=list)
    taken: frozenset[str] = frozenset()
    accepted: dict[str, Accepted] = field(default_factory=dict)

    def take(self, name: str, installed: Mapping[str, Installed]) -> None:
        if name not in installed:
            if not any(known.plugin == name for known in self.problems):
                names = ", ".join(sorted(installed)) or "none"
                self.problems.append(problem("plugins.E003", name, installed=names))
            return
        found = installed[name]
        deprecation.know(_owner(found))
        deprecation.watch_fields(CONTEXTS)
        try:
            self.accepted[name] = inspection.accept(name, found.entry, found.tracker, self.taken)
        except Refused as exc:
            self.problems += exc.problems

    def ordered(self) -> list[Accepted]:
        """Those whose requirements run, each after what it requires or wants to follow; otherwise by id."""
        self._drop_unmet()
        while True:
            graph = {name: self._before(one) for name, one in sorted(self.accepted.items())}
            try:
                order = list(_by_id(TopologicalSorter(graph)))
            except CycleError as exc:
                self._drop_circle(exc.args[1])
                self._drop_unmet()
                continue
            self._check_capabilities()
            return [self.accepted[name] for name in order if name in self.accepted]

    def _before(self, one: Accepted) -> set[str]:
        manifest = one.plugin.manifest
        return {name for name in (*manifest.requires, *manifest.after) if name in self.accepted}

    def _drop_unmet(self) -> None:
        while True:
            unmet = [
                (name, required)
                for name, one in self.accepted.items()
                for required in one.plugin.manifest.requires
                if required not in self.accepted
            ]
            if not unmet:
                return
            for name, required in unmet:
                self.problems.append(problem("plugins.E009", name, requirement=required))
                self.accepted.pop(name, None)

    def _drop_circle(self, circle: list[str]) -> None:
        path = " → ".join(circle)
        for name in dict.fromkeys(circle):
            self.problems.append(problem("plugins.E010", name, circle=path))
            self.accepted.pop(name, None)

    def _check_capabilities(self) -> None:
        """A page may ask for capabilities of the core, of its own plugin, or of those it requires."""
        while True:
            wrong = [found for one in self.accepted.values() if (found := inspection.undeclared(one, self.accepted))]
            if not wrong:
                return
            for found in wrong:
                self.problems.append(found)
                self.accepted.pop(found.plugin, None)
            self._drop_unmet()


def _by_id(sorter: TopologicalSorter[str]) -> Iterator[str]:
    """Topological order with ties settled by id, whatever order plugins were installed or listed in."""
    sorter.prepare()
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()])
        name = ready.pop(0)
        yield name
        sorter.done(name)
