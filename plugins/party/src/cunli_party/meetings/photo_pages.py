"""Photos of a meeting, for the branch: put there and taken away by whoever leads it."""

from __future__ import annotations

from starlette.responses import Response

from cunli import Page, Visit, photo_body_limit, send_photo, take_photos
from cunli import gettext as _
from cunli_party.papers import carry_out, missing
from cunli_party.rights import BELONG, LEAD

from . import actions
from .pages import MEETING, meeting_of, meeting_page


async def add(visit: Visit) -> Response:
    """Up to six of a meeting that was held. They belong to the branch: nobody is named as their owner."""
    one, found, _looks = await meeting_of(visit, lead=True)
    if one.state != "held":
        raise missing()
    form = await visit.form()
    room = actions.MOST_PHOTOS - len(actions.photos_of(one))
    photos = await take_photos(visit, form, owner_id=None, most=actions.MOST_PHOTOS)
    if form and not photos:
        form.error("photos", _("还没选照片"))
    if form and len(photos) > room:
        form.error("photos", _("一次会最多 %(n)s 张照片，还能放 %(room)s 张", n=actions.MOST_PHOTOS, room=room))
    if not form:
        return await meeting_page(visit, form, status=422)
    url = f"{visit.here.url}/party/branches/{found.key}/meetings/{one.key}"

    async def act() -> str:
        await actions.add_photos(one, [photo.key for photo in photos], actor=visit.me.id)
        return url

    return await carry_out(visit, form, act, url, toast=_("放好了"))


async def photo(visit: Visit) -> Response:
    one, _found, _looks = await meeting_of(visit)
    key = visit.path_params["photo"]
    if key not in actions.photos_of(one):
        raise missing()
    return await send_photo(visit, key, "thumb" if visit.query.get("size") == "thumb" else "large")


async def remove(visit: Visit) -> Response:
    one, found, _looks = await meeting_of(visit, lead=True)
    key = visit.path_params["photo"]
    if key not in actions.photos_of(one):
        raise missing()
    form = await visit.form()
    url = f"{visit.here.url}/party/branches/{found.key}/meetings/{one.key}"

    async def act() -> str:
        await actions.remove_photo(one, key, actor=visit.me.id)
        return url

    return await carry_out(visit, form, act, url, toast=_("拿掉了"))


PHOTO = f"{MEETING}/photos/{{photo}}"
PAGES = (
    Page(
        path=f"{MEETING}/photos",
        view=add,
        to=LEAD,
        methods=("POST",),
        files=actions.MOST_PHOTOS,
        body_limit=photo_body_limit(actions.MOST_PHOTOS),
        name="meeting_photos",
    ),
    Page(path=PHOTO, view=photo, to=BELONG, name="meeting_photo"),
    Page(path=f"{PHOTO}/off", view=remove, to=LEAD, methods=("POST",), name="meeting_photo_off"),
)
