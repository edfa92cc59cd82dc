"""Pages of what is brought in: a course as a folder, things of the library as a table, and how the feeds fare."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

from starlette.responses import Response

from cunli import Form, Page, Visit, storable
from cunli import gettext as _
from cunli_party.branches.roll import Unreadable as BadTable
from cunli_party.branches.roll import decoded
from cunli_party.models import Item, Source
from cunli_party.papers import Wrong, now
from cunli_party.rights import LEAD
from cunli_party.school import actions
from cunli_party.school.asking import address
from cunli_party.school.categories import categories
from cunli_party.settings import CATEGORIES

from .courses import Folder, Unreadable, read_folder

BOTH = ("GET", "POST")
LIMIT = 5 * 1024 * 1024
MOST_LINES = 500


async def folder(visit: Visit) -> Response:
    """A ZIP of Markdown files becomes a course that is not shown yet."""
    known = categories(visit.setting(CATEGORIES))
    form = Form.blank() if visit.request.method in ("GET", "HEAD") else await visit.form()
    if visit.request.method == "POST":
        category = form.choice("category", _("哪一类"), known)
        public = form.flag("public")
        found: Folder | None = None
        files = form.files("file")
        try:
            found = read_folder(await files[0].read(LIMIT)) if files else None
        except Unreadable as unreadable:
            form.error("file", unreadable.args[0])
        if found is None:
            form.error("file", _("还没选压缩包"))
        if form and found is not None:
            return visit.redirect(
                await _make(visit, form, found, category, public=public), toast=_("课程放进来了，看过再放出来")
            )
    context = {"form": form, "categories": list(known.items())}
    return await visit.render("party/folder.html", context, status=200 if form else 422)


async def _make(visit: Visit, form: Form, found: Folder, category: str, *, public: bool) -> str:
    async def act() -> str:
        given = {
            "title": found.title,
            "about": found.about,
            "category": category,
            "public": public,
            "hours": max(1, round(sum(one["minutes"] for one in found.lessons) / 60)),
            "pass_percent": 60,
            "teacher": "",
        }
        course = await actions.make_course(given, actor=visit.me.id)
        for one in found.lessons:
            await actions.keep_lesson(course, {**one, "title": str(one["title"])}, actor=visit.me.id)
        return f"{visit.here.url}/party/courses/{course.key}/keep"

    return await form.once(act)


COLUMNS = {
    "标题": "title",
    "网址": "link",
    "类别": "category",
    "来源": "source",
    "日期": "dated",
    "许可": "licence",
    "文字": "body",
}


async def things(visit: Visit) -> Response:
    """Things of the library as a table: what is in order is put in, the rest is said line by line."""
    form = Form.blank(rows=",".join(COLUMNS) + "\n") if visit.request.method in ("GET", "HEAD") else await visit.form()
    wrong: list[tuple[int, Any]] = []
    done = 0
    if visit.request.method == "POST":
        text = form.text("rows", _("表格"), required=True, max_length=200_000, multiline=True)
        try:
            for file in form.files("file")[:1]:
                text = decoded(await file.read(600_000))
                form.values["rows"] = text
                form.errors.clear()
        except BadTable as bad:
            form.error("rows", bad.args[0])
        rows = _rows(text)
        if form and (rows is None or len(rows) > MOST_LINES):
            form.error("rows", _("第一行写列名：标题、网址、类别……；一次最多 %(n)s 行", n=MOST_LINES))
        if form and rows is not None:

            async def act() -> str:
                nonlocal done, wrong
                done, wrong = await _put_in(rows, categories(visit.setting(CATEGORIES)), actor=visit.me.id)
                return f"{visit.here.url}/party/school"

            await form.once(act)
    context = {"form": form, "wrong": wrong, "done": done, "head": "、".join(COLUMNS)}
    return await visit.render("party/things.html", context, status=200 if form else 422)


def _rows(text: str) -> list[dict[str, str]] | None:
    try:
        reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""))
        if "标题" not in (reader.fieldnames or []):
            return None
        return [{COLUMNS[k]: storable(v or "").strip() for k, v in row.items() if k in COLUMNS} for row in reader]
    except csv.Error:
        return None


async def _put_in(
    rows: list[dict[str, str]], known: dict[str, Any], *, actor: int
) -> tuple[int, list[tuple[int, Any]]]:
    by = {str(label): key for key, label in known.items()} | {key: key for key in known}
    done = 0
    wrong: list[tuple[int, Any]] = []
    there = {one.link_hash for one in await Item.exclude(link_hash="")}
    for number, row in enumerate(rows, start=2):
        try:
            link = address(row.get("link", ""), "link")
            if len(link) > 500:
                raise Wrong("link", _("网址太长"))
            hashed = actions.link_hash(link)
            if not row.get("title") or row.get("category") not in by:
                raise Wrong("title", _("标题没写，或者类别不认识"))
            if hashed and hashed in there:
                raise Wrong("link", _("这个网址已经有了"))
            given = {
                "category": by[row["category"]],
                "kind": "article",
                "title": row["title"][:80],
                "body": row.get("body", "")[:20_000],
                "link": link,
                "public": False,
                "source": row.get("source", "")[:80],
                "licence": row.get("licence", "")[:120],
                "dated": _day(row.get("dated", "")),
                "shown": True,
            }
            await actions.add_item(given, actor=actor)
            there.add(hashed)
            done += 1
        except Wrong as bad:
            wrong.append((number, bad.args[1]))
    return done, wrong


def _day(said: str) -> date | None:
    try:
        found = date.fromisoformat(said) if said else None
        if found is None or 1900 <= found.year <= 2100:
            return found
    except ValueError:
        pass
    raise Wrong("dated", _("日期“%(said)s”写成 2019-07-01 这样", said=said[:20]))


async def sources(visit: Visit) -> Response:
    """How the feeds fare. Which there are is for the county to say."""
    context = {
        "sources": await Source.all().order_by("id"),
        "categories": categories(visit.setting(CATEGORIES)),
        "now": now(),
    }
    return await visit.render("party/sources.html", context)


PAGES = (
    Page(path="/import-course", view=folder, to=LEAD, methods=BOTH, name="import_course", files=1, body_limit=LIMIT),
    Page(
        path="/import-items",
        view=things,
        to=LEAD,
        methods=BOTH,
        name="import_items",
        files=1,
        body_limit=2 * 1024 * 1024,
    ),
    Page(path="/sources", view=sources, to=LEAD, name="sources"),
)
