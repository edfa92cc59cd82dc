"""Putting a message of a plugin into people's inboxes, and through the county's channels."""

from __future__ import annotations

import hashlib
from typing import Final

from cunli import db
from cunli.doors.owner import NotYours, asking
from cunli.feed import review
from cunli.notify import actions
from cunli.places import queries as places

LONGEST_ONCE: Final = 64
LONGEST_URL: Final = 200


@db.unit
async def tell(person_id: int, kind: str, *, url: str, once: str | None = None, **params: str | int) -> bool:
    """Tell a person something that the manifest declares as a `MessageKind`; whether it is new to them.

    It stands in their inbox with the act around it, or not at all, and leaves through the county's channels (SMS and so on)
    after the commit. `url` is a page of the plugin or of the village in scope. With `once`, the same fact is told to
    somebody once, however often it happens. `by=<person id>` names who did it. Params are stored as they are: no personal
    data beyond what the receiver may read. One that is a day, `2026-10-18`, is read as 2026年10月18日. Where the plugin is off the message is not shown.

    Raises `NoScope` outside of a village, and `NotYours` for a kind that the manifest does not declare.
    """
    plugin = asking(kind)
    if kind not in review.registry().messages:
        raise NotYours(f"“{kind}” is not among the messages of the plugin's manifest")
    village = db.scoped_village()
    if village is None:
        raise db.NoScope("somebody was told something across several villages: tell in one, `.into(village_id)`")
    await _refuse_strange(url, plugin, village)
    if once is not None:
        once = f"{plugin}:{once}"
        if len(once) > LONGEST_ONCE:
            once = f"{plugin}:{hashlib.sha256(once.encode()).hexdigest()[:32]}"
    return await actions.tell(person_id, kind, village_id=village, url=url, once=once, plugin=plugin, **params)


async def _refuse_strange(url: str, plugin: str, village_id: int) -> None:
    village = await places.village_by_id(village_id)
    ours = (f"{village.url}/" if village else "", f"/{plugin}/")
    if not url.startswith(tuple(filter(None, ours))) or len(url) > LONGEST_URL or "\\" in url:
        raise ValueError(
            f"a message leads to a page of the plugin or of its village, in {LONGEST_URL} characters: {url!r}"
        )
