"""The household register, for the people who run the village. Heads are shown masked; writing a new one needs no look at the old."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from cunli.places import actions, queries
from cunli.places.errors import CannotDo
from cunli.places.queries import HouseholdNow
from cunli.web.errors import NotFound
from cunli.web.forms import NOTICE_FIELD, Form
from cunli.web.i18n import _
from cunli.web.pages import Page
from cunli.web.visit import Visit

EDIT: Final = "core.village.edit"
NUMBER_LENGTH: Final = 20
HEAD_LENGTH: Final = 30
PAGE: Final = 100


async def households(visit: Visit) -> Response:
    """The register, by group."""
    return await _show(visit, Form.blank())


async def _show(visit: Visit, form: Form, *, status: int = 200) -> Response:
    groups = await queries.groups_of(visit.here.id)
    chosen = visit.query.get("group", "")
    group_id = next((group.id for group in groups if str(group.id) == chosen), None)
    rows = await queries.households_of(visit.here.id, group_id)
    start = _number(visit.query.get("from", ""))
    context: dict[str, Any] = {
        "form": form,
        "groups": groups,
        "group_id": group_id,
        "rows": rows[start : start + PAGE],
        "count": len(rows),
        "older_url": _more(visit, chosen if group_id else "", start + PAGE) if len(rows) > start + PAGE else "",
        "choices": _group_choices(groups),
    }
    return await visit.render("places/households.html", context, status=status, block="rows")


def _more(visit: Visit, group: str, start: int) -> str:
    return f"{visit.here.url}/households?from={start}" + (f"&group={group}" if group else "")


def _number(text: str) -> int:
    return int(text[:6]) if text.isascii() and text.isdigit() else 0


def _group_choices(groups: tuple[queries.GroupNow, ...]) -> list[tuple[str, object]]:
    return [("", _("没有分组")), *((str(group.id), group.name) for group in groups)]


async def register(visit: Visit) -> Response:
    """One more household."""
    form = await visit.form()
    number, group_id, head = await _read(visit, form)
    if not form:
        return await _show(visit, form, status=422)

    async def act() -> str:
        await actions.register_household(visit.here.id, number, group_id, head, actor=visit.me.id)
        return f"{visit.here.url}/households" + (f"?group={group_id}" if group_id else "")

    try:
        return visit.redirect(await form.once(act), toast=_("登记好了"))
    except CannotDo as exc:
        form.error("number", exc.text)
        return await _show(visit, form, status=422)


async def _read(visit: Visit, form: Form) -> tuple[str, int | None, str]:
    groups = await queries.groups_of(visit.here.id)
    number = form.text("number", _("门牌号"), required=True, max_length=NUMBER_LENGTH)
    group = form.choice("group", _("哪个组"), [str(group.id) for group in groups], required=False)
    head = form.text("head_name", _("户主"), max_length=HEAD_LENGTH)
    return number, int(group) if group else None, head


async def household(visit: Visit) -> Response:
    """One household, to be corrected or closed."""
    return await _show_one(visit, await _found(visit), None)


async def _found(visit: Visit) -> HouseholdNow:
    found = await queries.household_by_key(visit.here.id, visit.path_params["key"][:22])
    if found is None:
        raise NotFound
    return found


async def _show_one(visit: Visit, row: HouseholdNow, form: Form | None) -> Response:
    context: dict[str, Any] = {
        "row": row,
        "form": form,
        "choices": _group_choices(await queries.groups_of(visit.here.id)),
    }
    return await visit.render("places/household.html", context, status=200 if form is None else 422)


async def change(visit: Visit) -> Response:
    """Correct a household, or close it."""
    row = await _found(visit)
    form = await visit.form()
    close = form.raw("do") == "close"
    number, group_id, head = (row.number, row.group_id, "") if close else await _read(visit, form)
    if not form:
        return await _show_one(visit, row, form)

    async def act() -> str:
        here, me = visit.here.id, visit.me.id
        if close:
            await actions.close_household(here, row.key, actor=me)
            return f"{visit.here.url}/households"
        await actions.change_household(
            here, row.key, number=number, group_id=group_id, head_name=head or None, actor=me
        )
        return f"{visit.here.url}/households/{row.key}"

    try:
        return visit.redirect(await form.once(act), toast=_("注销了这一户") if close else _("改好了"))
    except CannotDo as exc:
        form.error(NOTICE_FIELD if close else "number", exc.text)
        return await _show_one(visit, row, form)


PAGES: Final = (
    Page(path="/households", view=households, to=EDIT, name="households"),
    Page(path="/households", view=register, to=EDIT, methods=("POST",)),
    Page(path="/households/{key}", view=household, to=EDIT, name="household"),
    Page(path="/households/{key}", view=change, to=EDIT, methods=("POST",)),
)
