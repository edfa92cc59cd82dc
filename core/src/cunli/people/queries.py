"""What pages and the gate read about people. The first two run on nearly every request: one read each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cunli import db
from cunli.clock import now, today
from cunli.minors.rules import waits
from cunli.people import rules, stepping
from cunli.people.models import MembershipState
from cunli.people.sessions import token_hash
from cunli.web.i18n import _

if TYPE_CHECKING:
    from cunli.places.queries import VillageNow

OFFICE_TITLES = {"village_admin": _("村管理员"), "township_admin": _("镇管理员"), "county_admin": _("县管理员")}


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleNow:
    """An office a person holds."""

    kind: str
    region_id: int
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonNow:
    """The person of a session, as of this request."""

    id: int
    key: str
    display_name: str
    surname: str
    cloth: str
    dye: str
    locale: str
    look: str
    home_village_id: int | None
    home_village_url: str
    home_village_name: str
    unread_count: int
    roles: tuple[RoleNow, ...]
    state: str
    adult_on: date | None = None
    consented: bool = True

    @property
    def guarded(self) -> bool:
        """A child for whom no guardian has agreed: the account does nothing but read."""
        return self.adult_on is not None and waits(today(), self.adult_on, consented=self.consented)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionNow:
    """A live session. `due`: its use should be noted with `sessions.keep_alive`. `standing` is the person's in the village asked for.

    `as_of` names the moment it was read at, for `db.read`.
    """

    id: int
    token_hash: str
    person: PersonNow
    due: bool
    standing: Standing | None = None
    as_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a person is in one village."""

    membership_id: int
    state: str
    group_id: int | None
    group_name: str
    household_id: int | None
    away: bool

    @property
    def verified(self) -> bool:
        return self.state == MembershipState.VERIFIED


class Seal(NamedTuple):
    """A seal beside a name; solid for an office, outlined for belonging."""

    text: str
    solid: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A person as others see them in one village."""

    id: int
    key: str
    display_name: str
    surname: str
    cloth: str
    dye: str
    seals: tuple[Seal, ...]
    away_city: str


_COLUMNS = [
    "session_id", "last_seen_at", "expires_at", "id", "key", "display_name", "locale", "look", "home_village_id",
    "unread_count", "state", "second_at", "enrolled", "adult_on", "consented", "slug", "home_name", "kind",
    "region_id", "title", "membership_id", "membership_state", "group_id", "group_name", "household_id", "away"
]  # fmt: skip
_SESSION = """
SELECT s.id, s.last_seen_at, s.expires_at, p.id, p.key, p.display_name, p.locale, p.look, p.home_village_id, p.unread_count,
       p.state, s.second_at, f.person_id, n.adult_on, n.consented, v.slug, v.name, r.kind, r.region_id, r.title, m.id, m.state, m.group_id, g.name, m.household_id, m.away,
       :as_of AS as_of
FROM core_session s
JOIN core_person p ON p.id = s.person_id
LEFT JOIN core_second_factor f ON f.person_id = p.id
LEFT JOIN core_minor n ON n.person_id = p.id
LEFT JOIN core_village v ON v.id = p.home_village_id
LEFT JOIN core_membership m ON m.village_id = ? AND m.person_id = p.id
LEFT JOIN core_village_group g ON g.id = m.group_id
LEFT JOIN core_role r ON r.person_id = p.id AND r.revoked_at IS NULL
WHERE s.token_hash = ? AND s.revoked_at IS NULL AND p.state = 'active'
ORDER BY r.id
"""


async def session_by_token(token: str, village_id: int = 0) -> SessionNow | None:
    """The live session of this token, with what its person is in one village; one read, on nearly every request.

    None: unknown, ended, expired, rested too long, of an account that is not active, or waiting for the second factor.
    """
    hashed = token_hash(token)
    rows = await db.read(_spelled(_SESSION, db.as_of_sql()), village_id, hashed)
    if not rows:
        return None
    known, moment = _session_of(tuple([tuple(row)[:-1] for row in rows])), now()
    if known.expires_at <= moment or rules.is_rested(known.seen, moment, known.kinds) or _waits(known):
        return None
    return SessionNow(
        id=known.id,
        token_hash=hashed,
        person=known.person,
        due=rules.is_due(known.seen, moment, known.kinds),
        standing=known.standing,
        as_of=rows[0]["as_of"],
    )


def _waits(known: _Session) -> bool:
    """Whether the person still has to show the second factor."""
    required = stepping.is_required()
    return known.second_at is None and rules.needs_second(known.kinds, enrolled=known.enrolled, required=required)


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfIn:
    """Somebody who has signed in and still has to show the second factor: so far nobody, to every page but that one."""

    session_id: int
    person: PersonNow
    enrolled: bool


async def half_in(token: str) -> HalfIn | None:
    """Who waits behind this token for the second factor; None for everybody else, and ten minutes later."""
    rows = await db.read(_spelled(_SESSION, db.as_of_sql()), 0, token_hash(token))
    if not rows:
        return None
    known, moment = _session_of(tuple([tuple(row)[:-1] for row in rows])), now()
    if not _waits(known) or moment - known.seen > rules.PENDING_LIFE:
        return None
    return HalfIn(session_id=known.id, person=known.person, enrolled=known.enrolled)


@lru_cache
def _spelled(sql: str, as_of: str) -> str:
    """One text for each engine: a new one each time would be hashed anew by everything that knows statements."""
    return sql.replace(":as_of", as_of)


class _Session(NamedTuple):
    """What the rows of `_SESSION` say of a session, whatever the time is."""

    id: int
    seen: datetime
    expires_at: datetime
    person: PersonNow
    standing: Standing | None
    kinds: tuple[str, ...]
    second_at: object
    enrolled: bool


@lru_cache(maxsize=4000)  # equal rows make an equal person, and most people ask for more than one page
def _session_of(rows: tuple[tuple[Any, ...], ...]) -> _Session:
    named = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
    first = named[0]
    roles = tuple(RoleNow(kind=r["kind"], region_id=r["region_id"], title=r["title"]) for r in named if r["kind"])
    return _Session(
        id=first["session_id"],
        seen=db.when(first["last_seen_at"]),
        expires_at=db.when(first["expires_at"]),
        person=_person(first, roles),
        standing=_standing(first),
        kinds=tuple(role.kind for role in roles),
        second_at=first["second_at"],
        enrolled=first["enrolled"] is not None,
    )


def _person(row: Any, roles: tuple[RoleNow, ...]) -> PersonNow:
    return PersonNow(
        id=row["id"],
        key=row["key"],
        display_name=row["display_name"],
        **rules.avatar_of(row["key"], row["display_name"]),
        locale=row["locale"],
        look=row["look"],
        home_village_id=row["home_village_id"],
        home_village_url=f"/v/{row['slug']}" if row["slug"] else "",
        home_village_name=row["home_name"] or "",
        unread_count=row["unread_count"],
        roles=roles,
        state=row["state"],
        adult_on=date.fromisoformat(row["adult_on"]) if isinstance(row["adult_on"], str) else row["adult_on"],
        consented=bool(row["consented"]),
    )


def _standing(row: Any) -> Standing | None:
    if row["membership_id"] is None:
        return None
    return Standing(
        membership_id=row["membership_id"],
        state=row["membership_state"],
        group_id=row["group_id"],
        group_name=row["group_name"] or "",
        household_id=row["household_id"],
        away=bool(row["away"]),
    )


_FACES = """
SELECT p.id, p.key, p.display_name, p.state, m.state AS here, m.away, m.away_city, g.name AS group_name, r.kind, r.title
FROM core_person p
LEFT JOIN core_membership m ON m.person_id = p.id AND m.village_id = ?
LEFT JOIN core_village_group g ON g.id = m.group_id
LEFT JOIN core_role r ON r.person_id = p.id AND r.revoked_at IS NULL AND r.region_id IN (:chain)
WHERE p.id IN (:ids) ORDER BY r.id
"""


async def faces(person_ids: Collection[int], village: VillageNow) -> dict[int, Face]:
    """How these people look in this village: avatar, seals, and the city they are away in."""
    ids = tuple(dict.fromkeys(person_ids))
    if not ids:
        return {}
    sql = _FACES.replace(":ids", db.marks(ids)).replace(":chain", db.marks(village.chain))
    rows = await db.read(sql, village.id, *village.chain, *ids)
    seals = _office_seals(rows)
    return {row["id"]: _face(row, seals.get(row["id"], ())) for row in rows}


def _face(row: Any, offices: tuple[Seal, ...]) -> Face:
    verified = row["here"] == MembershipState.VERIFIED
    group = rules.group_seal(row["group_name"] or "") if verified else ""
    name = str(_("已注销用户")) if row["state"] in ("closed", "frozen") else row["display_name"]
    return Face(
        id=row["id"],
        key=row["key"],
        display_name=name,
        **rules.avatar_of(row["key"], name),
        seals=(*offices, Seal(group, False)) if group else offices,
        away_city=row["away_city"] if verified and row["away"] else "",
    )


def _office_seals(rows: Sequence[Any]) -> dict[int, tuple[Seal, ...]]:
    """The offices these people hold on the village or above it, the highest first."""
    found: dict[int, tuple[Seal, ...]] = {}
    for row in sorted((row for row in rows if row["kind"]), key=lambda r: rules.LEVELS[r["kind"]]):
        seal = Seal(row["title"] or str(OFFICE_TITLES[row["kind"]]), True)
        held = found.get(row["id"], ())
        if seal not in held:
            found[row["id"]] = (*held, seal)
    return found


_ADMINS = """
SELECT r.region_id, r.person_id FROM core_role r JOIN core_person p ON p.id = r.person_id AND p.state = 'active'
WHERE r.revoked_at IS NULL AND r.region_id IN (:chain) ORDER BY r.id
"""


async def admins_of(chain: Sequence[int]) -> tuple[int, ...]:
    """Who looks after a village: its own admins, or, while it has none, those of the township, or of the county.

    `chain` is the village's region and those above it, as `VillageNow.chain`.
    """
    rows = await db.read(_ADMINS.replace(":chain", db.marks(chain)), *chain)
    for region_id in chain:
        if people := tuple(dict.fromkeys(r["person_id"] for r in rows if r["region_id"] == region_id)):
            return people
    return ()


async def has_settled_name(person_id: int) -> bool:
    """Whether some village has verified the person's real name."""
    rows = await db.read(
        "SELECT 1 FROM core_membership WHERE person_id = ? AND state IN ('verified', 'suspended') LIMIT 1", person_id
    )
    return bool(rows)


async def offices_within(person_id: int, chain: Sequence[int]) -> list[RoleNow]:
    """The offices a person holds on one of these regions."""
    rows = await db.read(
        _OFFICES_OF.replace(":chain", db.marks(chain)),
        person_id,
        *chain,
    )
    return [RoleNow(kind=row["kind"], region_id=row["region_id"], title=row["title"]) for row in rows]


_OFFICES_OF = """
SELECT kind, region_id, title FROM core_role WHERE person_id = ? AND revoked_at IS NULL AND region_id IN (:chain) ORDER BY id
"""
