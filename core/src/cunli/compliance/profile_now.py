"""Which profile is in force here: read with the switches of plugins, changed by those who run the county, audited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from cunli import db, enabling
from cunli.clock import now
from cunli.compliance.deciding import Allowed, permitted
from cunli.compliance.kinds import Sensitive
from cunli.compliance.profiles import DEFAULT, KNOWN, Profile, profile
from cunli.trust.audit import By, audit

if TYPE_CHECKING:
    from cunli.places.queries import VillageNow
    from cunli.registry import Registry

LONGEST_REASON: Final = 200
_IN_FORCE: Final = "SELECT profile FROM core_compliance WHERE region_id = ?"


class UnknownProfile(ValueError):
    """No profile has that name."""


class ChangedMeanwhile(Exception):
    """Somebody else changed the profile since it was looked at; `now` is the one in force."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.now = name


async def current(village: VillageNow | None = None) -> Profile:
    """The profile in force for a village. Without one: for the county, where there is only one at hand; else the default.

    A change counts at once in the process that made it, and within a second in others.
    """
    return await along(village.chain if village is not None else await _county_at_hand())


async def along(chain: tuple[int, ...]) -> Profile:
    """The profile in force for a region, of which `chain` is the way up to the root."""
    return profile((await enabling.look()).profile_along(chain))


async def in_force() -> tuple[Profile, ...]:
    """Every profile that is in force in some county with open villages; where there is none yet, the default."""
    rows = await db.read("SELECT DISTINCT county_id FROM core_village WHERE state = 'open'")
    mine = await enabling.look()
    names = sorted({mine.profile_along((row["county_id"],)) for row in rows}) or [DEFAULT]
    return tuple(profile(name) for name in names)


async def allowed_in(registry: Registry, village: VillageNow | None) -> Allowed:
    """Answers plugins what they may do in a village at present; without one, in the county."""
    return Allowed(registry, await current(village))


async def allowed_along(registry: Registry, chain: tuple[int, ...]) -> Allowed:
    """The same for a region, of which `chain` is the way up to the root."""
    return Allowed(registry, await along(chain))


async def allowed_at(registry: Registry, village_id: int | None) -> Allowed:
    """The same for a village known by its id only."""
    return await allowed_in(registry, await _village(village_id))


async def allowed(kind: Sensitive) -> bool:
    """Whether the county's profile allows a sensitive kind in the village in scope: for code that is given no context,
    such as the handler of an event, and for the core. Else ask `ctx.allows(kind)` or `visit.allows(kind)`.

    Raises `NoScope` where nobody said which village is meant.
    """
    return (await current(await _village(db.scoped_village()))).allows(kind)


async def _village(village_id: int | None) -> VillageNow | None:
    from cunli.places import queries

    return await queries.village_by_id(village_id) if village_id is not None else None


async def _county_at_hand() -> tuple[int, ...]:
    from cunli.places import queries

    county = await queries.start()
    return (county,) if county is not None else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LastChange:
    """When the profile was set last, why, and by whom (None: by a command)."""

    at: datetime
    reason: str
    by: str | None


async def last_change(county_id: int) -> LastChange | None:
    """The last change in a county; None while the default was never touched."""
    rows = await db.read(
        "SELECT c.changed_at, c.reason, p.display_name FROM core_compliance c"
        " LEFT JOIN core_person p ON p.id = c.changed_by_id WHERE c.region_id = ?",
        county_id,
    )
    if not rows:
        return None
    return LastChange(at=db.when(rows[0]["changed_at"]), reason=rows[0]["reason"], by=rows[0]["display_name"])


@db.unit
async def set_profile(
    name: str, county_id: int, *, was: str, reason: str, actor: int | None = None, by: By = "web"
) -> bool:
    """Put another profile in force in a county, at once. Whether that changed anything.

    `was` is the one that whoever decides saw. Raises `UnknownProfile` and `ChangedMeanwhile`; then nothing is changed.
    """
    if name not in KNOWN:
        raise UnknownProfile(name)
    await db.write(
        "INSERT INTO core_compliance (region_id, profile, reason, changed_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (region_id) DO NOTHING",
        county_id,
        DEFAULT,
        "",
        now(),
    )
    rows = await db.read(_IN_FORCE + (" FOR UPDATE" if db.engine() == "postgres" else ""), county_id)
    old = profile(str(rows[0]["profile"])).id
    if old != was:
        raise ChangedMeanwhile(old)
    if old == name:
        return False
    await db.write(
        "UPDATE core_compliance SET profile = ?, reason = ?, changed_at = ?, changed_by_id = ? WHERE region_id = ?",
        name,
        reason,
        now(),
        actor,
        county_id,
    )
    about = ("profile", name)
    await audit(
        "core.profile.set", actor=actor, region=county_id, object=about, by=by, old=old, new=name, reason=reason
    )
    await enabling.changed()
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What another profile would do to one plugin: off everywhere, on again, or with parts that come or go."""

    plugin: str
    goes_off: bool
    comes_back: bool
    loses: tuple[Sensitive, ...]
    gains: tuple[Sensitive, ...]
    villages: int  # in how many open villages it is on now

    @property
    def any(self) -> bool:
        return self.goes_off or self.comes_back or bool(self.loses or self.gains)


async def effects(registry: Registry, new: Profile, county_id: int) -> list[Effect]:
    """What this profile would change in a county, for which plugin; those that nothing changes for are left out."""
    old = await along((county_id,))
    villages = await enabling.opened_villages({county_id})
    on = [await enabling.enabled_along(registry, village.chain) for village in villages]
    before, after = permitted(registry, old), permitted(registry, new)
    found = []
    for name, plugin in registry.plugins.items():
        kinds = [use.kind for use in plugin.manifest.sensitive]
        effect = Effect(
            plugin=name,
            goes_off=name in before - after,
            comes_back=name in after - before,
            loses=tuple(k for k in kinds if old.allows(k) and not new.allows(k)),
            gains=tuple(k for k in kinds if new.allows(k) and not old.allows(k)),
            villages=sum(name in here for here in on),
        )
        found += [effect] if effect.any else []
    return found
