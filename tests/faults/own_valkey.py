"""A Valkey (or Redis) server of the test's own, which may be stopped, frozen, filled up and emptied."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..ports import free_port
from .served import PATIENCE


def program() -> str | None:
    return shutil.which("valkey-server") or shutil.which("redis-server")


@dataclass
class OwnValkey:
    """The server and its folder. It keeps nothing on disk, as in production."""

    program: str
    folder: Path
    port: int
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"valkey://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        with (self.folder / "valkey.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
                cwd=self.folder, stdout=log, stderr=log,
            )  # fmt: skip
        async with asyncio.timeout(PATIENCE):
            while not (await self._said("PING")).startswith(b"+PONG"):
                assert self.process.returncode is None, (self.folder / "valkey.log").read_text()
                await asyncio.sleep(0.02)

    async def _said(self, line: str) -> bytes:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return b""
        writer.write(line.encode() + b"\r\n")
        answer = await reader.readline()
        writer.close()
        return answer

    async def tell(self, line: str) -> None:
        """One command, as typed by an operator."""
        answer = await self._said(line)
        assert answer[:1] in (b"+", b":"), answer

    async def stop(self) -> None:
        assert self.process is not None
        self.thaw()
        self.process.terminate()
        await asyncio.wait_for(self.process.wait(), PATIENCE)

    def freeze(self) -> None:
        """Connections are accepted by the kernel, and nobody answers."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    async def close(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


@contextlib.asynccontextmanager
async def own_valkey(folder: Path) -> AsyncIterator[OwnValkey]:
    """A running, empty server; gone afterwards."""
    found = program()
    if found is None:
        pytest.skip("NOT TESTED with Valkey: no valkey-server or redis-server (Debian: apt install redis-server)")
    server = OwnValkey(found, folder, free_port())
    try:
        await server.start()
        yield server
    finally:
        await server.close()
