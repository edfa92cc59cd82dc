"""The database and the stored photos, looked at from outside while nobody serves them: is anything half-done?"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any

import asyncpg

from cunli.media.storage import PICTURES

COUNTED = "SELECT {column}, (SELECT COUNT(*) FROM {what}) AS counted FROM {table} t"
COUNTERS = {
    "posts of a village": ("core_village", "post_count", "core_post p WHERE p.village_id = t.id AND p.state = 'visible'"),
    "comments of a post": ("core_post", "comment_count", "core_comment c WHERE c.post_id = t.id AND c.state = 'visible'"),
    "likes of a post": ("core_post", "like_count", "core_reaction r WHERE r.post_id = t.id AND r.kind = 'like'"),
    "thanks of a post": ("core_post", "thanks_count", "core_reaction r WHERE r.post_id = t.id AND r.kind = 'thanks'"),
    "unread messages": ("core_person", "unread_count", "core_notification n WHERE n.person_id = t.id AND n.read_at IS NULL"),
}  # fmt: skip


class Look:
    """Reads on a connection of its own."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        if isinstance(self._connection, sqlite3.Connection):
            return self._connection.execute(sql).fetchall()
        return [tuple(row) for row in await self._connection.fetch(sql)]

    async def column(self, sql: str) -> list[Any]:
        return [row[0] for row in await self.rows(sql)]

    async def number(self, sql: str) -> int:
        return int((await self.rows(sql))[0][0])


@asynccontextmanager
async def looking(url: str, *, at_one_moment: bool = False) -> AsyncIterator[Look]:
    """`at_one_moment`: all that is read is of the same moment. A server ends what a killed process began when it gets to it."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=30)
        try:
            connection.execute("BEGIN" if at_one_moment else "SELECT 1")
            yield Look(connection)
        finally:
            connection.close()
        return
    server = await asyncpg.connect(url.split("?")[0])
    try:
        async with server.transaction(isolation="repeatable_read") if at_one_moment else nullcontext():
            yield Look(server)
    finally:
        await server.close()


async def half_done(url: str, media: Path) -> list[str]:
    """Everything that one act wrote only a part of, in words; empty when all is well."""
    async with looking(url, at_one_moment=True) as look:
        return [
            *await _broken_file(look, url),
            *await _wrong_counters(look),
            *await _unreceipted(look),
            *await _unheard(look),
            *await _untold(look),
            *await _photos(look, media),
        ]


async def _broken_file(look: Look, url: str) -> list[str]:
    if not url.startswith("sqlite"):
        return []
    verdict = [*await look.column("PRAGMA integrity_check"), *await look.rows("PRAGMA foreign_key_check")]
    return [] if verdict == ["ok"] else [f"integrity: {verdict[:5]}"]


async def _wrong_counters(look: Look) -> list[str]:
    found = []
    for name, (table, column, what) in COUNTERS.items():
        rows = await look.rows(COUNTED.format(table=table, column=column, what=what))
        found += [f"{name}: {said} are said, {there} are there" for said, there in rows if said != there]
    return found


async def _unreceipted(look: Look) -> list[str]:
    """A form's receipt and what the form made come together, one each."""
    locations = await look.column("SELECT location FROM core_form_receipt")
    made = Counter(location.rpartition("=")[2].rpartition("/")[2] for location in locations)
    there = Counter(await look.column("SELECT key FROM core_post UNION ALL SELECT key FROM core_comment"))
    return [f"receipts without their object: {made - there}"] * bool(made - there) + [
        f"objects without a receipt: {there - made}"
    ] * bool(there - made)


async def _unheard(look: Look) -> list[str]:
    """Each post, comment and message is announced in the outbox, once."""
    events = [(kind, json.loads(payload)) for kind, payload in await look.rows("SELECT kind, payload FROM core_event")]
    found = []
    for kind, name, table in (
        ("core.post.published", "post_id", "core_post"),
        ("core.comment.published", "comment_id", "core_comment"),
        ("core.person.told", "notification_id", "core_notification"),
    ):
        said = sorted(payload[name] for event, payload in events if event == kind)
        there = sorted(await look.column(f"SELECT id FROM {table}"))
        found += [f"{kind}: {len(said)} events for {len(there)} rows"] if said != there else []
    return found


async def _untold(look: Look) -> list[str]:
    """Whoever's post was commented on by somebody else has a message about it."""
    wanted = "SELECT c.id, p.author_id FROM core_comment c JOIN core_post p ON p.id = c.post_id WHERE c.author_id <> p.author_id"
    told = Counter(await look.rows("SELECT once, person_id FROM core_notification WHERE kind = 'post.commented'"))
    due = Counter((f"comment:{comment}", author) for comment, author in await look.rows(wanted))
    return [] if told == due else [f"messages about comments: {len(told)} for {len(due)}"]


async def _photos(look: Look, media: Path) -> list[str]:
    """Each row has its four pictures, whole; a photo is in use exactly when a post shows it."""
    found = []
    rows = await look.rows(
        "SELECT u.key, u.stored_bytes, u.unused_until, p.id FROM core_upload u LEFT JOIN core_post_photo p ON p.upload_id = u.id"
    )
    for key, size, unused_until, shown in rows:
        pictures = [media / key[:2] / key / name for name in PICTURES]
        stored = [picture.stat().st_size if picture.exists() else 0 for picture in pictures]
        if 0 in stored or sum(stored) != size:
            found.append(f"photo {key}: {stored} bytes are there, {size} are said")
        if (unused_until is None) != (shown is not None):
            found.append(f"photo {key}: in use {unused_until is None}, shown {shown is not None}")
    return found
