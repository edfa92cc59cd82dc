"""Pages for those who keep the library: putting something into it, changing it, its file. And the file itself, for whoever may see the thing."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from cunli import AUDIO, DOCUMENTS, MEMBER, TEXTS, Form, Page, StoredFile, Visit, file_body_limit, send_file, take_file
from cunli import gettext as _
from cunli_party import words
from cunli_party.models import Item
from cunli_party.papers import Field, Given, Paper, Wrong, answer, carry_out, missing, read
from cunli_party.rights import LEAD

from . import actions
from .asking import PUBLIC, address, file_of, item_of, known_categories
from .pages import item_page

BOTH = ("GET", "POST")
KINDS = DOCUMENTS | AUDIO | TEXTS
HINT = _("选“文件”“音频”的可以直接放在这里，视频可以放字幕。文件里写着的姓名、电话会一起给出去，先看一遍。")


def _fields(item: Item | None, known: dict[str, Any]) -> list[Field]:
    at = item or Item(category="policy", kind="article")
    return [
        Field(name="category", label=_("哪一类"), kind="pick", choices=list(known.items()), value=at.category),
        Field(name="kind", label=_("是什么"), kind="choice", choices=words.choices(words.ITEM_KINDS), value=at.kind),
        Field(name="title", label=_("标题"), most=80, value=at.title or ""),
        Field(
            name="body",
            label=_("文字"),
            kind="words",
            most=20_000,
            required=False,
            value=at.body or "",
            hint=_("视频请把字幕也贴在这里，听不见、流量少的人看文字"),
        ),
        Field(
            name="link",
            label=_("网址"),
            most=500,
            required=False,
            value=at.link or "",
            hint=_("视频、音频、文件放在别处的网址"),
        ),
        *([] if item else [Field(name="file", label=_("文件或者录音"), kind="file", required=False, hint=HINT)]),
        Field(
            name="source", label=_("来源"), most=80, required=False, value=at.source or "", hint=_("比如：共产党员网")
        ),
        Field(name="dated", label=_("日期"), kind="date", required=False, value=at.dated or ""),
        Field(name="licence", label=_("转载许可"), most=120, required=False, value=at.licence or ""),
        Field(name="public", label=PUBLIC, kind="flag", value="1" if at.public else ""),
        Field(name="shown", label=_("现在就给大家看"), kind="flag", value="1" if at.shown else ""),
    ]


def _item(given: Given, file: StoredFile | None) -> dict[str, Any]:
    values = {**given, "link": address(given["link"], "link")}
    kind = given["kind"]
    if file is not None and file.kind not in words.ITEM_FILES.get(kind, frozenset()):
        raise Wrong("kind", _("放的是%(file)s，和“%(kind)s”对不上", file=file.label, kind=words.ITEM_KINDS[kind]))
    if kind == "video" and not values["link"]:
        raise Wrong("link", _("视频要写网址"))
    if kind in ("audio", "document") and not (values["link"] or file):
        raise Wrong("link", _("音频、文件要写网址，或者放一个文件"))
    if kind == "video" and not (given["body"] or file):
        raise Wrong("body", _("视频要有字幕：把说的话写成文字贴在这里，或者放一个字幕文件"))
    if kind == "article" and not (given["body"] or values["link"]):
        raise Wrong("body", _("文章要有文字，或者有网址"))
    return values


async def add_item(visit: Visit) -> Response:
    back = f"{visit.here.url}/party/school"
    paper = Paper(title=_("放进资料库"), fields=_fields(None, known_categories(visit)), go=_("放进去"), back=back)
    form, file = None, None
    if visit.request.method == "POST":
        form = await visit.form()
        given = read(form, paper.fields)
        file = await _taken(visit, form, str(given["kind"]))

    async def act(given: Given) -> str:
        item = await actions.add_item(_item(given, file), actor=visit.me.id, file=file.key if file else "")
        return f"{visit.here.url}/party/items/{item.key}"

    return await answer(visit, paper, act, toast=_("放好了"), form=form)


async def _taken(visit: Visit, form: Form, kind: str) -> StoredFile | None:
    """The file that was sent for a thing of this kind, if there was one."""
    wanted = words.ITEM_FILES.get(kind)
    if wanted is None:
        if form.files("file"):
            form.error("file", _("文章不放文件。要放文件，上面选“文件”或者“音频”"))
        return None
    return await take_file(visit, form, kinds=wanted, owner_id=visit.me.id)


async def edit_item(visit: Visit) -> Response:
    found = await item_of(visit)
    file = await file_of(found)
    back = f"{visit.here.url}/party/items/{found.key}"
    fields = _fields(found, known_categories(visit))
    paper = Paper(title=_("改资料"), fields=fields, go=_("存好"), back=back, changes=True)

    async def act(given: Given) -> str:
        await actions.add_item(_item(given, file), actor=visit.me.id, item=found)
        return back

    return await answer(visit, paper, act, toast=_("存好了"))


async def put_file(visit: Visit) -> Response:
    """A file for something that has none, or another in its place."""
    found = await item_of(visit)
    form = await visit.form()
    file = await _taken(visit, form, found.kind)
    if form and file is None:
        form.error("file", _("还没选文件"))
    if file is None:
        return await item_page(visit, found, form, status=422)
    url = f"{visit.here.url}/party/items/{found.key}"

    async def act() -> str:
        await actions.put_file(found, file.key, actor=visit.me.id)
        return url

    return await carry_out(visit, form, act, url, toast=_("放好了"))


async def remove_file(visit: Visit) -> Response:
    found = await item_of(visit)
    form = await visit.form()
    url = f"{visit.here.url}/party/items/{found.key}"

    async def act() -> str:
        await actions.remove_file(found, actor=visit.me.id)
        return url

    return await carry_out(visit, form, act, url, toast=_("拿掉了"))


async def give_file(visit: Visit) -> Response:
    """The file, for whoever may see the thing that it belongs to: asked each time, also of whoever guessed the address."""
    found = await item_of(visit)
    if not found.file:
        raise missing()
    return await send_file(visit, found.file, play=visit.query.get("play") == "1")


FILE = "/items/{item}/file"
LIMIT = file_body_limit(KINDS)
PAGES = (
    Page(path="/add-item", view=add_item, to=LEAD, methods=BOTH, files=1, body_limit=LIMIT, name="add_item"),
    Page(path="/items/{item}/edit", view=edit_item, to=LEAD, methods=BOTH, name="edit_item"),
    Page(path=FILE, view=give_file, to=MEMBER, name="item_file"),
    Page(
        path=f"{FILE}/put", view=put_file, to=LEAD, methods=("POST",), files=1, body_limit=LIMIT, name="put_item_file"
    ),
    Page(path=f"{FILE}/off", view=remove_file, to=LEAD, methods=("POST",), name="remove_item_file"),
)
