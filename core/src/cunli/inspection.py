"""Looking at one plugin before it is let in: its shape, hooks, names, tables and templates. Every finding has an id."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from tortoise.fields.relational import RelationalField
from tortoise.models import Model

from cunli import deprecation, duties, hooks
from cunli.compliance import kinds
from cunli.db import VillageModel
from cunli.doors.declared import wrong_names
from cunli.feed_kinds import wrong_kinds
from cunli.hooks import LOADING, HookSpecs
from cunli.jobs.events import Event, Subscription
from cunli.jobs.rules import error_text
from cunli.jobs.tasks import Task
from cunli.loading import NotLoaded, while_loading
from cunli.plugin import FeedKind, Manifest, Plugin
from cunli.plugin_setting import LONGEST_KEY, Setting, contradictions
from cunli.problems import Problem, problem
from cunli.removal.values import kind_of
from cunli.trust.policy import CAPABILITIES
from cunli.web.pages import Page

T = TypeVar("T")
ID: Final = re.compile(r"[a-z][a-z0-9_]{1,30}")
TAKEN: Final = frozenset(
    (
        "core",
        "places",
        "people",
        "feed",
        "media",
        "trust",
        "notify",
        "jobs",
        "web",
        "db",
        "console",
        "plugins",
        "themes",
        "static",
    )
)
_KEY: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_OPTIONS: Final = ("tryfirst", "trylast", "wrapper", "hookwrapper", "optionalhook", "specname")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A plugin that passed, and what its load-time hooks gave."""

    id: str
    package: str
    plugin: Plugin
    pages: tuple[Page, ...]
    tasks: tuple[Task, ...]
    subscriptions: tuple[Subscription[Any], ...]
    kinds: tuple[FeedKind, ...] = ()
    commands: tuple[click.Command, ...] = ()


class Refused(Exception):
    """A plugin that did not pass, and everything that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(map(str, self.problems)))


def accept(name: str, entry: EntryPoint, tracker: str, taken: frozenset[str] = TAKEN) -> Accepted:
    """Import and check one plugin. Raises `Refused`; a plugin that raises or hangs while loading is refused too."""
    if not ID.fullmatch(name) or name in taken | TAKEN:
        raise Refused([problem("plugins.E017", name)])
    plugin = _run(name, "plugins.E004", entry.load, tracker, name=entry.value)
    if not isinstance(plugin, Plugin) or not isinstance(getattr(plugin, "manifest", None), Manifest):
        raise Refused([problem("plugins.E005", name, found=type(plugin).__name__)])
    package = entry.module.partition(".")[0]
    found = [*_hooks(name, plugin), *_capabilities(name, plugin), *_settings(name, plugin, package)]
    found += [*_sensitive(name, plugin), *wrong_names(name, plugin.manifest.messages, plugin.manifest.acts)]
    found += [*_templates(name, package), *duties.declared(name, plugin)]
    if not found and plugin.manifest.models:
        module = _run(name, "plugins.E004", lambda: importlib.import_module(str(plugin.manifest.models)), tracker)
        found = [*_tables(name, module), *duties.undeclared_keys(name, plugin, module)]
    if found:
        raise Refused(found)
    accepted = Accepted(
        id=name,
        package=package,
        plugin=plugin,
        pages=_given(name, plugin.pages, Page, tracker),
        tasks=_given(name, plugin.tasks, Task, tracker),
        subscriptions=_given(name, plugin.subscriptions, Subscription, tracker),
        kinds=_given(name, plugin.feed_kinds, FeedKind, tracker),
        commands=_given(name, plugin.commands, click.Command, tracker),
    )
    if found := [*_names(accepted), *wrong_kinds(accepted.id, package, plugin.manifest, accepted.kinds)]:
        raise Refused(found)
    return accepted


def undeclared(one: Accepted, accepted: Mapping[str, Accepted]) -> Problem | None:
    """The first page that asks for a capability which neither the core, nor the plugin, nor what it requires declares."""
    owners = (one, *(accepted[name] for name in one.plugin.manifest.requires if name in accepted))
    declared = {*CAPABILITIES, *(c.id for owner in owners for c in owner.plugin.manifest.capabilities)}
    for page in one.pages:
        if page.audience.kind == "capability" and page.audience.capability not in declared:
            return problem("plugins.E020", one.id, path=page.path, capability=page.audience.capability)
    return None


def _run(plugin: str, kind: str, work: Callable[[], T], tracker: str, name: str = "") -> T:
    try:
        return while_loading(plugin, work, deadline=LOADING)
    except NotLoaded as exc:
        error = f"{exc} ({error_text(exc.__cause__)})" if exc.__cause__ else str(exc)
    raise Refused([problem(kind, plugin, error=error, name=name, tracker=tracker or "no address given")])


def _given(plugin: str, provide: Callable[[], Iterable[object]], kind: type[T], tracker: str) -> tuple[T, ...]:
    def read() -> tuple[T, ...]:
        given = tuple(provide())
        for one in given:
            if not isinstance(one, kind):
                raise TypeError(f"{one!r} is not a {kind.__name__}")
        return given  # type: ignore[return-value]

    return _run(plugin, "plugins.E015", read, tracker, name=provide.__name__)


def _hooks(name: str, plugin: Plugin) -> Iterator[Problem]:
    for klass in type(plugin).__mro__:
        if klass is Plugin:
            return
        for attribute, value in vars(klass).items():
            yield from _hook(name, attribute, value)


def _hook(plugin: str, name: str, value: Any) -> Iterator[Problem]:
    options: Mapping[str, Any] | None = getattr(value, "cunli_impl", None)
    if name not in hooks.ALL:
        if options is not None:
            yield problem("plugins.E007", plugin, name=name, known=", ".join(hooks.ALL))
        return
    definition = getattr(HookSpecs, name)
    if options is None:
        yield problem("plugins.E006", plugin, name=name)
        return
    if asked := [option for option in _OPTIONS if options.get(option)]:
        yield problem("plugins.E011", plugin, name=name, options=", ".join(asked))
    if inspect.iscoroutinefunction(value) != inspect.iscoroutinefunction(definition):
        colour = "async def" if inspect.iscoroutinefunction(definition) else "def"
        yield problem("plugins.E008", plugin, name=name, colour=colour)
    wanted = inspect.signature(definition)
    if not callable(value) or tuple(inspect.signature(value).parameters) != tuple(wanted.parameters):
        signature = f"({', '.join(wanted.parameters)})"
        yield problem("plugins.E018", plugin, name=name, signature=signature)
    elif (gone := deprecation.hook_used(plugin, name, value.__code__)) is not None:
        yield gone


def _capabilities(name: str, plugin: Plugin) -> Iterator[Problem]:
    for capability in plugin.manifest.capabilities:
        if not capability.id.startswith(f"{name}."):
            yield problem("plugins.E016", name, what="capability", name=capability.id)


def _settings(name: str, plugin: Plugin, package: str) -> Iterator[Problem]:
    given: object = plugin.manifest.settings
    declared = given if isinstance(given, tuple) else (given,)
    for one in declared:
        if not isinstance(one, Setting):
            yield problem("plugins.E023", name, name=repr(one), why="it is not a Setting")
        elif not _KEY.fullmatch(str(one.key)) or one.plugin != name or len(one.key) > LONGEST_KEY:
            yield problem("plugins.E022", name, name=one.key)
        else:
            yield from (problem("plugins.E023", name, name=one.key, why=why) for why in _against_itself(one))
    keys = [one.key for one in declared if isinstance(one, Setting)]
    yield from _twice(name, "settings", keys)
    for key, module in _made_in(package):
        if key not in keys and key.partition(".")[0] == name:
            yield problem("plugins.E024", name, name=key, module=module)


def _sensitive(name: str, plugin: Plugin) -> Iterator[Problem]:
    yield from (problem("plugins.E051", name, why=why) for why in kinds.contradictions(plugin.manifest.sensitive))


def _undeclared_marks(one: Accepted) -> Iterator[Problem]:
    declared = {use.kind for use in one.plugin.manifest.sensitive}
    marks = [*(("page", p.path, p.sensitive) for p in one.pages), *(("task", t.name, t.sensitive) for t in one.tasks)]
    for what, which, mark in marks:
        if mark is not None and mark not in declared:
            yield problem("plugins.E050", one.id, what=what, name=which, sensitive=mark)


def _against_itself(one: Setting[Any]) -> list[str]:
    try:
        return list(contradictions(one))
    except (TypeError, ValueError) as exc:  # a type that the checker would have refused
        return [str(exc)]


def _made_in(package: str) -> Iterator[tuple[str, str]]:
    """Keys of the settings that the loaded modules of a package hold, with the module."""
    for name, module in sorted(sys.modules.items()):
        if name.partition(".")[0] == package:
            yield from ((one.key, name) for one in vars(module).values() if isinstance(one, Setting))


def _templates(name: str, package: str) -> Iterator[Problem]:
    folder = Path(str(files(package))) / "templates"
    if folder.is_dir():
        for found in sorted(folder.iterdir()):
            if found.name != name:
                yield problem("plugins.E012", name, found=found.name)


def _tables(name: str, module: Any) -> Iterator[Problem]:
    for value in vars(module).values():
        own = isinstance(value, type) and issubclass(value, Model) and value.__module__ == module.__name__
        if own and not value._meta.abstract:
            yield from _table(name, value)


def _table(name: str, value: type[Model]) -> Iterator[Problem]:
    table = value._meta.db_table
    if not table.startswith(f"{name}_"):
        yield problem("plugins.E013", name, table=table, model=value.__name__)
    for field_name, field in value._meta.fields_map.items():
        if not isinstance(field, RelationalField) and kind_of(field) is None:
            yield problem("plugins.E027", name, model=value.__name__, field=field_name, found=type(field).__name__)
    if not issubclass(value, VillageModel) and getattr(value, "scope", "") != "county":
        yield problem("plugins.E014", name, model=value.__name__)
    for follows in value.follows if issubclass(value, VillageModel) else ():
        if not _leads(value._meta.fields_map[follows]):
            yield problem("plugins.E028", name, model=value.__name__, field=follows)


def _leads(field: Any) -> bool:
    """Whether this is a key to rows that belong to a village: others follow where those go when it is split."""
    target = getattr(field, "model_name", "")
    known = {f"core.{one.__name__}" for one in VillageModel.__subclasses__() if one.__module__.startswith("cunli.")}
    return isinstance(target, type) or bool(target and (not target.startswith("core.") or target in known))


def _names(one: Accepted) -> Iterator[Problem]:
    jobs = [*(("task", task.name) for task in one.tasks), *(("subscription", s.name) for s in one.subscriptions)]
    for what, name in jobs:
        if not name.startswith(f"{one.id}."):
            yield problem("plugins.E016", one.id, what=what, name=name)
    for subscription in one.subscriptions:
        if not (
            isinstance(subscription.event, type) and issubclass(subscription.event, Event) and subscription.event.kind
        ):
            yield problem("plugins.E015", one.id, name="subscriptions", error="not an Event with a kind", tracker="")
    yield from _undeclared_marks(one)
    yield from _twice(one.id, "tasks or subscriptions", [name for _, name in jobs])
    yield from _twice(one.id, "kinds of entry", [kind.id for kind in one.kinds])
    yield from _twice(one.id, "commands", [str(command.name) for command in one.commands])
    yield from _twice(one.id, "pages", [f"{m} {p.scope} {p.path}" for p in one.pages for m in p.methods])


def _twice(plugin: str, what: str, names: list[str]) -> Iterator[Problem]:
    for name, count in Counter(names).items():
        if count > 1:
            yield problem("plugins.E019", plugin, what=what, name=name)
