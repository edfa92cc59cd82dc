"""Other processes on the database of a test's site: for what two servers do at the same moment, or one that is killed.

The program is yours. Its first argument is JSON: `do`, `url`, `village`, `folder` and whatever else was said. It prints `ready`, waits for a
line, works, and prints what came of it as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from cunli.testing.live import LiveSite
from cunli.testing.working import PATIENCE


class Process:
    """A process that has started up and waits."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    @classmethod
    async def start(cls, program: Path, site: LiveSite, do: str, **said: Any) -> Process:
        """Start the program; it is to `do` this, and is told what is said."""
        told = {"do": do, "url": site.settings.database_url, "village": site["heping"].id, **said}
        told.setdefault("folder", str(Path(site.settings.tombstones).parent))
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(program),
            json.dumps(told),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        return cls(process)

    async def ready(self) -> None:
        """Wait until it has started up."""
        assert self.process.stdout is not None
        line = b""
        try:
            async with asyncio.timeout(3 * PATIENCE):
                line = await self.process.stdout.readline()
        except TimeoutError:
            self.process.kill()
        if line.strip() != b"ready":
            _out, complaint = await self.process.communicate()
            raise AssertionError(complaint.decode()[-3000:])

    async def ask(self, *words: str) -> Any:
        """Say a line to one that listens for several, and hear what came of it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{json.dumps(words)}\n".encode())
        async with asyncio.timeout(2 * PATIENCE):
            line = await self.process.stdout.readline()
        if not line:
            _out, complaint = await self.process.communicate()
            raise AssertionError(complaint.decode()[-3000:])
        return json.loads(line)

    async def work(self) -> tuple[dict[str, Any] | None, str]:
        """Let it go, and wait until it is over: what it says, or None and its last words."""
        async with asyncio.timeout(4 * PATIENCE):
            out, complaint = await self.process.communicate(b"go\n")
        lines = out.decode().splitlines()
        said = json.loads(lines[-1]) if self.process.returncode == 0 and lines else None
        return said, complaint.decode()[-3000:]


async def together(*processes: Process) -> list[dict[str, Any]]:
    """Let all of them go at the same moment, and hear what came of it. Raises `AssertionError` with the words of one that failed."""
    for one in processes:
        await one.ready()
    ended = await asyncio.gather(*(one.work() for one in processes))
    for said, complaint in ended:
        if said is None:
            raise AssertionError(complaint)
    return [said for said, _complaint in ended if said is not None]
