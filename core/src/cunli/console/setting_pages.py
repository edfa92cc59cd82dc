"""Settings as officials see them, a plugin's or the core's own: for each region what counts, who said so, and a way to say otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from cunli import county_settings, plugin_values
from cunli.console.frame import framed
from cunli.places import queries as places
from cunli.places.queries import Crumb, Place, RegionNow
from cunli.places.rules import LEVELS
from cunli.plugin_setting import MOST, Setting
from cunli.plugin_values import Value, Values, WrongValue
from cunli.trust import policy
from cunli.web.errors import Forbidden, NotFound, Text, WayOut
from cunli.web.forms import Form
from cunli.web.i18n import _
from cunli.web.pages import Page
from cunli.web.visit import Visit

MANAGE: Final = "core.plugin.manage"
SET: Final = "core.setting.manage"
CORE: Final = "/admin/settings"
ON, OFF = "on", "off"
WHO_SAYS: Final[dict[str, Text]] = {
    "county": _("这一项只由县里定。"),
    "township": _("这一项由县里和镇里定。"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One setting in one region. `value` fills its field, `shown` says it in words, `inherited` what is above."""

    setting: Setting[Any]
    own: bool
    left: bool  # something is stored here that does not count (any more)
    open: bool  # whether this region may set it
    value: str
    shown: Text
    whence: Text  # the region whose value counts; empty for the default
    inherited: Text
    inherited_whence: Text
    choices: tuple[tuple[str, Text], ...]
    hint: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Whose settings an address is about: a plugin's, or the core's own (`plugin` is empty). Groups as they stand on the page."""

    plugin: str
    label: Text
    home: str
    groups: tuple[tuple[Text, tuple[Setting[Any], ...]], ...]

    @property
    def settings(self) -> dict[str, Setting[Any]]:
        """By the key without its owner."""
        return {one.name: one for _label, group in self.groups for one in group}

    @property
    def title(self) -> Text:
        return _("%(plugin)s的设置", plugin=self.label) if self.plugin else self.label

    @property
    def back(self) -> str:
        """Where the page of the highest region leads back to; the core's is a door of its own."""
        return f"/admin/plugins/{self.plugin}" if self.plugin else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The settings and the region that an address names, both of them this visitor's to manage."""

    shelf: Shelf
    place: Place
    region: RegionNow
    values: Values

    @property
    def url(self) -> str:
        return f"{self.shelf.home}/{self.region.id}"


def _home(plugin: str) -> str:
    return f"/admin/plugins/{plugin}/settings"


# -- finding and refusing ----------------------------------------------------------------------------------------------


async def _found(visit: Visit) -> Found:
    """Whose region it is comes first: somebody else's officials learn nothing about plugins here."""
    number = visit.path_params["region"]
    region_id = int(number) if number.isascii() and number.isdigit() and len(number) < 11 else 0
    chain = await places.region_chain(region_id) if region_id <= MOST else ()
    if not _governs(visit, chain):
        raise Forbidden(_("这个地方归别的管理员管。"), ways=(WayOut(label=_("回首页"), url="/"),))
    shelf, place = _shelf(visit), await places.place(region_id)
    if place is None or place.region is None or not _settable(shelf, place.region):
        raise NotFound
    return Found(shelf=shelf, place=place, region=place.region, values=await plugin_values.values_of(chain))


def _governs(visit: Visit, chain: tuple[int, ...]) -> bool:
    """Whether this visitor decides about the region at the end of the chain."""
    capability = MANAGE if "plugin" in visit.path_params else SET
    return policy.may_over(visit.me, capability, chain, known=visit.site.capabilities)


def _settable(shelf: Shelf, region: RegionNow) -> bool:
    """A plugin is on in open villages only; how the county works is decided before the first one opens."""
    return region.level >= LEVELS["county"] and (region.opened > 0 or not shelf.plugin)


def _shelf(visit: Visit) -> Shelf:
    plugin = visit.path_params.get("plugin")
    if plugin is None:
        groups = tuple((group.label, group.settings) for group in county_settings.GROUPS)
        return Shelf(plugin="", label=_("设置"), home=CORE, groups=groups)
    running = visit.site.registry.plugins.get(plugin)
    if running is None or not running.manifest.settings:
        raise NotFound
    manifest = running.manifest
    return Shelf(plugin=plugin, label=manifest.label, home=_home(plugin), groups=(("", tuple(manifest.settings)),))


# -- showing -----------------------------------------------------------------------------------------------------------


async def choose_region(visit: Visit) -> Response:
    """Where to set something: the regions of this visitor's offices. One region needs no choosing."""
    shelf = _shelf(visit)
    chains = [await places.region_chain(role.region_id) for role in visit.me.roles]
    mine = dict.fromkeys(chain[0] for chain in chains if _governs(visit, chain))
    found = [
        place.region
        for one in mine
        if (place := await places.place(one)) and place.region and _settable(shelf, place.region)
    ]
    if len(found) == 1:
        return visit.redirect(f"{shelf.home}/{found[0].id}")
    context = {"shelf": shelf, "regions": found}
    return await framed(visit, "console/setting_regions.html", context)


async def settings(visit: Visit) -> Response:
    """The settings in one region."""
    return await _show(visit, await _found(visit))


async def _show(visit: Visit, found: Found, wrong: str = "", form: Form | None = None) -> Response:
    crumbs = found.place.crumbs
    context: dict[str, Any] = {
        "shelf": found.shelf,
        "region": found.region,
        "url": found.url,
        "groups": [
            (label, [_row(one, found.region, found.values, crumbs) for one in group])
            for label, group in found.shelf.groups
        ],
        "above": [crumb for crumb in crumbs[:-1] if _above(visit, crumb, crumbs)],
        "below": _below(found),
        "who_says": WHO_SAYS,
        "wrong": wrong,
        "form": form,
    }
    return await framed(visit, "console/settings.html", context, status=422 if form is not None else 200)


def _above(visit: Visit, crumb: Crumb, crumbs: tuple[Crumb, ...]) -> bool:
    chain = tuple(one.id for one in reversed(crumbs[: crumbs.index(crumb) + 1]))
    return crumb.level >= LEVELS["county"] and _governs(visit, chain)


def _below(found: Found) -> list[tuple[RegionNow, int]]:
    """The regions right below in which something can be set, each with how many settings of its own it has."""
    keys = {one.key for one in found.shelf.settings.values() if one.allows(found.region.level + 1)}
    children = [child for child in found.place.children if child.opened] if keys else []
    return [(child, len(keys & found.values.stored.get(child.id, {}).keys())) for child in children]


def _row(one: Setting[Any], region: RegionNow, values: Values, crumbs: tuple[Crumb, ...]) -> Row:
    names = {crumb.id: crumb.name for crumb in crumbs}
    here, above = values.of(one), values.above().of(one)
    return Row(
        setting=one,
        own=here.region_id == region.id,
        left=here.region_id != region.id and one.key in values.stored.get(region.id, {}),
        open=one.allows(region.level),
        value="" if one.secret else _typed(here.value),
        shown=_words(one, here),
        whence=names.get(here.region_id or 0, ""),
        inherited=_words(one, above),
        inherited_whence=names.get(above.region_id or 0, ""),
        choices=_choices(one),
        hint=_hint(one),
    )


def _typed(value: object) -> str:
    return (ON if value else OFF) if isinstance(value, bool) else str(value)


def _words(one: Setting[Any], found: Value[Any]) -> Text:
    if one.secret:
        return _("填好了，不显示") if found.value else _("还没填")
    said = dict(_choices(one)).get(_typed(found.value))
    return said if said is not None else _typed(found.value) or _("空着")


def _choices(one: Setting[Any]) -> tuple[tuple[str, Text], ...]:
    if one.kind == "switch" and not one.choices:
        return ((ON, _("开")), (OFF, _("关")))
    return tuple((_typed(value), words) for value, words in one.choices)


def _hint(one: Setting[Any]) -> Text:
    if one.kind != "number" or one.maximum == MOST:
        return one.help
    return _("%(help)s（填 %(low)s 到 %(high)s）", help=one.help, low=one.minimum, high=one.maximum)


# -- changing ----------------------------------------------------------------------------------------------------------


async def save(visit: Visit) -> Response:
    """Give the region a value of its own."""
    found = await _found(visit)
    which = _named(visit, found)
    form = await visit.form()
    value = _read(form, which)

    async def act() -> str:
        await plugin_values.set_value(which, found.region.id, value, actor=visit.me.id)
        return found.url

    try:
        if form:
            return visit.redirect(await form.once(act), toast=_("定好了，马上就算数"))
    except WrongValue:
        form.error(which.name, _("“%(label)s”不能这样填", label=which.label))
    return await _show(visit, found, which.name, form)


async def inherit(visit: Visit) -> Response:
    """Take the region's own value back: what is above counts again."""
    found = await _found(visit)
    which = _named(visit, found)
    form = await visit.form()

    async def act() -> str:
        await plugin_values.unset(which.key, found.region.id, actor=visit.me.id)
        return found.url

    return visit.redirect(await form.once(act), toast=_("不再单独定，跟着上面走"))


def _named(visit: Visit, found: Found) -> Setting[Any]:
    which = found.shelf.settings.get(visit.path_params["setting"])
    if which is None:
        raise NotFound
    if not which.allows(found.region.level):
        raise Forbidden(WHO_SAYS[which.scope], ways=(WayOut(label=_("回去看看"), url=found.url),))
    return which


def _read(form: Form, which: Setting[Any]) -> Any:
    name, label = which.name, which.label
    if which.secret:
        return form.secret(name, label, max_length=which.max_length)
    if which.kind == "number":
        return form.integer(name, label, minimum=which.minimum, maximum=which.maximum)
    if which.kind == "text":
        return form.text(name, label, max_length=which.max_length, multiline=which.multiline)
    chosen = form.choice(name, label, [value for value, _words in _choices(which)])
    allowed = [value for value, _words in which.choices] or [True, False]
    return next((value for value in allowed if _typed(value) == chosen), None)


def _pages(home: str, to: str, name: str) -> tuple[Page, ...]:
    one = home + "/{region}/{setting}"
    return (
        Page(path=home, view=choose_region, to=to, scope="county", name=name),
        Page(path=home + "/{region}", view=settings, to=to, scope="county"),
        Page(path=one, view=save, to=to, scope="county", methods=("POST",)),
        Page(path=one + "/inherit", view=inherit, to=to, scope="county", methods=("POST",)),
    )


PAGES: Final = (*_pages(_home("{plugin}"), MANAGE, "plugin_settings"), *_pages(CORE, SET, "settings"))
