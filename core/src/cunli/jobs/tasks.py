"""What a task is. Core rooms and plugins declare theirs with the same type; nothing is registered by being imported."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Any, Final, Literal

from cunli.compliance.kinds import AskAllowed, Sensitive, nothing_sensitive
from cunli.plugin_setting import ReadSetting, only_defaults

CORE: Final = "core"
MAX_NAME: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskContext:
    """What a running task is told. `payload` is what was enqueued; `attempt` counts from 1.

    A task may run more than once, and twice at the same time when a worker was cut off: write it so that the second
    run changes nothing. `key` is the same for every attempt of one job, for services that take an idempotency key.
    `setting` gives the value of a setting in this village; without a village, in the county. `allows` says whether the
    county's profile lets the plugin do a sensitive kind.
    """

    task: str
    payload: Mapping[str, Any]
    village_id: int | None
    attempt: int
    key: str
    setting: ReadSetting = field(default=only_defaults, repr=False)
    allows: AskAllowed = field(default=nothing_sensitive, repr=False)


Run = Callable[[TaskContext], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Work that runs outside requests: when it is enqueued under its name, and on its schedule if it has one.

    `name` is `<room>.<verb>` in the core and `<plugin>.<verb>` in a plugin. `every` or `daily` (a village's clock)
    give it a schedule; `per="village"` then runs it once for each open village where its plugin is on. After `timeout`
    seconds an attempt counts as failed and is left to finish by itself, because database work is never cancelled.
    One marked `sensitive` does not run while the county's profile does not allow that kind.

        TASKS = (Task(name="media.sweep", run=sweep, every=timedelta(hours=6)),)
    """

    name: str
    run: Run
    every: timedelta | None = None
    daily: time | None = None
    per: Literal["county", "village"] = "county"
    timeout: float = 60.0
    attempts: int = 5
    sensitive: Sensitive | None = None

    def __post_init__(self) -> None:
        if "." not in self.name or len(self.name) > MAX_NAME:
            raise ValueError(
                f"task name {self.name!r} must read <room or plugin>.<verb>, at most {MAX_NAME} characters"
            )
        if self.every is not None and self.daily is not None:
            raise ValueError(f"task {self.name} runs either every so often or daily, not both")
        if self.every is not None and self.every < timedelta(seconds=1):
            raise ValueError(f"task {self.name}: `every` is at least one second")
        if self.timeout <= 0 or self.attempts < 1:
            raise ValueError(f"task {self.name}: `timeout` and `attempts` must be positive")

    @property
    def scheduled(self) -> bool:
        return self.every is not None or self.daily is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedTask:
    """A task and the plugin it belongs to."""

    plugin: str
    task: Task


class TaskTable:
    """Every task this process knows, by name. Two tasks of one name are a mistake that stops the start."""

    def __init__(self, core: Iterable[Task] = (), plugins: Mapping[str, Iterable[Task]] | None = None) -> None:
        self._owned: dict[str, OwnedTask] = {}
        for task in core:
            self._add(CORE, task)
        for plugin, tasks in (plugins or {}).items():
            for task in tasks:
                self._add(plugin, task)

    def _add(self, plugin: str, task: Task) -> None:
        if task.name in self._owned:
            raise ValueError(f"two tasks are called {task.name}: {self._owned[task.name].plugin} and {plugin}")
        self._owned[task.name] = OwnedTask(plugin=plugin, task=task)

    def get(self, name: str) -> OwnedTask | None:
        return self._owned.get(name)

    def names(self) -> tuple[str, ...]:
        return tuple(self._owned)

    def scheduled(self) -> Iterator[OwnedTask]:
        return (owned for owned in self._owned.values() if owned.task.scheduled)
