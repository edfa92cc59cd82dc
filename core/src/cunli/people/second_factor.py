"""The second factor: six digits of an authenticator app (TOTP, RFC 6238), or one of ten recovery codes instead."""

from __future__ import annotations

import hmac
import secrets
from typing import Final

import pyotp
from pyotp.exceptions import OTPVerificationError

from cunli import db
from cunli.clock import now
from cunli.notify.actions import tell
from cunli.people import sessions
from cunli.people.codes import TooOften
from cunli.people.personal import SECOND
from cunli.trust import keys, limits, security_log
from cunli.trust.audit import By, audit
from cunli.trust.limits import Limit

WINDOW: Final = 1  # half minutes before and after: clocks of phones
RECOVERY: Final = 10
ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that looks like something else; 10 of them are 49 bits
NAME_SHOWN: Final = 40  # characters
TRIES: Final = Limit(name="second factor tries per account", most=6, seconds=900)
TRIES_ADDRESS: Final = Limit(name="second factor tries per address", most=30, seconds=900)


class WrongSecond(Exception):
    """These are not the digits that the app shows, nor a recovery code that is left."""


def fresh_secret() -> str:
    """160 random bits as authenticator apps take them, in base32."""
    return pyotp.random_base32()


def app_address(secret: str, *, account: str, site: str) -> str:
    """What stands in the QR code. Of a long name the beginning: an app shows one line, and a code holds only so much."""
    return pyotp.TOTP(secret).provisioning_uri(name=account[:NAME_SHOWN], issuer_name=site)


def fits(secret: str, digits: str) -> int:
    """The half minute whose digits these are. Raises `WrongSecond`."""
    try:
        return pyotp.TOTP(secret).verify_and_get_timecode(digits, for_time=now(), valid_window=WINDOW)
    except OTPVerificationError:
        raise WrongSecond from None


async def is_enrolled(person_id: int) -> bool:
    return bool(await db.read("SELECT 1 FROM core_second_factor WHERE person_id = ?", person_id))


async def recovery_left(person_id: int) -> int:
    """How many recovery codes were not used yet."""
    rows = await db.read(
        "SELECT COUNT(*) AS n FROM core_recovery_code WHERE person_id = ? AND used_at IS NULL", person_id
    )
    return int(rows[0]["n"])


async def enrol(person_id: int, secret: str, digits: str) -> list[str]:
    """Bind the app; the recovery codes, which are shown once. Raises `WrongSecond`."""
    return await _enrol(person_id, secret, fits(secret, digits))


@db.unit
async def _enrol(person_id: int, secret: str, step: int) -> list[str]:
    sealed = SECOND.seal(secret, await _key(person_id))
    await db.write(
        "INSERT INTO core_second_factor (person_id, secret, last_step, created_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (person_id) DO UPDATE SET secret = excluded.secret, last_step = excluded.last_step,"
        " created_at = excluded.created_at",
        person_id,
        sealed,
        step,
        now(),
    )
    await audit("core.second.enrolled", actor=person_id, object=("person", person_id))
    return await _fresh_codes(person_id)


@db.unit
async def renew_recovery(person_id: int) -> list[str]:
    """Ten new recovery codes; the old ones are over."""
    await audit("core.second.recovery_renewed", actor=person_id, object=("person", person_id))
    return await _fresh_codes(person_id)


async def _fresh_codes(person_id: int) -> list[str]:
    await db.write("DELETE FROM core_recovery_code WHERE person_id = ?", person_id)
    made = [_code() for _ in range(RECOVERY)]
    await db.write_many(
        "INSERT INTO core_recovery_code (person_id, code_hash, used_at) VALUES (?, ?, NULL)",
        [(person_id, _hash(person_id, code)) for code in made],
    )
    return made


async def shown(person_id: int, text: str, *, address: str) -> None:
    """Check what somebody typed: digits of the app, or a recovery code. Each is taken once. Raises `WrongSecond`, `TooOften`."""
    takes = ((TRIES, str(person_id)), (TRIES_ADDRESS, limits.network(address)))
    wait = await limits.take(*takes)
    if wait:
        raise TooOften(wait)
    typed = "".join(char for char in text.lower() if char.isalnum())
    spend = _spend_digits if typed.isdigit() and len(typed) == 6 else _spend_recovery
    try:
        await spend(person_id, typed)
    except WrongSecond:
        security_log.noted("not let in", person=person_id, address=address, way="second factor")
        raise
    await limits.give_back(*takes)


@db.unit
async def _spend_digits(person_id: int, digits: str) -> None:
    rows = await db.read("SELECT secret FROM core_second_factor WHERE person_id = ?", person_id)
    if not rows:
        raise WrongSecond
    step = fits(SECOND.open(rows[0]["secret"], await _key(person_id)), digits)
    if not await db.write(
        "UPDATE core_second_factor SET last_step = ? WHERE person_id = ? AND last_step < ?", step, person_id, step
    ):
        raise WrongSecond  # seen before: somebody looked over a shoulder


@db.unit
async def _spend_recovery(person_id: int, code: str) -> None:
    if not await db.write(
        "UPDATE core_recovery_code SET used_at = ? WHERE person_id = ? AND code_hash = ? AND used_at IS NULL",
        now(),
        person_id,
        _hash(person_id, code),
    ):
        raise WrongSecond
    left = await recovery_left(person_id)
    await audit("core.second.recovered", actor=person_id, object=("person", person_id), left=left)
    await tell(person_id, "second.recovered", url="/me/security", left=left)


@db.unit
async def remove(person_id: int) -> None:
    """The person's own wish. Whether an office allows that is the page's to ask."""
    await _forget(person_id)
    await audit("core.second.removed", actor=person_id, object=("person", person_id))


@db.unit
async def reset(person_id: int, *, actor: int | None, reason: str, who: str = "", by: By = "web") -> bool:
    """Take the app away from somebody who lost it: sessions end, and the next sign-in binds a new one. Both are told.

    False where there was none. Whether `actor` may is the caller's to ask.
    """
    if not await _forget(person_id):
        return False
    ended = await sessions.end_sessions(person_id)
    await audit(
        "core.second.reset",
        actor=actor,
        by=by,
        object=("person", person_id),
        reason=reason,
        sessions_ended=ended,
    )
    await tell(person_id, "second.reset", url="/me/security", reason=reason)
    if actor is not None:
        await tell(actor, "second.reset_by_you", url="/me", who=who, reason=reason)
    return True


async def _forget(person_id: int) -> int:
    await db.write("DELETE FROM core_recovery_code WHERE person_id = ?", person_id)
    return await db.write("DELETE FROM core_second_factor WHERE person_id = ?", person_id)


async def _key(person_id: int) -> str:
    return str((await db.read("SELECT key FROM core_person WHERE id = ?", person_id))[0]["key"])


def _code() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _ in range(10))
    return f"{letters[:5]}-{letters[5:]}"


def _hash(person_id: int, code: str) -> str:
    plain = code.replace("-", "")
    return hmac.digest(keys.current().codes, f"recovery\x00{person_id}\x00{plain}".encode(), "sha256").hex()
