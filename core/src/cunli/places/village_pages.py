"""A village's introduction, and the pages on which its admins write it: words, groups, figures, household register."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final

from starlette.responses import Response

from cunli.clock import today
from cunli.deid.gate import ask_about_personal_data, record_basis
from cunli.media import actions as media
from cunli.media.rules import MEGABYTE, PhotoRefused
from cunli.places import actions, queries
from cunli.places.actions import VillageText
from cunli.places.errors import CannotDo
from cunli.places.rules import CLOTHS, DYES, MOST_USERS, SMARTPHONE_USERS, market_digits
from cunli.web.errors import NotFound
from cunli.web.forms import NOTICE_FIELD, Form
from cunli.web.i18n import LazyText, _
from cunli.web.pages import EVERYONE, Page
from cunli.web.visit import Visit

EDIT: Final = "core.village.edit"
GROUP_LENGTH: Final = 20
NUMBER_LENGTH: Final = 20
MOST: Final = 2**31 - 1
COVER_LIMIT: Final = 101 * MEGABYTE  # one photo as large as the setting may allow, and what a form adds around it
_PHONE: Final = re.compile(r"\+?[0-9][0-9 ()-]{4,18}")

CLOTH_NAMES: Final = {
    "plum": _("梅花"),
    "rice": _("稻穗"),
    "fish": _("双鱼"),
    "tea": _("茶叶"),
    "ridge": _("山垄"),
}
DYE_NAMES: Final = {"": _("靛蓝"), "teal": _("青绿"), "night": _("夜蓝"), "tea": _("茶褐")}


async def about(visit: Visit) -> Response:
    """The introduction that everybody may read."""
    village = visit.here
    context: dict[str, Any] = {
        "groups": await queries.groups_of(village.id),
        "rate": await queries.verified_rate_of(village.id, village.verified_count),
        "market": _market_words(village.market_days),
    }
    return await visit.render("places/about.html", context)


def _market_words(written: str) -> LazyText | str:
    try:
        digits = market_digits(written)
    except ValueError:
        return ""
    return _("农历逢%(days)s", days="、".join("十一二三四五六七八九"[digit] for digit in digits)) if digits else ""


# ---- the village's own words ---------------------------------------------------------------------------------------


async def settings(visit: Visit) -> Response:
    """Everything an admin may change about the village."""
    return await _show(visit)


async def _show(
    visit: Visit,
    *,
    text: Form | None = None,
    cover: Form | None = None,
    group: Form | None = None,
    figure: Form | None = None,
) -> Response:
    refused = next((form for form in (text, cover, group, figure) if form is not None), None)
    village = visit.here
    context: dict[str, Any] = {
        "form": text,
        "cover_form": cover,
        "group_form": group,
        "figure_form": figure,
        "refused": refused,
        "groups": await queries.groups_of(village.id),
        "rate": await queries.verified_rate_of(village.id, village.verified_count),
        "cloths": CLOTH_NAMES,
        "dyes": DYE_NAMES,
        "today": today(),
    }
    return await visit.render("places/settings.html", context, status=200 if refused is None else 422)


async def save(visit: Visit) -> Response:
    """Save motto, introduction, contact, market days, cloth and dye."""
    form = await visit.form()
    written = VillageText(
        motto=form.text("motto", _("村里的一句话"), max_length=40),
        introduction=form.text("introduction", _("村里介绍"), max_length=4000, multiline=True),
        phone=form.text("phone", _("村委会电话"), max_length=20),
        address=form.text("address", _("村委会地址"), max_length=80),
        market_days=_market_days(form),
        cloth=form.choice("cloth", _("花样"), CLOTHS),
        dye=form.choice("dye", _("颜色"), DYES, required=False),
    )
    if written.phone and not _PHONE.fullmatch(written.phone):
        form.error("phone", _("电话写成 028-88790000 或 13800000000 这样"))
    texts = {"motto": written.motto, "introduction": written.introduction}  # the committee's own address is no secret
    cleared = await ask_about_personal_data(visit, form, texts, official=True)
    if not form:
        return await _show(visit, text=form)
    written = replace(written, **cleared.texts)

    async def act() -> None:
        await actions.describe(visit.here.id, written, actor=visit.me.id)
        about = ("village", visit.here.id)
        await record_basis(cleared.basis, actor=visit.me.id, village=visit.here.id, about=about)

    return await _carry_out(visit, form, "/settings", act)


def _market_days(form: Form) -> str:
    written = form.text("market_days", _("赶场的日子"), max_length=20)
    try:
        return ",".join(str(digit) for digit in market_digits(written))
    except ValueError:
        form.error("market_days", _("写农历日子的尾数，比如 3、8；没有就空着"))
        return ""


async def _carry_out(
    visit: Visit, form: Form, path: str, act: Callable[[], Awaitable[object]], toast: LazyText | str = ""
) -> Response:
    async def done() -> str:
        await act()
        return visit.here.url + path

    return visit.redirect(await form.once(done), toast=toast or _("改好了"))


# ---- the cover photo -----------------------------------------------------------------------------------------------


async def change_cover(visit: Visit) -> Response:
    """Another photo above the village's feed, or none. It comes with the form itself: no script is needed."""
    form = await visit.form()
    if form.raw("do") == "remove":
        return await _carry_out(
            visit,
            form,
            "/settings",
            lambda: actions.remove_cover(visit.here.id, actor=visit.me.id),
            _("封面照片去掉了"),
        )
    key = await _take_cover(visit, form)
    if not form:
        return await _show(visit, cover=form)
    return await _carry_out(
        visit,
        form,
        "/settings",
        lambda: actions.set_cover(visit.here.id, key, actor=visit.me.id),
        _("封面照片换好了"),
    )


async def _take_cover(visit: Visit, form: Form) -> str:
    files, limit_mb = form.files("cover"), visit.settings.max_photo_mb
    if not files:
        form.error("cover", _("先选一张照片"))
        return ""
    try:
        raw = await files[0].read((limit_mb + 1) * MEGABYTE)
        taken = await media.accept(raw, owner_id=visit.me.id, village_id=visit.here.id, limit_mb=limit_mb)
    except PhotoRefused as exc:
        form.error("cover", exc.text)
        return ""
    return taken.key


# ---- groups and figures --------------------------------------------------------------------------------------------


async def add_group(visit: Visit) -> Response:
    """One more group."""
    form = await visit.form()
    name = form.text("group_name", _("组名"), required=True, max_length=GROUP_LENGTH)
    if not form:
        return await _show(visit, group=form)
    try:
        return await _carry_out(
            visit, form, "/settings", lambda: actions.add_group(visit.here.id, name, actor=visit.me.id)
        )
    except CannotDo as exc:
        form.error("group_name", exc.text)
        return await _show(visit, group=form)


async def change_group(visit: Visit) -> Response:
    """Rename a group, or take an empty one away."""
    form = await visit.form()
    group_id = _id(visit.path_params["group"])
    remove = form.raw("do") == "remove"
    name = "" if remove else form.text("name", _("组名"), required=True, max_length=GROUP_LENGTH)
    if not form:
        return await _show(visit, group=form)

    async def act() -> None:
        if remove:
            await actions.remove_group(visit.here.id, group_id, actor=visit.me.id)
        else:
            await actions.rename_group(visit.here.id, group_id, name, actor=visit.me.id)

    try:
        return await _carry_out(visit, form, "/settings", act)
    except CannotDo as exc:
        if exc.code == "no-such-group":
            raise NotFound from None
        form.error(NOTICE_FIELD, exc.text)
        return await _show(visit, group=form)


def _id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= MOST):
        raise NotFound
    return int(text)


async def record_users(visit: Visit) -> Response:
    """How many people here use a smartphone, as of a day: the denominator of the 认证率."""
    form = await visit.form()
    users = form.integer("users", _("手机用户数"), minimum=1, maximum=MOST_USERS)
    as_of = form.date("as_of", _("哪一天的数"), required=True, latest=today())
    if not form or users is None or as_of is None:
        return await _show(visit, figure=form)
    return await _carry_out(
        visit,
        form,
        "/settings",
        lambda: actions.record_figure(visit.here.id, SMARTPHONE_USERS, users, as_of, actor=visit.me.id),
    )


PAGES: Final = (
    Page(path="/about", view=about, to=EVERYONE, name="about"),
    Page(path="/settings", view=settings, to=EDIT, name="settings"),
    Page(path="/settings", view=save, to=EDIT, methods=("POST",)),
    Page(
        path="/settings/cover",
        view=change_cover,
        to=EDIT,
        methods=("POST",),
        body_limit=COVER_LIMIT,
        files=1,
    ),
    Page(path="/settings/groups", view=add_group, to=EDIT, methods=("POST",)),
    Page(path="/settings/groups/{group}", view=change_group, to=EDIT, methods=("POST",)),
    Page(path="/settings/figure", view=record_users, to=EDIT, methods=("POST",)),
)
