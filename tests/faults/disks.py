"""Ways for a disk to be full: a small one that really is, and a limit on the server's files where nothing may be mounted."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from .own_postgres import OwnPostgres
from .served import Served


class Disk(Protocol):
    """Where a deployment lies, or a part of it."""

    @property
    def folder(self) -> Path: ...

    async def fill(self, served: Served) -> None: ...

    async def free(self, served: Served) -> None: ...


class SmallDisk:
    """A file system of its own with a few megabytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def fill(self, served: Served) -> None:
        filler = os.open(self.folder / "filler", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for size in (1 << 16, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while os.write(filler, b"x" * size) == size:
                    pass
        os.close(filler)
        assert os.statvfs(self.folder).f_bfree == 0

    async def free(self, served: Served) -> None:
        (self.folder / "filler").unlink()


class NoMoreBytes:
    """The server's files may not grow and not be written, as with a quota that is used up. Needs no rights."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._before = resource.RLIM_INFINITY

    async def fill(self, served: Served, *, room: int = 0) -> None:
        self._before, most = resource.prlimit(served.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(served.pid, resource.RLIMIT_FSIZE, (room, most))

    async def free(self, served: Served) -> None:
        _, most = resource.prlimit(served.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(served.pid, resource.RLIMIT_FSIZE, (self._before, most))


class SaysFull:
    """PostgreSQL says of one table what it says when its disk is full; where nothing may be mounted."""

    def __init__(self, folder: Path, server: OwnPostgres, database: str) -> None:
        self.folder = folder
        self._server, self._database = server, database

    async def fill(self, served: Served) -> None:
        await self._server.tell(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING"
            " ERRCODE = 'disk_full', MESSAGE = 'could not extend file: No space left on device'; END $$;"
            " CREATE TRIGGER full_disk BEFORE INSERT ON core_post EXECUTE FUNCTION full_disk()",
            self._database,
        )

    async def free(self, served: Served) -> None:
        await self._server.tell("DROP FUNCTION full_disk() CASCADE", self._database)


@contextlib.contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[SmallDisk | None]:
    """A small disk at `folder`, or None where this user may not mount one."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "cunli-small", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        done = False
    try:
        yield SmallDisk(folder) if done else None
    finally:
        if done:
            subprocess.run(["umount", "-l", str(folder)], check=True)


@contextlib.contextmanager
def disk(kind: str, folder: Path, megabytes: int = 8) -> Iterator[Disk]:
    """`small` is a real one where that is possible; `limit` works everywhere, and stands in for it elsewhere."""
    with mounted(folder, megabytes) if kind == "small" else contextlib.nullcontext() as small:
        folder.mkdir(exist_ok=True)
        yield small or NoMoreBytes(folder)
