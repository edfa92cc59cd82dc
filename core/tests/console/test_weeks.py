"""The weeks of a village: counted as things are published, checked at night, added up when villages merge."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from cunli import db
from cunli.clock import local_date, now, today
from cunli.places import activity
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor

BODY = "今天村口的路修好了"


async def weeks(village_id: int) -> dict[date, tuple[int, int, int]]:
    rows = await db.read("SELECT * FROM core_village_week WHERE village_id = ?", village_id)
    return {activity.as_day(row["week"]): (row["posts"], row["notices"], row["comments"]) for row in rows}


async def post(visitor: Visitor, slug: str = "heping") -> Opened:
    return await (await visitor.open(f"/v/{slug}/new")).form().fill(body=BODY).send()


async def test_a_post_a_notice_and_a_comment_are_counted_in_their_week(site: LiveSite) -> None:
    villager = await site.sign_in(await site.villager("覃小禾"))
    assert (await post(villager)).status == 200
    key = (await db.read("SELECT key FROM core_post"))[0]["key"]
    page = await villager.open(f"/v/heping/p/{key}")
    await page.form(".bar--say textarea").fill(body="好事").send()
    admin = await site.sign_in(await site.village_admin())
    await (await admin.open("/v/heping/notices/new")).form().fill(title="停水", body="明天停水").send()
    assert await weeks(site["heping"].id) == {activity.monday(today()): (1, 1, 1)}
    assert await weeks(site["shangba"].id) == {}


async def test_the_nightly_count_raises_what_is_too_low_and_leaves_what_was_deleted(site: LiveSite) -> None:
    heping = site["heping"].id
    villager = await site.sign_in(await site.villager("覃小禾"))
    await post(villager)
    await post(villager)
    assert await activity.recount_all() == 0, "the acts counted right"
    await db.run_unit(db.write, "UPDATE core_village_week SET posts = 0")
    assert await activity.recount_all() == 1
    assert await weeks(heping) == {activity.monday(today()): (2, 0, 0)}
    await db.run_unit(db.write, "DELETE FROM core_post")
    assert await activity.recount_all() == 0
    assert await weeks(heping) == {activity.monday(today()): (2, 0, 0)}


async def test_an_act_that_forgets_to_count_is_found_at_night(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    async def forgetful(*_: object) -> None: ...

    monkeypatch.setattr("cunli.feed.actions.activity.note", forgetful)
    await post(await site.sign_in(await site.villager("覃小禾")))
    assert await weeks(site["heping"].id) == {}
    assert await activity.recount_all() == 1
    assert await weeks(site["heping"].id) == {activity.monday(today()): (1, 0, 0)}


async def test_what_waits_for_an_official_is_counted_when_it_stands(site: LiveSite) -> None:
    await post(await site.sign_in(await site.villager("覃小禾")))
    await db.run_unit(db.write, "UPDATE core_post SET state = 'held'")
    await db.run_unit(db.write, "DELETE FROM core_village_week")
    assert await activity.recount_all() == 0


async def test_the_weeks_of_two_villages_are_added_up_when_they_become_one(site: LiveSite) -> None:
    heping, shangba = site["heping"].id, site["shangba"].id
    before = now() - timedelta(weeks=2)

    async def both() -> None:
        for village, count in ((heping, 2), (shangba, 3)):
            for _ in range(count):
                await activity.note(village, "posts", before)
        await activity.note(shangba, "comments", now())
        await activity.add_up(heping, shangba)

    await db.run_unit(both)
    early, this = activity.monday(local_date(before)), activity.monday(today())
    assert await weeks(heping) == {}
    assert await weeks(shangba) == {early: (5, 0, 0), this: (0, 0, 1)}
