"""What has served its time is swept; what somebody may still need is not."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from cunli import db
from cunli.clock import now
from cunli.jobs import housekeeping, queue
from cunli.jobs.housekeeping import sweep
from cunli.jobs.queue import moment
from cunli.jobs.tasks import TaskContext
from cunli.trust.models import FormReceipt

WEEK = 7 * 86_400_000
NOW = TaskContext(task="jobs.sweep", payload={}, village_id=None, attempt=1, key="job-1")


async def keys(table: str, column: str) -> set[object]:
    return {row[column] for row in await db.read(f"SELECT {column} FROM {table}")}


async def job(name: str, state: str, finished_at: int | None) -> None:
    await db.run_unit(
        db.write,
        "INSERT INTO core_job (task, payload, run_at, state, lease_until, attempts, error, finished_at)"
        " VALUES (?, '{}', 0, ?, 0, 1, '', ?)",
        name,
        state,
        finished_at,
    )


async def test_old_done_jobs_go_and_dead_waiting_and_fresh_ones_stay(url: str) -> None:
    old, fresh = moment() - WEEK - 1000, moment() - WEEK + 60_000
    await job("test.old", "done", old)
    await job("test.fresh", "done", fresh)
    await job("test.dead", "dead", old)
    await job("test.waiting", "waiting", None)
    await sweep(NOW)
    assert await keys("core_job", "task") == {"test.fresh", "test.dead", "test.waiting"}
    assert len(await queue.dead_letters()) == 1


async def test_delivered_events_go_and_waiting_ones_stay(url: str) -> None:
    for name, delivered in (("old", moment() - WEEK - 1000), ("fresh", moment()), ("waiting", None)):
        await db.run_unit(
            db.write,
            "INSERT INTO core_event (kind, payload, at, delivered_at) VALUES (?, '{}', 0, ?)",
            name,
            delivered,
        )
    await sweep(NOW)
    assert await keys("core_event", "kind") == {"fresh", "waiting"}


async def test_form_receipts_live_a_week_and_rate_counts_until_they_reset(url: str) -> None:
    async def write() -> None:
        await FormReceipt.create(key="old", location="/", at=now() - timedelta(days=7, seconds=5))
        await FormReceipt.create(key="fresh", location="/", at=now() - timedelta(days=6, hours=23))
        for key, resets in (("past", int(time.time()) - 5), ("running", int(time.time()) + 60)):
            await db.write("INSERT INTO core_rate_count (key, count, resets_at) VALUES (?, 1, ?)", key, resets)

    await db.run_unit(write)
    await sweep(NOW)
    assert await keys("core_form_receipt", "key") == {"fresh"}
    assert await keys("core_rate_count", "key") == {"running"}


async def test_more_than_one_batch_goes_too(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 3)
    for n in range(8):
        await job(f"test.{n}", "done", 1)
    await sweep(NOW)
    assert await keys("core_job", "task") == set()
