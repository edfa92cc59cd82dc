"""The county's departments: founded, changed, closed, and who writes for each."""

from __future__ import annotations

from typing import Any, Final

from starlette.responses import Response

from cunli.console.frame import framed
from cunli.console.ground import Ground, county_ground
from cunli.departments import actions, queries, rules
from cunli.departments.actions import AlreadyEditor, Looks, Taken, TooMany
from cunli.departments.queries import DepartmentNow
from cunli.people.by_phone import named_by_phone
from cunli.trust.limits import Limit
from cunli.web.errors import NotFound
from cunli.web.forms import NOTICE_FIELD, Form
from cunli.web.i18n import LazyText, _
from cunli.web.pages import Page
from cunli.web.visit import Visit

MANAGE: Final = "core.department.manage"
HOME: Final = "/admin/departments"
LOOK_UPS: Final = Limit(name="phone look-ups per official", most=30, seconds=3600)
HUES: Final[tuple[tuple[str, LazyText], ...]] = (
    ("indigo", _("靛蓝")),
    ("seal", _("印泥红")),
    ("field", _("田绿")),
    ("gold", _("稻黄")),
    ("tea", _("茶青")),
)


async def listed(visit: Visit) -> Response:
    """The departments of the county, and a form to make another."""
    return await _list(visit, await county_ground(visit, MANAGE), Form.blank(icon=rules.ICONS[0], hue="indigo"))


async def _list(visit: Visit, ground: Ground, form: Form, *, status: int = 200) -> Response:
    departments = await queries.of_county(ground.id, closed=True)
    names = {one.name for one in departments}
    context = {
        "departments": [(one, await queries.editors_of(one.id)) for one in departments],
        "usual": [one for one in rules.USUAL if one.name not in names],
        "form": form,
        "hues": HUES,
        "icons": rules.ICONS,
    }
    return await framed(visit, "console/departments.html", context, ground=ground, status=status)


async def found(visit: Visit) -> Response:
    """Make a department."""
    ground = await county_ground(visit, MANAGE)
    form = await visit.form()
    slug = form.text("slug", _("网址里的名字"), required=True, max_length=32)
    looks = _looks(form)
    if slug and not rules.is_slug(slug):
        form.error("slug", _("用小写字母和数字，3 到 32 个，字母开头，比如 nongye"))

    async def act() -> str:
        url = await actions.found(ground.id, slug, looks, visit.me.id)
        return HOME + url.removeprefix("/dept")

    if form:
        try:
            return visit.redirect(await form.once(act), toast=_("建好了，再加上写的人"))
        except Taken:
            form.error("slug", _("这个名字有别的部门用了，换一个"))
        except TooMany:
            form.error(NOTICE_FIELD, _("部门已经有 %(n)s 个了，不能再多", n=rules.MOST))
    return await _list(visit, ground, form, status=422)


def _looks(form: Form) -> Looks:
    return Looks(
        name=form.text("name", _("名称"), required=True, min_length=2, max_length=20),
        about=form.text("about", _("说明"), max_length=200),
        icon=form.choice("icon", _("图标"), rules.ICONS, default=rules.ICONS[0]),
        hue=form.choice("hue", _("颜色"), rules.HUES, default=rules.HUES[0]),
    )


async def one(visit: Visit) -> Response:
    """One department: how it looks, and who writes for it."""
    ground, department = await _mine(visit)
    return await _one(visit, ground, department, Form.blank())


async def _one(
    visit: Visit, ground: Ground, department: DepartmentNow, form: Form, *, wrong: str = "", status: int = 200
) -> Response:
    context: dict[str, Any] = {
        "department": department,
        "editors": await queries.editors_of(department.id),
        "form": form if wrong == "looks" else None,
        "asked": form if wrong == "editor" else None,
        "wrong": form,
        "hues": HUES,
        "icons": rules.ICONS,
        "most": rules.MOST_EDITORS,
    }
    return await framed(visit, "console/department.html", context, ground=ground, status=status)


async def change(visit: Visit) -> Response:
    """Change name, words and looks; or close it, or open it again."""
    ground, department = await _mine(visit)
    form = await visit.form()
    url = f"{HOME}/{department.slug}"
    if (do := form.raw("do")) in ("close", "open"):

        async def turn() -> str:
            await actions.turn(department, visit.me.id, open_again=do == "open")
            return url

        toast = _("又开了") if do == "open" else _("停了，以前发的还看得到")
        return visit.redirect(await form.once(turn), toast=toast)
    looks = _looks(form)

    async def act() -> str:
        await actions.change(department, looks, visit.me.id)
        return url

    if form:
        return visit.redirect(await form.once(act), toast=_("改好了"))
    return await _one(visit, ground, department, form, wrong="looks", status=422)


async def appoint(visit: Visit) -> Response:
    """Let whoever has this phone number write for the department."""
    ground, department = await _mine(visit)
    form = await visit.form()
    person_id = await _whom(visit, form)

    async def act() -> str:
        await actions.appoint(department, person_id or 0, visit.me.id)
        return f"{HOME}/{department.slug}"

    if form and person_id is not None:
        try:
            return visit.redirect(await form.once(act), toast=_("加上了，本人会收到消息"))
        except AlreadyEditor:
            form.error("phone", _("这位已经在给这个部门写了"))
        except TooMany:
            form.error("phone", _("一个部门最多 %(n)s 位，先减一位", n=rules.MOST_EDITORS))
    return await _one(visit, ground, department, form, wrong="editor", status=422)


async def _whom(visit: Visit, form: Form) -> int | None:
    return await named_by_phone(visit, form, LOOK_UPS, _("这个号码还没登录过。请本人先用它登录一次，再来加"))


async def dismiss(visit: Visit) -> Response:
    """Let somebody write for it no longer."""
    _ground, department = await _mine(visit)
    text = visit.path_params["editor"]
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    form = await visit.form()

    async def act() -> str:
        if not await actions.dismiss(department, number, visit.me.id):
            raise NotFound
        return f"{HOME}/{department.slug}"

    return visit.redirect(await form.once(act), toast=_("去掉了，本人会收到消息"))


async def _mine(visit: Visit) -> tuple[Ground, DepartmentNow]:
    """The department, of a county of this visitor; those of others look like none."""
    department = await queries.by_slug(visit.path_params["slug"][:32])
    if department is None:
        raise NotFound
    return await county_ground(visit, MANAGE, str(department.county_id)), department


PAGES: Final = (
    Page(path=HOME, view=listed, to=MANAGE, scope="county", name="departments_admin"),
    Page(path=HOME, view=found, to=MANAGE, scope="county", methods=("POST",)),
    Page(path=HOME + "/{slug}", view=one, to=MANAGE, scope="county", name="department_admin"),
    Page(path=HOME + "/{slug}", view=change, to=MANAGE, scope="county", methods=("POST",)),
    Page(path=HOME + "/{slug}/editors", view=appoint, to=MANAGE, scope="county", methods=("POST",)),
    Page(path=HOME + "/{slug}/editors/{editor}/end", view=dismiss, to=MANAGE, scope="county", methods=("POST",)),
)
