"""A department's section: read by everybody, written by its editors."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from cunli.deid.gate import ask_about_personal_data
from cunli.departments import actions, queries, rules
from cunli.departments.actions import Gone, Written
from cunli.departments.queries import DepartmentNow, PostNow
from cunli.feed.review import review_words
from cunli.places import queries as places
from cunli.trust import limits
from cunli.trust.limits import Limit
from cunli.web.errors import Forbidden, NotFound, TooMany, WayOut
from cunli.web.forms import Form
from cunli.web.i18n import _
from cunli.web.pages import EVERYONE, Page
from cunli.web.visit import Visit

PUBLISH: Final = "core.department.publish"
POSTS: Final = Limit(name="posts of departments per editor", most=20, seconds=3600)
KINDS: Final = (
    (rules.NOTICE, _("通知"), _("全县认证过的乡亲都会收到消息")),
    (rules.ARTICLE, _("文章"), _("放在栏目里，不发消息")),
)


async def all_sections(visit: Visit) -> Response:
    """The departments of the visitor's county, or of the county at hand."""
    village = (
        await places.village_by_id(visit.person.home_village_id)
        if visit.person and visit.person.home_village_id
        else None
    )
    county = village.county_id if village else await places.start()
    context = {"departments": await queries.of_county(county) if county else []}
    return await visit.render("departments/all.html", context)


async def section(visit: Visit) -> Response:
    """What a department published, newest first; its editors see what they took back, too."""
    department = await _department(visit)
    mine = visit.person is not None and await queries.edits(visit.me.id, department.id)
    text = visit.query.get("before", "")
    before = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    posts = await queries.posts_of(department.id, before=before, limit=queries.PAGE + 1, withdrawn=mine)
    older = f"{department.url}?before={posts[queries.PAGE - 1].id}" if len(posts) > queries.PAGE else ""
    context = {"department": department, "posts": posts[: queries.PAGE], "older_url": older, "mine": mine}
    return await visit.render("departments/section.html", context)


async def post(visit: Visit) -> Response:
    """One notice or article."""
    department = await _department(visit)
    mine = visit.person is not None and await queries.edits(visit.me.id, department.id)
    found = await _post(visit, department)
    if not found.visible and not mine:
        raise NotFound
    return await visit.render("departments/post.html", {"department": department, "post": found, "mine": mine})


async def write(visit: Visit) -> Response:
    """Something new in the name of the department."""
    department = await _mine(visit)
    if visit.request.method != "POST":
        return await _show(visit, department, Form.blank(kind=rules.NOTICE))
    form = await visit.form()
    kind = form.choice("kind", _("哪一种"), rules.KINDS)
    written = await _read(visit, form, kind)
    if not form:
        return await _show(visit, department, form, status=422)
    if wait := await limits.take((POSTS, str(visit.me.id))):
        raise TooMany(wait)

    async def act() -> str:
        return await actions.publish(department, visit.me.id, written)

    return visit.redirect(await form.once(act), toast=_("发出去了，全县都看得到"))


async def edit(visit: Visit) -> Response:
    """Change something; readers see that it was changed."""
    department = await _mine(visit)
    found = await _post(visit, department)
    if not found.visible:
        raise NotFound
    if visit.request.method != "POST":
        filled = Form.blank(title=found.title, body=found.body, version=found.version)
        return await _show(visit, department, filled, found)
    form = await visit.form()
    text = form.values["version"] = form.raw("version")[:9]
    version = int(text) if text.isascii() and text.isdigit() else 0
    written = await _read(visit, form, found.kind)

    async def act() -> str:
        await actions.edit(found, visit.me.id, written, version=version)
        return found.url

    if form:
        try:
            return visit.redirect(await form.once(act), toast=_("改好了"))
        except Gone:
            form.error("body", _("这一条在别处改过了。先把你写的复制下来，再重新打开来改"))
    return await _show(visit, department, form, found, status=422)


async def turn(visit: Visit) -> Response:
    """Take something back, or put it out again."""
    department = await _mine(visit)
    found = await _post(visit, department)
    form = await visit.form()
    back = form.raw("do") == "show"

    async def act() -> str:
        await actions.turn_post(found, visit.me.id, back=back)
        return found.url

    return visit.redirect(await form.once(act), toast=_("又放出来了") if back else _("撤回了，只有本部门的编辑看得到"))


async def _department(visit: Visit) -> DepartmentNow:
    department = await queries.by_slug(visit.path_params["slug"][:32])
    if department is None:
        raise NotFound
    return department


async def _mine(visit: Visit) -> DepartmentNow:
    """The department, for its own editors and while it is open."""
    department = await _department(visit)
    if not await queries.edits(visit.me.id, department.id) or not department.open:
        ways = (WayOut(label=_("看这个栏目"), url=department.url),)
        raise Forbidden(_("这个栏目由本部门的编辑来写。"), ways=ways)
    return department


async def _post(visit: Visit, department: DepartmentNow) -> PostNow:
    found = await queries.post_by_key(department.id, visit.path_params["key"][:22])
    if found is None:
        raise NotFound
    return found


async def _read(visit: Visit, form: Form, kind: str) -> Written:
    title = form.text("title", _("标题"), required=True, max_length=60)
    body = form.text("body", _("内容"), required=True, max_length=5000, multiline=True)
    cleared = await ask_about_personal_data(visit, form, {"title": title, "body": body}, official=True)
    written = Written(kind=kind, title=cleared.texts["title"], body=cleared.texts["body"], basis=cleared.basis)
    if form:
        verdict = await review_words(written.title, written.body)
        if verdict.says != "allow":
            form.error("body", str(verdict.reason))
    return written


async def _show(
    visit: Visit, department: DepartmentNow, form: Form, found: PostNow | None = None, *, status: int = 200
) -> Response:
    context = {"department": department, "form": form, "kinds": KINDS, "post": found}
    return await visit.render("departments/form.html", context, status=status)


PAGES: Final = (
    Page(path="/dept", view=all_sections, to=EVERYONE, scope="county", name="departments"),
    Page(path="/dept/{slug}", view=section, to=EVERYONE, scope="county", name="department"),
    Page(
        path="/dept/{slug}/new", view=write, to=PUBLISH, scope="county", methods=("GET", "POST"), name="department_new"
    ),
    Page(path="/dept/{slug}/p/{key}", view=post, to=EVERYONE, scope="county", name="department_post"),
    Page(
        path="/dept/{slug}/p/{key}/edit",
        view=edit,
        to=PUBLISH,
        scope="county",
        methods=("GET", "POST"),
        name="department_edit",
    ),
    Page(path="/dept/{slug}/p/{key}/state", view=turn, to=PUBLISH, scope="county", methods=("POST",)),
)
