"""A young person's own page: what being young means here, the code for a guardian, and who answers for them."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from cunli.care.purposes import PURPOSES, text_of
from cunli.minors import actions, forms, queries
from cunli.minors.actions import MINE, PURPOSE
from cunli.people import roster
from cunli.places.queries import village_by_id
from cunli.trust import limits
from cunli.trust.limits import Limit
from cunli.web.errors import NotFound, TooMany
from cunli.web.forms import Form
from cunli.web.i18n import _
from cunli.web.pages import SIGNED_IN, Page
from cunli.web.visit import Visit

RENEWALS: Final = Limit(name="guardian codes per child", most=20, seconds=24 * 3600)


def text_lines() -> list[str]:
    """What a guardian agrees to, in its present words."""
    return text_of(PURPOSE, PURPOSES[PURPOSE].version).splitlines()


async def show(visit: Visit) -> Response:
    """Where a young person stands; for everybody else the question."""
    return await _show(visit, Form.blank())


async def _show(visit: Visit, form: Form, *, status: int = 200) -> Response:
    me = await queries.minor(visit.me.id)
    village = await village_by_id(me.village_id) if me is not None and me.village_id else None
    context: dict[str, Any] = {
        "form": form,
        "me": me,
        "village": village,
        "guardians": await queries.guardians_of(visit.me.id) if me else [],
        "has_village": bool(await roster.villages_of(visit.me.id)),
        "lines": text_lines(),
    }
    return await visit.render("minors/mine.html", context, status=status)


async def declare(visit: Visit) -> Response:
    """Somebody who is in a village already says that they are not grown up."""
    form = await visit.form()
    mine = await roster.villages_of(visit.me.id)
    if not mine:
        raise NotFound
    grown_up = forms.born(form)
    if not form or grown_up is None:
        return await _show(visit, form, status=422)
    home = next((one for one in mine if one.village_id == visit.me.home_village_id), mine[0])

    async def act() -> str:
        await actions.declare(visit.me.id, home.village_id, grown_up)
        return MINE

    return visit.redirect(await form.once(act), toast=_("记下了"))


async def renew(visit: Visit) -> Response:
    """A new code for the guardian."""
    form = await visit.form()
    if await queries.minor(visit.me.id) is None:
        raise NotFound
    if wait := await limits.take((RENEWALS, str(visit.me.id))):
        raise TooMany(wait)

    async def act() -> str:
        await actions.renew_code(visit.me.id)
        return MINE

    return visit.redirect(await form.once(act), toast=_("换了新的数码，旧的用不了了"))


PAGES: Final = (
    Page(path=MINE, view=show, to=SIGNED_IN, scope="county", name="guardian"),
    Page(path=MINE, view=declare, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path=f"{MINE}/code", view=renew, to=SIGNED_IN, methods=("POST",), scope="county"),
)
