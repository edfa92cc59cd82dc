"""`cunli serve` as a process of its own, which a test may kill, stop, starve and start again on the same data."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from cunli.testing.live import DATA_KEY

from ..ports import free_port

PLANTED = Path(__file__).parent / "programs" / "planted.py"
PATIENCE = 60.0  # for what takes a second or two on a machine with nothing else to do
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # never used, and much cheaper than one that reads all certificates
HEADERS = {"sec-fetch-site": "same-origin", "accept": "text/html", "accept-language": "zh-CN"}


@dataclass
class Served:
    """One deployment and the process that serves it. `fault` names a planted one (see `programs/planted.py`)."""

    database_url: str
    folder: Path
    media: Path
    fault: str = ""
    more: Mapping[str, str] = field(default_factory=dict)
    log: Path = Path()
    port: int = 0
    process: asyncio.subprocess.Process | None = None

    def __post_init__(self) -> None:
        self.log = self.log if self.log.name else self.folder / "serve.log"
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process is not None, "not served"
        return self.process.pid

    def environment(self) -> dict[str, str]:
        return {k: v for k, v in os.environ.items() if not k.startswith("CUNLI_")} | {
            "CUNLI_DATABASE_URL": self.database_url,
            "CUNLI_DEV": "true",
            "CUNLI_SECRET": "only-for-tests-0123456789-abcdefghijkl",
            "CUNLI_DATA_KEY": DATA_KEY,
            "CUNLI_STORAGE_URL": f"file://{self.media}",
            "CUNLI_BASE_URL": self.url,
            "CUNLI_PAGE_CACHE_SECONDS": "0",
            "PYTHONFAULTHANDLER": "1",
            **self.more,
        }

    async def start(self) -> None:
        """Serve, and wait for the first answer."""
        program = [str(PLANTED), self.fault] if self.fault else ["-m", "cunli"]
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, *program, "serve", "--port", str(self.port),
                cwd=self.folder, env=self.environment(), stdout=log, stderr=log,
            )  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while not await self._answers():
            assert self.process.returncode is None, self.said()
            if time.monotonic() > deadline:
                raise AssertionError(await self._where_it_hangs())
            await asyncio.sleep(0.03)

    async def _answers(self) -> bool:
        try:
            return (await self.ask("/healthz", patience=5)).status_code == 200
        except httpx2.TransportError:
            return False

    async def _where_it_hangs(self) -> str:
        """The state of a process that does not come up, and the traces of its threads."""
        assert self.process is not None
        state = Path(f"/proc/{self.pid}/status").read_text().splitlines()[2]
        self.process.send_signal(signal.SIGCONT)
        self.process.send_signal(signal.SIGABRT)  # the fault handler writes the traces into the log
        await asyncio.wait_for(self.process.wait(), PATIENCE)
        return f"not served after {PATIENCE:g} s ({state}): {self.said()}"

    def said(self) -> str:
        """The end of the log."""
        if not self.log.is_file():
            return ""
        return self.log.read_text("utf-8", "replace")[-3000:]

    async def ask(self, path: str, *, patience: float = PATIENCE) -> httpx2.Response:
        """GET a page on a connection of its own, as somebody who is not signed in."""
        async with httpx2.AsyncClient(base_url=self.url, headers=HEADERS, timeout=patience, verify=NO_TLS) as client:
            return await client.get(path)

    async def kill(self) -> None:
        """SIGKILL: nothing is told, nothing is tidied up."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        """SIGTERM, and wait for the end; the exit code."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    async def close(self) -> None:
        if self.process is not None and self.process.returncode is None:
            await self.kill()

    def memory(self) -> int:
        """Resident memory of the serving process, in bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) * 1024

    def files(self) -> int:
        """How many files and sockets the process holds open."""
        return len(os.listdir(f"/proc/{self.pid}/fd"))
