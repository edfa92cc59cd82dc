"""A few darkroom processes: started when needed, replaced when they die, ended when idle."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from cunli.media import rules

PROGRAM = Path(__file__).with_name("darkroom.py")  # by path: this process never loads the decoders
SECONDS = 30.0
START_SECONDS = 30.0
IDLE_SECONDS = 60.0
PHOTOS_EACH = 100  # then the process is replaced, so that a slow leak in a decoder stays small
WAITING = 24
ANSWER_LIMIT = 64 * rules.MEGABYTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Developed:
    """A photo that is safe to keep: its size and its pictures by `(size, "webp" | "jpg")`."""

    width: int
    height: int
    pictures: dict[tuple[str, str], bytes]

    @property
    def stored_bytes(self) -> int:
        return sum(map(len, self.pictures.values()))


class Darkroom:
    """Develops photos in child processes. One instance serves one event loop; `close` ends every child."""

    def __init__(self, *, children: int = 2, seconds: float = SECONDS, program: Path = PROGRAM) -> None:
        self._seconds = seconds
        self._program = program
        self._places = asyncio.Semaphore(children)
        self._waiting = 0
        self._idle: list[_Child] = []
        self._ending: set[asyncio.Future[int]] = set()
        self._sweep: asyncio.TimerHandle | None = None

    async def develop(self, raw: bytes) -> Developed:
        """The pictures of one file. Raises `PhotoRefused`; a child that hangs or dies fails this photo only."""
        if self._waiting >= WAITING:
            raise rules.refusal("busy")
        self._waiting += 1
        try:
            async with self._places:
                return await self._with_child(raw)
        finally:
            self._waiting -= 1

    async def _with_child(self, raw: bytes) -> Developed:
        child = self._idle.pop() if self._idle else await _Child.start(self._program)
        kept = False
        try:
            async with asyncio.timeout(self._seconds):
                answer = await child.ask(raw)
            kept = child.asked < PHOTOS_EACH
        except (TimeoutError, OSError, EOFError, ValueError):
            raise rules.refusal("slow") from None
        finally:
            if kept:
                self._idle.append(child)
                self._watch()
            else:
                self._end(child)
        if isinstance(answer, str):
            raise rules.refusal(answer)
        return answer

    def _end(self, child: _Child) -> None:
        with contextlib.suppress(ProcessLookupError):
            child.process.kill()
        ending = asyncio.ensure_future(child.process.wait())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    def _watch(self) -> None:
        if self._sweep is not None:
            self._sweep.cancel()
        self._sweep = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._send_home)

    def _send_home(self) -> None:
        while self._idle:
            self._end(self._idle.pop())

    async def close(self) -> None:
        """End the children that wait for work."""
        if self._sweep is not None:
            self._sweep.cancel()
        self._send_home()
        await asyncio.gather(*self._ending)


@dataclass(slots=True)
class _Child:
    process: asyncio.subprocess.Process
    asked: int = 0

    @classmethod
    async def start(cls, program: Path) -> _Child:
        """A fresh interpreter, not a fork: no sockets, no secrets in its environment, no locks held by other threads."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(program),
            stdin=pipe,
            stdout=pipe,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
            limit=1 << 20,
        )
        return cls(process)

    async def ask(self, raw: bytes) -> Developed | str:
        """The pictures, or the darkroom's reason for refusing the file."""
        self.asked += 1
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None and stdout is not None  # noqa: PT018 both were asked for
        stdin.write(struct.pack(">I", len(raw)))
        stdin.write(raw)
        await stdin.drain()
        (size,) = struct.unpack(">I", await stdout.readexactly(4))
        head = json.loads(await stdout.readexactly(min(size, rules.MEGABYTE)))
        if "refused" in head:
            return str(head["refused"])
        sizes = [(str(name), str(kind), int(length)) for name, kind, length in head["pictures"]]
        if sum(length for *_, length in sizes) > ANSWER_LIMIT:
            raise ValueError("answer too long")
        pictures = {(name, kind): await stdout.readexactly(length) for name, kind, length in sizes}
        return Developed(width=int(head["width"]), height=int(head["height"]), pictures=pictures)
