"""Pages of members who come and go: a table brought in, a letter of introduction written and taken."""

from __future__ import annotations

from starlette.responses import Response

from cunli import Form, Page, Visit
from cunli import gettext as _
from cunli_party.models import Branch, Member, Transfer
from cunli_party.papers import Field, Given, Paper, answer, missing, today
from cunli_party.rights import BELONG, LEAD

from . import actions, roll, showing
from .asking import branch_of, member_of

BOTH = ("GET", "POST")
FILE_LIMIT = 600_000


async def table(visit: Visit) -> Response:
    """A table of members: first looked at line by line, then entered. What is wrong is left out and said."""
    found, _looks = await branch_of(visit, lead=True)
    if visit.request.method in ("GET", "HEAD"):
        return await _table(visit, found, Form.blank(rows=",".join(roll.HEAD) + "\n"), [])
    form = await visit.form()
    text = form.text("rows", _("表格"), max_length=roll.MOST_CHARACTERS, multiline=True)
    lines: list[roll.Line] = []
    try:
        for file in form.files("file")[:1]:
            text = roll.decoded(await file.read(FILE_LIMIT))
            form.values["rows"] = text
        known = await Member.filter(branch_id=found.id, standing="verified")
        lines = roll.lines_of(text, {one.name for one in known})
    except roll.Unreadable as unreadable:
        form.error("rows", unreadable.args[0])
    if form and not lines:
        form.error("rows", _("表格里一行都没有"))
    if not form or form.raw("do") != "import":
        return await _table(visit, found, form, lines, status=200 if form else 422)

    async def act() -> str:
        await actions.import_lines(found, lines, actor=visit.me.id)
        return f"{visit.here.url}/party/branches/{found.key}/members"

    bad = roll.errors(lines)
    toast = _("导入了 %(n)s 行，%(bad)s 行有错没导入", n=len(lines) - bad, bad=bad)
    return visit.redirect(await form.once(act), toast=toast)


async def _table(visit: Visit, found: Branch, form: Form, lines: list[roll.Line], *, status: int = 200) -> Response:
    context = {"branch": found, "form": form, "lines": lines, "bad": roll.errors(lines), "head": "、".join(roll.HEAD)}
    return await visit.render("party/table.html", context, status=status)


async def letter(visit: Visit) -> Response:
    """Write a letter of introduction, and show it as a sheet of paper."""
    found, branch, looks = await member_of(visit)
    if not (looks.leads(found.branch_id) or found.person_id == visit.me.id):
        raise missing()
    address = f"{visit.here.url}/party/members/{found.key}/letter"
    if visit.request.method == "POST":
        if not looks.leads(found.branch_id) or found.standing != "verified" or found.home_id is not None:
            raise missing()
        form = await visit.form()

        async def act() -> str:
            await actions.write_letter(found, branch, actor=visit.me.id)
            return address

        return visit.redirect(await form.once(act))
    written = await Transfer.filter(member_key=found.key, taken_at__isnull=True, valid_until__gte=today()).first()
    if written is None:
        raise missing()
    context = {
        "member": showing.line(found, whole=True),
        "letter": written,
        "branch": branch,
    }
    return await visit.render("party/letter.html", context)


async def take(visit: Visit) -> Response:
    """Take somebody in by their letter."""
    found, _looks = await branch_of(visit, lead=True)
    back = f"{visit.here.url}/party/branches/{found.key}/members"
    fields = [
        Field(name="key", label=_("介绍信编号"), most=22, hint=_("信上写的那一串字母和数字")),
        Field(name="name", label=_("姓名"), most=40, hint=_("和信上的一样")),
    ]
    paper = Paper(title=_("凭介绍信转入"), fields=fields, go=_("转入"), back=back)

    async def act(given: Given) -> str:
        await actions.take_letter(given["key"], found, given["name"], actor=visit.me.id, day=today())
        return back

    return await answer(visit, paper, act, toast=_("转入了，历史跟着来"))


PAGES = (
    Page(
        path="/branches/{branch}/table",
        view=table,
        to=LEAD,
        methods=BOTH,
        name="table",
        files=1,
        body_limit=2 * 1024 * 1024,
    ),
    Page(path="/branches/{branch}/take", view=take, to=LEAD, methods=BOTH, name="take"),
    Page(path="/members/{member}/letter", view=letter, to=BELONG, methods=BOTH, name="letter"),
)
