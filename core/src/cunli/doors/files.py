"""Files of a plugin's rows that are no photos: looked into by the core, given out by the plugin's own pages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from starlette.responses import Response

from cunli import db
from cunli.deid.look import personal_data_in_file_name
from cunli.doors.owner import asking, own_village
from cunli.media import actions, pages, queries, rules
from cunli.media.actions import FileGone
from cunli.media.kinds import AUDIO, DOCUMENTS, KINDS, TEXTS, FileKind, StoredFile
from cunli.web.errors import NotFound
from cunli.web.i18n import _

if TYPE_CHECKING:
    from cunli.web.forms import Form
    from cunli.web.visit import Visit

__all__ = [
    "AUDIO",
    "DOCUMENTS",
    "TEXTS",
    "FileGone",
    "FileKind",
    "StoredFile",
    "discard_files",
    "file_body_limit",
    "send_file",
    "stored_files",
    "take_file",
    "use_files",
]


def file_body_limit(kinds: Collection[FileKind]) -> int:
    """What a page that takes one file of these kinds says as its `body_limit`; it says `files=1` too."""
    return max(KINDS[kind].megabytes for kind in kinds) * rules.MEGABYTE + pages.SLACK


async def take_file(
    visit: Visit, form: Form, name: str = "file", *, kinds: Collection[FileKind], owner_id: int | None
) -> StoredFile | None:
    """Take in the file that was sent with a form, before the unit that uses it. What is wrong with it stands in the form.

    None where none was chosen, too. Which kind it is, what is in it says, never its name; what can run is refused. `owner_id`
    is who sent it, or None for somebody who is to stay unnamed. A file that is not used within a day is deleted.
    """
    sent = form.files(name)
    if not sent or not form:
        return None
    most = max(KINDS[kind].megabytes for kind in kinds)
    try:
        if len(sent) > 1:
            raise rules.FileRefused(422, _("一次放一个文件"))
        if (sent[0].size or 0) > most * rules.MEGABYTE:
            raise rules.FileRefused(413, _("文件最大 %(n)s MB。", n=most))
        if personal_data_in_file_name(sent[0].filename or ""):
            raise rules.FileRefused(422, _("文件名里有电话或者证件号。改个名字再传。"))
        return await actions.accept_file(
            await sent[0].read(), sent[0].filename or "", kinds=kinds, owner_id=owner_id, village_id=visit.here.id
        )
    except rules.FileRefused as exc:
        form.error(name, exc.text)
        return None


@db.unit
async def use_files(keys: Sequence[str], *, owner_id: int | None) -> None:
    """Take files into use for the plugin, in the unit that writes their keys into its row (22 characters each).

    From then on only the plugin gives them out: see `send_file`. Raises `FileGone` when one is not there to be used.
    """
    await actions.use(keys, owner_id=owner_id, village_id=own_village("files"), plugin=asking(), files=True)


async def stored_files(keys: Sequence[str]) -> dict[str, StoredFile]:
    """Name, kind and size of files of the plugin in the village in scope, by key; what is gone is left out."""
    return await queries.files_of(keys, plugin=asking(), village_id=own_village("files"))


async def send_file(visit: Visit, key: str, *, play: bool = False) -> Response:
    """Answer with a file of the plugin in this village. The page that calls this has asked who may have it: nobody else does.

    It is kept as a file under its name; with `play`, a recording is played by the browser. Nothing else is ever shown by it.
    Any other file, of another plugin or village, is not there.
    """
    if not queries.is_key(key):
        raise NotFound
    found = await queries.files_of([key], plugin=asking(), village_id=visit.here.id)
    if key not in found:
        raise NotFound
    return await pages.sent_file(visit, found[key], play=play)


@db.unit
async def discard_files(keys: Sequence[str]) -> int:
    """Delete files of the plugin for good, in the unit that takes them out of its row; how many there were.

    Those of the village in scope; in `erase_data`, which looks at all villages, those of any.
    """
    found = await queries.of_plugin(keys, plugin=asking(), village_id=db.scoped_village(), files=True)
    await actions.discard(list(found.values()))
    return len(found)
