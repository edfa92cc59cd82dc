"""What officials are told of its own accord, once a day: what is wrong with the deployment, and what nobody decided in time."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Final

from cunli import db, operation_signs, signs
from cunli.clock import now, today
from cunli.jobs.tasks import Task, TaskContext
from cunli.notify.actions import tell
from cunli.people.queries import admins_of
from cunli.places.queries import village_by_id

if TYPE_CHECKING:
    from cunli.jobs.running import Site
    from cunli.web.site import Site as WholeSite

VILLAGE_LEVEL: Final = 5


def tasks(site: Site) -> list[Task]:
    """The alarms of this site."""

    async def wrong(_ctx: TaskContext) -> None:
        from cunli.web.site import Site as Assembled

        assert isinstance(site, Assembled), "a worker that looks at the deployment has the assembled site"
        await tell_what_is_wrong(site)

    async def late(_ctx: TaskContext) -> None:
        await tell_what_is_late()

    return [
        Task(name="console.site_alarm", run=wrong, daily=time(7, 30), timeout=300),
        Task(name="console.late_alarm", run=late, daily=time(8, 0), timeout=300),
    ]


async def tell_what_is_wrong(site: WholeSite) -> int:
    """Tell every county official what the page of health calls wrong, and a backup that was missed; how many things."""
    found = [str(one.what) for one in await signs.signs(site) if one.state == "wrong"]
    if await operation_signs.backup_is_late(site) and str(operation_signs.BACKUP) not in found:
        found.append(str(operation_signs.BACKUP))
    if found:
        await _tell_county(found)
    return len(found)


@db.unit
async def _tell_county(found: list[str]) -> None:
    rows = await db.read(
        "SELECT DISTINCT person_id FROM core_role WHERE kind = 'county_admin' AND revoked_at IS NULL ORDER BY person_id"
    )
    what, once = "、".join(dict.fromkeys(found))[:200], f"site.wrong:{today():%Y%m%d}"
    for row in rows:
        await tell(row["person_id"], "site.wrong", url="/admin/health", once=once, n=len(found), what=what)


@db.unit
async def tell_what_is_late() -> int:
    """Tell those whose turn it is what waits longer than it should, village by village; how many villages."""
    rows = await db.read(
        "SELECT village_id, level, COUNT(*) AS n FROM core_review_case WHERE state = 'open' AND due_at < ? GROUP BY village_id, level",
        now(),
    )
    for row in rows:
        village = await village_by_id(row["village_id"])
        if village is None:
            continue
        once = f"review.late:{village.id}:{row['level']}:{today():%Y%m%d}"
        for official in await admins_of(village.chain[VILLAGE_LEVEL - int(row["level"]) :]):
            await tell(official, "review.late", village_id=village.id, url="/admin/review", once=once, n=row["n"])
    return len(rows)
