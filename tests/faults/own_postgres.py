"""A PostgreSQL server of the test's own, which may be stopped, frozen and filled up; the shared one is never touched."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from ..ports import free_port
from .served import PATIENCE

SETTINGS = ("fsync=off", "shared_buffers=16MB", "max_connections=40", "unix_socket_directories=", "lc_messages=C")
OWNER = "postgres"  # the server refuses to run as root


def binaries() -> Path | None:
    """Where initdb and postgres are."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    return found[-1] if found else Path(on_path).parent if on_path else None


@dataclass
class OwnPostgres:
    """The server and its folder."""

    programs: Path
    folder: Path
    port: int
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return self.address("postgres")

    def address(self, database: str) -> str:
        return f"postgresql://{OWNER}@127.0.0.1:{self.port}/{database}"

    async def _run(self, *command: str) -> asyncio.subprocess.Process:
        as_owner: dict[str, Any] = {"user": OWNER, "group": OWNER, "extra_groups": []} if os.getuid() == 0 else {}
        with (self.folder / "log").open("ab") as log:
            return await asyncio.create_subprocess_exec(*command, cwd=self.folder, stdout=log, stderr=log, **as_owner)

    async def prepare(self) -> None:
        own(self.folder)
        initdb = str(self.programs / "initdb")
        made = await self._run(initdb, "-D", str(self.folder / "data"), "-U", OWNER, "-A", "trust", "-N", "-E", "UTF8", "--locale=C")  # fmt: skip
        assert await made.wait() == 0, self.said()

    async def start(self) -> None:
        options = [part for setting in SETTINGS for part in ("-c", setting)]
        self.process = await self._run(
            str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-h", "127.0.0.1", "-p", str(self.port), *options
        )  # fmt: skip
        async with asyncio.timeout(PATIENCE):
            while not await self._answers():
                assert self.process.returncode is None, self.said()
                await asyncio.sleep(0.05)

    async def _answers(self) -> bool:
        try:
            await self.tell("SELECT 1")
        except (OSError, asyncpg.PostgresError):
            return False
        return True

    def said(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")[-3000:]

    async def tell(self, sql: str, database: str = "postgres") -> str:
        """Run statements on a connection of its own."""
        connection = await asyncpg.connect(self.address(database))
        try:
            return str(await connection.execute(sql))
        finally:
            await connection.close()

    async def stop(self) -> None:
        """A fast stop, as by an operator: connections are ended with a word of farewell."""
        assert self.process is not None
        self.thaw()
        self.process.send_signal(signal.SIGINT)
        await asyncio.wait_for(self.process.wait(), PATIENCE)

    def freeze(self) -> None:
        """Every process of the server stands still: connections are accepted by the kernel, and nobody answers."""
        self._tell_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._tell_all(signal.SIGCONT)

    def _tell_all(self, what: signal.Signals) -> None:
        """First the parent: one that stands still has no new children, which nobody would tell."""
        if self.process is None or self.process.returncode is not None:
            return
        pid = self.process.pid
        os.kill(pid, what)
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with contextlib.suppress(ProcessLookupError):  # it has ended since
                os.kill(int(child), what)

    async def close(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.thaw()
            self.process.send_signal(signal.SIGQUIT)
            await asyncio.wait_for(self.process.wait(), PATIENCE)


def own(folder: Path) -> None:
    """Give a folder to the user that the server runs as."""
    if os.getuid() == 0:
        owner = pwd.getpwnam(OWNER)
        os.chown(folder, owner.pw_uid, owner.pw_gid)


@contextlib.asynccontextmanager
async def own_postgres() -> AsyncIterator[OwnPostgres]:
    """A running server with an empty database; gone afterwards."""
    programs = binaries()
    if programs is None:
        pytest.skip("NOT TESTED on PostgreSQL: no initdb (Debian: apt install postgresql)")
    with tempfile.TemporaryDirectory(prefix="cunli-postgres-") as folder:  # pytest's folders are closed to other users
        server = OwnPostgres(programs, Path(folder), free_port())
        try:
            await server.prepare()
            await server.start()
            yield server
        finally:
            await server.close()
