"""What people see of the care for their data: what they agreed to, who looked, how long things are kept."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from cunli.care import consents, looks, retention
from cunli.care.consents import NotToBeEnded
from cunli.care.purposes import PURPOSES
from cunli.care.queries import ConsentNow, consents_of
from cunli.web.errors import NotFound
from cunli.web.i18n import _
from cunli.web.pages import EVERYONE, SIGNED_IN, Page
from cunli.web.visit import Visit

HOME: Final = "/me/consent"


async def show(visit: Visit) -> Response:
    """Every purpose in its words, with what this person said."""
    return await visit.render(
        "care/consent.html", {"consents": [one for one in await consents_of(visit.me.id) if _concerns(one)]}
    )


def _concerns(one: ConsentNow) -> bool:
    return one.purpose.asked != "of a guardian" or one.at is not None


async def answer(visit: Visit) -> Response:
    """Agree to a purpose, or take it back."""
    form = await visit.form()
    purpose, do = form.raw("purpose"), form.raw("do")
    if purpose not in PURPOSES or do not in ("give", "withdraw") or PURPOSES[purpose].asked == "of a guardian":
        raise NotFound  # a guardian answers for a child, nobody for themselves: see /me/wards

    async def act() -> str:
        await (consents.give if do == "give" else consents.withdraw)(visit.me.id, purpose)
        return HOME

    try:
        await form.once(act)
    except NotToBeEnded:
        return visit.redirect("/me/data/close")
    return visit.redirect(HOME, toast=_("记下了，谢谢") if do == "give" else _("撤回了，马上不再用"))


async def seen(visit: Visit) -> Response:
    """Who looked at this person's data, by office."""
    return await visit.render("care/looks.html", {"looks": await looks.looks_at(visit.me.id)})


async def keeping(visit: Visit) -> Response:
    """How long things are kept: for everybody."""
    table = retention.rules(visit.settings.audit_days)
    return await visit.render("care/keeping.html", {"rules": table, "then": retention.THEN})


PAGES: Final = (
    Page(path=HOME, view=show, to=SIGNED_IN, scope="county", name="consent"),
    Page(path=HOME, view=answer, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path="/me/data/seen", view=seen, to=SIGNED_IN, scope="county", name="looks"),
    Page(path="/privacy/keeping", view=keeping, to=EVERYONE, scope="county", name="keeping"),
)
