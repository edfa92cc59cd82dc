"""What the inbox shows, and a message in words for other ways of telling."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from cunli import db, enabling
from cunli.notify.words import brief, said
from cunli.web import i18n

if TYPE_CHECKING:
    from cunli.registry import Registry

PAGE: Final = 30
_MESSAGE: Final = (
    "SELECT n.*, v.name AS village_name FROM core_notification n LEFT JOIN core_village v ON v.id = n.village_id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message in words, in the running request's language. `brief` is what a locked screen may show of it, `nameless` the sentence
    without anybody's name, for ways that lead over servers of others.
    """

    id: int
    person_id: int
    kind: str
    text: str
    quote: str
    icon: str
    url: str
    created_at: datetime
    read: bool
    brief: str = ""
    nameless: str = ""


async def inbox(registry: Registry, person_id: int, before: int = 0) -> tuple[list[Message], int, int]:
    """A page of somebody's messages, newest first, the id of the newest, and the id to go on from (0: that was all).

    What is about an entry of a plugin that is off in the message's village is left out.
    """
    page, older = await _page(person_id, before)
    messages = await _in_words(await _shown(registry, page))
    return messages, page[0]["id"] if page else 0, older


async def whole_inbox(person_id: int, before: int = 0) -> tuple[list[Message], int]:
    """A page of all that somebody was told, also by plugins that are off; and the id to go on from."""
    page, older = await _page(person_id, before)
    return await _in_words(page), older


async def _page(person_id: int, before: int) -> tuple[list[Any], int]:
    older = "AND n.id < ?" if before else ""
    rows = await db.read(
        f"{_MESSAGE} WHERE n.person_id = ? {older} ORDER BY n.id DESC LIMIT ?",
        person_id,
        *([before] if before else []),
        PAGE + 1,
    )
    return rows[:PAGE], rows[PAGE - 1]["id"] if len(rows) > PAGE else 0


async def message(registry: Registry, notification_id: int, person_id: int) -> Message | None:
    """One message of this person, unless it is about an entry of a plugin that is off there."""
    rows = await db.read(f"{_MESSAGE} WHERE n.id = ? AND n.person_id = ?", notification_id, person_id)
    shown = await _shown(registry, rows)
    return (await _in_words(shown))[0] if shown else None


async def _shown(registry: Registry, rows: Sequence[Any]) -> Sequence[Any]:
    villages = {row["village_id"] for row in rows if row["plugin"]}
    on = {village: await enabling.enabled_in(registry, village) for village in villages if village is not None}
    return [row for row in rows if not row["plugin"] or row["plugin"] in on.get(row["village_id"], ())]


async def messages_in_own_words(ids: Sequence[int], locale: str) -> list[Message]:
    """These messages, each in its receiver's language (`locale` for those who chose none), of people whose account is open."""
    if not ids:
        return []
    rows = await db.read(
        "SELECT n.*, v.name AS village_name, p.locale FROM core_notification n JOIN core_person p ON p.id = n.person_id"  # noqa: S608 constants and placeholders
        f" LEFT JOIN core_village v ON v.id = n.village_id WHERE n.id IN ({db.marks(ids)}) AND p.state = 'active' ORDER BY n.id",
        *ids,
    )
    found: list[Message] = []
    for row in rows:
        with i18n.speaking(row["locale"] or locale):
            found += await _in_words([row])
    return found


async def _in_words(rows: Sequence[Any]) -> list[Message]:
    params = [_params(row["params"]) for row in rows]
    names = await _names({int(p["by"]) for p in params if "by" in p})
    return [_message(row, p, names.get(int(p.get("by", 0)), "")) for row, p in zip(rows, params, strict=True)]


def _message(row: Any, params: dict[str, Any], name: str) -> Message:
    text, quote, icon = said(row["kind"], {"village": row["village_name"] or "", **params}, name)
    return Message(
        id=row["id"],
        person_id=row["person_id"],
        kind=row["kind"],
        text=text,
        quote=quote,
        icon=icon,
        url=row["url"],
        created_at=db.when(row["created_at"]),
        read=row["read_at"] is not None,
        brief=brief(row["kind"], text),
        nameless=said(row["kind"], {"village": row["village_name"] or "", **params}, "")[0],
    )


def _params(value: Any) -> dict[str, Any]:
    found = json.loads(value) if isinstance(value, str) else value
    return found if isinstance(found, dict) else {}


async def _names(person_ids: set[int]) -> dict[int, str]:
    if not person_ids:
        return {}
    rows = await db.read(
        f"SELECT id, display_name FROM core_person WHERE state <> 'closed' AND id IN ({db.marks(list(person_ids))})",  # noqa: S608 constants and placeholders
        *person_ids,
    )
    return {row["id"]: row["display_name"] for row in rows}
