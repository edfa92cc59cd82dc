"""A small load generator: keep-alive connections on raw sockets, in a process of its own, so that it costs the server nothing."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What to send: `requests` in all, over `connections`, one of `payloads` after the other."""

    host: str
    port: int
    connections: int
    requests: int
    payloads: tuple[bytes, ...]


async def _one(load: Load, counter: list[int], times: list[float], statuses: dict[int, int]) -> None:
    reader, writer = await asyncio.open_connection(load.host, load.port)
    try:
        while counter[0] < load.requests:
            number = counter[0]
            counter[0] += 1
            started = time.perf_counter()
            writer.write(load.payloads[number % len(load.payloads)])
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head[9:12])
            length = _length(head)
            if length:
                await reader.readexactly(length)
            elif b"transfer-encoding: chunked" in head.lower():
                await _drain_chunks(reader)
            times.append(time.perf_counter() - started)
            statuses[status] = statuses.get(status, 0) + 1
            if b"connection: close" in head.lower():
                writer.close()
                reader, writer = await asyncio.open_connection(load.host, load.port)
    finally:
        writer.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


async def _drain_chunks(reader: asyncio.StreamReader) -> None:
    while size := int((await reader.readline()).strip() or b"0", 16):
        await reader.readexactly(size + 2)
    await reader.readline()


async def run(load: Load) -> dict[str, object]:
    """Send everything; times in milliseconds."""
    times: list[float] = []
    statuses: dict[int, int] = {}
    counter = [0]
    started = time.perf_counter()
    await asyncio.gather(*(_one(load, counter, times, statuses) for _ in range(load.connections)))
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "times": [time * 1000 for time in times], "statuses": statuses}


def main() -> None:
    """Read one load from standard input as JSON, print the outcome as JSON."""
    asked = json.load(sys.stdin)
    asked["payloads"] = tuple(p.encode("latin-1") for p in asked["payloads"])
    print(json.dumps(asyncio.run(run(Load(**asked)))))


if __name__ == "__main__":
    main()
