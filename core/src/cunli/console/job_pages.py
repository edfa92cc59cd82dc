"""Background work: what waits, runs and failed for good; trying it again, or giving it up with a reason."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from cunli.console.frame import framed
from cunli.console.table import page_number
from cunli.jobs import board
from cunli.people.queries import RoleNow
from cunli.web.errors import BadRequest
from cunli.web.forms import Form
from cunli.web.i18n import _
from cunli.web.pages import Page
from cunli.web.visit import Visit

MANAGE: Final = "core.job.manage"
HOME: Final = "/admin/jobs"
TABS: Final = (("dead", _("没做成的")), ("waiting", _("在等的")), ("running", _("在做的")), ("times", _("按时做的")))


def _counties(roles: tuple[RoleNow, ...]) -> tuple[int, ...]:
    return tuple(role.region_id for role in roles if role.kind == "county_admin")


async def listed(visit: Visit) -> Response:
    """One kind of job; what failed comes first."""
    return await _show(visit, Form.blank())


async def _show(visit: Visit, form: Form, *, status: int = 200) -> Response:
    counties, tab = _counties(visit.me.roles), visit.query.get("show", "dead")
    tab = tab if tab in dict(TABS) else "dead"
    page = page_number(visit.query.get("page", ""))
    context = {
        "counts": await board.counts(counties),
        "show": tab,
        "tabs": TABS,
        "lines": await board.lines(counties, tab, page=page) if tab != "times" else [],
        "times": await board.timetable() if tab == "times" else [],
        "by_task": await board.dead_by_task(counties) if tab == "dead" else {},
        "page": page,
        "most": board.PAGE,
        "owner": _owners(visit),
        "form": form,
    }
    return await framed(visit, "console/jobs.html", context, status=status)


def _owners(visit: Visit) -> dict[str, object]:
    """The words for the plugin that each task belongs to; those of the core are in none."""
    registry = visit.site.registry
    found: dict[str, object] = {}
    for name, plugin in registry.plugins.items():
        found |= {task.name: plugin.manifest.label for task in registry.tasks()[name]}
        found |= {one.name: plugin.manifest.label for one in registry.subscriptions()[name]}
    return found


async def act(visit: Visit) -> Response:
    """Try jobs again, or give them up: one, those of a task, or, to be tried, all."""
    form, counties = await visit.form(), _counties(visit.me.roles)
    do, task = form.raw("do"), form.raw("task")[:80]
    text = form.raw("job")
    job_id = int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
    if do not in ("retry", "discard") or (do == "discard" and not (job_id or task)):
        raise BadRequest
    reason = form.text("reason", _("原因"), required=True, max_length=200) if do == "discard" else ""
    if not form:
        return await _show(visit, form, status=422)

    async def carry_out() -> str:
        if do == "retry":
            await board.try_again(counties, visit.me.id, job_id=job_id, task=task)
        else:
            await board.discard(counties, visit.me.id, reason, job_id=job_id, task=task)
        return HOME

    toast = _("马上再试，过一会儿来看") if do == "retry" else _("不做了，原因记下了")
    return visit.redirect(await form.once(carry_out), toast=toast)


PAGES: Final = (
    Page(path=HOME, view=listed, to=MANAGE, scope="county", name="jobs"),
    Page(path=HOME, view=act, to=MANAGE, scope="county", methods=("POST",)),
)
