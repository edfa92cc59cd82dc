"""What plugins put into a page, collected in one batch before the synchronous render: slots, menu links, granted capabilities."""

from __future__ import annotations

import functools
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import jinja2
from markupsafe import Markup, escape

from cunli import deprecation, enabling, plugin_values
from cunli.compliance import profile_now
from cunli.compliance.deciding import Allowed
from cunli.hooks import RULES, GrantContext, PageContext, SlotContext
from cunli.plugin import Fragment, MenuItem
from cunli.problems import problem
from cunli.trips import Check
from cunli.web import slot_view
from cunli.web.safe_url import same_site_path
from cunli.web.wanted import wanted_by

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


async def collect(site: Site, visit: Visit, template: str, block: str | None) -> Slots:
    """Ask every plugin that is on in this village, once for each slot that the template really contains."""
    registry, view = site.registry, slot_view.current.get()
    if visit.village is None or not (registry.running or view):
        return nothing
    env = visit.themed.templates.environment(visit.locale)
    wanted = wanted_by(env, template, block)
    enabled = await enabling.enabled_for(registry, visit.village)
    if not (enabled or view) or not (wanted.slots or wanted.menu):
        return nothing
    if view is not None:
        view.template = template
    page = await page_context(visit)
    allowed = await profile_now.allowed_in(registry, visit.village)
    ends = time.monotonic() + BUDGET
    filled: dict[tuple[str, int | None], Markup] = {}
    for slot in wanted.slots:
        ctx = SlotContext(slot=slot, page=page, subjects=visit.subjects.get(slot, ()))
        if (left := ends - time.monotonic()) <= 0:
            filled |= view.skipped(ctx) if view else {}
            continue
        deadline = min(left, RULES["slot_fragments"].deadline)
        fill = functools.partial(_fill, registry, env, ctx, enabled, allowed, deadline)
        filled |= await (view.watch(ctx, registry.plan("slot_fragments", enabled), fill) if view else fill())
    menu = await _menu(registry, page, enabled, allowed) if wanted.menu else ()
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
        allows=await profile_now.allowed_in(visit.site.registry, visit.village),
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
        allows=await profile_now.allowed_in(registry, village),
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


async def _menu(
    registry: Registry, page: PageContext, enabled: frozenset[str], allowed: Allowed
) -> tuple[MenuItem, ...]:
    rule = RULES["menu_items"]
    answers = await registry.dispatch.collect("menu_items", page, enabled, check=_checked_menu, deadline=rule.deadline)
    items = [item for one in answers for item in one.value if allowed.marked(one.plugin, item.sensitive)]
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
    registry: Registry,
    env: jinja2.Environment,
    ctx: SlotContext,
    enabled: frozenset[str],
    allowed: Allowed,
    deadline: float,
) -> dict[tuple[str, int | None], Markup]:
    def check(value: object) -> Fragments:
        return _checked_fragments(value, {None, *ctx.subjects})

    asked = registry.plan("slot_fragments", enabled)
    answers = await registry.dispatch.collect("slot_fragments", ctx, enabled, check=check, deadline=deadline)
    given = {answer.plugin: answer.value for answer in answers}
    given |= await _under_former_names(registry, ctx, given, check, deadline)
    given = {plugin: _let_through(allowed, plugin, fragments) for plugin, fragments in given.items()}
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


def _let_through(allowed: Allowed, plugin: str, given: Fragments) -> Fragments:
    return {who: [one for one in those if allowed.marked(plugin, one.sensitive)] for who, those in given.items()}


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
