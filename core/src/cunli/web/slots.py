"""What plugins put into a page, collected in one batch before the synchronous render: slots, menu links, granted capabilities."""

from __future__ import annotations

import functools
import re
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
from cunli.county_settings import COLUMNS
from cunli.hooks import RULES, GrantContext, PageContext, SlotContext
from cunli.plugin import Fragment, MenuItem
from cunli.problems import problem
from cunli.trips import Check
from cunli.web import slot_view
from cunli.web.menu import PURPOSES, Door, arranged
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
    menu: tuple[Door, ...] = ()

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
    asked = [SlotContext(slot=slot, page=page, subjects=visit.subjects.get(slot, ())) for slot in wanted.slots]
    filling = _Filling(registry, env, enabled, allowed)
    filled = await (_watched(filling, asked, view) if view else filling.all_of(asked))
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


async def _menu(registry: Registry, page: PageContext, enabled: frozenset[str], allowed: Allowed) -> tuple[Door, ...]:
    """The doors, in the columns of the county's profile."""
    rule = RULES["menu_items"]
    answers = await registry.dispatch.collect("menu_items", page, enabled, check=_checked_menu, deadline=rule.deadline)
    items = [(one.plugin, item) for one in answers for item in one.value if allowed.marked(one.plugin, item.sensitive)]
    return arranged(
        [(who, item) for who, item in items if not item.needs or page.may(item.needs)], page.setting(COLUMNS)
    )


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
        if item.column not in PURPOSES:
            raise TypeError(f"the column of a MenuItem is one of {', '.join(PURPOSES)}, not {item.column!r}")
        _on_this_site(item.url)
        items.append(item)
    return tuple(items)


# -- slots -------------------------------------------------------------------------------------------------------------

Fragments = Mapping[int | None, Sequence[Fragment]]


@dataclass(frozen=True, slots=True)
class _Filling:
    """Asks plugins about slots and draws what they give."""

    registry: Registry
    env: jinja2.Environment
    enabled: frozenset[str]
    allowed: Allowed

    async def all_of(self, asked: Sequence[SlotContext]) -> dict[tuple[str, int | None], Markup]:
        """All slots of a page in one trip. Those whose turn does not come within the budget stay empty."""
        if not asked:
            return {}
        questions = [(ctx, _checking(ctx)) for ctx in asked]
        answers = await self.registry.dispatch.collect_each(
            "slot_fragments",
            questions,
            self.enabled,
            deadline=min(BUDGET, RULES["slot_fragments"].deadline),
            budget=BUDGET,
        )
        filled: dict[tuple[str, int | None], Markup] = {}
        for ctx, found in zip(asked, answers, strict=True):
            if found is not None:
                filled |= await self.drawn(ctx, {answer.plugin: answer.value for answer in found})
        return filled

    async def one(self, ctx: SlotContext, deadline: float) -> dict[tuple[str, int | None], Markup]:
        """One slot by itself."""
        collect = self.registry.dispatch.collect
        answers = await collect("slot_fragments", ctx, self.enabled, check=_checking(ctx), deadline=deadline)
        return await self.drawn(ctx, {answer.plugin: answer.value for answer in answers})

    async def drawn(self, ctx: SlotContext, given: dict[str, Fragments]) -> dict[tuple[str, int | None], Markup]:
        """What plugins gave for a slot, as HTML; a comment where one failed."""
        given |= await _under_former_names(self.registry, ctx, given, _checking(ctx), RULES["slot_fragments"].deadline)
        filled: dict[tuple[str, int | None], list[str]] = defaultdict(list)
        for call in self.registry.plan("slot_fragments", self.enabled):
            plugin = call.plugin
            if plugin not in given:
                filled[ctx.slot, None].append(_gap(plugin, ctx.slot))
                continue
            let_through = _let_through(self.allowed, plugin, given[plugin])
            for subject, drawn in _drawn_of(self.registry, self.env, plugin, ctx.slot, let_through).items():
                filled[ctx.slot, subject].append(drawn)
        return {key: Markup("\n".join(parts)) for key, parts in filled.items()}  # noqa: S704 `_drawn_of` escaped each of them


async def _watched(
    filling: _Filling, asked: Sequence[SlotContext], view: slot_view.SlotView
) -> dict[tuple[str, int | None], Markup]:
    """Slot by slot, so that the author of a page sees what each took."""
    filled: dict[tuple[str, int | None], Markup] = {}
    ends = time.monotonic() + BUDGET
    for ctx in asked:
        if (left := ends - time.monotonic()) <= 0:
            filled |= view.skipped(ctx)
            continue
        fill = functools.partial(filling.one, ctx, min(left, RULES["slot_fragments"].deadline))
        filled |= await view.watch(ctx, filling.registry.plan("slot_fragments", filling.enabled), fill)
    return filled


def _checking(ctx: SlotContext) -> Check[Fragments]:
    return functools.partial(_checked_fragments, {None, *ctx.subjects})


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


def _checked_fragments(subjects: set[int | None], value: object) -> Fragments:
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
    for those in given.values():
        for one in those:
            if one.sensitive is not None:
                break
        else:
            continue
        break
    else:  # nothing to ask about: eighty pieces may stand on a page
        return given
    return {who: [one for one in those if allowed.marked(plugin, one.sensitive)] for who, those in given.items()}


def _drawn_of(
    registry: Registry, env: jinja2.Environment, plugin: str, slot: str, given: Fragments
) -> dict[int | None, str]:
    """The pieces of one plugin by subject, as HTML in which everything is escaped: all in one go, and one by one when that fails, so that only what fails is a gap."""
    inside = registry.dispatch.inside

    named = escape(f"{plugin}-{slot.replace('.', '-')}")
    around = f'<div id="{named}', f'" data-plugin="{escape(plugin)}" data-hx-target="this">'

    def one(subject: int | None) -> str:
        return _drawn(env, plugin, around, subject, given[subject])

    def all_of_them() -> dict[int | None, str]:
        return {subject: one(subject) for subject in given}

    drawn = inside(f"slot {slot}", plugin, all_of_them, None, count=len(given) < 2)
    if drawn is not None:
        return drawn
    gap = _gap(plugin, slot)
    if len(given) < 2:
        return dict.fromkeys(given, gap)
    return {subject: inside(f"slot {slot}", plugin, functools.partial(one, subject), gap) for subject in given}


def _gap(plugin: str, slot: str) -> str:
    return str(Markup("<!-- {}: {} -->").format(slot, plugin))


def _drawn(
    env: jinja2.Environment, plugin: str, around: tuple[str, str], subject: int | None, fragments: Sequence[Fragment]
) -> str:
    """HTML as plain text: eighty of these may stand on a page, and each `Markup` costs more than all else that is done here."""
    pieces = "".join([_piece(env, plugin, fragment) for fragment in fragments])
    if not pieces:
        return ""
    number = "" if subject is None else f"-{subject:d}"
    return f"{around[0]}{number}{around[1]}{pieces}</div>"


def _piece(env: jinja2.Environment, plugin: str, fragment: Fragment) -> str:
    if fragment.template:
        if not fragment.template.startswith(f"{plugin}/"):
            raise ValueError(f"{fragment.template} is not one of this plugin's own templates")
        return str(escape(env.get_template(fragment.template).make_module(dict(fragment.context))))
    if fragment.lazy:
        return str(
            Markup(
                '<div data-hx-get="{0}" data-hx-trigger="load" data-hx-swap="outerHTML"><a href="{0}">{1}</a></div>'
            ).format(_on_this_site(fragment.lazy), fragment.label)
        )
    text = fragment.text
    if type(text) is str and not _UNSAFE.search(text):
        return text
    return str(escape(text))


_UNSAFE: Final = re.compile("[&<>\"']")
