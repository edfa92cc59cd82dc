"""The board: the numbers of a region, what needs somebody today, and that it costs the same for a county of any size."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest

from cunli import db
from cunli.clock import now, today
from cunli.console import overview
from cunli.people.models import MembershipState
from cunli.places import activity
from cunli.places.models import VillageFigure
from cunli.places.rules import SMARTPHONE_USERS
from cunli.testing import sample
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened

from .conftest import Asks, Grow


@db.unit
async def figure(village_id: int, users: int, day: date) -> None:
    with db.scope(village_id):
        await VillageFigure.create(village_id=village_id, kind=SMARTPHONE_USERS, value=users, as_of=day)


def kpis(page: Opened) -> dict[str, str]:
    """What the tiles say: label → number."""
    words = zip(page.words(".kpi__l"), page.words(".kpi__v"), strict=True)
    return {label: value.replace(" ", "") for label, value in words}


async def test_the_rate_of_the_source_comes_out_on_the_board(site: LiveSite) -> None:
    """382 000 of 450 000 smartphone users are 84.9 % (the county's report of 2018, the latest number of each village)."""
    heping, donghu = site["heping"], site["donghu"]
    await db.run_unit(db.write, "UPDATE core_village SET verified_count = 200000 WHERE id = ?", heping.id)
    await db.run_unit(db.write, "UPDATE core_village SET verified_count = 182000 WHERE id = ?", donghu.id)
    await db.run_unit(db.write, "UPDATE core_village SET verified_count = 77 WHERE id = ?", site["shangba"].id)
    await figure(heping.id, 999_999, date(2017, 1, 1))
    await figure(heping.id, 250_000, date(2018, 3, 1))
    await figure(donghu.id, 200_000, date(2018, 3, 1))
    page = await (await site.sign_in(await site.county_admin())).open("/admin")
    assert kpis(page)["认证率"] == "84.9%"
    assert kpis(page)["认证的乡亲"] == "382,077人"
    assert "没填手机用户数的村 1" in page.text, "上坝村 is in neither part of the rate"


async def test_all_villages_are_active_until_one_is_silent_and_it_is_named(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.county_admin())
    assert kpis(await visitor.open("/admin"))["有动静的村"] == "3/3", "just opened is not silent"
    await db.run_unit(db.write, "UPDATE core_village SET opened_at = ?", now() - timedelta(days=60))

    async def talk() -> None:
        await activity.note(site["heping"].id, "posts", now())
        await activity.note(site["donghu"].id, "comments", now() - timedelta(days=20))

    await db.run_unit(talk)
    page = await visitor.open("/admin")
    assert kpis(page)["有动静的村"] == "1/3"
    assert [row.split(" ")[0] for row in page.words("#quiet .li__t")] == ["上坝村", "东湖村"]
    assert "20 天没动静" in page.one("#quiet").text_content()
    month = await visitor.open("/admin?quiet=30")
    assert [row.split(" ")[0] for row in month.words("#quiet .li__t")] == ["上坝村"]
    township = await (await site.sign_in(await site.township_admin())).open("/admin")
    assert kpis(township)["有动静的村"] == "1/2", "a township sees its own villages only"
    assert "东湖村" not in township.text


async def test_what_waits_stands_on_top_with_a_way_there_and_what_is_late_says_so(site: LiveSite) -> None:
    for name in ("张三", "李四"):
        await sample.member(await sample.person(name), site["heping"], state=MembershipState.APPLIED, group=None)
    await sample.member(await sample.person("王五"), site["donghu"], state=MembershipState.APPLIED, group=None)
    old = now() - timedelta(days=5)
    await db.run_unit(
        db.write, "UPDATE core_membership SET applied_at = ? WHERE village_id = ?", old, site["donghu"].id
    )
    county = await (await site.sign_in(await site.county_admin())).open("/admin")
    errand = next(words for words in county.words(".errand") if "等着认证的人" in words)
    assert "等着认证的人 3" in errand
    assert "超期 1" in errand
    assert errand.index("东湖村") < errand.index("禾坪村"), "the oldest first"
    assert "/v/donghu/members/requests" in county.links()
    township = await (await site.sign_in(await site.township_admin())).open("/admin")
    assert "等着认证的人 2" in township.text
    assert "/v/donghu/members/requests" not in township.links()
    village = await (await site.sign_in(await site.village_admin())).open("/admin")
    assert "/v/heping/members/requests" in village.links()


async def test_an_empty_board_says_that_nothing_waits_and_where_to_begin(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.county_admin())
    await db.run_unit(db.write, "UPDATE core_village SET state = 'closed'")
    page = await visitor.open("/admin")
    assert "还没有开通村" in page.text
    opened = await page.follow("去开通")
    assert "state=unopened" in opened.url


async def test_the_numbers_stand_beside_the_pictures_and_come_as_files(site: LiveSite) -> None:
    async def talk() -> None:
        for _ in range(3):
            await activity.note(site["heping"].id, "posts", now())
        await activity.note(site["heping"].id, "notices", now() - timedelta(weeks=1))

    await db.run_unit(talk)
    visitor = await site.sign_in(await site.county_admin())
    page = await visitor.open("/admin")
    assert len(page.all("svg.chart")) == 2
    assert len(page.all("svg.chart > title")) == len(page.all("svg.chart > desc")) == 2
    rows = [row.text_content() for row in page.all(".wrap-x tbody tr")]
    assert len(rows) == 12
    answer = await visitor.open("/admin/numbers/weeks.csv")
    lines = list(csv.reader(io.StringIO(answer.html.lstrip("\ufeff"))))
    assert lines[-1] == [activity.monday(today()).isoformat(), "3", "0", "0", "1"]
    assert lines[-2][2] == "1"
    regions = (await visitor.open("/admin/numbers/regions.csv")).html
    assert "望溪镇,2,2,2" in regions
    assert (await visitor.open("/admin/numbers/secrets.csv")).status == 404


@pytest.mark.parametrize("query", ["quiet=0", "quiet=abc", "quiet=14;", "quiet=9999999999", "quiet=-7"])
async def test_days_that_are_not_offered_are_refused(site: LiveSite, query: str) -> None:
    visitor = await site.sign_in(await site.county_admin())
    assert (await visitor.open(f"/admin?{query}")).status == 400


async def test_the_board_costs_the_same_for_five_villages_and_for_five_hundred(
    site: LiveSite, grow: Grow, asks: Asks
) -> None:
    visitor = await site.sign_in(await site.county_admin())
    await grow(5)
    few = {path: await asks(visitor, path) for path in ("/admin", f"/admin?region={site.township_id}")}
    await grow(500, first=400)
    many = {path: await asks(visitor, path) for path in few}
    assert many == few
    assert max(many.values()) <= 8, many


def test_by_how_much_a_week_differs_from_the_one_before() -> None:
    assert overview.change([100, 106]) == 6
    assert overview.change([100, 50]) == -50
    assert overview.change([0, 5]) is None


def test_regions_add_up() -> None:
    part = overview.Standing(
        id=1, name="望溪镇", villages=9, opened=4, quiet=1, unled=0, verified=10, away=1, households=3, counted=1,
        users=20, verified_there=10,
    )  # fmt: skip
    both = overview.summed(7, "澜川县", (part, part))
    assert (both.id, both.opened, both.active, both.rate) == (7, 8, 6, Decimal("50.0"))
