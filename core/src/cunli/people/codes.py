"""Sign-in codes: who sends them, and how often one may be asked for and tried."""

from __future__ import annotations

import hmac
import logging
import secrets
import sys
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from cunli import db
from cunli.clock import now
from cunli.people import code_alarm, rules
from cunli.people.personal import PHONE
from cunli.provide import record
from cunli.provide.chosen import ProviderSlow, named, patiently
from cunli.provide.kinds import CODES
from cunli.settings import Settings, SettingsError
from cunli.trust import keys, limits, security_log
from cunli.trust.limits import Limit
from cunli.trust.numbers import Phone

Purpose = Literal["sign_in", "password", "close", "second", "link"]
Why = Literal["later", "unsure", "throttled", "number", "account"]

A_MINUTE: Final = Limit(name="code sends per number, minute", most=1, seconds=60)
AN_HOUR: Final = Limit(name="code sends per number, hour", most=5, seconds=3600)
A_DAY: Final = Limit(name="code sends per number, day", most=10, seconds=24 * 3600)
BY_ADDRESS: Final = Limit(name="code sends per address", most=20, seconds=3600)
BUDGET: Final = Limit(name="code sends altogether", most=20_000, seconds=24 * 3600)  # unless the settings say another
TRIES_PER_NUMBER: Final = Limit(name="code tries per number", most=20, seconds=3600)
TRIES_PER_ADDRESS: Final = Limit(name="code tries per address", most=60, seconds=900)


class SendingFailed(Exception):
    """The provider could not send. Nothing about the number is said in the message.

    `why`: `later` a try in a while may do; `unsure` it may have left all the same; `throttled` this number got too many;
    `number` it takes none; `account` the vendor refuses the county, which county officials are told.
    """

    def __init__(self, message: str = "", *, why: Why = "later") -> None:
        super().__init__(message)
        self.why: Why = why


class TooOften(Exception):
    """A limit is used up; `seconds` until the next try makes sense."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class CodeSender(Protocol):
    """Sends a code to a phone. Packages offer one as a factory under the entry point group `cunli.code_senders`.

    def aliyun(settings: Settings) -> CodeSender: ...
    """

    async def send(self, phone: str, code: str, purpose: Purpose) -> None:
        """Send `code` to `phone` (+8613…), at most once. Ends by itself within ten seconds; raises `SendingFailed` otherwise."""
        ...


class ConsoleSender:
    """Development: the code appears where the server was started. Refuses to exist in production."""

    def __init__(self, settings: Settings) -> None:
        if not settings.dev:
            raise SettingsError(
                ["code_sender “console” prints sign-in codes: choose another provider, or set dev = true"]
            )

    async def send(self, phone: str, code: str, purpose: Purpose) -> None:
        print(f"[cunli] 验证码 {code} → {Phone(phone)} ({purpose})", file=sys.stderr, flush=True)


_log = logging.getLogger("cunli.codes")


@dataclass(slots=True)
class _Process:
    sender: CodeSender | None = None
    name: str = "code sender"
    budget: Limit = BUDGET


_process = _Process()


def use(settings: Settings) -> None:
    """Choose the provider for this process; once at start. Raises `SettingsError` for one that is unknown or not allowed."""
    _process.sender, _process.name = sender_for(settings), settings.code_sender
    _process.budget = Limit(name=BUDGET.name, most=settings.codes_per_day, seconds=BUDGET.seconds)


def send_through(sender: CodeSender) -> None:
    """Send through this provider from now on: for tests, and for programs that assemble the site themselves."""
    _process.sender = sender


def sender_for(settings: Settings) -> CodeSender:
    """The provider that the settings name."""
    return next(iter(named(CODES, settings).values()))


async def send_code(phone: Phone, purpose: Purpose, *, address: str) -> None:
    """Make a new code for the number, which ends the one before, and send it. Raises `TooOften` or `SendingFailed`."""
    index = PHONE.index(phone.e164)
    wait = await limits.take(
        (A_MINUTE, index),
        (AN_HOUR, index),
        (A_DAY, index),
        (BY_ADDRESS, limits.network(address)),
        (_process.budget, ""),
    )
    await code_alarm.watch(_process.budget)
    if wait:
        raise TooOften(wait)
    if _process.sender is None:
        raise SendingFailed("no provider was chosen: call cunli.people.codes.use(settings) at start")
    code = f"{secrets.randbelow(10**6):06d}"
    await _store(index, purpose, code)
    await _handed_over(_process.sender, phone, code, purpose)


async def _handed_over(sender: CodeSender, phone: Phone, code: str, purpose: Purpose) -> None:
    """To the provider, which is foreign code: whatever goes wrong there is a `SendingFailed`. How it went is noted."""
    try:
        await _tried(sender, phone, code, purpose)
    except SendingFailed as exc:
        await record.note(CODES.id, _process.name, record.said(exc))
        raise
    await record.note(CODES.id, _process.name)


async def _tried(sender: CodeSender, phone: Phone, code: str, purpose: Purpose) -> None:
    try:
        await patiently(sender.send(phone.e164, code, purpose))
    except SendingFailed as exc:
        _log.warning("a code was not sent: %s", exc)
        if exc.why == "account":
            await code_alarm.sound("codes.refused", code=str(exc)[:200])
        raise
    except ProviderSlow:
        _log.warning("a code may not have been sent: the provider did not answer in time")
        raise SendingFailed("the provider did not answer in time", why="unsure") from None
    except Exception as exc:  # a provider is foreign code and may raise anything
        _log.warning("a code was not sent: %s in the provider", type(exc).__name__)
        raise SendingFailed(type(exc).__name__, why="unsure") from exc


@db.unit
async def _store(index: str, purpose: Purpose, code: str) -> None:
    moment = now()
    await db.write(
        "INSERT INTO core_login_code (phone_index, code_hash, purpose, tries, sent_at, expires_at, used_at)"
        " VALUES (?, ?, ?, 0, ?, ?, NULL) ON CONFLICT (phone_index) DO UPDATE SET code_hash = excluded.code_hash,"
        " purpose = excluded.purpose, tries = 0, sent_at = excluded.sent_at, expires_at = excluded.expires_at, used_at = NULL",
        index,
        _hash(index, purpose, code),
        purpose,
        moment,
        moment + rules.CODE_LIFE,
    )


async def spend_code(phone: Phone, purpose: Purpose, code: str, *, address: str) -> bool:
    """Whether `code` is the live code of this number for this purpose; then it is used up. Every call is a try.

    Raises `TooOften`. Wrong, expired, used, tried too often and never sent all answer the same.
    """
    index = PHONE.index(phone.e164)
    wait = await limits.take((TRIES_PER_NUMBER, index), (TRIES_PER_ADDRESS, limits.network(address)))
    if wait:
        raise TooOften(wait)
    right = await _spend(index, purpose, code)
    if not right:
        security_log.noted("not let in", person=None, address=address, way="code", purpose=purpose)
    return right


@db.unit
async def _spend(index: str, purpose: Purpose, code: str) -> bool:
    moment = now()
    counted = await db.write(
        "UPDATE core_login_code SET tries = tries + 1 WHERE phone_index = ? AND used_at IS NULL AND tries < ? AND expires_at > ?",
        index,
        rules.CODE_TRIES,
        moment,
    )
    given = _hash(index, purpose, code)
    if not counted:
        return False
    rows = await db.read("SELECT code_hash FROM core_login_code WHERE phone_index = ?", index)
    if not hmac.compare_digest(str(rows[0]["code_hash"]), given):
        return False
    return bool(
        await db.write(
            "UPDATE core_login_code SET used_at = ? WHERE phone_index = ? AND used_at IS NULL", moment, index
        )
    )


def _hash(index: str, purpose: str, code: str) -> str:
    return hmac.digest(keys.current().codes, f"{index}\x00{purpose}\x00{code}".encode(), "sha256").hex()


@db.unit
async def sweep() -> int:
    """Remove codes that are over; how many there were."""
    return await db.write("DELETE FROM core_login_code WHERE expires_at <= ?", now())
