"""The console's pages of villages: the table, one village, and how far an opening is."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from cunli import jobs
from cunli.clock import today
from cunli.console import opening, overview, villages
from cunli.console.frame import framed
from cunli.console.ground import Ground, ground_of
from cunli.console.navigation import OPEN
from cunli.console.table import CSV_MOST, heads_of
from cunli.console.villages import HOME, STATES, TABLE, VillageRow
from cunli.doors.sheets import csv_answer
from cunli.places.names import SLUG_LENGTH
from cunli.places.rules import LEVELS
from cunli.places.table import NAME_LENGTH
from cunli.trust import policy
from cunli.web.errors import NotFound
from cunli.web.forms import Form
from cunli.web.i18n import LazyText, _
from cunli.web.pages import Page
from cunli.web.visit import Visit

TO_OPEN: Final = "core.village.open"
EDIT: Final = "core.village.edit"
STATE_WORDS: Final[dict[str, LazyText]] = {"open": _("开通"), "closed": _("关闭"), "unopened": _("没开通")}


async def table(visit: Visit) -> Response:
    """The villages of a region, to be looked for, sorted and opened."""
    return await show_table(visit, await ground_of(visit, OPEN))


async def show_table(visit: Visit, ground: Ground, form: Form | None = None) -> Response:
    """The table again, with what was wrong with a form."""
    asked = TABLE.asked(visit)
    pages = asked.paged(await villages.count(ground, asked))
    context = {
        "asked": asked,
        "pages": pages,
        "rows": await villages.rows(visit.site.registry, ground, asked, limit=pages.size, offset=pages.offset),
        "state_words": STATE_WORDS,
        "places": await villages.within(ground),
        "may_open": governs(visit, TO_OPEN, ground),
        "form": form,
    }
    return await framed(visit, "console/villages.html", context, ground=ground, status=200 if form is None else 422)


async def export(visit: Visit) -> Response:
    """The same rows as a file, all pages of them."""
    ground, asked = await ground_of(visit, OPEN), TABLE.asked(visit)
    found = await villages.rows(visit.site.registry, ground, asked, limit=CSV_MOST, offset=0)
    heads = (_("代码"), _("乡镇"), *heads_of(TABLE), _("手机用户"), _("哪一天的数"))
    return csv_answer("villages", heads, [_cells(row) for row in found])


def _cells(row: VillageRow) -> tuple[object, ...]:
    admins = "、".join(row.admins)
    numbers = (row.verified, row.rate, row.last_on, admins, row.plugins, row.users, row.users_on)
    return row.code, row.township, row.name, STATE_WORDS[row.state], *numbers


def governs(visit: Visit, capability: str, ground: Ground) -> bool:
    """Whether this visitor may do something on the whole of a ground."""
    return policy.may_over(visit.me, capability, ground.chain, known=visit.site.capabilities)


# ---- one village -----------------------------------------------------------------------------------------------------


async def village(visit: Visit) -> Response:
    """One village: its numbers, and what may be done with it."""
    return await show_village(visit, await village_ground(visit, OPEN))


async def village_ground(visit: Visit, capability: str) -> Ground:
    """The village in the path, one of the visitor's own or below; everything else is missing."""
    ground = await ground_of(visit, capability, asked=visit.path_params["region"])
    if ground.level != LEVELS["village"]:
        raise NotFound
    return ground


async def show_village(visit: Visit, ground: Ground, **forms: Form) -> Response:
    """The page of a village, with what was wrong with one of its forms."""
    row = await villages.one(visit.site.registry, ground)
    refused = next(iter(forms.values()), None)
    context: dict[str, Any] = {
        "row": row,
        "state": STATE_WORDS[row.state],
        "region_name": ground.name,
        "name_length": NAME_LENGTH,
        "slug_length": SLUG_LENGTH,
        "today": today(),
        "may_open": governs(visit, TO_OPEN, ground),
        "may_edit": governs(visit, EDIT, ground),
        "refused": refused,
        "forms": {name: forms.get(name) for name in ("name", "address", "figure")},
    }
    return await framed(visit, "console/village.html", context, ground=ground, status=200 if refused is None else 422)


# ---- how far an opening is -------------------------------------------------------------------------------------------


async def progress(visit: Visit) -> Response:
    """How many villages of a region are open by now, while a job opens the others."""
    ground, key = await ground_of(visit, TO_OPEN), visit.query.get("job", "")[:44]
    state = await jobs.state_of(opening.name_of(key))
    whole = overview.summed(ground.id, ground.name, await overview.standings(ground))
    context = {"whole": whole, "state": state, "going_on": state in ("waiting", "running"), "job": key}
    return await framed(visit, "console/opening.html", context, ground=ground, block="progress")


PAGES: Final = (
    Page(path=HOME, view=table, to=OPEN, scope="county", name="console-villages"),
    Page(path=f"{HOME}.csv", view=export, to=OPEN, scope="county"),
    Page(path=f"{HOME}/{{region}}", view=village, to=OPEN, scope="county"),
    Page(path="/admin/opening", view=progress, to=TO_OPEN, scope="county"),
)
__all__ = ["EDIT", "HOME", "PAGES", "STATES", "TO_OPEN", "governs", "show_table", "show_village", "village_ground"]
