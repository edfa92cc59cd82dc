"""What plugins put into a page, collected in one batch before the synchronous render: slots, menu links, granted capabilities."""

from __future__ import annotations

import functools
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import jinja2
from jinja2 import nodes
from markupsafe import Markup, escape

from cunli import deprecation, enabling, plugin_values
from cunli.hooks import RULES, GrantContext, PageContext, SlotContext
from cunli.plugin import Fragment, MenuItem
from cunli.problems import problem
from cunli.trips import Check
from cunli.web import slot_view
from cunli.web.safe_url import same_site_path

if TYPE_CHECKING:
    from cunli.places.queries import VillageNow
    from cunli.registry import Registry
    from cunli.web.site import Site
    from cunli.web.visit import Visit

BUDGET: Final = 0.5  # seconds for all plugins on one page; after that, what is left is left out
Filled = Mapping[tuple[str, int | None], Markup]


@dataclass(frozen=True, slots=True)
class Slots:
    """What templates call: `{{ slot("village.sidebar") }}`, `{{ slot("post.below", post.id) }}`, `slot.menu`."""

    filled: Filled = field(default_factory=dict)
    menu: tuple[MenuItem, ...] = ()

    def __call__(self, name: str, subject: int | None = None) -> Markup:
        return self.filled.get((deprecation.present_name(name), subject), Markup(""))


nothing: Final = Slots()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one template asks plugins for."""

    slots: tuple[str, ...]
    menu: bool


async def collect(site: Site, visit: Visit, template: str, block: str | None) -> Slots:
    """Ask every plugin that is on in this village, once for each slot that the template really contains."""
    registry, view = site.registry, slot_view.current.get()
    if visit.village is None or not (registry.running or view):
        return nothing
    env = site.templates.environment(visit.locale)
    wanted = wanted_by(env, template, block)
    enabled = await enabling.enabled_for(registry, visit.village)
    if not (enabled or view) or not (wanted.slots or wanted.menu):
        return nothing
    if view is not None:
        view.template = template
    page = await page_context(visit)
    ends = time.monotonic() + BUDGET
    filled: dict[tuple[str, int | None], Markup] = {}
    for slot in wanted.slots:
        ctx = SlotContext(slot=slot, page=page, subjects=visit.subjects.get(slot, ()))
        if (left := ends - time.monotonic()) <= 0:
            filled |= view.skipped(ctx) if view else {}
            continue
        deadline = min(left, RULES["slot_fragments"].deadline)
        fill = functools.partial(_fill, registry, env, ctx, enabled, deadline)
        filled |= await (view.watch(ctx, registry.plan("slot_fragments", enabled), fill) if view else fill())
    menu = await _menu(registry, page, enabled) if wanted.menu else ()
    return Slots(filled, menu)


async def page_context(visit: Visit) -> PageContext:
    """What hooks are told about the village page that is being made."""
    return PageContext(
        village_id=visit.here.id,
        village_url=visit.here.url,
        person_id=visit.person.id if visit.person else None,
        verified=visit.standing is not None and visit.standing.verified,
        locale=visit.locale,
        may=visit.may,
        setting=await plugin_values.values_for(visit.village),
    )


async def grants(site: Site, visit: Visit) -> frozenset[str]:
    """Capabilities that plugins give this person here, each its own ones only. A plugin that fails grants nothing."""
    registry, person, village = site.registry, visit.person, visit.village
    if person is None or village is None or not registry.running:
        return frozenset()
    verified = visit.standing is not None and visit.standing.verified
    return await granted_to(registry, village, person.id, verified=verified)


async def granted_to(registry: Registry, village: VillageNow, person_id: int, *, verified: bool) -> frozenset[str]:
    """The same for somebody who is not visiting."""
    enabled = await enabling.enabled_for(registry, village)
    ctx = GrantContext(
        person_id=person_id,
        village_id=village.id,
        verified=verified,
        setting=await plugin_values.values_for(village),
    )
    rule = RULES["grants"]
    answers = await registry.dispatch.collect("grants", ctx, enabled, check=_checked_grants, deadline=rule.deadline)
    granted: set[str] = set()
    for answer in answers:
        own = {c.id for c in registry.plugins[answer.plugin].manifest.capabilities}
        if strange := sorted(answer.value - own):
            found = problem("plugins.E021", answer.plugin, capability=strange[0])
            registry.dispatch.health.blame("grants", answer.plugin, found)
            continue
        granted |= answer.value
    return frozenset(granted)


def _checked_grants(value: object) -> frozenset[str]:
    if not isinstance(value, frozenset | set) or not all(isinstance(one, str) for one in value):
        raise TypeError("grants() gives a frozenset of capability names")
    return frozenset(value)


# -- menu --------------------------------------------------------------------------------------------------------------


async def _menu(registry: Registry, page: PageContext, enabled: frozenset[str]) -> tuple[MenuItem, ...]:
    rule = RULES["menu_items"]
    answers = await registry.dispatch.collect("menu_items", page, enabled, check=_checked_menu, deadline=rule.deadline)
    items = [item for answer in answers for item in answer.value]
    return tuple(item for item in items if not item.needs or page.may(item.needs))


def _on_this_site(url: str) -> str:
    path, _, _anchor = url.partition("#")
    if same_site_path(path, "") != path or not path:
        raise ValueError(f"{url} is not a path of this site")
    return url


def _checked_menu(value: Iterable[object]) -> tuple[MenuItem, ...]:
    items: list[MenuItem] = []
    for item in value:
        if not isinstance(item, MenuItem) or not str(item.label):
            raise TypeError(f"menu_items() gives MenuItems with a label, not {item!r}")
        _on_this_site(item.url)
        items.append(item)
    return tuple(items)


# -- slots -------------------------------------------------------------------------------------------------------------

Fragments = Mapping[int | None, Sequence[Fragment]]


async def _fill(
    registry: Registry, env: jinja2.Environment, ctx: SlotContext, enabled: frozenset[str], deadline: float
) -> dict[tuple[str, int | None], Markup]:
    def check(value: object) -> Fragments:
        return _checked_fragments(value, {None, *ctx.subjects})

    asked = registry.plan("slot_fragments", enabled)
    answers = await registry.dispatch.collect("slot_fragments", ctx, enabled, check=check, deadline=deadline)
    given = {answer.plugin: answer.value for answer in answers}
    given |= await _under_former_names(registry, ctx, given, check, deadline)
    filled: dict[tuple[str, int | None], list[Markup]] = defaultdict(list)
    for call in asked:
        if call.plugin not in given:
            filled[ctx.slot, None].append(_gap(call.plugin, ctx.slot))
            continue
        for subject, drawn in _drawn_of(registry, env, call.plugin, ctx.slot, given[call.plugin]).items():
            filled[ctx.slot, subject].append(drawn)
    return {key: Markup("\n".join(parts)) for key, parts in filled.items()}  # noqa: S704 parts are Markup, each of them


async def _under_former_names(
    registry: Registry, ctx: SlotContext, given: Mapping[str, Fragments], check: Check[Fragments], deadline: float
) -> dict[str, Fragments]:
    """Who has nothing for a slot that was renamed is asked again under the name it may know."""
    found: dict[str, Fragments] = {}
    for former in deprecation.former_names(ctx.slot):
        silent = frozenset(plugin for plugin, fragments in given.items() if not any(fragments.values()))
        asked = replace(ctx, slot=former.name)
        functions = {call.plugin: call.function for call in registry.plan("slot_fragments", silent)}
        for answer in await registry.dispatch.collect("slot_fragments", asked, silent, check=check, deadline=deadline):
            if not any(answer.value.values()):
                continue
            try:
                deprecation.slot_used(former, answer.plugin, functions[answer.plugin].__code__)
            except deprecation.RemovedIn1Warning:
                registry.dispatch.health.blame(
                    "slot_fragments", answer.plugin, deprecation.found_of(answer.plugin, former)
                )
            else:
                found[answer.plugin] = answer.value
    return found


def _checked_fragments(value: object, subjects: set[int | None]) -> Fragments:
    if not isinstance(value, Mapping):
        raise TypeError("slot_fragments() gives a mapping of subject id to fragments")
    checked: dict[int | None, Sequence[Fragment]] = {}
    for subject, fragments in value.items():
        if subject not in subjects:
            raise ValueError(f"nobody asked about {subject!r}")
        checked[subject] = given = tuple(fragments)
        for one in given:
            if not isinstance(one, Fragment):
                raise TypeError("slot_fragments() gives sequences of Fragment")
    return checked


def _drawn_of(
    registry: Registry, env: jinja2.Environment, plugin: str, slot: str, given: Fragments
) -> dict[int | None, Markup]:
    """The pieces of one plugin by subject: all in one go, and one by one when that fails, so that only what fails is a gap."""
    inside = registry.dispatch.inside

    named = escape(f"{plugin}-{slot.replace('.', '-')}")
    around = f'<div id="{named}', f'" data-plugin="{escape(plugin)}" data-hx-target="this">'

    def one(subject: int | None) -> Markup:
        return _drawn(env, plugin, around, subject, given[subject])

    def all_of_them() -> dict[int | None, Markup]:
        return {subject: one(subject) for subject in given}

    drawn = inside(f"slot {slot}", plugin, all_of_them, None, count=len(given) < 2)
    if drawn is not None:
        return drawn
    gap = _gap(plugin, slot)
    if len(given) < 2:
        return dict.fromkeys(given, gap)
    return {subject: inside(f"slot {slot}", plugin, functools.partial(one, subject), gap) for subject in given}


def _gap(plugin: str, slot: str) -> Markup:
    return Markup("<!-- {}: {} -->").format(slot, plugin)


def _drawn(
    env: jinja2.Environment, plugin: str, around: tuple[str, str], subject: int | None, fragments: Sequence[Fragment]
) -> Markup:
    pieces = "".join([_piece(env, plugin, fragment) for fragment in fragments])
    if not pieces:
        return Markup("")
    # eighty of these may stand on a page, and Markup.format takes fifteen times as long: each value was escaped before
    number = "" if subject is None else f"-{subject:d}"
    return Markup(f"{around[0]}{number}{around[1]}{pieces}</div>")  # noqa: S704 every value in it is Markup or a number


def _piece(env: jinja2.Environment, plugin: str, fragment: Fragment) -> Markup:
    if fragment.template:
        if not fragment.template.startswith(f"{plugin}/"):
            raise ValueError(f"{fragment.template} is not one of this plugin's own templates")
        return escape(env.get_template(fragment.template).make_module(dict(fragment.context)))
    if fragment.lazy:
        return Markup(
            '<div data-hx-get="{0}" data-hx-trigger="load" data-hx-swap="outerHTML"><a href="{0}">{1}</a></div>'
        ).format(_on_this_site(fragment.lazy), fragment.label)
    return escape(fragment.text)


# -- which slots a template has ----------------------------------------------------------------------------------------

_known: WeakKeyDictionary[jinja2.Environment, dict[tuple[str, str | None], Wanted]] = WeakKeyDictionary()


def wanted_by(env: jinja2.Environment, template: str, block: str | None = None) -> Wanted:
    """The slots of a template, its parents and its includes, read from the syntax tree once and remembered."""
    known = _known.setdefault(env, {})
    if (wanted := known.get((template, block))) is None:
        calls = list(_uses(env, template, block, set()))
        names = tuple(dict.fromkeys(name for name in calls if name))
        wanted = known[template, block] = Wanted(slots=names, menu="" in calls)
    return wanted


def slots_in(env: jinja2.Environment, template: str) -> frozenset[str]:
    """The names of the slots a template contains, with its parents and includes."""
    return frozenset(wanted_by(env, template).slots)


def templates_of(env: jinja2.Environment, template: str) -> list[str]:
    """The template itself, its parents and its includes."""
    seen: set[str] = set()
    for _name in _uses(env, template, None, seen):
        pass
    return [template, *sorted(seen - {template})]


def _uses(env: jinja2.Environment, name: str, block: str | None, seen: set[str]) -> Iterator[str]:
    """Slot names in the order of the page; the empty name stands for the menu."""
    if name in seen or env.loader is None:
        return
    seen.add(name)
    try:
        source = env.loader.get_source(env, name)[0]
    except jinja2.TemplateNotFound:
        return  # an include that may be missing; if it may not, rendering says so
    tree: nodes.Node = env.parse(source, name)
    parents = _constants(tree.find_all(nodes.Extends))
    if block is not None:
        found = next((b for b in tree.find_all(nodes.Block) if b.name == block), None)
        if found is None:
            for parent in parents:
                yield from _uses(env, parent, block, seen)
            return
        tree, parents = found, []
    yield from _used_here(tree, name)
    imports: list[nodes.FromImport | nodes.Import] = [*tree.find_all(nodes.FromImport), *tree.find_all(nodes.Import)]
    macros = [one for one in imports if one.with_context]  # others cannot see `slot`
    for other in (*_constants(tree.find_all(nodes.Include)), *_constants(macros), *_shells(tree), *parents):
        yield from _uses(env, other, None, seen)


def _shells(tree: nodes.Node) -> Iterator[str]:
    """Templates drawn by `shell("name", …)`: parts of the page like any include."""
    for call in tree.find_all(nodes.Call):
        first = call.args[0] if call.args else None
        if isinstance(call.node, nodes.Name) and call.node.name == "shell" and isinstance(first, nodes.Const):
            yield str(first.value)


def _used_here(tree: nodes.Node, template: str) -> Iterator[str]:
    for call in tree.find_all(nodes.Call):
        first = call.args[0] if call.args else None
        if isinstance(call.node, nodes.Name) and call.node.name == "slot" and isinstance(first, nodes.Const):
            yield deprecation.slot_in_template(str(first.value), template, call.lineno)
    for attribute in tree.find_all(nodes.Getattr):
        if isinstance(attribute.node, nodes.Name) and attribute.node.name == "slot" and attribute.attr == "menu":
            yield ""


def _constants(references: Iterable[Any]) -> list[str]:
    names: list[str] = []
    for reference in references:
        chosen = reference.template
        options = chosen.items if isinstance(chosen, nodes.List | nodes.Tuple) else [chosen]
        names += [str(option.value) for option in options if isinstance(option, nodes.Const)]
    return names
