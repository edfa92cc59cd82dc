"""Photos of a plugin's rows: taken in by the core (decoded afresh, without place or camera, in two sizes), shown by the plugin's own pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal

from starlette.responses import Response

from cunli import db
from cunli.doors.owner import asking, own_village
from cunli.media import actions, pages, queries, rules, running
from cunli.media.actions import PhotoGone
from cunli.media.queries import Photo
from cunli.web.errors import NotFound
from cunli.web.i18n import _

if TYPE_CHECKING:
    from cunli.web.forms import Form
    from cunli.web.visit import Visit

__all__ = [
    "Photo",
    "PhotoGone",
    "developed_photos",
    "discard_photos",
    "photo_body_limit",
    "send_photo",
    "take_photos",
    "use_photos",
]

PhotoSize = Literal["thumb", "large"]
SIZES: Final = frozenset(rules.Size)


def photo_body_limit(count: int, *, megabytes: int = 20) -> int:
    """What a page that takes so many photos says as its `body_limit`; it says `files=count` too."""
    return count * megabytes * rules.MEGABYTE + pages.SLACK


async def take_photos(
    visit: Visit, form: Form, name: str = "photos", *, owner_id: int | None, most: int = rules.MAX_PHOTOS
) -> list[Photo]:
    """Take in the photos that were sent with a form, before the unit that uses them. What is wrong with one stands in the form.

    `owner_id` is who sent them, or None for somebody who has no account or is to stay unnamed: then nothing ties the photo
    to a person. Photos that are not used within a day are deleted.
    """
    files = form.files(name)
    if len(files) > most:
        form.error(name, _("照片最多 %(n)s 张", n=most))
        return []
    limit_mb = visit.settings.max_photo_mb
    taken: list[Photo] = []
    for file in files:
        try:
            if (file.size or 0) > limit_mb * rules.MEGABYTE:
                raise rules.too_heavy(limit_mb)
            raw = await file.read()
            taken.append(await actions.accept(raw, owner_id=owner_id, village_id=visit.here.id, limit_mb=limit_mb))
        except rules.PhotoRefused as exc:
            form.error(name, exc.text)
            return []
    return taken


async def developed_photos(visit: Visit, form: Form, name: str = "photos", *, most: int = 3) -> list[bytes]:
    """The photos that were sent with a form, drawn afresh as JPEG without place and camera, and kept nowhere: no row, no file.

    For what must not show when it came; seal them in a column of your own. What is wrong with one stands in the form.
    """
    files = form.files(name)
    if len(files) > most:
        form.error(name, _("照片最多 %(n)s 张", n=most))
        return []
    limit_mb = visit.settings.max_photo_mb
    drawn: list[bytes] = []
    for file in files:
        try:
            if (file.size or 0) > limit_mb * rules.MEGABYTE:
                raise rules.too_heavy(limit_mb)
            drawn.append((await running.darkroom().develop(await file.read())).pictures["large", "jpg"])
        except rules.PhotoRefused as exc:
            form.error(name, exc.text)
            return []
    return drawn


@db.unit
async def use_photos(keys: Sequence[str], *, owner_id: int | None) -> None:
    """Take photos into use for the plugin, in the unit that writes their keys into its row (22 characters each).

    From then on only the plugin shows them: see `send_photo`. Raises `PhotoGone` when one is not there to be used.
    """
    await actions.use(keys, owner_id=owner_id, village_id=own_village("photos"), plugin=asking())


async def send_photo(visit: Visit, key: str, size: PhotoSize = "large") -> Response:
    """Answer with a photo of the plugin in this village. The page that calls this has asked who may see it: nobody else does.

    Any other photo, of another plugin or village, is not there.
    """
    if not queries.is_key(key) or size not in SIZES:
        raise NotFound
    if key not in await queries.of_plugin([key], plugin=asking(), village_id=visit.here.id):
        raise NotFound
    return await pages.sent(visit, key, size)


@db.unit
async def discard_photos(keys: Sequence[str]) -> int:
    """Delete photos of the plugin for good, in the unit that takes them out of its row; how many there were.

    Those of the village in scope; in `erase_data`, which looks at all villages, those of any.
    """
    found = await queries.of_plugin(keys, plugin=asking(), village_id=db.scoped_village())
    await actions.discard(list(found.values()))
    return len(found)
