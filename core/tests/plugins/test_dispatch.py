"""Calling plugins: each on its own, named and counted. Whoever raises, hangs or answers rubbish is left out."""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cunli import db, rooms
from cunli.dispatch import Dispatch
from cunli.health import PluginError
from cunli.testing.templates import EmptyDatabases
from cunli.testing.working import PATIENCE
from cunli.trips import Call, current_plugin

Hook = Callable[[object], Any]
NOBODY: frozenset[str] = frozenset()
SOON = 1.0  # for those that hang, until the test lets them go
let_go = threading.Event()


@pytest.fixture(autouse=True)
def held() -> Iterator[None]:
    let_go.clear()
    yield
    let_go.set()


def words(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"not words but {type(value).__name__}")
    return value


def asking(strict: bool = False, clock: Callable[[], float] = time.monotonic, **hooks: Hook) -> Dispatch:
    calls = [Call(name, hook) for name, hook in hooks.items()]
    return Dispatch(lambda _, __: calls, strict=strict, clock=clock)


async def ask(dispatcher: Dispatch, deadline: float = PATIENCE) -> list[str]:
    found = await dispatcher.collect("greet", object(), NOBODY, check=words, deadline=deadline)
    return [f"{answer.plugin}: {answer.value}" for answer in found]


def fine(_: object) -> str:
    return "hello"


async def fine_later(_: object) -> str:
    await asyncio.sleep(0)
    return "hello"


def raises(_: object) -> str:
    raise ZeroDivisionError


async def raises_later(_: object) -> str:
    await asyncio.sleep(0)
    raise ZeroDivisionError


def hangs(_: object) -> str:
    let_go.wait()
    return "let go"


async def hangs_later(_: object) -> str:
    while not let_go.is_set():
        await asyncio.sleep(0.005)
    return "let go"


def rubbish(_: object) -> object:
    return 7


async def rubbish_later(_: object) -> object:
    return None


async def cancels_itself(_: object) -> str:
    raise asyncio.CancelledError


def leaves(_: object) -> str:
    raise SystemExit(3)


async def leaves_later(_: object) -> str:
    raise SystemExit(3)


def stops(_: object) -> str:
    raise StopIteration


BAD: list[tuple[Hook, str]] = [
    (raises, "plugins.W101"),
    (raises_later, "plugins.W101"),
    (hangs, "plugins.W102"),
    (hangs_later, "plugins.W102"),
    (rubbish, "plugins.W103"),
    (rubbish_later, "plugins.W103"),
    (cancels_itself, "plugins.W101"),
    (leaves, "plugins.W101"),
    (leaves_later, "plugins.W101"),
    (stops, "plugins.W101"),
]


@pytest.mark.parametrize(("bad", "expected"), BAD)
async def test_a_plugin_that_fails_is_left_out_and_named_and_the_others_are_heard(bad: Hook, expected: str) -> None:
    good = fine_later if inspect.iscoroutinefunction(bad) else fine  # a hook has one colour; the registry sees to it
    dispatcher = asking(first=good, bad=bad, last=good)
    hanging = bad in (hangs, hangs_later)
    assert await ask(dispatcher, SOON if hanging else PATIENCE) == ["first: hello", "last: hello"]
    assert [(p.id, p.plugin) for p in dispatcher.health.problems()] == [(expected, "bad")]
    assert await dispatcher.drained(0) == hanging
    let_go.set()
    assert await dispatcher.drained(PATIENCE) == 0


@pytest.mark.parametrize(("bad", "expected"), BAD)
async def test_in_strict_mode_the_same_mistakes_are_raised(
    bad: Hook, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cunli.dispatch.STRICT_PATIENCE", 1)
    good = fine_later if inspect.iscoroutinefunction(bad) else fine
    dispatcher = asking(strict=True, first=good, bad=bad)
    with pytest.raises(PluginError) as caught:
        await ask(dispatcher, SOON if bad in (hangs, hangs_later) else PATIENCE)
    assert caught.value.problem.id == expected
    let_go.set()
    assert await dispatcher.drained(PATIENCE) == 0


async def test_in_strict_mode_a_machine_that_is_only_slow_makes_no_error() -> None:
    async def slow(_: object) -> str:
        await asyncio.sleep(3 * SOON)
        return "hello"

    assert await ask(asking(strict=True, slow=slow), SOON) == ["slow: hello"]
    assert await ask(asking(slow=slow), SOON) == []


@pytest.mark.parametrize("bad", [hangs, hangs_later])
async def test_a_hanging_hook_does_not_hold_up_the_event_loop(bad: Hook) -> None:
    """It goes on turning while the hook hangs; otherwise nobody would ever let the hook go."""

    async def turn() -> None:
        for _ in range(20):
            await asyncio.sleep(0.005)
        let_go.set()

    turning = asyncio.create_task(turn())
    assert await ask(asking(bad=bad)) == ["bad: let go"]
    await turning


async def test_a_call_that_is_given_up_goes_on_and_can_be_waited_for() -> None:
    go_on, ended = asyncio.Event(), []

    async def slow(_: object) -> str:
        await go_on.wait()
        ended.append(True)
        return ""

    dispatcher = asking(slow=slow)
    assert await ask(dispatcher, deadline=0.05) == []
    assert ended == []
    assert await dispatcher.drained(0.01) == 1
    go_on.set()
    assert await dispatcher.drained(PATIENCE) == 0
    assert ended == [True]


async def test_a_visitor_who_leaves_does_not_cut_a_hook_short() -> None:
    begun, go_on, ended = asyncio.Event(), asyncio.Event(), []

    async def writes(_: object) -> str:
        begun.set()
        await go_on.wait()
        ended.append(True)
        return ""

    dispatcher = asking(writes=writes)
    visit = asyncio.create_task(ask(dispatcher))
    await begun.wait()
    visit.cancel()
    with pytest.raises(asyncio.CancelledError):
        await visit
    go_on.set()
    assert await dispatcher.drained(PATIENCE) == 0
    assert ended == [True]


async def test_two_that_hang_cost_their_deadlines_and_the_one_between_is_heard() -> None:
    dispatcher = asking(a=hangs, b=fine, c=hangs, d=fine)
    assert await ask(dispatcher, SOON) == ["b: hello", "d: hello"]
    assert [(p.plugin, p.id) for p in dispatcher.health.problems()] == [("a", "plugins.W102"), ("c", "plugins.W102")]
    assert await dispatcher.drained(0) == 2, "both hang, and the answer is there"
    let_go.set()
    assert await dispatcher.drained(PATIENCE) == 0


def echo(which: str) -> Hook:
    async def answered(ctx: object) -> str:
        await asyncio.sleep(0)
        return f"{which}{ctx}"

    return answered


async def each(
    dispatcher: Dispatch, *questions: str, deadline: float = PATIENCE, budget: float = PATIENCE
) -> list[Any]:
    asked = [(question, words) for question in questions]
    found = await dispatcher.collect_each("greet", asked, NOBODY, deadline=deadline, budget=budget)
    return [None if answers is None else [answer.value for answer in answers] for answers in found]


@pytest.mark.parametrize("bad", [bad for bad, _ in BAD if inspect.iscoroutinefunction(bad)])
async def test_several_questions_in_one_trip_are_each_answered_by_everybody_who_can(bad: Hook) -> None:
    dispatcher = asking(a=echo("a"), bad=bad, b=echo("b"))
    deadline = 0.05 if bad is hangs_later else PATIENCE
    assert await each(dispatcher, "1", "2", "3", deadline=deadline) == [["a1", "b1"], ["a2", "b2"], ["a3", "b3"]]
    assert dispatcher.health.tally("bad", "greet").failures == 3
    assert dispatcher.health.tally("b", "greet").calls == 3


async def test_when_the_budget_is_used_up_no_further_question_is_begun_and_one_begun_is_asked_of_everybody() -> None:
    dispatcher = asking(bad=hangs_later, a=echo("a"))
    assert await each(dispatcher, "1", "2", "3", deadline=0.05, budget=0.02) == [["a1"], None, None]
    assert dispatcher.health.tally("a", "greet").calls == 1
    assert await each(asking(a=echo("a")), "1", "2", budget=0) == [None, None]


async def test_who_fails_too_often_is_not_asked_the_later_questions() -> None:
    dispatcher = asking(bad=hangs_later, a=echo("a"))
    found = await each(dispatcher, *"1234567", deadline=0.01)
    assert found == [[f"a{n}"] for n in "1234567"]
    assert dispatcher.health.tally("bad", "greet").calls == 5


async def test_many_slow_but_decent_plugins_are_all_heard() -> None:
    def unhurried(_: object) -> str:
        time.sleep(0.5)
        return "hello"

    calls = [Call(f"plugin {n}", unhurried) for n in range(20)]
    dispatcher = Dispatch(lambda _, __: calls)
    assert len(await ask(dispatcher, deadline=9.5)) == 20, "the deadline is for each"


async def test_the_plugin_that_runs_is_known_by_name_and_only_while_it_runs() -> None:
    async def who_later(_: object) -> str:
        await asyncio.sleep(0)
        return current_plugin.get()

    def who(_: object) -> str:
        return current_plugin.get()

    for hook in (who, who_later):
        assert await ask(asking(one=hook, two=hook)) == ["one: one", "two: two"]
    assert current_plugin.get() == "core"


async def test_a_generator_does_its_work_under_guard_too() -> None:
    def yields(_: object) -> object:
        yield "a"
        raise ZeroDivisionError

    dispatcher = Dispatch(lambda _, __: [Call("lazy", yields), Call("fine", lambda _: ["b"])])
    found = await dispatcher.collect("greet", None, NOBODY, check=lambda value: tuple(value), deadline=PATIENCE)
    assert [(a.plugin, a.value) for a in found] == [("fine", ("b",))]


async def test_five_failures_in_a_minute_give_the_hook_a_rest() -> None:
    now, calls = 1000.0, 0

    def bad(_: object) -> str:
        nonlocal calls
        calls += 1
        raise ZeroDivisionError

    dispatcher = asking(clock=lambda: now, bad=bad, good=fine)
    for _ in range(8):
        now += 1
        assert await ask(dispatcher) == ["good: hello"]
    assert calls == 5
    assert [p.id for p in dispatcher.health.problems()] == ["plugins.W104"]
    now += 300
    await ask(dispatcher)
    assert calls == 6, "it is tried again by itself"


async def test_failures_far_apart_are_only_counted() -> None:
    now = 1000.0
    dispatcher = asking(clock=lambda: now, bad=raises)
    for _ in range(12):
        now += 20
        await ask(dispatcher)
    tally = dispatcher.health.tallies["bad", "greet"]
    assert (tally.calls, tally.failures, tally.abandoned) == (12, 12, 0)


async def test_what_a_plugin_says_when_it_fails_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    def tells(_: object) -> str:
        raise ValueError(13_800_138_000)

    with caplog.at_level(logging.DEBUG):
        await ask(asking(tells=tells))
    assert "ValueError" in caplog.text
    assert "13800138000" not in caplog.text
    assert caplog.records[0].name == "cunli.plugin.tells"


# -- with a database ---------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def database(
    request: pytest.FixtureRequest, empty_databases: EmptyDatabases, tmp_path: Path
) -> AsyncIterator[None]:
    await db.start(await empty_databases.fresh(request.param, tmp_path), {"core": rooms.APP})
    try:
        yield
    finally:
        await db.stop(patience=PATIENCE)


async def insert(key: str, go_on: asyncio.Event | None = None) -> None:
    async def act() -> None:
        await db.write("INSERT INTO core_rate_count (key, count, resets_at) VALUES (?, 1, 1)", key)
        if go_on is not None:
            await go_on.wait()

    await db.run_unit(act)


async def keys() -> set[str]:
    return {row["key"] for row in await db.read("SELECT key FROM core_rate_count")}


@pytest.mark.parametrize("deadline", [0.0, 0.001, 0.01, 0.1])
async def test_a_hook_that_is_given_up_in_the_middle_of_a_unit_loses_nothing(database: None, deadline: float) -> None:
    """Whenever it is given up, its unit is whole and the database is writable at once and afterwards."""

    go_on = asyncio.Event()

    async def writes(_: object) -> str:
        await insert("hook", go_on)
        return "written"

    dispatcher = asking(writes=writes)
    assert await ask(dispatcher, deadline=deadline) == []
    page = asyncio.create_task(insert("page"))
    await asyncio.sleep(0.1)
    go_on.set()
    await page
    assert await dispatcher.drained(PATIENCE) == 0
    assert await keys() == {"hook", "page"}


async def test_no_hook_is_called_inside_a_unit(database: None) -> None:
    dispatcher = asking(good=fine)

    async def act(ask_now: Callable[[], Awaitable[object]]) -> None:
        await ask_now()

    with pytest.raises(db.InsideUnit):
        await db.run_unit(act, lambda: ask(dispatcher))
    assert await ask(dispatcher) == ["good: hello"]
