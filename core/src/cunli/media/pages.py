"""Photos and files over HTTP: photos sent one by one from the compose page; both given to those who may see what uses them."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response, StreamingResponse

from cunli.feed import queries as feed
from cunli.media import actions, queries, rules, running
from cunli.media.kinds import KINDS, StoredFile, disposition
from cunli.web import EVERYONE, Page, Visit
from cunli.web.errors import NotFound
from cunli.web.i18n import _

SLACK = 64 * 1024  # what multipart adds around a file
LARGEST = 100 * rules.MEGABYTE + SLACK  # the setting's upper bound; the view applies the setting itself
# Whatever the browser takes it for, nothing in it runs.
FENCED = {"content-security-policy": "sandbox; default-src 'none'", "x-content-type-options": "nosniff"}
TYPES = {"webp": "image/webp", "jpg": "image/jpeg"}


async def upload(visit: Visit) -> Response:
    """Take in one photo: 201 with its key, or 4xx with a sentence for the person."""
    limit_mb = visit.settings.max_photo_mb
    announced = visit.request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit_mb * rules.MEGABYTE + SLACK:
        return _refused(rules.too_heavy(limit_mb))
    files = (await visit.form()).files("photo")
    if len(files) != 1:
        return JSONResponse({"error": str(_("请选一张照片。"))}, 400)
    try:
        if (files[0].size or 0) > limit_mb * rules.MEGABYTE:
            raise rules.too_heavy(limit_mb)
        raw = await files[0].read()
        photo = await actions.accept(raw, owner_id=visit.me.id, village_id=visit.here.id, limit_mb=limit_mb)
    except rules.PhotoRefused as exc:
        return _refused(exc)
    return JSONResponse(
        {"key": photo.key, "url": photo.thumb_url, "width": photo.width, "height": photo.height}, status_code=201
    )


def _refused(exc: rules.PhotoRefused) -> Response:
    return JSONResponse({"error": str(exc.text)}, exc.status)


async def remove(visit: Visit) -> Response:
    """Give up a photo that was sent and not used. The answer is the same when there was none."""
    await actions.remove_unused(visit.path_params["key"], owner_id=visit.me.id, village_id=visit.here.id)
    if visit.request.headers.get("sec-fetch-mode") == "navigate":
        return visit.redirect(f"{visit.here.url}/new")
    return Response(status_code=204)


async def photo(visit: Visit) -> Response:
    """One size of a photo, for whoever may see what it is used for. Everything else is not there at all."""
    key, size = visit.path_params["key"], visit.path_params["size"]
    if not queries.is_key(key) or size not in tuple(rules.Size):
        raise NotFound
    sight = await feed.photo_sight(key, visit.person)
    if sight == "hidden":
        raise NotFound
    return await sent(visit, key, size, public=sight == "public")


async def sent(visit: Visit, key: str, size: str, *, public: bool = False) -> Response:
    """The bytes of one size of a photo, in a form that this browser shows; whoever calls has asked who may see it."""
    kind = "webp" if rules.wants_webp(visit.request.headers.get("accept", "")) else "jpg"
    headers = {
        "etag": f'"{key}-{size}-{kind}"',
        "cache-control": "private, max-age=31536000, immutable" if public else "private, no-cache",
        "vary": "Accept, Cookie",
        "content-disposition": "inline",
        **FENCED,
    }
    if visit.request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    data = await running.storage().get(key, size, kind)
    if data is None:
        raise NotFound
    return Response(data, headers=headers, media_type=TYPES[kind])


async def sent_file(visit: Visit, file: StoredFile, *, play: bool) -> Response:
    """The bytes of a file, or the part that a player asks for; whoever calls has asked who may have it.

    Only sound is ever shown by the browser itself: everything else is kept as a file, whatever the page wants.
    """
    headers = {
        "etag": f'"{file.key}"',
        "cache-control": "private, no-cache",
        "vary": "Cookie",
        "accept-ranges": "bytes",
        "content-disposition": disposition(file, inline=play and file.plays),
        **FENCED,
    }
    asked = visit.request.headers
    if asked.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    wanted = asked.get("range", "") if asked.get("if-range", headers["etag"]) == headers["etag"] else ""
    part = rules.part_of(wanted, file.size)
    if part is None:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{file.size}"})
    first, last = part
    pieces = await running.storage().pieces(file.key, first, last)
    if pieces is None:
        raise NotFound
    whole = part == (0, file.size - 1)
    if not whole:
        headers["content-range"] = f"bytes {first}-{last}/{file.size}"
    headers["content-length"] = str(last - first + 1)
    kind = KINDS[file.kind].media_type
    return StreamingResponse(pieces, 200 if whole else 206, headers=headers, media_type=kind)


PAGES = (
    Page(
        path="/uploads",
        view=upload,
        to="core.post.publish",
        methods=("POST",),
        name="upload",
        body_limit=LARGEST,
        files=1,
    ),
    Page(path="/uploads/{key}/remove", view=remove, to="core.post.publish", methods=("POST",), name="upload-remove"),
    Page(path="/media/{key}/{size}", view=photo, to=EVERYONE, scope="county", name="photo"),
)
