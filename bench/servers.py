"""Servers under measurement: started as real processes, and asked what they cost through /proc."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server and its port."""

    process: subprocess.Popen[bytes]
    port: int
    started_in: float

    def pids(self) -> list[int]:
        """The process and its children, down the tree."""
        found, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            children = Path(f"/proc/{pid}/task/{pid}/children")
            todo += [int(c) for c in children.read_text().split()] if children.exists() else []
        return found

    def cpu_seconds(self) -> float:
        """User and system time of the whole tree so far."""
        return sum(_on_cpu(pid) for pid in self.pids())

    def memory_mb(self) -> float:
        """The largest resident size among the processes that serve, in megabytes."""
        sizes = [_resident(pid) for pid in self.pids()]
        return max(sizes)


def _on_cpu(pid: int) -> float:
    """Seconds that a process has run: to the nanosecond where the kernel tells, else to the tick."""
    threads = [*Path(f"/proc/{pid}/task").glob("*/schedstat")]
    if threads:
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


@contextmanager
def running(command: Sequence[str], environment: dict[str, str], port: int, path: str) -> Iterator[Server]:
    """Start a server, wait for its first answer at `path`, and stop it with SIGTERM."""
    started = time.perf_counter()
    quiet = (
        {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} if not os.environ.get("CUNLI_BENCH_LOUD") else {}
    )
    process = subprocess.Popen(command, env={**os.environ, **environment}, cwd=ROOT, **quiet)  # type: ignore[call-overload]
    try:
        _wait(port, path, process)
        yield Server(process=process, port=port, started_in=time.perf_counter() - started)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(port: int, path: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.perf_counter() + 60
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with code {process.returncode}; set CUNLI_BENCH_LOUD=1 to see why")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).read()
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not answer within a minute")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the load generator saw: each answer's time in milliseconds, how many of each status, and how long it took."""

    times: list[float]
    statuses: dict[str, int]
    seconds: float

    def percentile(self, part: float) -> float:
        """The time within which this part (0 to 1) of the requests was answered, in milliseconds."""
        times = sorted(self.times)
        return times[min(len(times) - 1, int(len(times) * part))]

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.times) / self.seconds


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """Several stretches as one."""
    statuses = Counter[str]()
    for outcome in outcomes:
        statuses.update(outcome.statuses)
    times = [time for outcome in outcomes for time in outcome.times]
    return Outcome(times=times, statuses=dict(statuses), seconds=sum(outcome.seconds for outcome in outcomes))


def drive(port: int, payloads: Sequence[bytes], *, requests: int, connections: int) -> Outcome:
    """Run the load generator in its own process and return what it saw."""
    asked = {
        "host": "127.0.0.1",
        "port": port,
        "connections": connections,
        "requests": requests,
        "payloads": [p.decode("latin-1") for p in payloads],
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.client"],
        input=json.dumps(asked),
        text=True,
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    return Outcome(**json.loads(done.stdout))
