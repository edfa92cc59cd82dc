"""Switching a plugin on and off in a village, with what the plugin says to it. The switches themselves are in `enabling`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cunli import db, enabling
from cunli.compliance import profile_now
from cunli.health import PluginError
from cunli.hooks import RULES, VillageContext
from cunli.jobs.queue import enqueue, moment
from cunli.jobs.tasks import Task, TaskContext
from cunli.plugin import Refusal
from cunli.plugin_models import Mode
from cunli.trust.audit import By

if TYPE_CHECKING:
    from cunli.places.queries import VillageNow
    from cunli.registry import Registry

TELL: Final = "plugins.village_disabled"


class EnablingRefused(Exception):
    """A plugin would not be switched on in a village. Nothing was switched; the text is for the official."""


class NotTold(Exception):
    """A plugin failed to hear that a village switched it off; the job is tried again."""


async def switch_on(
    registry: Registry, plugin: str, village: VillageNow, *, actor: int | None = None, by: By = "web"
) -> None:
    """Ask the plugin, then switch it on. Raises `EnablingRefused`, and `db.InsideUnit` inside a unit.

    The question is asked in no transaction: a hook may be slow. What it looked at may change before the switch.
    """
    if (refusal := await _asked(registry, plugin, village)) is not None:
        raise EnablingRefused(str(refusal.reason))
    await enabling.switch(plugin, village.region_id, Mode.ON, village_level=True, actor=actor, by=by)


@db.unit
async def switch_off(plugin: str, village: VillageNow, *, actor: int | None = None, by: By = "web") -> None:
    """Switch it off. Runs no plugin code; whichever process has the plugin tells it afterwards, by a job."""
    was_on = await db.read(
        "SELECT 1 FROM core_plugin_switch WHERE plugin = ? AND region_id = ? AND mode = ?",
        plugin,
        village.region_id,
        Mode.ON.value,
    )
    await enabling.switch(plugin, village.region_id, Mode.OFF, village_level=True, actor=actor, by=by)
    if was_on:
        # the name begins with the plugin's id, so that removing the plugin takes the job along
        occasion = f"{plugin}.village_disabled:{village.id}:{moment()}"
        await enqueue(TELL, {"plugin": plugin, "village_id": village.id}, dedupe=occasion)


def tasks(registry: Registry) -> list[Task]:
    """The task that tells plugins, for a worker that has these plugins."""

    async def tell(ctx: TaskContext) -> None:
        await _tell(registry, str(ctx.payload["plugin"]), int(ctx.payload["village_id"]))

    return [Task(name=TELL, run=tell, timeout=RULES["village_disabled"].deadline + 30)]


async def _asked(registry: Registry, plugin: str, village: VillageNow) -> Refusal | None:
    hook = "village_enabling"
    only = frozenset({plugin})
    if not registry.plan(hook, only):
        return None
    try:
        with db.scope(village.id):
            answers = await registry.dispatch.collect(
                hook, await _context(registry, village), only, check=_refusal, deadline=RULES[hook].deadline
            )
    except PluginError:
        answers = []  # raised in development, where it is counted too
    if answers:
        return answers[0].value
    tally = registry.dispatch.health.tallies.get((plugin, hook))
    return Refusal(reason=str(tally.last) if tally is not None and tally.last is not None else f"{plugin}: {hook}")


def _refusal(value: object) -> Refusal | None:
    if value is not None and not isinstance(value, Refusal):
        raise TypeError("village_enabling() gives a Refusal or None")
    return value


async def _tell(registry: Registry, plugin: str, village_id: int) -> None:
    from cunli.places import queries

    hook = "village_disabled"
    village = await queries.village_by_id(village_id)
    if village is None or not registry.plan(hook, frozenset({plugin})):
        return
    if plugin in await enabling.enabled_for(registry, village):
        return
    with db.scope(village.id):
        told = await registry.dispatch.collect(
            hook, await _context(registry, village), frozenset({plugin}), check=_nothing, deadline=RULES[hook].deadline
        )
    if not told:
        raise NotTold(plugin)


def _nothing(value: object) -> None:
    if value is not None:
        raise TypeError("village_disabled() gives nothing back")


async def _context(registry: Registry, village: VillageNow) -> VillageContext:
    return VillageContext(
        village_id=village.id,
        village_name=village.name,
        village_url=village.url,
        allows=await profile_now.allowed_in(registry, village),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """A plugin that has not heard yet that a village switched it off, because its hook failed."""

    job_id: int
    plugin: str
    village: str
    attempts: int
    error: str
    dead: bool


async def untold() -> list[Untold]:
    """Every failure of `village_disabled` that has not been mended yet, the oldest first."""
    rows = await db.read(
        "SELECT id, dedupe, state, attempts, error FROM core_job WHERE task = ? AND error <> '' AND state <> 'done'"
        " ORDER BY id",
        TELL,
    )
    names = {row["id"]: row["name"] for row in await db.read("SELECT id, name FROM core_village")} if rows else {}
    found = []
    for row in rows:
        occasion, village_id, _ = row["dedupe"].split(":")
        found.append(
            Untold(
                job_id=row["id"],
                plugin=occasion.partition(".")[0],
                village=names.get(int(village_id), village_id),
                attempts=row["attempts"],
                error=row["error"],
                dead=row["state"] == "dead",
            )
        )
    return found
