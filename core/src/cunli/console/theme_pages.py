"""The console's page about themes: which one each place wears, what the others look like, and choosing, at once and without a restart."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from cunli import enabling, plugin_setting, theming
from cunli.console.frame import framed
from cunli.console.where import seat_of
from cunli.places import queries as places
from cunli.places.queries import Crumb, Place, RegionNow
from cunli.places.rules import LEVELS
from cunli.trust import policy
from cunli.web.errors import Forbidden, NotFound, Text, WayOut
from cunli.web.i18n import _
from cunli.web.pages import Page
from cunli.web.stylesheets import LookedAt, properties
from cunli.web.themed import Themed
from cunli.web.visit import Visit

CHOOSE: Final = "core.theme.choose"
HOME: Final = "/admin/themes"
Stored = Mapping[int, Mapping[str, plugin_setting.Stored]]
ABOVE: Final = ""  # the choice of not choosing
COLOURS: Final = (
    "bg",
    "surface",
    "line",
    "ink",
    "ink-3",
    "cloth",
    "cloth-ink",
    "slip",
    "slip-ink",
    "indigo",
    "field",
    "seal",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A theme that may be worn, as the page shows it: a picture of its own, or its colours by light and dark."""

    id: str
    label: str
    picture: str  # an address; empty without one
    light: Mapping[str, str]
    dark: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Below:
    """A region right below. `label` of the theme it wears; `own` when it chose that itself."""

    region: RegionNow
    label: str
    own: bool


@dataclass(frozen=True, slots=True)
class Here:
    """The region that an address names, this visitor's to look after."""

    place: Place
    region: RegionNow
    chain: tuple[int, ...]

    @property
    def url(self) -> str:
        return f"{HOME}?region={self.region.id}"


async def themes(visit: Visit) -> Response:
    """What a region wears, and what it may."""
    here = await _here(visit, visit.query.get("region", ""))
    site, stored = visit.site, (await enabling.look()).stored
    worn = theming.nearest(here.chain, stored, site.themed)
    above = theming.nearest(here.chain[1:], stored, site.themed)
    names = {crumb.id: crumb.name for crumb in here.place.crumbs}
    context = {
        "region": here.region,
        "samples": [_sample(one, visit.locale) for one in site.themed.values()],
        "worn": worn.theme or site.default.id,
        "own": worn.region_id == here.region.id,
        "whence": names.get(worn.region_id or 0, ""),
        "inherited": _label(visit, above.theme),
        "inherited_whence": names.get(above.region_id or 0, ""),
        "above": [one for one in here.place.crumbs[:-1] if _governs(visit, one, here.place.crumbs)],
        "below": _below(visit, here, stored),
        "problems": [*site.theme_problems, *site.drawing_problems()],
    }
    return await framed(visit, "console/themes.html", context)


async def choose(visit: Visit) -> Response:
    """Choose a theme for a region, or leave it to what is above."""
    here = await _here(visit, visit.path_params["region"])
    form, offered = await visit.form(), visit.site.themed
    theme = form.choice("theme", _("主题"), [ABOVE, *offered], required=False)
    if form.errors:
        raise NotFound

    async def act() -> str:
        if theme == ABOVE:
            await theming.inherit(here.region.id, actor=visit.me.id)
        else:
            await theming.choose(theme, here.region.id, offered=offered, actor=visit.me.id)
        return here.url

    back = await form.once(act)
    visit.site.kept.clear()  # pages that are kept for anybody were drawn before
    done: Text = (
        _("%(place)s跟着上面走", place=here.region.name)
        if theme == ABOVE
        else _("%(place)s换上了“%(theme)s”", place=here.region.name, theme=_label(visit, theme))
    )
    return visit.redirect(back, toast=done)


# -- whose place it is -------------------------------------------------------------------------------------------------


async def _here(visit: Visit, number: str) -> Here:
    """Whose region it is comes first: somebody else's officials learn nothing of it."""
    if number == "" and (seat := await seat_of(visit.me.roles)) is not None:
        number = str(seat.region_id)
    region_id = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0
    chain = await places.region_chain(region_id)
    if not policy.may_over(visit.me, CHOOSE, chain, known=visit.site.capabilities):
        raise Forbidden(_("这个地方归别的管理员管。"), ways=(WayOut(label=_("回首页"), url="/"),))
    place = await places.place(region_id)
    if place is None or place.region is None or place.region.level < LEVELS["county"]:
        raise NotFound
    return Here(place, place.region, chain)


def _governs(visit: Visit, crumb: Crumb, crumbs: tuple[Crumb, ...]) -> bool:
    chain = tuple(one.id for one in reversed(crumbs[: crumbs.index(crumb) + 1]))
    return crumb.level >= LEVELS["county"] and policy.may_over(visit.me, CHOOSE, chain, known=visit.site.capabilities)


# -- what is shown -----------------------------------------------------------------------------------------------------


def _label(visit: Visit, theme: str) -> str:
    return visit.site.themed.get(theme, visit.site.default).chain[0].called(visit.locale)


def _sample(one: Themed, locale: str) -> Sample:
    theme = one.chain[0]
    light, dark = _colours(one.static.hash, _sheets(one))
    picture = one.static.url(theme.preview) if theme.preview else ""
    return Sample(id=one.id, label=theme.called(locale), picture=picture, light=light, dark=dark)


def _sheets(one: Themed) -> tuple[str, ...]:
    names = [name for theme in reversed(one.chain) for name in theme.stylesheets]
    return tuple(one.static.path(name).read_text("utf-8") for name in names)


@functools.lru_cache(maxsize=32)
def _colours(_hash: str, sheets: tuple[str, ...]) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The colours that say most of a theme, in light and in dark."""
    looks = (properties(sheets, LookedAt(theme=light)) for light in ("light", "dark"))
    light, dark = ({name.replace("-", "_"): all_of.get(name, "") for name in COLOURS} for all_of in looks)
    return light, dark


def _below(visit: Visit, here: Here, stored: Stored) -> list[Below]:
    """The regions right below that have something open."""
    found = []
    for child in (one for one in here.place.children if one.opened):
        worn = theming.nearest((child.id, *here.chain), stored, visit.site.themed)
        found.append(Below(region=child, label=_label(visit, worn.theme), own=worn.region_id == child.id))
    return found


PAGES: Final = (
    Page(path=HOME, view=themes, to=CHOOSE, scope="county", name="themes"),
    Page(path=HOME + "/{region}", view=choose, to=CHOOSE, scope="county", methods=("POST",)),
)
