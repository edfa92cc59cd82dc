"""`make bench`: load a county, measure its pages against a bare response, write a table to bench/results/."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import platform
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg

from bench import dataset, hooks, queries, servers
from bench.report import Line, write_report
from bench.requests_ import Plan, plans
from cunli import db
from cunli.settings import Settings
from cunli.testing import databases
from cunli.testing.live import settings_for
from cunli.web.site import Site

CONNECTIONS = 16
TURNS = 5
BARE = Plan(name="bare", status=200, payloads=(b"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n",))


@contextlib.asynccontextmanager
async def _database(kind: str, folder: Path) -> AsyncIterator[str]:
    if kind == "sqlite":
        yield databases.sqlite_url(folder / "bench.db")
        return
    async with databases.scratch_postgres() as url:
        yield url


async def _fill(settings: Settings, size: dataset.Size) -> str:
    """Load the data set; returns the key of the newest post of the first village with comments."""
    from cunli.db import migrations

    site = Site(settings)
    await migrations.migrate(settings.database_url, site.apps())
    await db.start(settings.database_url, site.apps(), synchronous="NORMAL")
    try:
        await dataset.load(size)
        sql = "SELECT key FROM core_post WHERE village_id = 1 AND comment_count > 0 ORDER BY id DESC LIMIT 1"
        return str((await db.read(sql))[0]["key"])
    finally:
        await db.stop()
        if settings.database_url.startswith("postgres"):
            await _settled(settings.database_url)


async def _settled(url: str) -> None:
    """As the server stands hours after such a load: vacuumed, and everything on the disk."""
    connection = await asyncpg.connect(url)
    try:
        for statement in ("VACUUM ANALYZE", "CHECKPOINT"):
            await connection.execute(statement)
    finally:
        await connection.close()


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "CUNLI_DATABASE_URL": settings.database_url,
        "CUNLI_DEV": "true",
        "CUNLI_SECRET": settings.secret.get_secret_value(),
        "CUNLI_DATA_KEY": settings.data_key.get_secret_value(),
        "CUNLI_STORAGE_URL": settings.storage_url,
        "CUNLI_PAGE_CACHE_SECONDS": "3",
        "CUNLI_LOG_LEVEL": "warning",
        "CUNLI_JOBS": "worker",  # the worker is measured apart; see docs/benchmarks.md
    }


def _asked(
    server: servers.Server, plan: Plan, requests: int, done: int, *, again: bool = False
) -> tuple[servers.Outcome, float]:
    """What one stretch of requests saw, and the CPU it cost the server. `done` payloads have been used up."""
    made = plan.renewed() if plan.renewed else plan.payloads
    payloads = [p.replace(b"{port}", str(server.port).encode()) for p in made]
    if plan.once:
        payloads = payloads[done : done + requests]
    before = server.cpu_seconds()
    outcome = servers.drive(server.port, payloads, requests=requests, connections=CONNECTIONS)
    cpu = server.cpu_seconds() - before
    wrong = {status: n for status, n in outcome.statuses.items() if int(status) != plan.status}
    if (
        wrong and plan.renewed and not again
    ):  # the page changed in the middle, as every ten minutes: this stretch once more
        return _asked(server, plan, requests, done, again=True)
    if wrong:
        raise SystemExit(f"{plan.name}: expected {plan.status}, got {wrong}")
    return outcome, cpu


def _compare(
    page: servers.Server, bare: servers.Server, plan: Plan, requests: int
) -> tuple[servers.Outcome, float, float]:
    """Ask page and yardstick in turns, so that a machine that changes its pace changes it for both.

    Returns what the page's requests saw, and the CPU seconds of one request of each.
    """
    requests *= plan.times
    warm_up = min(200, requests)
    _asked(page, plan, warm_up, 0)
    _asked(bare, BARE, warm_up, 0)
    seen, page_cpu, bare_cpu, each = [], 0.0, 0.0, max(1, requests // TURNS)
    for turn in range(TURNS):
        bare_cpu += _asked(bare, BARE, 3 * each, 0)[1]
        outcome, cpu = _asked(page, plan, each, warm_up + turn * each)
        page_cpu += cpu
        seen.append(outcome)
    return servers.together(seen), page_cpu / (TURNS * each), bare_cpu / (TURNS * 3 * each)


@contextlib.contextmanager
def _bare(workers: int) -> Iterator[servers.Server]:
    port = servers.free_port()
    command = [sys.executable, "-m", "bench.bare", str(port), str(workers)]
    with servers.running(command, {}, port, "/") as server:
        yield server


def _serve_and_measure(
    kind: str,
    settings: Settings,
    tokens: list[str],
    size: dataset.Size,
    workers: int,
    requests: int,
    counts: dict[str, int],
    commented: str,
) -> list[Line]:
    lines: list[Line] = []
    port = servers.free_port()
    command = [sys.executable, "-m", "cunli", "serve", "--port", str(port), "--workers", str(workers)]
    environment = _environment(settings) | {"CUNLI_BASE_URL": f"http://127.0.0.1:{port}"}
    with _bare(workers) as bare, servers.running(command, environment, port, "/v/cun1/") as server:
        for plan in plans(settings, tokens, port, requests, commented):
            outcome, cpu, bare_cpu = _compare(server, bare, plan, requests)
            lines.append(
                Line(
                    database=kind, villages=size.villages, people=size.people, posts=size.posts, workers=workers, page=plan.name, cpu=cpu, bare=bare_cpu,
                    outcome=outcome, memory=server.memory_mb(), queries=counts.get(plan.name, 0),
                    first_page=server.started_in,
                )
            )  # fmt: skip
            print(lines[-1].says(), flush=True)
    print(f"   first page {lines[-1].first_page:.1f} s after start, {lines[-1].memory:.0f} MB", flush=True)
    return lines


async def _one(kind: str, size: dataset.Size, workers: list[int], requests: int) -> list[Line]:
    lines: list[Line] = []
    with tempfile.TemporaryDirectory() as folder:
        async with _database(kind, Path(folder)) as url:
            settings = settings_for(url, Path(folder), page_cache_seconds=3)
            print(f"{kind}: loading {size.posts} posts …", flush=True)
            commented = await _fill(settings, size)
            tokens = dataset.tokens(size)
            counts = await queries.per_page(settings, tokens[0])
            for number in workers:
                lines += await asyncio.to_thread(
                    _serve_and_measure, kind, settings, tokens, size, number, requests, counts, commented
                )
    return lines


def _sizes(asked: argparse.Namespace) -> list[dataset.Size]:
    """What is loaded, one after the other."""
    if asked.seed:  # as many people to a village as post in a run without coming to the limit of an hour
        return [
            dataset.Size(villages=271, people=382_000, posts=1_000_000),
            dataset.Size(villages=6_162, people=1_000_000, posts=1_000_000),
        ]
    posts = [10_000, 1_000_000] if asked.million else asked.posts
    return [dataset.Size(villages=asked.villages, people=asked.people, posts=one) for one in posts]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description=__doc__)
    parser.add_argument("--posts", type=int, nargs="+", default=[200_000])
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--villages", type=int, default=100)
    parser.add_argument("--million", action="store_true", help="10,000 and 1,000,000 posts, for the committed results")
    parser.add_argument(
        "--seed", action="store_true", help="the seed's own scale, and 6,162 villages, on PostgreSQL with two workers"
    )
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgres"], choices=["sqlite", "postgres"])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--requests", type=int, default=2000)
    asked = parser.parse_args()
    lines: list[Line] = []
    if asked.seed:
        asked.databases, asked.workers = ["postgres"], [2]
    for size in _sizes(asked):
        for kind in asked.databases:
            if kind == "postgres" and not asyncio.run(databases.postgres_answers({})):
                print("*** NOT MEASURED: PostgreSQL does not answer; set CUNLI_TEST_POSTGRES")
                continue
            lines += asyncio.run(_one(kind, size, asked.workers, asked.requests))
    with tempfile.TemporaryDirectory() as folder:
        plugins = asyncio.run(hooks.cost(Path(folder))).says()
    print(plugins)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    path = write_report(lines, machine=machine, plugins=plugins, name="seed" if asked.seed else "")
    print(f"written: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
