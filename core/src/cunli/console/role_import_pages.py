"""Offices by CSV: upload or paste, see line by line what would happen, then have it done; the result as a table."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from cunli.console import villages
from cunli.console.frame import framed
from cunli.console.ground import ground_of
from cunli.people import office_imports, office_rows
from cunli.people.office_imports import DONE, GRANTED, HELD, MADE, WORDS, WRONG, ImportNow
from cunli.people.office_rows import Wanted
from cunli.people.queries import OFFICE_TITLES
from cunli.sheets import MOST_LINES, Unreadable, decoded, download
from cunli.trust import limits
from cunli.trust.limits import Limit
from cunli.web.errors import NotFound, TooMany
from cunli.web.forms import NOTICE_FIELD, Form
from cunli.web.i18n import _
from cunli.web.pages import Page
from cunli.web.visit import Visit

GRANT: Final = "core.role.grant"
HOME: Final = "/admin/roles/import"
LARGEST: Final = 1024 * 1024
UPLOADS: Final = Limit(name="tables of officials per official", most=30, seconds=3600)


async def upload(visit: Visit) -> Response:
    """A file or pasted cells; what stands in them is kept for a week, encrypted, for the one who sent it."""
    if visit.request.method != "POST":
        return await _form(visit, Form.blank())
    form = await visit.form()
    if wait := await limits.take((UPLOADS, str(visit.me.id))):
        raise TooMany(wait)
    lines = await _lines(form)
    if not form:
        return await _form(visit, form, status=422)

    async def act() -> str:
        return f"{HOME}/{await office_imports.keep(lines, visit.me.id)}"

    return visit.redirect(await form.once(act))


async def _lines(form: Form) -> list[Wanted]:
    files, pasted = form.files("table"), form.raw("pasted")[:LARGEST]
    form.values["pasted"] = pasted
    if not files and not pasted.strip():
        form.error("table", _("选一个文件，或者把表格粘贴到下面"))
        return []
    field = "table" if files else "pasted"
    try:
        lines = office_rows.read(decoded(await files[0].read()) if files else pasted)
    except Unreadable as exc:
        form.error(field, exc.text)
        return []
    if not lines:
        form.error(field, _("表里没有一行填了手机号和姓名"))
    return lines


async def _form(visit: Visit, form: Form, *, status: int = 200) -> Response:
    context = {"form": form, "most": MOST_LINES}
    return await framed(visit, "console/role_import.html", context, status=status)


async def template(visit: Visit) -> Response:
    """A table to fill in: the open villages that have no admin yet stand in it, with their codes."""
    waiting = await villages.unled(await ground_of(visit, GRANT), MOST_LINES)
    return download("officials-template.csv", office_rows.template(waiting))


async def look(visit: Visit) -> Response:
    """What each line would do, or, once it was started, how far it is and what came of it."""
    found = await _kept(visit)
    context = {"found": found, "rows": await _rows(visit, found), "names": OFFICE_TITLES, "home": HOME}
    if found.state == "checked":
        return await framed(visit, "console/role_import_check.html", context)
    return await framed(visit, "console/role_import_done.html", context, block="progress")


async def _kept(visit: Visit) -> ImportNow:
    found = await office_imports.kept(visit.path_params["key"][:22], visit.me.id)
    if found is None:
        raise NotFound
    return found


async def _rows(visit: Visit, found: ImportNow) -> list[tuple[office_imports.Judged, str]]:
    """Every line with its outcome: what would happen, or what did. What is wrong comes first."""
    judged = await office_imports.judge(found.lines, visit.me)
    if found.state == "checked":
        return sorted(((one, one.outcome) for one in judged), key=lambda row: row[1] != WRONG)
    told = [(one, found.outcomes.get(one.wanted.line, "")) for one in judged]
    return sorted(told, key=lambda row: row[1] != WRONG)


async def start(visit: Visit) -> Response:
    """Have the lines that are right carried out."""
    found = await _kept(visit)
    form = await visit.form()

    async def act() -> str:
        await office_imports.start(found.key, visit.me.id)
        return f"{HOME}/{found.key}"

    judged = await office_imports.judge(found.lines, visit.me)
    if found.state == "checked" and all(one.outcome in (WRONG, HELD) for one in judged):
        form.error(NOTICE_FIELD, _("没有一行可以导入，先改好再来"))
        context = {
            "found": found,
            "rows": await _rows(visit, found),
            "names": OFFICE_TITLES,
            "home": HOME,
            "form": form,
        }
        return await framed(visit, "console/role_import_check.html", context, status=422)
    return visit.redirect(await form.once(act))


async def result(visit: Visit) -> Response:
    """Line by line what would happen or came of it, for a spreadsheet; phone numbers masked."""
    found = await _kept(visit)
    words = WORDS if found.state == "checked" else DONE
    head = (_("行"), _("手机号"), _("姓名"), _("职务"), _("区划代码"), _("地方"), _("结果"), _("说明"))
    rows = [
        [
            str(one.wanted.line),
            one.wanted.shown_phone,
            one.wanted.name,
            one.wanted.role,
            one.wanted.region,
            one.region,
            str(words[outcome]) if outcome else str(_("还没轮到")),
            _about(one, outcome),
        ]
        for one, outcome in await _rows(visit, found)
    ]
    return download("officials-result.csv", [[str(cell) for cell in head], *rows])


def _about(one: office_imports.Judged, outcome: str) -> str:
    if outcome == WRONG:
        return str(one.text)
    if outcome in (MADE, GRANTED):
        return str(_("请本人用这个手机号收验证码登录，登录后可以设密码"))
    return ""


PAGES: Final = (
    Page(
        path=HOME,
        view=upload,
        to=GRANT,
        scope="county",
        methods=("GET", "POST"),
        body_limit=LARGEST,
        files=1,
        name="role_import",
    ),
    Page(path="/admin/roles/template.csv", view=template, to=GRANT, scope="county", name="role_template"),
    Page(path=HOME + "/{key}", view=look, to=GRANT, scope="county", name="role_import_look"),
    Page(path=HOME + "/{key}", view=start, to=GRANT, scope="county", methods=("POST",)),
    Page(path=HOME + "/{key}/result.csv", view=result, to=GRANT, scope="county", name="role_import_result"),
)
