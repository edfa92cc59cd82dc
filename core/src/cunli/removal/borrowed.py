"""What lies in tables of the core and belongs to a plugin: its entries of the feed with what was said below them, and its photos and files.

It is exported without any number of the database: every row is named by its key, so that it comes back beside whatever was
written since.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any, Final

from tortoise import Tortoise

from cunli import db
from cunli.clock import now
from cunli.media import running
from cunli.media.storage import KEPT, Storage
from cunli.places.counters import recount
from cunli.removal.errors import CannotDo
from cunli.removal.tables import Table, table_of
from cunli.web.tokens import new_key

_ENTRIES: Final = "SELECT id FROM core_post WHERE substr(kind, 1, ?) = ?"


def borrowed(plugin: str) -> list[Table]:
    """Those rows as tables, in the order in which they can be written again."""
    mine = (len(plugin) + 1, f"{plugin}.")
    below = f"post_id IN ({_ENTRIES})"
    return [
        _of("Upload", "core_upload", "plugin = ?", (plugin,), pictures=True),
        _of("Post", "core_post", "substr(kind, 1, ?) = ?", mine),
        _of("Comment", "core_comment", f"parent_id IS NULL AND {below}", mine),
        _of("Comment", "core_comment_reply", f"parent_id IS NOT NULL AND {below}", mine),
        _of("Reaction", "core_reaction", below, mine),
    ]


def _of(model: str, label: str, where: str, values: tuple[Any, ...], *, pictures: bool = False) -> Table:
    apps: Any = Tortoise.apps
    table = table_of(apps["core"][model], set())
    columns = tuple(
        replace(column, keyed=column.outside is not None) for column in table.columns if column.name != "id"
    )
    return replace(table, label=label, columns=columns, counter="", where=where, values=values, pictures=pictures)


def storage(url: str) -> Storage:
    """Where photos lie: that of this process, or opened for a command."""
    try:
        return running.storage()
    except running.NotStarted:
        return Storage.open(url)


async def pictures_of(key: str, kept: Storage) -> dict[str, str]:
    """Every picture of a photo, or a whole file, for a line of an export. What is lost already is left out."""
    found = {}
    for name in KEPT:
        size, _, kind = name.partition(".")
        if (raw := await kept.get(key, size, kind)) is not None:
            found[name] = base64.b64encode(raw).decode()
    return found


async def put_back(line: bytes, kept: Storage) -> None:
    """Store the pictures of a line, before its row is written. If that fails later, they are swept as strays."""
    told = json.loads(line)
    try:
        pictures = {
            (name.partition(".")[0], name.partition(".")[2]): base64.b64decode(raw, validate=True)
            for name, raw in told["pictures"].items()
            if name in KEPT
        }
    except (KeyError, ValueError, AttributeError, TypeError) as exc:
        raise CannotDo(f"the pictures of {str(told.get('key'))[:22]!r} cannot be read: {exc}") from exc
    await kept.put(str(told["key"]), pictures)


async def settle(plugin: str) -> None:
    """After entries went or came: what is counted of them, and what waits for an official, as it should be. Inside the unit."""
    mine = (len(plugin) + 1, f"{plugin}.")
    for row in await db.read(
        f"SELECT id, village_id FROM core_post WHERE id IN ({_ENTRIES}) AND state = 'held'",  # noqa: S608 a constant
        *mine,
    ):
        await db.write(
            "INSERT INTO core_held (key, village_id, object_kind, object_id, published, state, created_at)"
            " VALUES (?, ?, 'post', ?, ?, 'open', ?) ON CONFLICT (object_kind, object_id) DO NOTHING",
            new_key(),
            row["village_id"],
            row["id"],
            False,
            now(),
        )
    for row in await db.read(f"SELECT DISTINCT village_id FROM core_post WHERE id IN ({_ENTRIES})", *mine):  # noqa: S608 a constant
        await recount(row["village_id"])


async def clear_below(plugin: str) -> list[int]:
    """Delete what hangs on the plugin's entries, before they are deleted; the villages they stood in.

    By name, and not by the database's own cascade: SQLite does not follow keys while tables are being undone.
    """
    mine = (len(plugin) + 1, f"{plugin}.")
    rows = await db.read(f"SELECT DISTINCT village_id FROM core_post WHERE id IN ({_ENTRIES})", *mine)  # noqa: S608 a constant
    for sql in _BELOW:
        await db.write(sql.replace(":entries", _ENTRIES), *mine)
    return [row["village_id"] for row in rows]


_COMMENTS: Final = "SELECT id FROM core_comment WHERE post_id IN (:entries)"
_BELOW: Final = (
    "DELETE FROM core_held WHERE object_kind = 'post' AND object_id IN (:entries)",
    f"DELETE FROM core_held WHERE object_kind = 'comment' AND object_id IN ({_COMMENTS})",  # noqa: S608 constants
    "DELETE FROM core_reaction WHERE post_id IN (:entries)",
    "DELETE FROM core_comment WHERE parent_id IS NOT NULL AND post_id IN (:entries)",
    "DELETE FROM core_comment WHERE post_id IN (:entries)",
)
