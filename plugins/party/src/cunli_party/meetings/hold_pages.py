"""Who was at a meeting, and its minutes. A branch that fits on a page is one form; of a larger one each page is kept by itself first."""

from __future__ import annotations

from starlette.responses import Response

from cunli import Form, Page, Visit
from cunli import gettext as _
from cunli_party.branches.listing import Roll, roll
from cunli_party.models import Meeting, Member
from cunli_party.papers import Wrong, carry_out, missing, now, start_of
from cunli_party.rights import LEAD
from cunli_party.school.asking import address

from . import actions
from .pages import MEETING, meeting_of

WAYS = ("person", "remote", "")


async def hold(visit: Visit) -> Response:
    one, found, looks = await meeting_of(visit, lead=True)
    if one.state != "planned":
        raise missing()
    inside = looks.tree.below(found.id)
    people = await roll(actions.asked(inside, one.kind), start_of(visit, "page"))
    url = f"{visit.here.url}/party/branches/{found.key}/meetings/{one.key}"
    large = people.pages > 1
    marked = await actions.marks(one) if large else {}
    if visit.request.method in ("GET", "HEAD"):
        form = Form.blank(**{f"m{member.id}": marked.get(member.id, "") for member in people.people})
    else:
        form = await visit.form()
        if large and form.choice("do", _("存哪一样"), ("mark", "hold"), default="hold") == "mark":
            return await _mark(visit, form, one, people, url)
        there = marked if large else _ways(form, people.people)
        if answer := await _held(visit, form, one, inside, there, url):
            return answer
        form.values |= {f"m{member.id}": marked[member.id] for member in people.people if member.id in marked}
    context = {"meeting": one, "branch": found, "roll": people, "marked": marked, "form": form, "url": url}
    return await visit.render("party/hold.html", context, status=200 if form else 422)


def _ways(form: Form, people: list[Member]) -> dict[int, str]:
    """How each of these came, as the form says. Whoever it says nothing about is left out."""
    return {
        one.id: form.choice(f"m{one.id}", _("怎么参加"), WAYS, required=False)
        for one in people
        if form.has(f"m{one.id}")
    }


async def _mark(visit: Visit, form: Form, one: Meeting, people: Roll, url: str) -> Response:
    """Keep this page, and go on to the next one."""
    ways = _ways(form, people.people)
    here = f"{url}/hold?page={people.on or people.page}"

    async def act() -> str:
        await actions.mark(one, ways, actor=visit.me.id)
        return here

    return await carry_out(visit, form, act, url, toast=_("这一页记下了"))


async def _held(
    visit: Visit, form: Form, one: Meeting, inside: list[int], ways: dict[int, str], url: str
) -> Response | None:
    """The meeting is written down; None where the form has to be shown again."""
    there = {member: how for member, how in ways.items() if how}
    minutes = form.text("minutes", _("会议记录"), required=True, max_length=20_000, multiline=True)
    replay = form.text("replay", _("回放网址"), max_length=500)
    if form and not there:
        form.error("minutes", _("一个到会的人都没有记；没开成的，请取消这次会"))
    if form and one.starts_at > now():
        form.error("minutes", _("还没到开会的时间"))
    if not form:
        return None

    async def act() -> str:
        link = address(replay, "replay")
        await actions.hold(one, inside, there, minutes=minutes, replay=link, actor=visit.me.id)
        return url

    try:
        return visit.redirect(await form.once(act), toast=_("记好了"))
    except Wrong as wrong:
        form.error(str(wrong.args[0]), wrong.args[1])
        return None


PAGES = (Page(path=f"{MEETING}/hold", view=hold, to=LEAD, methods=("GET", "POST"), name="hold"),)
