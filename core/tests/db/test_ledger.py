"""A money ledger: what does not balance is not written, nothing is written twice, and numbers that somebody changed are named."""

from __future__ import annotations

from typing import Any

import pytest
from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.models import Model

from cunli import LedgerLine, Unbalanced, db
from cunli.clock import now
from cunli.db import ledger


class Village(Model):
    id = fields.IntField(primary_key=True)

    class Meta:
        table = "ledger_village"


class Line(LedgerLine):
    id = fields.IntField(primary_key=True)
    village: Any = fields.ForeignKeyField("core.Village", related_name=False)
    stall_id = fields.IntField()

    class Meta:
        table = "ledger_line"
        unique_together = (("journal", "account"),)


APPS = {"core": db.AppConfig(models=(__name__,))}
HERE, THERE = 1, 2


@pytest.fixture
async def villages(database: str) -> None:
    async def settle() -> None:
        for number in (HERE, THERE):
            await Village.create(id=number)

    await db.run_unit(settle)


async def enter(journal: str, sides: dict[str, Any], village: int = HERE, stall: int = 7) -> None:
    with db.scope(village):
        await db.run_unit(_enter, journal, sides, stall)


async def _enter(journal: str, sides: dict[str, Any], stall: int) -> None:
    await Line.enter(journal, sides, stall_id=stall)


async def lines() -> list[tuple[Any, ...]]:
    found = await db.read("SELECT village_id, stall_id, journal, account, fen FROM ledger_line ORDER BY id")
    return [tuple(row) for row in found]


async def test_an_entry_is_written_whole_and_only_if_it_balances(villages: None) -> None:
    await enter("paid:1", {"gateway": 1250, "held": -1250})
    there = [(HERE, 7, "paid:1", "gateway", 1250), (HERE, 7, "paid:1", "held", -1250)]
    assert await lines() == there
    for wrong in ({"gateway": 1250, "held": -1249}, {"gateway": 1}, {"held": -1, "shop": -1}):
        with pytest.raises(Unbalanced, match="paid:2"):
            await enter("paid:2", wrong)
    for no_money in ({"gateway": 0.5, "held": -0.5}, {"gateway": True, "held": -1}, {"gateway": "5", "held": "-5"}):
        with pytest.raises(TypeError, match="whole number of fen"):
            await enter("paid:2", no_money)
    assert await lines() == there
    await enter("paid:2", {"gateway": 1, "held": -1})
    assert len(await lines()) == 4, "the control: what balances is written"


async def test_where_nothing_moves_nothing_is_written(villages: None) -> None:
    await enter("settle:1", {"held": 0, "shop": 0})
    await enter("settle:2", {})
    assert await lines() == []


async def test_the_database_refuses_the_same_journal_twice(villages: None) -> None:
    await enter("paid:1", {"gateway": 5, "held": -5})
    with pytest.raises(IntegrityError):
        await enter("paid:1", {"gateway": 5, "held": -5})
    with pytest.raises(IntegrityError):
        await enter("paid:1", {"bank": 5, "held": -5})
    assert len(await lines()) == 2, "of the second entry there is no side either"


async def test_nothing_is_entered_outside_a_unit(villages: None) -> None:
    with db.scope(HERE), pytest.raises(db.OutsideUnit):
        await Line.enter("paid:1", {"gateway": 5, "held": -5}, stall_id=7)
    assert await lines() == []


async def test_an_entry_is_of_the_moment_that_is_given(villages: None) -> None:
    moment = now().replace(year=2020, microsecond=0)

    async def back_then() -> None:
        await Line.enter("paid:1", {"gateway": 5, "held": -5}, at=moment, stall_id=7)

    with db.scope(HERE):
        await db.run_unit(back_then)
        assert {one.at for one in await Line.all()} == {moment}


async def test_what_stands_on_the_accounts_of_a_village_or_of_a_stall(villages: None) -> None:
    await enter("paid:1", {"gateway": 500, "held": -500})
    await enter("paid:2", {"gateway": 70, "held": -70}, stall=8)
    await enter("refund:1", {"held": 200, "gateway": -200})
    await enter("paid:3", {"gateway": 9, "held": -9}, village=THERE)
    with db.scope(HERE):
        assert await Line.balances() == {"gateway": 370, "held": -370}
        assert await Line.balances(stall_id=7) == {"gateway": 300, "held": -300}
        assert await Line.balances(stall_id=99) == {}
    with db.scope(THERE):
        assert await Line.balances() == {"gateway": 9, "held": -9}
    with pytest.raises(db.NoScope):
        await Line.balances()


async def test_numbers_that_somebody_changed_are_named_and_no_others(villages: None) -> None:
    for number in range(1, 4):
        await enter(f"paid:{number}", {"gateway": 500, "held": -500})
    with db.scope(HERE):
        assert await Line.wrong_journals() == []
        await db.run_unit(db.write, "UPDATE ledger_line SET fen = 499 WHERE journal = 'paid:2' AND account = 'gateway'")
        assert await Line.wrong_journals() == ["paid:2"]
    with db.scope(THERE):
        assert await Line.wrong_journals() == []


async def test_of_very_many_wrong_ones_only_the_first_are_told(villages: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ledger.MOST_TOLD == 1000
    monkeypatch.setattr(ledger, "MOST_TOLD", 5)

    async def one_sided() -> None:
        for number in range(9):
            await Line.create(journal=f"paid:{number}", account="gateway", fen=1, stall_id=7, at=now())

    with db.scope(HERE):
        await db.run_unit(one_sided)
        assert await Line.wrong_journals() == [f"paid:{number}" for number in range(5)]


def test_a_ledger_in_which_a_journal_could_be_written_twice_is_refused() -> None:
    with pytest.raises(TypeError, match="unique_together"):

        class Loose(LedgerLine):
            id = fields.IntField(primary_key=True)
            village: Any = fields.ForeignKeyField("core.Village", related_name=False)

            class Meta:
                table = "ledger_loose"
