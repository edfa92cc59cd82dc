"""Tables that come from a file: many rows with one call, and none of them when one is bad."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.models import Model

from cunli import db

pytestmark = pytest.mark.usefixtures("database")
COLUMNS = ("id", "name", "day", "at")
AT = datetime(2026, 11, 22, 3, tzinfo=UTC)


class Harvest(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=20, unique=True)
    day = fields.DateField(null=True)
    at = fields.DatetimeField(null=True)

    class Meta:
        table = "many_harvest"


APPS = {"fields": db.AppConfig(models=(__name__,))}


async def names() -> list[str]:
    return [row["name"] for row in await db.read("SELECT name FROM many_harvest ORDER BY id")]


async def test_many_rows_are_written_at_once_and_read_back_alike() -> None:
    rows = [(n, f"第{n}季", date(2026, 1, 1), AT) for n in range(1, 2001)]
    await db.run_unit(db.insert_many, "many_harvest", COLUMNS, rows)
    assert await Harvest.all().count() == 2000
    last = await Harvest.get(id=2000)
    assert (last.name, last.day, last.at) == ("第2000季", date(2026, 1, 1), AT)
    await db.run_unit(db.write_many, "UPDATE many_harvest SET name = ? WHERE id = ?", [("甲", 1), ("乙", 2)])
    assert (await names())[:3] == ["甲", "乙", "第3季"]


async def test_one_bad_row_leaves_none() -> None:
    with pytest.raises(IntegrityError):
        await db.run_unit(db.insert_many, "many_harvest", COLUMNS, [(1, "稻", None, None), (2, "稻", None, None)])
    assert await names() == []


async def test_many_rows_need_a_unit_like_one() -> None:
    with pytest.raises(db.OutsideUnit):
        await db.insert_many("many_harvest", COLUMNS, [(1, "稻", None, None)])
    with pytest.raises(db.OutsideUnit):
        await db.write_many("UPDATE many_harvest SET name = ?", [("稻",)])
