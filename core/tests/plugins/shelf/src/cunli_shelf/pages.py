"""The shelf: a form, and papers that are given to whoever may have them."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from cunli import AUDIO, MEMBER, Form, Page, Visit, file_body_limit, send_file, stored_files, take_file

from . import actions
from .models import Paper

KINDS = frozenset({"pdf", "text", *AUDIO})


async def shelf(visit: Visit) -> Response:
    form = Form.blank() if visit.request.method == "GET" else await visit.form()
    if visit.request.method == "POST":
        secret, unused = form.flag("secret"), form.flag("unused")
        file = await take_file(visit, form, kinds=KINDS, owner_id=visit.me.id)
        if file is not None and not unused:

            async def act() -> str:
                await actions.put(file.key, owner_id=visit.me.id, secret=secret)
                return f"{visit.here.url}/shelf"

            return visit.redirect(await form.once(act))
    papers = await Paper.filter(owner_id=visit.me.id).order_by("id")
    files = await stored_files([one.file for one in papers])
    context = {"form": form, "files": list(files.values())}
    return await visit.render("shelf/shelf.html", context, status=422 if form.errors else 200)


async def paper(visit: Visit) -> Response:
    return await send_file(visit, (await _paper(visit)).file, play=bool(visit.query.get("play")))


async def off(visit: Visit) -> Response:
    await actions.take_off(await _paper(visit))
    return visit.redirect(f"{visit.here.url}/shelf")


async def _paper(visit: Visit) -> Paper:
    found = await Paper.get_or_none(file=visit.path_params["file"])
    if found is None or (found.secret and found.owner_id != visit.me.id):
        raise HTTPException(404)
    return found


async def anything(visit: Visit) -> Response:
    """A page that asks nothing: what it gives out is the plugin's own fault, and nothing but its own files."""
    return await send_file(visit, visit.path_params["file"])


PAGES = (
    Page(path="", view=shelf, to=MEMBER, methods=("GET", "POST"), files=1, body_limit=file_body_limit(KINDS)),
    Page(path="/papers/{file}", view=paper, to=MEMBER),
    Page(path="/papers/{file}/off", view=off, to=MEMBER, methods=("POST",)),
    Page(path="/anything/{file}", view=anything, to=MEMBER),
)
