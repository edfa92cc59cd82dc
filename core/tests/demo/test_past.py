"""Entries of plugins that the demo dates back: they stand in the feed where they would stand, and nothing else is dated back."""

from __future__ import annotations

from datetime import timedelta

from cunli import db
from cunli.clock import now
from cunli.feed import actions, past
from cunli.feed.actions import Written
from cunli.places.queries import village_by_id
from cunli.testing.live import LiveSite


async def _publish(days: float | None) -> str:
    (row,) = await db.read("SELECT id FROM core_village ORDER BY id LIMIT 1")
    (author,) = await db.read("SELECT MIN(person_id) AS id FROM core_membership WHERE village_id = ?", row["id"])
    village = await village_by_id(row["id"])
    assert village is not None
    at = None if days is None else now() - timedelta(days=days)
    with db.scope(village.id):
        written = Written(kind="post", body=f"{days} 天前", audience="village")
        return await actions.publish(village, author["id"], written, at=at)


async def _in_order() -> list[float]:
    rows = await db.read("SELECT created_at FROM core_post ORDER BY id")
    return [db.when(row["created_at"]).timestamp() for row in rows]


async def test_what_is_dated_back_stands_where_it_would_stand(demo_on_both: LiveSite) -> None:
    before = await _in_order()
    assert before == sorted(before)
    keys = [await _publish(days) for days in (3, 3.0001, 11, 2.5, 400, 3)]
    after = await _in_order()
    assert len(after) == len(before) + len(keys)
    assert after == sorted(after), "the feed reads by number, and numbers follow the time"
    (newest,) = await db.read("SELECT MAX(id) AS n FROM core_post")
    key = await _publish(None)
    (row,) = await db.read("SELECT id FROM core_post WHERE key = ?", key)
    assert row["id"] > newest["n"], "what is written now comes last"


async def test_control_without_a_number_of_its_own_it_would_come_last(demo_on_both: LiveSite, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    async def nowhere(_moment: object) -> None:
        return None

    monkeypatch.setattr(past, "number_at", nowhere)
    await _publish(3)
    order = await _in_order()
    assert order != sorted(order)


def test_nothing_but_the_demo_dates_back_and_nothing_comes_from_the_future() -> None:
    assert not past.may_be(now() - timedelta(days=1))
    with past.demo_is_told():
        assert past.may_be(now() - timedelta(days=1))
        assert not past.may_be(now() + timedelta(days=1))
    assert not past.may_be(now() - timedelta(days=1))
