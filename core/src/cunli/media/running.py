"""The storage and the darkroom of this process: opened once at start, like the database."""

from __future__ import annotations

from dataclasses import dataclass

from cunli.media.pool import Darkroom
from cunli.media.storage import Storage
from cunli.settings import Settings


class NotStarted(RuntimeError):
    """Photos were asked for before `start()`."""


@dataclass(slots=True)
class _Process:
    storage: Storage | None = None
    darkroom: Darkroom | None = None


_process = _Process()


async def start(settings: Settings) -> None:
    """Open the storage. Child processes are started by the first photo."""
    _process.storage = Storage.open(settings.storage_url)
    _process.darkroom = Darkroom()


async def stop() -> None:
    """End the child processes. Harmless when nothing was started."""
    darkroom, _process.darkroom, _process.storage = _process.darkroom, None, None
    if darkroom is not None:
        await darkroom.close()


def storage() -> Storage:
    """Where this process keeps photos."""
    if _process.storage is None:
        raise NotStarted("photos are not started: call media.running.start() first")
    return _process.storage


def darkroom() -> Darkroom:
    """Where this process decodes photos."""
    if _process.darkroom is None:
        raise NotStarted("photos are not started: call media.running.start() first")
    return _process.darkroom
