"""Offices: who gives and takes them. Authority goes down one subtree; the last one in charge cannot be removed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from cunli import db
from cunli.clock import now
from cunli.notify.actions import tell
from cunli.people import accounts, rules, second_factor, sessions
from cunli.people.models import Role
from cunli.people.queries import OFFICE_TITLES, RoleNow
from cunli.places.queries import region_chain
from cunli.trust import readers
from cunli.trust.audit import By, audit
from cunli.web.text import clean


class NotAllowed(Exception):
    """The granting person's own offices do not reach that far."""


class WrongLevel(Exception):
    """The office does not belong on a region of this level."""


class AlreadyHeld(Exception):
    """The person holds this office already."""


class ReadsAudit(Exception):
    """The person reads the audit trail, and so holds no office: nobody checks themselves."""


class LastInCharge(Exception):
    """Without this office nobody would be in charge any more."""


class NoSuchRole(Exception):
    """There is no such office, or it was revoked meanwhile."""


class Granter(Protocol):
    """Whoever grants or revokes, with the offices this is allowed by."""

    @property
    def id(self) -> int: ...
    @property
    def roles(self) -> Iterable[RoleNow]: ...


@db.unit
async def grant(
    actor: Granter | None, person_id: int, kind: str, region_id: int, *, title: str = "", by: By = "web"
) -> None:
    """Give an office. `actor` is None for the operator's command, who stands above all offices.

    The person's sessions end: whoever holds more rights signs in anew.
    """
    chain = await region_chain(region_id)
    if actor is not None and not rules.may_grant(actor.roles, kind, chain):
        raise NotAllowed
    await _refuse_wrong_level(kind, region_id)
    await _refuse_readers(person_id)
    await _lock(chain)
    if await db.read(
        "SELECT 1 FROM core_role WHERE person_id = ? AND kind = ? AND region_id = ? AND revoked_at IS NULL",
        person_id,
        kind,
        region_id,
    ):
        raise AlreadyHeld
    await readers.lock(person_id)
    await _refuse_readers(person_id)  # again, now that nobody else decides about this person
    row = await Role.create(
        person_id=person_id,
        region_id=region_id,
        kind=kind,
        title=rules.plain_name(clean(title)),
        granted_by_id=actor.id if actor else None,
        granted_at=now(),
    )
    await sessions.end_sessions(person_id)
    await _record("core.role.granted", actor, row, by)
    await _tell("role.granted", row)


@db.unit
async def revoke(actor: Granter | None, role_id: int, *, reason: str = "", by: By = "web") -> None:
    """Take an office away, or give up one's own. The row stays as history, with who did it and why."""
    row = await Role.get_or_none(id=role_id, revoked_at=None)
    if row is None:
        raise NoSuchRole
    chain = await region_chain(row.region_id)
    own = actor is not None and actor.id == row.person_id
    if actor is not None and not own and not rules.may_revoke(actor.roles, row.kind, chain):
        raise NotAllowed
    await _lock(chain)
    if not await _others_in_charge(row, chain):
        raise LastInCharge
    if not await db.write(_REVOKE, now(), actor.id if actor else None, reason, row.id):
        raise NoSuchRole
    await _record("core.role.revoked", actor, row, by, reason)
    await _tell("role.revoked", row, reason=reason)


_REVOKE = "UPDATE core_role SET revoked_at = ?, revoked_by_id = ?, reason = ? WHERE id = ? AND revoked_at IS NULL"


async def reset_second(actor: Granter, person_id: int, reason: str, *, who: str) -> bool:
    """Take the authenticator app from an official who lost it. Raises `NotAllowed` unless `actor` stands above all their offices."""
    for role in await roles_of(person_id):
        if not rules.may_revoke(actor.roles, role.kind, await region_chain(role.region_id)):
            raise NotAllowed
    return await second_factor.reset(person_id, actor=actor.id, reason=reason, who=who)


@db.unit
async def suspend_account(person_id: int) -> None:
    """Stop an account. Refused, as `LastInCharge`, while somewhere nobody else would be in charge."""
    for row in await Role.filter(person_id=person_id, revoked_at=None):
        chain = await region_chain(row.region_id)
        await _lock(chain)
        if not await _others_in_charge(row, chain, but=person_id):
            raise LastInCharge
    await accounts.change_state(person_id, "active", "suspended")


async def _refuse_readers(person_id: int) -> None:
    if await readers.regions(person_id):
        raise ReadsAudit


async def _refuse_wrong_level(kind: str, region_id: int) -> None:
    rows = await db.read("SELECT level FROM core_region WHERE id = ?", region_id)
    if kind not in rules.LEVELS or not rows or rows[0]["level"] != rules.LEVELS[kind]:
        raise WrongLevel


async def _lock(chain: Sequence[int]) -> None:
    """One change of offices at a time below one top region: two last admins must not remove each other."""
    await db.write("UPDATE core_region SET state = state WHERE id = ?", chain[-1])


async def _others_in_charge(row: Role, chain: Sequence[int], *, but: int = 0) -> bool:
    """A county keeps an admin of its own; below it, somebody on the way up to the root is enough."""
    regions = (row.region_id,) if row.kind == "county_admin" else chain
    rows = await db.read(_IN_CHARGE.replace(":regions", db.marks(regions)), row.id, but, *regions)
    return bool(rows)


_IN_CHARGE = """
SELECT 1 FROM core_role r JOIN core_person p ON p.id = r.person_id AND p.state = 'active'
WHERE r.revoked_at IS NULL AND r.id <> ? AND r.person_id <> ? AND r.region_id IN (:regions) LIMIT 1
"""


async def _record(action: str, actor: Granter | None, row: Role, by: By, reason: str = "") -> None:
    said: dict[str, Any] = {"reason": reason} if reason else {}
    await audit(
        action,
        actor=actor.id if actor else None,
        by=by,
        region=row.region_id,
        object=("person", row.person_id),
        office=row.kind,
        **said,
    )


async def _tell(kind: str, row: Role, *, reason: str = "") -> None:
    rows = await db.read("SELECT short FROM core_region WHERE id = ?", row.region_id)
    title = row.title or OFFICE_TITLES[row.kind].msgid
    await tell(row.person_id, kind, url="/me", place=rows[0]["short"], title=title, reason=reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An office as listed: who holds it, where, since when. `mine_to_take`: the reader may revoke it."""

    role_id: int
    person_id: int
    person_key: str
    display_name: str
    surname: str
    cloth: str
    dye: str
    kind: str
    title: str
    region_id: int
    region_name: str
    granted_at: datetime
    has_second: bool


_LIST = """
SELECT r.id, r.person_id, r.kind, r.title, r.region_id, r.granted_at, g.short AS region_name, p.key, p.display_name,
       f.person_id AS second
FROM core_role r JOIN core_person p ON p.id = r.person_id JOIN core_region g ON g.id = r.region_id
LEFT JOIN core_second_factor f ON f.person_id = p.id
WHERE r.revoked_at IS NULL AND p.state = 'active'
"""


async def offices_on(chain: Sequence[int]) -> list[Office]:
    """The offices on these regions, the highest first."""
    rows = await db.read(_LIST + f" AND r.region_id IN ({db.marks(chain)}) ORDER BY g.level, r.id", *chain)
    return [_office(row) for row in rows]


async def all_offices() -> list[Office]:
    """Every office there is, for the operator."""
    return [_office(row) for row in await db.read(_LIST + " ORDER BY g.level, r.region_id, r.id")]


async def roles_of(person_id: int) -> tuple[RoleNow, ...]:
    """The offices of one person."""
    rows = await db.read(
        "SELECT kind, region_id, title FROM core_role WHERE person_id = ? AND revoked_at IS NULL ORDER BY id", person_id
    )
    return tuple(RoleNow(kind=r["kind"], region_id=r["region_id"], title=r["title"]) for r in rows)


def _office(row: Any) -> Office:
    return Office(
        role_id=row["id"],
        person_id=row["person_id"],
        person_key=row["key"],
        display_name=row["display_name"],
        **rules.avatar_of(row["key"], row["display_name"]),
        kind=row["kind"],
        title=row["title"],
        region_id=row["region_id"],
        region_name=row["region_name"],
        granted_at=db.when(row["granted_at"]),
        has_second=row["second"] is not None,
    )
