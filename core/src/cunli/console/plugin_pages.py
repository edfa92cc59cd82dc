"""The console's pages about plugins: which there are and how they fare, and for each what it does and where it is on."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from cunli import switching, troubles
from cunli.compliance import profile_now
from cunli.compliance.profiles import Rule
from cunli.compliance.words import WORDS
from cunli.console import plugins
from cunli.console.frame import framed
from cunli.console.where import Where, seat_of, where
from cunli.lifecycle import EnablingRefused
from cunli.people.queries import OFFICE_TITLES
from cunli.places import queries as places
from cunli.places.rules import LEVELS
from cunli.plugin_models import Mode
from cunli.switching import CannotSwitch
from cunli.trust import policy
from cunli.web.errors import BadRequest, Forbidden, NotFound, Refused, Text, WayOut
from cunli.web.i18n import LazyText, _
from cunli.web.pages import Page
from cunli.web.visit import Visit

MANAGE: Final = "core.plugin.manage"
DONE: Final[dict[Mode, LazyText]] = {
    Mode.ON: _("%(place)s打开了%(plugin)s"),
    Mode.OFF: _("%(place)s关了%(plugin)s，数据都留着"),
    Mode.REQUIRE: _("%(place)s各村都用%(plugin)s"),
    Mode.ALLOW: _("%(place)s各村自己定用不用%(plugin)s"),
    Mode.FORBID: _("%(place)s各村都不用%(plugin)s，数据都留着"),
}


async def overview(visit: Visit) -> Response:
    """Every plugin there is, its state and its troubles; below, how long each took in this process."""
    own = frozenset(role.region_id for role in visit.me.roles)
    cards = await plugins.cards(visit.site, own)
    fares = [one for one in visit.site.registry.dispatch.health.fares() if one.plugin in visit.site.registry.running]
    labels = {card.id: card.label for card in cards}
    return await framed(visit, "console/plugins.html", {"cards": cards, "fares": fares, "labels": labels})


async def plugin(visit: Visit) -> Response:
    """One plugin: what it does, what it may do, how it fares, and where it is on among the regions of this official."""
    name, region_id = _name(visit), _region(visit.query.get("region", ""))
    if region_id is None and (seat := await seat_of(visit.me.roles)) is not None:
        region_id = seat.region_id
    if region_id is None or not await _governs(visit, region_id):
        raise NotFound
    profile = await profile_now.along(await places.region_chain(region_id))
    about, registry = await plugins.known(visit.site, (profile,)), visit.site.registry
    here = await where(registry, name, region_id, visit.me.roles)
    if name not in about.ids() or here is None:
        raise NotFound
    context = {
        "card": await plugins.card(about, name, region_id),
        "where": here,
        "installed": about.installed(name),
        "brings": plugins.brings(registry, name, profile) if name in registry.running else None,
        "fare": plugins.fare(registry, name),
        "titles": OFFICE_TITLES,
        "top": _is_top(visit),
        "kinds": WORDS,
    }
    return await framed(visit, "console/plugin.html", context)


async def decide(visit: Visit) -> Response:
    """Say what a region wants of a plugin; the toast takes it back."""
    name, region_id = _name(visit), _region(visit.path_params["region"])
    if region_id is None or not await _governs(visit, region_id):
        raise Forbidden(_("这个地方不归你管。"))
    here = await where(visit.site.registry, name, region_id, visit.me.roles)
    if here is None or name not in (await plugins.known(visit.site)).ids():
        raise NotFound
    mode = await _wanted(visit, here)
    try:
        await _carry_out(visit, name, here, mode)
    except CannotSwitch as exc:
        raise _refusal(exc, name, here, visit.locale) from exc
    except EnablingRefused as exc:
        raise Refused(409, _("插件说这里先不能用"), str(exc), ways=(_back(name, here),)) from exc
    label = await _label(visit, name)
    address = f"/admin/plugins/{name}"
    back = f"{address}?region={here.crumbs[-1].id if here.is_village and here.crumbs else here.id}"
    undo = f"{address}/regions/{here.id}?mode={here.mode}" if mode != here.mode else ""
    return visit.redirect(back, toast=str(DONE[mode]) % {"place": here.name, "plugin": label}, undo=undo)


async def retry(visit: Visit) -> Response:
    """Ask a plugin again that was left to rest."""
    if not _is_top(visit):
        raise Forbidden(_("让插件再试一次，要县里的管理员来点。"))
    name, seat = _name(visit), await seat_of(visit.me.roles)
    await troubles.try_again(name, actor=visit.me.id, region=seat.region_id if seat else None)
    return visit.redirect(f"/admin/plugins/{name}", toast=_("已经让它再试一次"))


async def _governs(visit: Visit, region_id: int) -> bool:
    chain = await places.region_chain(region_id)
    return policy.may_over(visit.me, MANAGE, chain, known=visit.site.capabilities)


def _name(visit: Visit) -> str:
    name: str = visit.path_params["plugin"]
    return name


def _region(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _is_top(visit: Visit) -> bool:
    """Whether this is an admin of a county: what concerns every village is theirs."""
    return any(role.kind == "county_admin" for role in visit.me.roles)


async def _wanted(visit: Visit, here: Where) -> Mode:
    text = visit.query.get("mode") or (await visit.form()).text("mode", "mode", max_length=8)
    allowed = (Mode.ON, Mode.OFF) if here.is_village else (Mode.REQUIRE, Mode.ALLOW, Mode.FORBID)
    if text not in allowed:
        raise BadRequest
    return Mode(text)


async def _carry_out(visit: Visit, name: str, here: Where, mode: Mode) -> None:
    registry, actor = visit.site.registry, visit.me.id
    if here.level < LEVELS["county"]:
        raise BadRequest
    if not here.is_village:
        await switching.set_rule(registry, name, here.id, mode, actor=actor)
        return
    (switch,) = here.villages or (None,)
    village = await places.village_by_id(switch.village_id) if switch else None
    if village is None:
        raise NotFound
    if mode == Mode.ON:
        await switching.put_on(registry, name, village, actor=actor)
    else:
        await switching.put_off(name, village, actor=actor)


def _refusal(exc: CannotSwitch, name: str, here: Where, locale: str) -> Refused:
    """Who stands in the way, and whom to ask."""
    who = "、".join(one.region for one in exc.said)
    text: dict[str, Text] = {
        "not running": _("这个插件没有在运行，先看看它出了什么问题。"),
        "forbidden": _("%(who)s定了不用它，要先请上面改成“各村自己定”。", who=who),
        "required": _("%(who)s定了各村都用它，要先请上面改成“各村自己定”。", who=who),
        "needs": _("它要靠别的插件才能用，先打开：%(names)s", names="、".join(exc.needs)),
        "profile": _("现在的合规规定不许：%(rules)s", rules=" ".join(_said(one, locale) for one in exc.rules)),
    }
    return Refused(409, _("现在改不了"), text[exc.why], ways=(_back(name, here),))


def _said(rule: Rule, locale: str) -> str:
    """What is refused, and the sentence that refuses it."""
    return f"{WORDS[rule.kind]}。{rule.quoted(locale)}{rule.heed.told(locale)}"


def _back(name: str, here: Where) -> WayOut:
    return WayOut(label=_("回到插件"), url=f"/admin/plugins/{name}?region={here.id}")


async def _label(visit: Visit, name: str) -> str:
    plugin = visit.site.registry.plugins.get(name)
    return str(plugin.manifest.label) if plugin else name


PAGES: Final = (
    Page(path="/admin/plugins", view=overview, to=MANAGE, scope="county", name="plugins"),
    Page(path="/admin/plugins/{plugin}", view=plugin, to=MANAGE, scope="county"),
    Page(path="/admin/plugins/{plugin}/retry", view=retry, to=MANAGE, scope="county", methods=("POST",)),
    Page(path="/admin/plugins/{plugin}/regions/{region}", view=decide, to=MANAGE, scope="county", methods=("POST",)),
)
