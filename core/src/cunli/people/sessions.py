"""Sessions: rows that can be ended at once everywhere. A browser holds a random token, the database only its hash."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import timedelta
from typing import Final

from cunli import db
from cunli.clock import now
from cunli.people import rules
from cunli.people.models import Session

MOST_PER_PERSON: Final = 20
KEPT: Final = timedelta(days=190)


def token_hash(token: str) -> str:
    """What is stored of a token. A plain hash is enough: the token has 256 random bits."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


def new_token() -> str:
    """What a browser holds."""
    return secrets.token_urlsafe(32)


@db.unit
async def begin_session(person_id: int, *, device: str = "", instead_of: str = "") -> str:
    """The session of somebody who has just signed in; who needs a second factor is nobody until it was shown.

    Every way of signing in ends here. `instead_of` is the token of a session that ends with it.
    """
    return await _opened(person_id, device, instead_of, second=False)


@db.unit
async def open_session(person_id: int, *, device: str = "", instead_of: str = "") -> str:
    """A new session with all that the person may do; returns the token for the cookie.

    For those who have shown the second factor, for commands of the operator, and for tests: never for a way of signing in.
    """
    return await _opened(person_id, device, instead_of, second=True)


async def _opened(person_id: int, device: str, instead_of: str, *, second: bool) -> str:
    token, moment = new_token(), now()
    if instead_of:
        await db.write(
            "UPDATE core_session SET revoked_at = ? WHERE token_hash = ? AND revoked_at IS NULL",
            moment,
            token_hash(instead_of),
        )
    await _make_room(person_id)
    await Session.create(
        token_hash=token_hash(token),
        person_id=person_id,
        device=device[:60],
        created_at=moment,
        last_seen_at=moment,
        expires_at=moment + rules.ABSOLUTE,
        second_at=moment if second else None,
    )
    return token


async def _make_room(person_id: int) -> None:
    """End the session that rested longest when there would be too many."""
    await db.write(
        "UPDATE core_session SET revoked_at = ? WHERE id IN (SELECT id FROM core_session"
        " WHERE person_id = ? AND revoked_at IS NULL ORDER BY last_seen_at DESC, id DESC LIMIT 100 OFFSET ?)",
        now(),
        person_id,
        MOST_PER_PERSON - 1,
    )


@db.unit
async def second_shown(session_id: int) -> None:
    """Note that the second factor was shown in a session: who binds an app of their own accord stays in."""
    await db.write("UPDATE core_session SET second_at = ? WHERE id = ? AND revoked_at IS NULL", now(), session_id)


@db.unit
async def keep_alive(session_id: int) -> None:
    """Note that a session is in use. Called when `SessionNow.due` says so, not on every page."""
    await db.write("UPDATE core_session SET last_seen_at = ? WHERE id = ? AND revoked_at IS NULL", now(), session_id)


@db.unit
async def end_session(session_id: int, person_id: int) -> bool:
    """End one session of a person; False when it is not theirs or already over."""
    ended = await db.write(
        "UPDATE core_session SET revoked_at = ? WHERE id = ? AND person_id = ? AND revoked_at IS NULL",
        now(),
        session_id,
        person_id,
    )
    return bool(ended)


@db.unit
async def end_sessions(person_id: int, *, except_id: int = 0) -> int:
    """End every session of a person but one; how many there were."""
    return await db.write(
        "UPDATE core_session SET revoked_at = ? WHERE person_id = ? AND id <> ? AND revoked_at IS NULL",
        now(),
        person_id,
        except_id,
    )


@db.unit
async def sweep() -> int:
    """Remove sessions that ended long ago; how many. Six months of them are kept, as the law asks of network logs."""
    old = now() - KEPT
    return await db.write("DELETE FROM core_session WHERE expires_at < ? OR revoked_at < ?", old, old)


_APPS: Final = (
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("HarmonyOS", "鸿蒙手机"),
    ("iPhone", "苹果手机"),
    ("iPad", "苹果平板"),
    ("Android", "安卓手机"),
    ("Windows", "Windows 电脑"),
    ("Macintosh", "苹果电脑"),
    ("Linux", "Linux 电脑"),
)


def device_name(user_agent: str) -> str:
    """安卓手机 · 微信: enough to recognise one's own devices, too little to recognise a person."""
    system = next((words for mark, words in _SYSTEMS if mark in user_agent), "")
    app = next((words for mark, words in _APPS if mark in user_agent), "")
    return " · ".join(part for part in (system, app) if part)
