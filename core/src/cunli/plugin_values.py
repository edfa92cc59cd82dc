"""What the settings of plugins and of the core are: kept for a region, inherited down the tree, read without asking the database each time.

The copy that is read here is that of `enabling`, and is renewed with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from cunli import db, enabling
from cunli.places.rules import LEVEL_NAMES, LEVELS
from cunli.plugin_setting import Setting, Stored
from cunli.problems import Problem, problem
from cunli.trust.audit import By, audit
from cunli.trust.personal import Unreadable
from cunli.trust.secrets import SealedSecret
from cunli.web.text import clean
from cunli.web.tokens import new_key

if TYPE_CHECKING:
    from cunli.places.queries import VillageNow
    from cunli.registry import Registry

T = TypeVar("T")
CORE: Final = "core"
SECRETS: Final = SealedSecret("core_plugin_setting", "value")


class WrongValue(ValueError):
    """The value does not fit its setting; `expected` says what does."""

    def __init__(self, which: Setting[Any]) -> None:
        super().__init__(f"“{which.key}” takes {which.expected}")
        self.expected = which.expected


class NotItsToSay(ValueError):
    """A region tried to set what only regions above it may; `scope` is the lowest level that may."""

    def __init__(self, which: Setting[Any]) -> None:
        super().__init__(f"“{which.key}” is set by a {which.scope} or above")
        self.scope = which.scope


# -- reading -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Value(Generic[T]):
    """The value that counts, and the region that set it; without a region it is the default."""

    value: T
    region_id: int | None = None


@dataclass(frozen=True, slots=True)
class Values:
    """The settings as they are in one place; called with one it gives its value. Does no I/O.

    `chain` goes from the place's own region up to the root.
    """

    chain: tuple[int, ...]
    stored: Mapping[int, Mapping[str, Stored]] = field(repr=False)

    def __call__(self, which: Setting[T], /) -> T:
        return self.of(which).value

    def of(self, which: Setting[T]) -> Value[T]:
        """The value of the nearest region that set one that fits."""
        for region_id in self.chain:
            found = self.stored.get(region_id, {}).get(which.key)
            if found is not None and isinstance(read := opened(which, found), Value):
                return Value(value=read.value, region_id=region_id)
        return Value(value=which.default)

    def above(self) -> Values:
        """What would be without the place's own values."""
        return Values(self.chain[1:], self.stored)


def opened(which: Setting[T], stored: Stored) -> Value[T] | str:
    """A stored value, or why it does not count."""
    if not which.allows(stored.level):
        return f"only a {which.scope} or above may set it"
    try:
        text = SECRETS.open(stored.text, stored.row_key) if which.secret else stored.text
        return Value(value=which.read(text))
    except Unreadable:
        return "it cannot be opened: it was sealed with a key that is not in the settings, or was not sealed"
    except ValueError as exc:
        return str(exc)


async def values_for(village: VillageNow | None) -> Values:
    """The settings of a village. Without one: of the county, where there is only one at hand; else the defaults."""
    if village is not None:
        return await values_of(village.chain)
    from cunli.places import queries

    county = await queries.start()
    return await values_of((county,) if county is not None else ())


async def values_of(chain: tuple[int, ...]) -> Values:
    """The settings of a region with everything above it, nearest first."""
    return Values(chain, (await enabling.look()).stored)


async def values_in(village_id: int | None) -> Values:
    """The settings of a village known by its id only."""
    from cunli.places import queries

    return await values_for(await queries.village_by_id(village_id) if village_id is not None else None)


async def setting_of(which: Setting[T]) -> T:
    """The value of a setting in the village in scope; for code that is given no context, such as the handler of an event.

    A change counts at once in the process that made it, and within a second in others. Raises `NoScope` where nobody
    said which village is meant: tasks of the county read `ctx.setting(…)`.
    """
    return (await values_in(db.scoped_village()))(which)


# -- writing -----------------------------------------------------------------------------------------------------------


@db.unit
async def set_value(which: Setting[T], region_id: int, value: T, *, actor: int | None = None, by: By = "web") -> None:
    """Set a setting for a region and everything below it. Raises `WrongValue` and `NotItsToSay`; then nothing is changed."""
    if not which.allows(await _level(region_id)):
        raise NotItsToSay(which)
    fitting: Any = clean(value, multiline=which.multiline) if isinstance(value, str) else value
    if not which.fits(fitting):
        raise WrongValue(which)
    row_key, text = new_key(), which.written(fitting)
    await db.write(
        "INSERT INTO core_plugin_setting (region_id, plugin, key, value, row_key) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (region_id, plugin, key) DO UPDATE SET value = excluded.value, row_key = excluded.row_key",
        region_id,
        which.plugin,
        which.key,
        SECRETS.seal(text, row_key) if which.secret else text,
        row_key,
    )
    said = {} if which.kind == "text" else {"value": fitting}  # words may be anything, and secrets are nobody's to read
    act, about = _recorded(which.plugin, "set")
    await audit(act, actor=actor, region=region_id, object=about, by=by, setting=which.key, **said)
    await enabling.changed()


@db.unit
async def unset(key: str, region_id: int, *, actor: int | None = None, by: By = "web") -> bool:
    """Take back what a region set, so that what is above counts again. Whether there was anything to take back."""
    plugin = key.partition(".")[0]
    gone = await db.write(
        "DELETE FROM core_plugin_setting WHERE region_id = ? AND plugin = ? AND key = ?", region_id, plugin, key
    )
    if gone:
        act, about = _recorded(plugin, "unset")
        await audit(act, actor=actor, region=region_id, object=about, by=by, setting=key)
        await enabling.changed()
    return bool(gone)


def _recorded(owner: str, act: str) -> tuple[str, tuple[str, str]]:
    """How the audit trail calls it."""
    return (f"core.setting.{act}", ("setting", "")) if owner == CORE else (f"core.plugin.{act}", ("plugin", owner))


async def _level(region_id: int) -> int:
    rows = await db.read("SELECT level FROM core_region WHERE id = ?", region_id)
    return rows[0]["level"] if rows else LEVELS["province"]


# -- what is stored, for operators -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBy:
    """One value that some region set."""

    key: str
    region_id: int
    region: str
    code: str
    level: str
    stored: Stored


async def everything_set(plugin: str) -> list[SetBy]:
    """What regions that still exist set for a plugin, the highest first."""
    rows = await db.read(
        "SELECT s.key, s.value, s.row_key, s.region_id, r.name, r.code, r.level FROM core_plugin_setting s"
        " JOIN core_region r ON r.id = s.region_id WHERE s.plugin = ? AND r.state = 'active'"
        " ORDER BY r.level, r.code, s.key",
        plugin,
    )
    return [
        SetBy(
            key=row["key"],
            region_id=row["region_id"],
            region=row["name"],
            code=row["code"],
            level=LEVEL_NAMES[row["level"]],
            stored=Stored(level=row["level"], text=row["value"], row_key=row["row_key"]),
        )
        for row in rows
    ]


async def unused(registry: Registry) -> list[Problem]:
    """Values that are stored for running plugins and count nowhere: of settings that are gone, or that do not fit any more."""
    return [found for name in registry.plugins for found in _unused(registry, name, await everything_set(name))]


def _unused(registry: Registry, plugin: str, everything: list[SetBy]) -> Iterator[Problem]:
    declared = {one.key: one for one in registry.plugins[plugin].manifest.settings}
    for one in everything:
        which = declared.get(one.key)
        why = opened(which, one.stored) if which else "there is no such setting (any more)"
        if isinstance(why, str):
            place = {"region": one.region, "code": one.code, "level": one.level}
            yield problem("plugins.W106", plugin, name=one.key.partition(".")[2], why=why, **place)
