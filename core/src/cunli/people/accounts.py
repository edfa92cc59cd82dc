"""Accounts: registering, signing in, passwords, and what a person decides about themselves."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final

from cunli import db
from cunli.clock import now
from cunli.people import codes, passwords, sessions
from cunli.people.codes import TooOften
from cunli.people.models import Person
from cunli.people.personal import NAME, PHONE
from cunli.trust import limits, security_log
from cunli.trust.audit import By, audit
from cunli.trust.limits import Limit
from cunli.trust.numbers import Phone

PASSWORD_TRIES: Final = Limit(name="password tries per account", most=10, seconds=900)
PASSWORD_TRIES_ADDRESS: Final = Limit(name="password tries per address", most=30, seconds=900)
NEWCOMER: Final = "新乡亲"
ACTIVE: Final = "active"


class WrongSignIn(Exception):
    """Phone and password, or phone and code, do not belong together; which of the two is never said."""


class AlreadyThere(Exception):
    """An account with this phone number exists."""


class WrongState(Exception):
    """The account is not in a state that allows this; `state` is where it stands."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """Where somebody signs in from. `token` is the session that the browser holds already; it ends with the new one."""

    address: str
    device: str = ""
    token: str = ""


async def sign_in_by_password(phone: Phone, password: str, browser: Browser) -> str:
    """The token of a new session. Raises `WrongSignIn`, or `TooOften` before anything else is looked at.

    An unknown number, an account without a password and a suspended one take as long as a wrong password.
    """
    takes = ((PASSWORD_TRIES, PHONE.index(phone.e164)), (PASSWORD_TRIES_ADDRESS, limits.network(browser.address)))
    wait = await limits.take(*takes)
    if wait:
        raise TooOften(wait)
    row = await _by_phone(phone)
    stored = row["password_hash"] if row is not None and row["state"] == ACTIVE else ""
    verdict = await passwords.verified(stored, password)
    if row is None or not verdict.right:
        tried = int(row["id"]) if row is not None else None
        security_log.noted("not let in", person=tried, address=browser.address, way="password")
        raise WrongSignIn
    await _welcome(row["id"], stored, verdict.fresh_hash, phone)
    await limits.give_back(*takes)
    return await sessions.begin_session(row["id"], device=browser.device, instead_of=browser.token)


@db.unit
async def _welcome(person_id: int, stored: str, fresh_hash: str, phone: Phone) -> None:
    """Bring hash and index up to date. Refuses when the password was changed while this one was being checked."""
    same = await db.write(
        "UPDATE core_person SET password_hash = ? WHERE id = ? AND password_hash = ?",
        fresh_hash or stored,
        person_id,
        stored,
    )
    if not same:
        raise WrongSignIn
    await _index_anew(person_id, phone)


async def sign_in_by_code(phone: Phone, code: str, browser: Browser) -> str:
    """The token of a new session; a number that has no account yet gets one. Raises `WrongSignIn` or `TooOften`."""
    if not await codes.spend_code(phone, "sign_in", code, address=browser.address):
        raise WrongSignIn
    return await _enter(phone, browser)


async def active_or_new(phone: Phone) -> int:
    """The person of this number, which was proved just now; a new one where there is none. In a unit. Raises `WrongSignIn`."""
    row = await _by_phone(phone)
    if row is None:
        return int((await _create(phone, NEWCOMER, "")).id)
    if row["state"] != ACTIVE:
        raise WrongSignIn
    await _index_anew(row["id"], phone)
    return int(row["id"])


@db.unit
async def _enter(phone: Phone, browser: Browser) -> str:
    person_id = await active_or_new(phone)
    return await sessions.begin_session(person_id, device=browser.device, instead_of=browser.token)


@db.unit
async def add_person(
    phone: Phone,
    display_name: str,
    password_hash: str = "",
    *,
    name: str = "",
    actor: int | None = None,
    by: By = "command",
) -> int:
    """An account made for somebody, by an operator or an official; its id. Raises `AlreadyThere`."""
    if await _by_phone(phone) is not None:
        raise AlreadyThere
    person = await _create(phone, display_name, password_hash, name=name)
    about = ("person", person.id)
    await audit("core.person.added", actor=actor, by=by, object=about, with_password=bool(password_hash))
    return person.id


async def _create(phone: Phone, display_name: str, password_hash: str, *, name: str = "") -> Person:
    key = secrets.token_urlsafe(16)
    return await Person.create(
        key=key,
        display_name=display_name,
        name=NAME.seal(name, key),
        phone=PHONE.seal(phone.e164, key),
        phone_index=PHONE.index(phone.e164),
        password_hash=password_hash,
        created_at=now(),
    )


async def find_by_phone(phone: Phone) -> int | None:
    """The id of the account with this number, whatever its state."""
    row = await _by_phone(phone)
    return None if row is None else int(row["id"])


async def _by_phone(phone: Phone) -> Any:
    indexes = PHONE.indexes(phone.e164)
    sql = f"SELECT id, state, password_hash FROM core_person WHERE phone_index IN ({db.marks(indexes)})"  # noqa: S608 marks only
    rows = await db.read(sql, *indexes)
    return rows[0] if rows else None


async def _index_anew(person_id: int, phone: Phone) -> None:
    """After a new data key: seal the number with it and move the index along, now that the number is known."""
    rows = await db.read("SELECT key, phone FROM core_person WHERE id = ?", person_id)
    if PHONE.is_stale(rows[0]["phone"]):
        sealed, index = PHONE.seal(phone.e164, rows[0]["key"]), PHONE.index(phone.e164)
        await db.write("UPDATE core_person SET phone = ?, phone_index = ? WHERE id = ?", sealed, index, person_id)


async def has_password(person_id: int) -> bool:
    """Whether the person ever set one."""
    rows = await db.read("SELECT password_hash FROM core_person WHERE id = ?", person_id)
    return bool(rows and rows[0]["password_hash"])


async def own_phone(person_id: int) -> Phone | None:
    """The person's own number, to send them a code. Never for a page."""
    rows = await db.read("SELECT key, phone FROM core_person WHERE id = ?", person_id)
    clear = PHONE.own(rows[0]["phone"], rows[0]["key"], about=person_id, reader=person_id) if rows else ""
    return Phone(clear) if clear else None


async def proves_password(person_id: int, password: str, *, address: str) -> bool:
    """Whether this is the person's present password. Counts as a sign-in try. Raises `TooOften`."""
    rows = await db.read("SELECT phone_index, password_hash FROM core_person WHERE id = ?", person_id)
    subject = rows[0]["phone_index"] or f"person {person_id}"
    takes = ((PASSWORD_TRIES, subject), (PASSWORD_TRIES_ADDRESS, limits.network(address)))
    wait = await limits.take(*takes)
    if wait:
        raise TooOften(wait)
    verdict = await passwords.verified(rows[0]["password_hash"], password)
    if verdict.right:
        await limits.give_back(*takes)
    else:
        security_log.noted("not let in", person=person_id, address=address, way="password", asked="again")
    return verdict.right


async def change_password(person_id: int, password: str, *, keep_session: int = 0, by: By = "web") -> int:
    """Set a new password and end the person's other sessions; how many those were."""
    return await _store_password(person_id, await passwords.hashed(password), keep_session, by)


@db.unit
async def _store_password(person_id: int, password_hash: str, keep_session: int, by: By) -> int:
    await db.write("UPDATE core_person SET password_hash = ? WHERE id = ?", password_hash, person_id)
    ended = await sessions.end_sessions(person_id, except_id=keep_session)
    actor = person_id if by == "web" else None
    await audit("core.person.password_changed", actor=actor, by=by, object=("person", person_id), sessions_ended=ended)
    return ended


@db.unit
async def rename(person_id: int, display_name: str) -> None:
    """Change the name that neighbours see."""
    await db.write("UPDATE core_person SET display_name = ? WHERE id = ?", display_name, person_id)


@db.unit
async def keep_look(person_id: int, *, look: str, locale: str) -> None:
    """Remember language and look for the person's next device."""
    await db.write("UPDATE core_person SET look = ?, locale = ? WHERE id = ?", look, locale, person_id)


@db.unit
async def change_state(person_id: int, before: str, after: str, *, by: By = "command") -> None:
    """Move an account from one state to another; its sessions end unless it is active now. Raises `WrongState`."""
    if not await db.write("UPDATE core_person SET state = ? WHERE id = ? AND state = ?", after, person_id, before):
        rows = await db.read("SELECT state FROM core_person WHERE id = ?", person_id)
        raise WrongState(rows[0]["state"] if rows else "")
    if after != ACTIVE:
        await sessions.end_sessions(person_id)
    await audit(f"core.person.{after}", by=by, object=("person", person_id), before=before)
