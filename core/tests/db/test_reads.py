"""Raw reads and writes: one spelling, the same answer on both databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import uuid4

import pytest
from tortoise import fields
from tortoise.models import Model

from cunli import db
from cunli.db.reads import numbered


class Letter(Model):
    id = fields.IntField(primary_key=True)
    text = fields.CharField(max_length=40)
    sent_at = fields.DatetimeField(null=True)
    day = fields.DateField(null=True)
    key = fields.UUIDField(null=True)
    weight = fields.DecimalField(max_digits=8, decimal_places=2, null=True)

    class Meta:
        table = "read_letter"


class Copy(Model):
    id = fields.IntField(primary_key=True)
    letter: Any = fields.ForeignKeyField("post.Letter", related_name=False, on_delete=fields.OnDelete.CASCADE)

    class Meta:
        table = "read_copy"


APPS = {"post": db.AppConfig(models=(__name__,))}


class Kind(StrEnum):
    PLAIN = "plain"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT ? + ?", "SELECT $1 + $2"),
        ("SELECT 'what?', \"odd?\" , ?", "SELECT 'what?', \"odd?\" , $1"),
        ("SELECT 'it''s ?' , ? -- why?\n, ?", "SELECT 'it''s ?' , $1 -- why?\n, $2"),
        ("SELECT /* ? */ ?", "SELECT /* ? */ $1"),
        ("SELECT 1", "SELECT 1"),
    ],
)
def test_placeholders_are_numbered_outside_quotes_and_comments(sql: str, expected: str) -> None:
    assert numbered(sql) == expected


async def test_rows_are_read_by_name_and_by_place(database: str) -> None:
    await db.run_unit(Letter.create, text="问好?")
    (row,) = await db.read("SELECT id, text FROM read_letter WHERE text = ? AND text <> '?'", "问好?")
    assert (row["text"], row[1], len(row)) == ("问好?", "问好?", 2)
    assert dict(row) == {"id": 1, "text": "问好?"}
    with pytest.raises((KeyError, IndexError)):
        row["nothing"]


async def test_what_was_committed_is_seen_at_once(database: str) -> None:
    for number in range(20):
        await db.run_unit(Letter.create, text=str(number))
        assert (await db.read("SELECT COUNT(*) AS n FROM read_letter"))[0]["n"] == number + 1


async def test_a_unit_reads_what_it_wrote_and_others_do_not(database: str) -> None:
    wrote, done = asyncio.Event(), asyncio.Event()

    @db.unit
    async def write() -> int:
        await Letter.create(text="draft")
        wrote.set()
        await done.wait()
        return len(await db.read("SELECT id FROM read_letter"))

    task = asyncio.ensure_future(write())
    await wrote.wait()
    assert await db.read("SELECT id FROM read_letter") == []
    done.set()
    assert await task == 1


async def test_moments_days_and_keys_compare_alike_on_both(database: str) -> None:
    """SQLite keeps moments as text: they must sort, whole seconds or not, and whatever the zone they were given in."""
    shanghai = timezone(timedelta(hours=8))
    base = datetime(2026, 2, 17, 12, 0, 0, tzinfo=UTC)
    moments = [base, base + timedelta(microseconds=1), base + timedelta(seconds=1), base + timedelta(hours=9)]
    key = uuid4()
    for number, moment in enumerate(moments):
        await db.run_unit(
            Letter.create, text=str(number), sent_at=moment.astimezone(shanghai), day=date(2026, 2, 17), key=key
        )
    for number, moment in enumerate(moments):
        for given in (moment, moment.astimezone(shanghai)):
            rows = await db.read("SELECT text, sent_at FROM read_letter WHERE sent_at <= ? ORDER BY sent_at", given)
            assert [row["text"] for row in rows] == [str(n) for n in range(number + 1)]
            assert db.when(rows[-1]["sent_at"]) == moment
    assert len(await db.read("SELECT id FROM read_letter WHERE day = ? AND key = ?", date(2026, 2, 17), key)) == 4


async def test_raw_writes_store_what_the_orm_reads(database: str) -> None:
    moment, key = datetime(2026, 2, 17, 12, tzinfo=UTC), uuid4()
    sql = "INSERT INTO read_letter (text, sent_at, day, key, weight) VALUES (?, ?, ?, ?, ?)"
    assert await db.run_unit(db.write, sql, Kind.PLAIN, moment, date(2026, 2, 17), key, Decimal("1.50")) == 1
    letter = await Letter.get(text="plain", sent_at=moment)
    assert (letter.day, letter.key, letter.weight) == (date(2026, 2, 17), key, Decimal("1.50"))


async def test_a_write_counts_the_rows_it_touched_itself(database: str) -> None:
    @db.unit
    async def act() -> list[int]:
        for text in ("a", "b", "b"):
            letter = await Letter.create(text=text)
            await Copy.create(letter=letter)
        return [
            await db.write("UPDATE read_letter SET text = ? WHERE text = ?", "c", "b"),
            await db.write("UPDATE read_letter SET text = ? WHERE text = ?", "d", "nothing"),
            await db.write("DELETE FROM read_letter WHERE text = ?", "c"),
            await Letter.filter(text="a").delete(),
        ]

    assert await act() == [2, 0, 2, 1]  # the copies that went with them are not counted
    assert await Copy.all().count() == 0


async def test_many_rows_are_written_with_one_call_or_not_at_all(database: str) -> None:
    day = date(2026, 2, 17)

    @db.unit
    async def act(last: str | None) -> None:
        await db.write_many("INSERT INTO read_letter (text, day) VALUES (?, ?)", [("a", day), (last, day)])

    with pytest.raises(Exception, match="(?i)null"):
        await act(None)
    assert await Letter.all().count() == 0
    await act("b")
    assert await Letter.filter(day=day).count() == 2


async def test_an_in_list_has_one_mark_for_each_value_and_is_never_empty(database: str) -> None:
    for text in "abc":
        await db.run_unit(Letter.create, text=text)
    wanted = ["a", "c"]
    rows = await db.read(f"SELECT text FROM read_letter WHERE text IN ({db.marks(wanted)}) ORDER BY id", *wanted)
    assert [row["text"] for row in rows] == wanted
    with pytest.raises(ValueError, match="empty"):
        db.marks([])


async def test_a_moment_without_a_zone_is_refused(sqlite_url: str) -> None:
    await db.start(sqlite_url, APPS)
    try:
        with pytest.raises(ValueError, match="time zone"):
            await db.read("SELECT ?", datetime(2026, 2, 17))
    finally:
        await db.stop()


def test_when_understands_what_either_engine_gives() -> None:
    moment = datetime(2026, 2, 17, 4, 30, tzinfo=UTC)
    assert db.when("2026-02-17 04:30:00+00:00") == moment
    assert db.when("2026-02-17T12:30:00+08:00") == moment
    assert db.when("2026-02-17 04:30:00") == moment
    assert db.when(moment.astimezone(timezone(timedelta(hours=8)))) == moment
    assert db.when(moment).tzinfo is UTC
    assert db.when(None) is None


async def test_reading_before_the_start_is_told_so() -> None:
    with pytest.raises(db.NotStarted, match=r"db\.start"):
        await db.read("SELECT 1")
