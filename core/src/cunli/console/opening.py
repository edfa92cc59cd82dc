"""Opening every village below a region, by a job: a few at a time, each few for good, and how far it is can be seen."""

from __future__ import annotations

from typing import Final

from cunli.jobs import Task, TaskContext, enqueue
from cunli.places.opening import open_villages
from cunli.places.regions import VILLAGE, RegionRow, regions_under
from cunli.places.rules import VillageState
from cunli.web.tokens import new_key

OPEN_ALL: Final = "console.open_all"
AT_ONCE: Final = 20


async def ask(region_id: int, *, actor: int) -> str:
    """Have every village below a region opened; returns the name by which the job is found again."""
    key = new_key()
    await enqueue(OPEN_ALL, {"region": region_id, "actor": actor}, dedupe=name_of(key))
    return key


def name_of(key: str) -> str:
    """The job's name in the queue."""
    return f"{OPEN_ALL}:{key}"


async def open_all(ctx: TaskContext) -> None:
    """Open what is not open. Run again after a fault, it goes on where it was."""
    waiting = [one for one in await regions_under(int(ctx.payload["region"]), VILLAGE) if _is_shut(one)]
    for start in range(0, len(waiting), AT_ONCE):
        await open_villages(waiting[start : start + AT_ONCE], actor=int(ctx.payload["actor"]), by="web")


def _is_shut(region: RegionRow) -> bool:
    return region.village_state in (None, VillageState.CLOSED)


TASKS: Final = (Task(name=OPEN_ALL, run=open_all, timeout=600),)
