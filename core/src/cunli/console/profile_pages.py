"""The console's page about the compliance profile: what it says of each sensitive kind and why, and how it is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from cunli import db
from cunli.compliance import profile_now
from cunli.compliance.deciding import left_out, permitted
from cunli.compliance.kinds import Sensitive
from cunli.compliance.profile_now import LONGEST_REASON, ChangedMeanwhile
from cunli.compliance.profiles import Profile, profile, profiles
from cunli.compliance.words import WORDS
from cunli.console.frame import framed
from cunli.console.where import seat_of
from cunli.places import queries as places
from cunli.places.rules import LEVELS
from cunli.plugin import Text
from cunli.trust import policy
from cunli.web.errors import Forbidden, NotFound, Refused, WayOut
from cunli.web.forms import Form
from cunli.web.i18n import _
from cunli.web.pages import Page
from cunli.web.visit import Visit

HOME: Final = "/admin/profile"
SET: Final = "core.profile.set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sensitive kind as the page shows it."""

    label: Text
    verdict: str
    quoted: str
    heed: str
    plugins: tuple[Text, ...]  # that declare it


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What another profile would do to one plugin, in words."""

    label: Text
    url: str
    what: tuple[Text, ...]


async def overview(visit: Visit) -> Response:
    """The profile in force, what it says and on what ground, which plugins it concerns, and the others there are."""
    county = await _county(visit)
    now = await profile_now.along((county,))
    registry = visit.site.registry
    on = permitted(registry, now)
    touched = [
        (plugin.manifest.label, f"/admin/plugins/{name}", name in on, [WORDS[use.kind] for use, _rule in less])
        for name, plugin in registry.plugins.items()
        if (less := left_out(plugin, now)) or name not in on
    ]
    context = {
        "profile": now,
        "lines": [_line(visit, now, kind) for kind in Sensitive],
        "touched": touched,
        "others": [one for one in profiles() if one.id != now.id],
        "last": await profile_now.last_change(county),
        "may_set": _governs(visit, county),
        "home": HOME,
    }
    return await framed(visit, "console/profile.html", context)


def _line(visit: Visit, now: Profile, kind: Sensitive) -> Line:
    rule = now.rules[kind]
    plugins = visit.site.registry.plugins.values()
    return Line(
        label=WORDS[kind],
        verdict=rule.verdict,
        quoted=rule.quoted(visit.locale),
        heed=rule.heed.told(visit.locale),
        plugins=tuple(p.manifest.label for p in plugins if kind in {use.kind for use in p.manifest.sensitive}),
    )


async def preview(visit: Visit) -> Response:
    """What another profile would change, before anybody changes it."""
    return await _show(visit, await _own_county(visit), _wanted(visit), None)


async def change(visit: Visit) -> Response:
    """Put another profile in force, with a reason, unless somebody else has done something meanwhile."""
    county, new = await _own_county(visit), _wanted(visit)
    form = await visit.form()
    reason = form.text("reason", _("为什么改"), required=True, max_length=LONGEST_REASON)
    was = form.raw("was")
    if not form:
        return await _show(visit, county, new, form)

    async def act() -> str:
        await profile_now.set_profile(new.id, county, was=was, reason=reason, actor=visit.me.id)
        return HOME

    try:
        return visit.redirect(await form.once(act), toast=_("改好了，马上就算数"))
    except ChangedMeanwhile as exc:
        way = WayOut(label=_("再看一遍"), url=HOME)
        raise Refused(
            409, _("有人刚改过"), _("现在用的是“%(name)s”，先看一遍再定。", name=_name(visit, exc.now)), ways=(way,)
        ) from exc


async def _show(visit: Visit, county: int, new: Profile, form: Form | None) -> Response:
    now = await profile_now.along((county,))
    context = {
        "now": now,
        "new": new,
        "lines": [_line(visit, new, kind) for kind in Sensitive if new.rules[kind].verdict != now.rules[kind].verdict],
        "changes": await _changes(visit, county, new),
        "home": HOME,
        "form": form,
        "most": LONGEST_REASON,
    }
    return await framed(visit, "console/profile_change.html", context, status=422 if form is not None else 200)


async def _changes(visit: Visit, county: int, new: Profile) -> list[Change]:
    return [
        Change(
            label=visit.site.registry.plugins[one.plugin].manifest.label,
            url=f"/admin/plugins/{one.plugin}",
            what=tuple(_words(one)),
        )
        for one in await profile_now.effects(visit.site.registry, new, county)
    ]


def _words(one: profile_now.Effect) -> list[Text]:
    said: list[Text] = []
    if one.goes_off:
        said.append(_("会关掉，现在有 %(n)s 个村在用", n=one.villages))
    if one.comes_back:
        said.append(_("可以再用，开关还是原来的样子"))
    said += [_("不再有：%(what)s", what=WORDS[kind]) for kind in one.loses]
    return said + [_("可以有：%(what)s", what=WORDS[kind]) for kind in one.gains]


def _wanted(visit: Visit) -> Profile:
    name = visit.path_params["profile"]
    if name not in {one.id for one in profiles()}:
        raise NotFound
    return profile(name)


def _name(visit: Visit, name: str) -> str:
    return profile(name).name.told(visit.locale)


async def _county(visit: Visit) -> int:
    """The county that this official's highest office is in."""
    seat = await seat_of(visit.me.roles)
    if seat is None:
        raise NotFound
    rows = await db.read("SELECT level FROM core_region WHERE id = ?", seat.region_id)
    above: int = max(0, rows[0]["level"] - LEVELS["county"])
    return (await places.region_chain(seat.region_id))[above]


async def _own_county(visit: Visit) -> int:
    county = await _county(visit)
    if not _governs(visit, county):
        raise Forbidden(_("合规规定要县里的管理员来定。"), ways=(WayOut(label=_("回去看看"), url=HOME),))
    return county


def _governs(visit: Visit, county: int) -> bool:
    return policy.may_over(visit.me, SET, (county,), known=visit.site.capabilities)


PAGES: Final = (
    Page(path=HOME, view=overview, to="core.plugin.manage", scope="county", name="profile"),
    Page(path=HOME + "/{profile}", view=preview, to=SET, scope="county"),
    Page(path=HOME + "/{profile}", view=change, to=SET, scope="county", methods=("POST",)),
)
