"""A person's own data: what is held and by whom, and an archive of it to take along."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from starlette.responses import Response, StreamingResponse

from cunli.care import holds
from cunli.clock import today
from cunli.media import running as storage
from cunli.own_data import actions, asking, queries, sealed
from cunli.people.codes import TooOften
from cunli.web.errors import NotFound, TooMany
from cunli.web.i18n import _
from cunli.web.pages import SIGNED_IN, Page
from cunli.web.visit import Visit


async def data(visit: Visit) -> Response:
    """What is held about the person, by which part, and how far the archive is."""
    held = asking.parts(visit.site.registry)
    archive = await queries.archive_of(visit.me.id)
    labels = {part.id: part.label for part in held}
    context: dict[str, Any] = {
        "rooms": [part for part in held if part.id.startswith("core.")],
        "plugins": [part for part in held if not part.id.startswith("core.")],
        "archive": archive,
        "missing": [labels.get(part, part) for part in archive.missing] if archive else [],
        "closing": await queries.closing_of(visit.me.id),
        "holds": await holds.held(visit.me.id),
    }
    return await visit.render("own_data/data.html", context, block="archive")


async def request_export(visit: Visit) -> Response:
    """Have an archive made."""
    form = await visit.form()
    try:
        await actions.count_request(visit.me.id)
    except TooOften as exc:
        raise TooMany(exc.seconds, _("一天最多要三次。已经做好的还能下载。")) from None

    async def act() -> str:
        await actions.request_export(visit.me.id)
        return "/me/data"

    return visit.redirect(await form.once(act), toast=_("正在准备，好了会在“消息”里告诉你"))


async def download(visit: Visit) -> Response:
    """The archive, to its owner alone and for a day. A form, because every download is written down."""
    return await archive_for(visit.me.id)


async def archive_for(person_id: int, *, guardian: int | None = None) -> Response:
    """The archive of a person, for whoever may have it: the page has seen to that."""
    archive = await queries.archive_of(person_id)
    if archive is None or not archive.ready:
        raise NotFound
    stored = await storage.storage().file(archive.key)
    if stored is None:
        raise NotFound
    pieces = sealed.opened(stored, archive.key)
    try:
        first = await anext(pieces)
    except sealed.Damaged:
        raise NotFound from None
    await actions.note_download(person_id, archive.key, guardian=guardian)
    headers = {"content-disposition": f'attachment; filename="cunli-{today():%Y%m%d}.zip"', "cache-control": "no-store"}
    return StreamingResponse(_from(first, pieces), media_type="application/zip", headers=headers)


async def _from(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


PAGES = (
    Page(path="/me/data", view=data, to=SIGNED_IN, scope="county", name="my_data"),
    Page(path="/me/data/export", view=request_export, to=SIGNED_IN, methods=("POST",), scope="county"),
    Page(path="/me/data/download", view=download, to=SIGNED_IN, methods=("POST",), scope="county"),
)
