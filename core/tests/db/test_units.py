"""A unit of work is all or nothing, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

import pytest
from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.models import Model
from tortoise.transactions import in_transaction

from cunli import db

pytestmark = pytest.mark.usefixtures("database")


class Basket(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=20, unique=True)
    apples = fields.IntField(default=0)

    class Meta:
        table = "unit_basket"


APPS = {"orchard": db.AppConfig(models=(__name__,))}


class Refused(Exception):
    pass


@db.unit
async def put(name: str, apples: int = 0) -> int:
    return (await Basket.create(name=name, apples=apples)).id


@db.unit
async def put_then_fail(name: str) -> None:
    await Basket.create(name=name)
    raise Refused


async def names() -> set[str]:
    return {row["name"] for row in await db.read("SELECT name FROM unit_basket")}


async def test_a_unit_that_returns_is_written_and_one_that_raises_leaves_nothing() -> None:
    assert await put("plum") == 1
    with pytest.raises(Refused):
        await put_then_fail("pear")
    assert await names() == {"plum"}


async def test_run_unit_is_the_same_for_a_plain_coroutine_function() -> None:
    basket = await db.run_unit(Basket.create, name="plum", apples=3)
    assert basket.apples == 3
    assert await names() == {"plum"}


async def test_who_looks_and_then_writes_sees_what_another_wrote_meanwhile() -> None:
    runs = 0

    async def once(name: str) -> bool:
        nonlocal runs
        runs += 1
        if await db.read("SELECT 1 FROM unit_basket WHERE name = ?", name):
            return False
        await asyncio.sleep(0.05)
        await Basket.create(name=name)
        return True

    assert sorted(await asyncio.gather(*(db.run_unit(once, "plum") for _ in range(4)))) == [False, False, False, True]
    runs = 0

    async def careless(name: str) -> None:
        nonlocal runs
        runs += 1
        await Basket.create(name=name)

    with pytest.raises(IntegrityError):
        await db.run_unit(careless, "plum")
    assert runs <= 2


async def test_a_unit_called_inside_a_unit_is_a_part_of_it() -> None:
    @db.unit
    async def both() -> None:
        await put("plum")
        assert {row["name"] for row in await db.read("SELECT name FROM unit_basket")} == {"plum"}
        raise Refused

    with pytest.raises(Refused):
        await both()
    assert await names() == set()


async def test_a_part_that_failed_after_writing_cannot_be_swallowed() -> None:
    @db.unit
    async def careless() -> None:
        try:
            await put_then_fail("pear")
        except Refused:
            pass

    @db.unit
    async def harmless() -> None:
        try:
            await nothing_written()
        except Refused:
            pass
        await put("plum")

    @db.unit
    async def nothing_written() -> None:
        await db.read("WITH one AS (SELECT 1 AS n) SELECT n FROM one")
        raise Refused

    with pytest.raises(db.UnitTorn):
        await careless()
    await harmless()
    assert await names() == {"plum"}


async def test_a_savepoint_can_fail_alone() -> None:
    @db.unit
    async def careful() -> None:
        await put("plum")
        for name in ("plum", "pear"):
            try:
                async with db.savepoint():
                    await put(name)
            except IntegrityError:
                await put("quince")

    await careful()
    assert await names() == {"plum", "quince", "pear"}
    with pytest.raises(db.OutsideUnit):
        async with db.savepoint():
            pass


async def test_an_error_of_the_database_that_is_swallowed_does_not_lose_the_rest_in_silence(database: str) -> None:
    @db.unit
    async def careless() -> None:
        await Basket.create(name="plum")
        try:
            await Basket.create(name="plum")
        except IntegrityError:
            pass

    if database == "postgres":  # the server has rolled back by then, and answers COMMIT with ROLLBACK
        with pytest.raises(db.UnitTorn):
            await careless()
        assert await names() == set()
    else:
        await careless()
        assert await names() == {"plum"}


async def test_stock_tortoise_does_lose_it_in_silence(postgres_url: str) -> None:
    """The planted control of the test above."""
    from tortoise.context import TortoiseContext

    async with TortoiseContext() as context:
        stock = {"orchard": {"models": [__name__], "default_connection": "default"}}
        await context.init({"connections": {"default": postgres_url.replace("postgresql", "asyncpg")}, "apps": stock})
        await context.generate_schemas()
        async with in_transaction():
            await Basket.create(name="plum")
            try:
                await Basket.create(name="plum")
            except IntegrityError:
                pass
        assert await Basket.all().count() == 0  # acknowledged, and gone


@pytest.mark.parametrize(
    "write",
    [
        lambda: Basket.create(name="x"),
        lambda: Basket(name="x").save(),
        lambda: Basket.bulk_create([Basket(name="x")]),
        lambda: Basket.filter(name="plum").update(apples=9),
        lambda: Basket.filter(name="plum").delete(),
        lambda: Basket.get_or_create(name="x"),
        lambda: Basket.update_or_create(name="x"),
        lambda: db.write("DELETE FROM unit_basket"),
        lambda: db.read("DELETE FROM unit_basket RETURNING id"),
    ],
)
async def test_every_write_outside_a_unit_is_refused(write: Callable[[], Awaitable[object]]) -> None:
    await put("plum", 1)
    with pytest.raises(db.OutsideUnit, match="db.unit"):
        await write()
    assert [tuple(row) for row in await db.read("SELECT name, apples FROM unit_basket")] == [("plum", 1)]


async def test_get_or_create_works_inside_a_unit() -> None:
    @db.unit
    async def twice() -> list[bool]:
        return [(await Basket.get_or_create(name="plum"))[1] for _ in range(2)]

    assert await twice() == [True, False]
    _, created = await db.run_unit(Basket.update_or_create, name="plum", defaults={"apples": 4})
    assert not created
    assert (await Basket.get(name="plum")).apples == 4


async def test_the_callers_context_is_seen_inside() -> None:
    language: ContextVar[str] = ContextVar("language")
    language.set("zh")

    @db.unit
    async def ask() -> str:
        return language.get()

    assert await ask() == "zh"


async def test_slow_and_foreign_things_are_refused_inside_a_unit() -> None:
    @db.unit
    async def act() -> None:
        assert db.in_unit()
        db.refuse_in_unit("sending a message")

    db.refuse_in_unit("sending a message")
    with pytest.raises(db.InsideUnit, match="sending a message"):
        await act()


async def test_tasks_that_end_inside_their_unit_belong_to_it() -> None:
    @db.unit
    async def act() -> None:
        await asyncio.gather(*(Basket.create(name=f"tree {number}") for number in range(8)))

    await act()
    assert len(await names()) == 8


async def test_units_wait_for_each_other_and_none_is_lost() -> None:
    await put("plum")

    @db.unit
    async def add_one() -> None:
        assert await db.write("UPDATE unit_basket SET apples = apples + 1 WHERE name = ?", "plum") == 1

    await asyncio.gather(*(add_one() for _ in range(40)))
    assert (await db.read("SELECT apples FROM unit_basket"))[0]["apples"] == 40


async def test_the_writer_that_waits_sees_a_clear_error_in_the_end(
    monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    """Only PostgreSQL lets two units run side by side; there the row lock is what the second waits for."""
    monkeypatch.setattr("cunli.db.sqlite.PATIENCE", 0.1)
    monkeypatch.setattr("cunli.db.units.RETRY_WITHIN", 0.0)
    await put("plum")
    holding, done = asyncio.Event(), asyncio.Event()

    @db.unit
    async def hold() -> None:
        await db.write("UPDATE unit_basket SET apples = 1")
        holding.set()
        await done.wait()

    @db.unit
    async def second() -> None:
        if database == "postgres":
            await db.write("SET LOCAL lock_timeout = 100")
        await db.write("UPDATE unit_basket SET apples = 2")

    first = asyncio.ensure_future(hold())
    await holding.wait()
    try:
        with pytest.raises(db.Busy):
            await second()
    finally:
        done.set()
        await first


async def test_a_unit_that_met_contention_is_tried_again_from_the_start() -> None:
    tries: list[int] = []

    async def scheduled() -> None:
        scheduled_for.append(tries[-1])

    scheduled_for: list[int] = []

    @db.unit
    async def act() -> str:
        tries.append(len(tries) + 1)
        db.after_commit(scheduled)
        await Basket.create(name=f"try {len(tries)}")
        if len(tries) < 3:
            raise db.Contended("deadlock detected")
        return "done"

    assert await act() == "done"
    assert await names() == {"try 3"}
    await db.stop()
    assert scheduled_for == [3]


@pytest.mark.parametrize("problem", [db.Busy("slow"), Refused("no")])
async def test_nothing_else_is_tried_again(problem: Exception) -> None:
    tries: list[int] = []

    @db.unit
    async def act() -> None:
        tries.append(1)
        raise problem

    with pytest.raises(type(problem)):
        await act()
    assert len(tries) == 1


async def test_read_check_write_does_not_oversell_in_a_serializable_unit() -> None:
    await put("plum", 5)

    @db.unit(serializable=True)
    async def buy() -> bool:
        basket = await Basket.get(name="plum")
        await asyncio.sleep(0)
        if basket.apples == 0:
            return False
        basket.apples -= 1
        await basket.save()
        return True

    sold = await asyncio.gather(*(buy() for _ in range(8)))
    assert sum(sold) == 5
    assert (await Basket.get(name="plum")).apples == 0
