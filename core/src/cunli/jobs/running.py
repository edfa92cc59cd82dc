"""Starting and stopping the worker of this process, and what it knows: the tasks and subscriptions of rooms and plugins."""

from __future__ import annotations

import asyncio
import functools
import logging
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from cunli import enabling, lifecycle, rooms
from cunli.care import tasks as care
from cunli.compliance import profile_now
from cunli.console import alarms
from cunli.jobs.events import Subscription
from cunli.jobs.outbox import Mailing, as_task
from cunli.jobs.schedule import Timetable
from cunli.jobs.tasks import Task, TaskTable
from cunli.jobs.worker import Pace, Worker
from cunli.own_data import tasks as own_data
from cunli.registry import Registry
from cunli.settings import Settings
from cunli.trust import tasks as trust

GRACE: Final = 20.0
_log = logging.getLogger("cunli.jobs")


class Site(Protocol):
    """What of the assembled site matters here."""

    @property
    def settings(self) -> Settings: ...
    @property
    def registry(self) -> Registry: ...


@dataclass(slots=True)
class _Running:
    worker: Worker
    task: asyncio.Task[None]


_running: list[_Running] = []


def core_tasks() -> list[Task]:
    """The tasks of the core's rooms, declared with the same type that plugins use."""
    return [task for module in rooms.TASKS for task in getattr(import_module(module), "TASKS", ())]


def core_subscriptions() -> list[Subscription[Any]]:
    """What the core's rooms want to hear of."""
    return [s for module in rooms.TASKS for s in getattr(import_module(module), "SUBSCRIPTIONS", ())]


def worker_for(site: Site, pace: Pace | None = None) -> Worker:
    """A worker that knows everything this site knows."""
    registry = site.registry
    heard = core_subscriptions()
    table = TaskTable(
        [
            *core_tasks(),
            *lifecycle.tasks(registry),
            *own_data.tasks(site),
            *trust.tasks(site),
            *care.tasks(site),
            *alarms.tasks(site),
            *map(as_task, heard),
        ],
        {name: [*registry.tasks()[name], *map(as_task, registry.subscriptions()[name])] for name in registry.plugins},
    )
    enabled_in = functools.partial(enabling.enabled_in, registry)
    timetable = Timetable(
        table.scheduled(),
        ZoneInfo(site.settings.time_zone),
        villages_of=functools.partial(enabling.villages_with, registry),
    )
    mailing = Mailing(heard, registry.subscriptions(), enabled_in=enabled_in)
    allowed = functools.partial(profile_now.allowed_at, registry)
    return Worker(table, mailing, timetable, registry.dispatch, enabled_in=enabled_in, allowed=allowed, pace=pace)


async def start(site: Site) -> None:
    """Run jobs in this process, unless the settings leave them to `cunli worker`. The database must be started."""
    if site.settings.jobs == "inline":
        worker = worker_for(site)
        _running.append(_Running(worker, asyncio.create_task(worker.run(), name="worker")))


async def stop(grace: float = GRACE) -> None:
    """Stop claiming and wait for running jobs; what is not done by then runs again when its lease ends."""
    while _running:
        one = _running.pop()
        if left := await one.worker.stop(grace):
            _log.warning("%d jobs were still running after %g s; they run again when their lease ends", left, grace)
        await one.task
