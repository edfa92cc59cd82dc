"""The parts of a deployment as processes that may be stopped, frozen and started again, each on a port of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0
OWNER = "postgres"  # the database server refuses to run as root


class NotThere(Exception):
    """A program that a part needs is not installed; the text says how to get it."""


def free_port() -> int:
    """A port that stays bound here without listening, so that nobody else is given it until this process ends."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port: int = held.getsockname()[1]
    held.detach()
    return port


def program(*names: str, package: str) -> str:
    """The first of these programs that is installed."""
    for name in names:
        places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
        if found := shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") or next(
            map(str, reversed(places)), None
        ):
            return found
    raise NotThere(f"no {names[0]} (Debian: apt install {package})")


def tree(pid: int) -> list[int]:
    """A process and its children, the parent first: one that stands still has no new children."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            found += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
    return found


@dataclass
class Part:
    """One program. `answers` says whether it serves; `farewell` is the signal that asks it to end in good order."""

    name: str
    command: Sequence[str]
    folder: Path
    answers: Callable[[], Awaitable[bool]]
    environment: Mapping[str, str] = field(default_factory=dict)
    farewell: signal.Signals = signal.SIGTERM
    owner: str = ""
    process: asyncio.subprocess.Process | None = None

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def pid(self) -> int:
        assert self.process is not None, f"{self.name} is not started"
        return self.process.pid

    async def start(self) -> None:
        """Start it and wait until it serves."""
        own: dict[str, Any] = {"user": self.owner, "group": self.owner, "extra_groups": []} if self.owner else {}
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.command, cwd=self.folder, env={**os.environ, **self.environment},
                stdout=log, stderr=log, start_new_session=True, **own,
            )  # fmt: skip
        ends = time.monotonic() + PATIENCE
        while not await self.serves():
            if self.process.returncode is not None or time.monotonic() > ends:
                raise NotThere(f"{self.name} does not come up: {self.said()}")
            await asyncio.sleep(0.05)

    async def serves(self) -> bool:
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(5):
                return await self.answers()
        return False

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")[-2000:] if self.log.exists() else ""

    def tell(self, what: signal.Signals) -> None:
        """A signal to it and its children, the parent first."""
        if self.process is not None and self.process.returncode is None:
            for pid in tree(self.pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, what)

    def freeze(self) -> None:
        self.tell(signal.SIGSTOP)

    def thaw(self) -> None:
        self.tell(signal.SIGCONT)

    async def stop(self) -> int:
        """Ask it to end, wait; its exit code."""
        if self.process is None or self.process.returncode is not None:
            return 0
        self.thaw()
        self.process.send_signal(self.farewell)
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            children = tree(self.pid)
            for pid in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            await self.process.wait()


async def said(port: int, line: bytes) -> bytes:
    """The first line that a server answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(line)
        return await reader.readline()
    finally:
        writer.close()


def web_answers(port: int, path: str, host: str = "", status: bytes = b"200") -> Callable[[], Awaitable[bool]]:
    """Whether a page has this status."""

    async def asks() -> bool:
        line = f"GET {path} HTTP/1.1\r\nHost: {host or f'127.0.0.1:{port}'}\r\nConnection: close\r\n\r\n"
        return status in await said(port, line.encode())

    return asks


def _home(folder: Path, owner: str) -> Path:
    """A folder that the database's own user may enter."""
    home = folder / "postgres"
    home.mkdir()
    folder.chmod(0o711)
    if owner:
        os.chown(home, pwd.getpwnam(owner).pw_uid, pwd.getpwnam(owner).pw_gid)
    return home


async def postgres(folder: Path, port: int) -> Part:
    """A PostgreSQL of its own with an empty database `cunli`."""
    owner = OWNER if os.getuid() == 0 else ""
    home = _home(folder, owner)
    initdb = program("initdb", package="postgresql")
    own: dict[str, Any] = {"user": owner, "group": owner, "extra_groups": []} if owner else {}
    making = await asyncio.create_subprocess_exec(
        initdb, "-D", str(home / "data"), "-U", "cunli", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
        cwd=home, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE, **own,
    )  # fmt: skip
    _, complained = await making.communicate()
    if making.returncode:
        raise NotThere(f"initdb failed: {complained.decode()[-500:]}")
    import asyncpg

    async def answers() -> bool:
        try:
            connection = await asyncpg.connect(f"postgresql://cunli@127.0.0.1:{port}/postgres", timeout=3)
        except asyncpg.PostgresError:
            return False
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = 'cunli'"):
                await connection.execute("CREATE DATABASE cunli")
        finally:
            await connection.close()
        return True

    settings = ("shared_buffers=64MB", "max_connections=120", "unix_socket_directories=", "lc_messages=C")
    options = [word for setting in settings for word in ("-c", setting)]
    command = [
        program("postgres", package="postgresql"),
        "-D",
        str(home / "data"),
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
        *options,
    ]
    return Part("postgres", command, home, answers, farewell=signal.SIGINT, owner=owner)


def valkey(folder: Path, port: int) -> Part:
    found = program("valkey-server", "redis-server", package="valkey-server or redis-server")

    async def answers() -> bool:
        return (await said(port, b"PING\r\n")).startswith(b"+PONG")

    return Part(
        "valkey",
        [found, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        folder,
        answers,
    )


def objects(folder: Path, port: int, environment: Mapping[str, str]) -> Part:
    command = [sys.executable, "-m", "scripts.cluster.objects", str(folder / "objects"), str(port)]
    return Part(
        "objects", command, folder, web_answers(port, "/cunli", status=b"403"), {**environment, "PYTHONPATH": str(ROOT)}
    )


def proxy(folder: Path, port: int, web_port: int) -> Part:
    """nginx with the very locations of `deploy/nginx`."""
    found = program("nginx", package="nginx")
    text = f"""
daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/nginx-error.log warn;
events {{ worker_connections 512; }}
http {{
  access_log off; client_body_temp_path {folder}/nginx-body; proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-f; uwsgi_temp_path {folder}/nginx-u; scgi_temp_path {folder}/nginx-s;
  upstream cunli {{
    server 127.0.0.1:{web_port} max_fails=0; server 127.0.0.1:{web_port} max_fails=0; keepalive 32;
  }}
  server {{ listen 127.0.0.1:{port}; include {ROOT}/deploy/nginx/cunli-locations.conf; }}
}}
"""
    if os.getuid() == 0:
        text = "user root;" + text  # the folder is closed to others
    (folder / "nginx.conf").write_text(text)
    return Part(
        "proxy",
        [found, "-c", str(folder / "nginx.conf"), "-p", str(folder)],
        folder,
        web_answers(port, "/healthz"),
        farewell=signal.SIGQUIT,
    )
