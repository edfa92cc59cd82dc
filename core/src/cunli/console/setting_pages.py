"""The settings of a plugin as officials see them: for each region what counts and who said so, and a way to say otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from cunli import plugin_values
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
class Found:
    """The plugin and the region that an address names, both of them this visitor's to manage."""

    plugin: str
    label: Text
    settings: dict[str, Setting[Any]]
    place: Place
    region: RegionNow
    values: Values

    @property
    def url(self) -> str:
        return f"{_home(self.plugin)}/{self.region.id}"


def _home(plugin: str) -> str:
    return f"/admin/plugins/{plugin}/settings"


# -- finding and refusing ----------------------------------------------------------------------------------------------


async def _found(visit: Visit) -> Found:
    """Whose region it is comes first: somebody else's officials learn nothing about plugins here."""
    number = visit.path_params["region"]
    region_id = int(number) if number.isascii() and number.isdigit() and len(number) < 11 else 0
    chain = await places.region_chain(region_id) if region_id <= MOST else ()
    if not policy.may_over(visit.me, MANAGE, chain, known=visit.site.capabilities):
        raise Forbidden(_("这个地方归别的管理员管。"), ways=(WayOut(label=_("回首页"), url="/"),))
    plugin, place = visit.path_params["plugin"], await places.place(region_id)
    settings = _settings(visit, plugin)
    if place is None or place.region is None or not place.region.opened or place.region.level < LEVELS["county"]:
        raise NotFound
    return Found(
        plugin=plugin,
        label=visit.site.registry.plugins[plugin].manifest.label,
        settings=settings,
        place=place,
        region=place.region,
        values=await plugin_values.values_of(chain),
    )


def _settings(visit: Visit, plugin: str) -> dict[str, Setting[Any]]:
    running = visit.site.registry.plugins.get(plugin)
    if running is None or not running.manifest.settings:
        raise NotFound
    return {one.name: one for one in running.manifest.settings}


# -- showing -----------------------------------------------------------------------------------------------------------


async def choose_region(visit: Visit) -> Response:
    """Where to set something: the regions of this visitor's offices. One region needs no choosing."""
    plugin = visit.path_params["plugin"]
    _settings(visit, plugin)
    chains = [await places.region_chain(role.region_id) for role in visit.me.roles]
    mine = dict.fromkeys(c[0] for c in chains if policy.may_over(visit.me, MANAGE, c, known=visit.site.capabilities))
    found = [
        place.region for one in mine if (place := await places.place(one)) and place.region and place.region.opened
    ]
    if len(found) == 1:
        return visit.redirect(f"{_home(plugin)}/{found[0].id}")
    label = visit.site.registry.plugins[plugin].manifest.label
    context = {"label": label, "plugin": plugin, "regions": found, "home": _home(plugin)}
    return await framed(visit, "console/setting_regions.html", context)


async def settings(visit: Visit) -> Response:
    """The settings of a plugin in one region."""
    return await _show(visit, await _found(visit))


async def _show(visit: Visit, found: Found, wrong: str = "", form: Form | None = None) -> Response:
    crumbs = found.place.crumbs
    context: dict[str, Any] = {
        "label": found.label,
        "plugin": found.plugin,
        "region": found.region,
        "home": _home(found.plugin),
        "url": found.url,
        "rows": [_row(one, found.region, found.values, crumbs) for one in found.settings.values()],
        "above": [crumb for crumb in crumbs[:-1] if _governs(visit, crumb, crumbs)],
        "below": _below(found),
        "who_says": WHO_SAYS,
        "wrong": wrong,
        "form": form,
    }
    return await framed(visit, "console/settings.html", context, status=422 if form is not None else 200)


def _governs(visit: Visit, crumb: Crumb, crumbs: tuple[Crumb, ...]) -> bool:
    chain = tuple(one.id for one in reversed(crumbs[: crumbs.index(crumb) + 1]))
    return crumb.level >= LEVELS["county"] and policy.may_over(visit.me, MANAGE, chain, known=visit.site.capabilities)


def _below(found: Found) -> list[tuple[RegionNow, int]]:
    """The regions right below in which something can be set, each with how many settings of its own it has."""
    keys = {one.key for one in found.settings.values() if one.allows(found.region.level + 1)}
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
    which = found.settings.get(visit.path_params["setting"])
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


PAGES: Final = (
    Page(path=_home("{plugin}"), view=choose_region, to=MANAGE, scope="county", name="plugin_settings"),
    Page(path=_home("{plugin}") + "/{region}", view=settings, to=MANAGE, scope="county"),
    Page(path=_home("{plugin}") + "/{region}/{setting}", view=save, to=MANAGE, scope="county", methods=("POST",)),
    Page(
        path=_home("{plugin}") + "/{region}/{setting}/inherit",
        view=inherit,
        to=MANAGE,
        scope="county",
        methods=("POST",),
    ),
)
