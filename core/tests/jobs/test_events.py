"""Events are written with the act that caused them, and each subscriber hears of each once, whatever happens between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

import pytest

from cunli import db, jobs
from cunli.jobs import outbox
from cunli.jobs.events import Event, Subscription
from cunli.jobs.outbox import Mailing
from cunli.testing.working import jobs_in, let_pass, nowhere, settled, until, worker_of, working


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPublished(Event):
    kind: ClassVar[str] = "test.post.published"
    post_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PostBurned(Event):
    kind: ClassVar[str] = "test.post.burned"
    words: object


def heard_by(name: str, into: list[int]) -> Subscription[PostPublished]:
    async def hear(event: PostPublished) -> None:
        into.append(event.post_id)

    return Subscription(name=name, event=PostPublished, run=hear)


async def event_jobs() -> list[str]:
    return sorted(row["dedupe"] for row in await db.read("SELECT dedupe FROM core_job WHERE dedupe LIKE 'event:%'"))


async def test_an_event_of_a_unit_that_is_rolled_back_is_never_heard_of(url: str) -> None:
    class Refused(Exception):
        pass

    heard: list[int] = []

    async def publish(post_id: int, *, fail: bool) -> None:
        await jobs.emit(PostPublished(post_id=post_id))
        if fail:
            raise Refused

    async with working(worker_of(subscriptions=[heard_by("test.a", heard)])):
        with pytest.raises(Refused):
            await db.run_unit(publish, 1, fail=True)
        await db.run_unit(publish, 2, fail=False)
        await settled()
    assert heard == [2]


async def test_every_subscriber_hears_once_and_a_failing_one_alone_is_tried_again(url: str) -> None:
    heard: list[int] = []
    tried: list[int] = []

    async def fails_first(event: PostPublished) -> None:
        tried.append(event.post_id)
        if len(tried) == 1:
            raise ConnectionError

    failing = Subscription(name="test.b", event=PostPublished, run=fails_first)
    async with working(worker_of(subscriptions=[failing, heard_by("test.a", heard)])):
        await jobs.emit(PostPublished(post_id=7))
        await settled()
        assert (heard, tried) == ([7], [7])
        await let_pass(18_000)
        await until(both_done)
        assert (heard, tried) == ([7], [7, 7])


async def both_done() -> bool:
    return len(await jobs_in("done")) == 2


async def test_a_crash_in_the_middle_of_spreading_leaves_nothing_half_done(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing = Mailing([heard_by("test.a", []), heard_by("test.b", [])], enabled_in=nowhere)
    await jobs.emit(PostPublished(post_id=1))
    with monkeypatch.context() as crash:
        crash.setattr(outbox, "enqueue", _crashing(at=2))
        with pytest.raises(Crash):
            await mailing.spread()
    assert await event_jobs() == []
    assert await mailing.spread() == 1
    assert await mailing.spread() == 0
    assert len(await event_jobs()) == 2


async def test_an_event_that_was_spread_but_not_marked_is_not_delivered_twice(url: str) -> None:
    """The second wall: even without the unit around it, the names of the jobs hold."""
    mailing = Mailing([heard_by("test.a", []), heard_by("test.b", [])], enabled_in=nowhere)
    await jobs.emit(PostPublished(post_id=1))
    await mailing.spread()
    before = await event_jobs()
    await db.run_unit(db.write, "UPDATE core_event SET delivered_at = NULL")
    assert await mailing.spread() == 1
    assert await event_jobs() == before
    await jobs.emit(PostPublished(post_id=2))
    await mailing.spread()
    assert len(await event_jobs()) == len(before) + 2, "the control: another event does make new jobs"


class Crash(Exception):
    pass


def _crashing(at: int) -> Callable[..., Awaitable[bool]]:
    calls = 0

    async def enqueue(*args: object, **kwargs: object) -> bool:
        nonlocal calls
        calls += 1
        if calls == at:
            raise Crash
        return await jobs.enqueue(*args, **kwargs)  # type: ignore[arg-type]

    return enqueue


async def test_several_workers_spread_many_events_without_a_double(url: str) -> None:
    heard: list[int] = []
    workers = [worker_of(subscriptions=[heard_by("test.a", heard)]) for _ in range(3)]
    async with working(workers[0]), working(workers[1]), working(workers[2]):
        await asyncio.gather(*(jobs.emit(PostPublished(post_id=n)) for n in range(30)))
        await settled()
    assert sorted(heard) == list(range(30))


async def test_an_event_nobody_hears_is_marked_and_forgotten(url: str) -> None:
    async with working(worker_of()):
        await jobs.emit(PostPublished(post_id=1))
        await settled()
    assert await event_jobs() == []


async def test_events_carry_small_values_only(url: str) -> None:
    with pytest.raises(TypeError, match=r"PostBurned\.words: an event carries ids and small values, not dict"):
        await jobs.emit(PostBurned(words={"phone": "13800138000"}))
    await jobs.emit(PostBurned(words="ashes"))
