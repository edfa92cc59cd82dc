"""Where a plugin is on: running, and not forbidden above, and required above or switched on in the village.

Keeps this process's copy of what regions say about plugins: their switches, and the settings that `plugin_values` reads.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from cunli import db
from cunli.clock import now
from cunli.compliance import deciding
from cunli.compliance.profiles import DEFAULT, profile
from cunli.plugin_models import Mode
from cunli.plugin_setting import Stored
from cunli.problems import Problem
from cunli.problems import stored as stored_problem
from cunli.trust.audit import By, audit

if TYPE_CHECKING:
    from cunli.places.queries import VillageNow
    from cunli.registry import Registry

GLANCE: Final = 1.0
_EPOCH: Final = 1
NOWHERE: Final[frozenset[str]] = frozenset()


@dataclass(slots=True)
class Switches:
    """This process's copy of all switches and settings, and when it last looked whether they changed."""

    epoch: int = -1
    looked_at: float = float("-inf")
    modes: dict[int, dict[str, Mode]] = field(default_factory=dict)
    stored: dict[int, dict[str, Stored]] = field(default_factory=dict, repr=False)  # by region and key
    answers: dict[tuple[Registry, tuple[int, ...]], frozenset[str]] = field(default_factory=dict)
    rests: dict[tuple[str, str], tuple[datetime, Problem]] = field(default_factory=dict)
    profiles: dict[int, str] = field(default_factory=dict)  # by county
    permitted: dict[tuple[Registry, str], frozenset[str]] = field(default_factory=dict)
    heard: set[Registry] = field(default_factory=set)

    def profile_along(self, chain: tuple[int, ...]) -> str:
        """The name of the compliance profile in force for a region, of which `chain` is the way up to the root."""
        return next((self.profiles[region] for region in chain if region in self.profiles), DEFAULT)


_switches = Switches()


async def enabled_for(registry: Registry, village: VillageNow | None) -> frozenset[str]:
    """The plugins that are on in a village; without a village, all that run and may, for the county's own pages. A change
    made by this process counts at once; one made by another counts within a second."""
    if not registry.running:
        return registry.running
    if village is None:
        from cunli.places import queries

        county = await queries.start()
        return _permitted(registry, await look(), () if county is None else (county,))
    return await enabled_along(registry, village.chain)


async def enabled_along(registry: Registry, chain: tuple[int, ...]) -> frozenset[str]:
    """The same for a village of which only the chain of regions is known: its own first, up to the root."""
    mine = await look()
    if registry not in _switches.heard:
        _switches.heard.add(registry)
        registry.dispatch.health.hear(_rests_now())
    key = (registry, chain)
    if (known := _switches.answers.get(key)) is None:
        on = decided(registry, chain, _switches.modes, permitted=_permitted(registry, mine, chain))
        known = _switches.answers[key] = on
    return known


async def permitted_along(registry: Registry, chain: tuple[int, ...]) -> frozenset[str]:
    """All plugins that run and may under the profile of a chain of regions: for pages above the villages."""
    return _permitted(registry, await look(), chain)


def decided_along(
    registry: Registry, chain: tuple[int, ...], modes: Mapping[int, Mapping[str, Mode]], mine: Switches
) -> frozenset[str]:
    """What would be on along a chain if regions said this, under the profile that is in force there."""
    return decided(registry, chain, modes, permitted=_permitted(registry, mine, chain))


def _permitted(registry: Registry, mine: Switches, chain: tuple[int, ...]) -> frozenset[str]:
    key = (registry, mine.profile_along(chain))
    if (known := mine.permitted.get(key)) is None:
        known = mine.permitted[key] = deciding.permitted(registry, profile(key[1]))
    return known


def decided(
    registry: Registry,
    chain: tuple[int, ...],
    modes: Mapping[int, Mapping[str, Mode]],
    *,
    permitted: frozenset[str],
) -> frozenset[str]:
    """The rule itself. `chain` goes from the village's own region up to the root. Pure.

    What the compliance profile does not permit is on nowhere, whoever requires it.
    """
    own, above = modes.get(chain[0], {}) if chain else {}, [modes.get(region, {}) for region in chain[1:]]
    on: set[str] = set()
    for name, plugin in registry.plugins.items():  # in plugin order, so what one requires was decided before it
        said = [region.get(name) for region in above]
        wished = Mode.REQUIRE in said or own.get(name) == Mode.ON
        if name in permitted and wished and Mode.FORBID not in said and on.issuperset(plugin.manifest.requires):
            on.add(name)
    return frozenset(on)


async def look() -> Switches:
    """The copy of this process, read again if something changed since it last looked."""
    mine = _switches  # a change meanwhile puts another in its place, and what was read before it must not land there
    if time.monotonic() - mine.looked_at < GLANCE:
        return mine
    rows = await db.read("SELECT number FROM core_plugin_epoch WHERE id = ?", _EPOCH)
    epoch = rows[0]["number"] if rows else 0
    if epoch != mine.epoch:
        modes: dict[int, dict[str, Mode]] = {}
        for row in await db.read("SELECT region_id, plugin, mode FROM core_plugin_switch"):
            modes.setdefault(row["region_id"], {})[row["plugin"]] = Mode(row["mode"])
        mine.rests, mine.profiles = await _read_rests(), await _read_profiles()
        mine.modes, mine.stored, mine.epoch = modes, await _stored(), epoch
        mine.answers.clear()
        mine.permitted.clear()
        mine.heard.clear()
    if db.in_unit():
        mine.epoch = -1  # what an open unit sees may still be undone: look again next time
    else:
        mine.looked_at = time.monotonic()
    return mine


async def _stored() -> dict[int, dict[str, Stored]]:
    found: dict[int, dict[str, Stored]] = {}
    for row in await db.read(
        "SELECT s.region_id, s.key, s.value, s.row_key, r.level FROM core_plugin_setting s"
        " JOIN core_region r ON r.id = s.region_id"
    ):
        stored = Stored(level=row["level"], text=row["value"], row_key=row["row_key"])
        found.setdefault(row["region_id"], {})[row["key"]] = stored
    return found


async def _read_rests() -> dict[tuple[str, str], tuple[datetime, Problem]]:
    rows = await db.read("SELECT plugin, hook, problem, facts, until FROM core_plugin_trouble WHERE until IS NOT NULL")
    return {
        (row["plugin"], row["hook"]): (
            db.when(row["until"]),
            stored_problem(row["problem"], row["plugin"], row["facts"]),
        )
        for row in rows
    }


async def _read_profiles() -> dict[int, str]:
    return {row["region_id"]: row["profile"] for row in await db.read("SELECT region_id, profile FROM core_compliance")}


def _rests_now() -> dict[tuple[str, str], tuple[float, Problem]]:
    """Which hooks rest, and for how many seconds more."""
    left = {pair: ((until - now()).total_seconds(), why) for pair, (until, why) in _switches.rests.items()}
    return {pair: (seconds, why) for pair, (seconds, why) in left.items() if seconds > 0}


def forget() -> None:
    """Look again at the next question: after a change here, and when a process turns to another database."""
    global _switches
    _switches = Switches()


class WrongModeError(ValueError):
    """A village was told to require or forbid, or a region above villages to switch on or off."""


@db.unit
async def switch(
    plugin: str, region_id: int, mode: Mode, *, village_level: bool, actor: int | None = None, by: By = "web"
) -> None:
    """Say what a region wants of a plugin. Nothing is deleted by switching off: the same rows show again later.

    Saying the same again does nothing.
    """
    if (mode in (Mode.ON, Mode.OFF)) != village_level:
        raise WrongModeError(f"{mode} is for {'regions above villages' if village_level else 'villages'}")
    turned = await db.write(
        "INSERT INTO core_plugin_switch (region_id, plugin, mode) VALUES (?, ?, ?)"
        " ON CONFLICT (region_id, plugin) DO UPDATE SET mode = excluded.mode WHERE core_plugin_switch.mode <> excluded.mode",
        region_id,
        plugin,
        mode.value,
    )
    if not turned:
        return
    await audit("core.plugin.switch", actor=actor, region=region_id, object=("plugin", plugin), by=by, mode=mode.value)
    await changed()


@db.unit
async def changed() -> None:
    """Tell every process that switches, settings or regions are not as they were; part of whatever unit changed them."""
    await db.write(
        "INSERT INTO core_plugin_epoch (id, number) VALUES (?, 1)"
        " ON CONFLICT (id) DO UPDATE SET number = core_plugin_epoch.number + 1",
        _EPOCH,
    )
    db.after_commit(_forget_soon)


async def _forget_soon() -> None:
    forget()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVillage:
    """An open village, as far as switches are concerned. `chain` goes from its own region up to the root."""

    id: int
    name: str
    slug: str
    chain: tuple[int, ...]

    @property
    def region_id(self) -> int:
        return self.chain[0]


async def townships_above() -> dict[int, tuple[int, ...]]:
    """For each township with open villages: itself and every region above it, nearest first."""
    above: dict[int, tuple[int, ...]] = {}
    for row in await db.read(_ABOVE):
        above[row["township_id"]] = (*above.get(row["township_id"], ()), row["id"])
    return above


async def opened_villages(below: Collection[int] | None = None) -> list[OpenVillage]:
    """The open villages in the order of their opening: all of them, or those whose chain meets the regions `below`."""
    found = await _opened("", [])
    return [one for one in found if below is None or not set(below).isdisjoint(one.chain)]


async def opened_in(region_ids: Collection[int]) -> list[OpenVillage]:
    """The same for villages and townships, reading no others."""
    ids = list(region_ids)
    if not ids:
        return []
    marks = db.marks(ids)
    return await _opened(f" AND (region_id IN ({marks}) OR township_id IN ({marks}))", [*ids, *ids])


async def _opened(where: str, values: list[int]) -> list[OpenVillage]:
    above = await townships_above()
    return [
        OpenVillage(
            id=row["id"],
            name=row["name"],
            slug=row["slug"],
            chain=(row["region_id"], *above.get(row["township_id"], ())),
        )
        for row in await db.read(_OPEN.replace(":where", where), *values)
    ]


_ABOVE: Final = """
WITH RECURSIVE up (township_id, id, parent_id, depth) AS (
  SELECT r.id, r.id, r.parent_id, 0 FROM core_region r
  WHERE r.id IN (SELECT township_id FROM core_village WHERE state = 'open')
  UNION ALL SELECT up.township_id, r.id, r.parent_id, up.depth + 1 FROM core_region r JOIN up ON r.id = up.parent_id
  WHERE up.depth < 9
) SELECT township_id, id FROM up ORDER BY township_id, depth
"""
_OPEN: Final = "SELECT id, name, slug, region_id, township_id FROM core_village WHERE state = 'open':where ORDER BY id"


async def villages_with(registry: Registry, plugin: str) -> list[int]:
    """The open villages where a plugin is on; for the core, all open villages."""
    return [
        village.id
        for village in await opened_villages()
        if plugin == "core" or plugin in await enabled_along(registry, village.chain)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched:
    """How many open villages and regions above them say something about a plugin, whether it runs here or not."""

    on: int = 0
    required: int = 0
    forbidden: int = 0


async def switched() -> dict[str, Switched]:
    """What the database says of every plugin that it knows by name."""
    rows = await db.read(
        "SELECT s.plugin, s.mode, COUNT(*) AS n FROM core_plugin_switch s"
        " LEFT JOIN core_village v ON v.region_id = s.region_id WHERE s.mode <> 'on' OR v.state = 'open' GROUP BY s.plugin, s.mode"
    )
    said: dict[str, Counter[str]] = {}
    for name in await db.read("SELECT DISTINCT plugin FROM core_plugin_switch"):
        said[name["plugin"]] = Counter()
    for row in rows:
        said[row["plugin"]][row["mode"]] = row["n"]
    return {
        name: Switched(on=n[Mode.ON], required=n[Mode.REQUIRE], forbidden=n[Mode.FORBID]) for name, n in said.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a region says about a plugin."""

    region_id: int
    region: str
    code: str
    mode: Mode


async def said_by(plugin: str, region_ids: Sequence[int]) -> list[Said]:
    """What these regions say about a plugin, the highest first."""
    if not region_ids:
        return []
    rows = await db.read(
        "SELECT r.id, r.name, r.code, s.mode FROM core_plugin_switch s JOIN core_region r ON r.id = s.region_id"  # noqa: S608 marks only
        f" WHERE s.plugin = ? AND s.region_id IN ({db.marks(region_ids)}) ORDER BY r.level",
        plugin,
        *region_ids,
    )
    return [Said(region_id=row["id"], region=row["name"], code=row["code"], mode=Mode(row["mode"])) for row in rows]


async def enabled_in(registry: Registry, village_id: int | None) -> frozenset[str]:
    """The plugins that are on in a village known by its id only; without one, as `enabled_for` says."""
    from cunli.places import queries

    if village_id is None:
        return await enabled_for(registry, None)
    village = await queries.village_by_id(village_id)
    return await enabled_for(registry, village) if village is not None else NOWHERE
