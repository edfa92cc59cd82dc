"""Keeping a begun form: asked by the script every few seconds, or by a button where there is no script."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from cunli.drafts import actions, rules
from cunli.web.errors import NotFound
from cunli.web.forms import Form
from cunli.web.i18n import _
from cunli.web.pages import SIGNED_IN, Page
from cunli.web.safe_url import same_site_path
from cunli.web.text import clean
from cunli.web.visit import Visit


async def keep(visit: Visit) -> Response:
    """Keep the form in `draft`, or drop it with `do=drop`. The script is answered 204, people go back to the form."""
    form = await visit.form()
    name = form.raw("draft")[:32]
    wanted = rules.fields_of(name)
    if not wanted:
        raise NotFound
    back = same_site_path(form.raw("draft_at"), f"{visit.here.url}/")
    if form.raw("draft_do") == "drop":
        await actions.drop(visit.here.id, visit.me.id, name)
        return visit.redirect(back, toast=_("草稿扔掉了"))
    values = {field: clean(form.raw(field)[: rules.FIELD_MAX * 2], multiline=True) for field in wanted}
    await actions.keep(visit.here.id, visit.me.id, name, values)
    if form.raw("draft_do") == "keep":
        return visit.redirect(back, toast=_("草稿已保存，下次接着写"))
    return Response(status_code=204)


async def offered(visit: Visit, name: str, form: Form | None = None, /, **blank: Any) -> dict[str, Any]:
    """Variables for a template with a form that is kept: the form itself, filled with what was begun, and whether that is so."""
    begun = await actions.begun(visit.here.id, visit.me.id, name) if form is None and visit.person else {}
    shown = form if form is not None else Form.blank(**{**blank, **begun})
    return {"form": shown, "draft": name, "begun": bool(begun), "draft_at": visit.here_path}


async def sent(visit: Visit, name: str) -> None:
    """The form was sent: nothing is begun any more."""
    await actions.drop(visit.here.id, visit.me.id, name)


PAGES: Final = (Page(path="/drafts", view=keep, to=SIGNED_IN, methods=("POST",), name="form-draft"),)
