"""What happens around the end of a unit: what follows it, who outlives it, who leaves before."""

from __future__ import annotations

import asyncio
import logging
from contextvars import ContextVar

import pytest

from cunli import db
from cunli.db.units import drained
from cunli.testing.working import PATIENCE

from .test_units import APPS, Basket, Refused, names, put

__all__ = ["APPS"]  # the fixture `database` asks this module for its tables

pytestmark = pytest.mark.usefixtures("database")


async def test_after_commit_runs_once_and_only_after_a_commit_in_a_fresh_context() -> None:
    seen: list[tuple[str, bool, set[str], object]] = []
    language: ContextVar[str] = ContextVar("language")
    language.set("zh")

    async def tell(what: str) -> None:
        seen.append((what, db.in_unit(), await names(), language.get("none")))

    @db.unit
    async def act(name: str, *, fail: bool) -> None:
        db.after_commit(tell, name)
        await Basket.create(name=name)
        if fail:
            raise Refused

    await act("plum", fail=False)
    with pytest.raises(Refused):
        await act("pear", fail=True)
    await db.stop()
    assert [entry[0] for entry in seen] == ["plum"]
    assert seen[0][1:] == (False, {"plum"}, "none")


async def test_what_follows_a_commit_may_fail_without_hurting_the_caller(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise Refused("the messenger fell")

    @db.unit
    async def act() -> str:
        db.after_commit(fail)
        return "done"

    with caplog.at_level(logging.ERROR, "cunli.db"):
        assert await act() == "done"
        await db.stop()
    assert "nobody waits for" in caplog.text


async def test_outside_a_unit_after_commit_starts_at_once() -> None:
    done = asyncio.Event()

    async def note() -> None:
        done.set()

    db.after_commit(note)
    await asyncio.wait_for(done.wait(), PATIENCE)


async def test_a_task_that_outlives_its_unit_is_told_so() -> None:
    left: list[asyncio.Task[object]] = []
    go_on = asyncio.Event()

    async def orm() -> object:
        await go_on.wait()
        return await Basket.all().count()

    async def raw() -> object:
        await go_on.wait()
        return await db.read("SELECT 1")

    async def nested() -> object:
        await go_on.wait()
        return await put("late")

    @db.unit
    async def act() -> None:
        left.extend(asyncio.ensure_future(late()) for late in (orm, raw, nested))
        await Basket.create(name="plum")

    await act()
    go_on.set()
    for task in left:
        with pytest.raises(db.UnitOver, match="after_commit"):
            await task
    assert await names() == {"plum"}


async def test_stopping_waits_for_units_and_what_follows_them() -> None:
    begun, steps = asyncio.Event(), []

    async def follow() -> None:
        await asyncio.sleep(0.05)
        steps.append(await put("second"))

    @db.unit
    async def act() -> None:
        begun.set()
        await Basket.create(name="first")
        await asyncio.sleep(0.1)
        db.after_commit(follow)

    task = asyncio.ensure_future(act())
    await begun.wait()
    await db.stop()
    assert task.done()
    assert steps == [2]
    with pytest.raises(db.NotStarted):
        await db.read("SELECT 1")


async def test_a_unit_goes_on_when_its_caller_is_cancelled(caplog: pytest.LogCaptureFixture) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    @db.unit
    async def act(name: str, *, fail: bool) -> None:
        await Basket.create(name=name)
        begun.set()
        await go_on.wait()
        await Basket.create(name=f"{name} again")
        if fail:
            raise Refused

    with caplog.at_level(logging.ERROR, "cunli.db"):
        for name, fail in (("plum", False), ("pear", True)):
            begun.clear()
            go_on.clear()
            caller = asyncio.ensure_future(act(name, fail=fail))
            await begun.wait()
            caller.cancel()
            with pytest.raises(asyncio.CancelledError):
                await caller
            assert await drained(0.01) == 1
            go_on.set()
            assert await drained(PATIENCE) == 0
    assert await names() == {"plum", "plum again"}
    assert caplog.text.count("nobody waits for has failed") == 1


async def test_a_time_out_around_a_unit_abandons_it_and_does_not_undo_it() -> None:
    go_on = asyncio.Event()

    @db.unit
    async def act() -> None:
        await Basket.create(name="plum")
        await go_on.wait()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await act()
    go_on.set()
    assert await drained(PATIENCE) == 0
    assert await names() == {"plum"}


async def test_a_unit_that_keeps_everybody_waiting_is_named_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def named() -> list[str]:
        return [record.getMessage() for record in caplog.records if "has been open" in record.getMessage()]

    @db.unit
    async def dawdle() -> None:
        async with asyncio.timeout(PATIENCE):
            while not named():
                await asyncio.sleep(0.01)

    with caplog.at_level(logging.WARNING, "cunli.db"):
        monkeypatch.setattr("cunli.db.units.SLOW", 60)
        await put("plum")
        assert not named()
        monkeypatch.setattr("cunli.db.units.SLOW", 0.02)
        await dawdle()
    assert any("dawdle has been open" in line for line in named())
