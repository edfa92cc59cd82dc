"""Figures: the petition rate before and since, the median from its steps, the rates of ratings, and what raises none of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from importlib.metadata import entry_points

import pytest
from doing import V, answered, do, put, write
from hypothesis import given
from hypothesis import strategies as st

from cunli import Period, enabling
from cunli.plugin_models import Mode
from cunli.testing.live import LiveSite
from cunli_mailbox import tallying
from cunli_mailbox.metrics import offered
from cunli_mailbox.petition_pages import shown
from cunli_mailbox.petitions import Counted, Quarter, change

STORY = {"heping": ((40, 2000), (34, 2000)), "donghu": ((60, 3000), (39, 3000))}  # −15 % and −35 % in three months


def counted(first: Quarter, *petitions: int, residents: int = 2000) -> list[Counted]:
    return [Counted(quarter=first.before(-n), petitions=one, residents=residents) for n, one in enumerate(petitions)]


@pytest.mark.parametrize(
    ("petitions", "says"),
    [((40, 34), "−15%"), ((60, 39), "−35%"), ((40, 40), "0%"), ((40, 50), "+25%"), ((0, 3), "—"), ((40,), "—")],
)
def test_before_and_since_as_the_towns_of_the_story_counted_it(petitions: tuple[int, ...], says: str) -> None:
    before = Quarter(2025, 4)
    assert shown(change(counted(before, *petitions), Quarter(2026, 1))) == says


def test_as_many_quarters_are_compared_as_follow_one_another_on_both_sides() -> None:
    rows = counted(Quarter(2025, 1), 90, 40, 40, 40, 30, 30)  # 2025Q1 … 2026Q2
    both = change(rows, Quarter(2026, 1))
    assert both is not None
    assert (both.quarters, both.before, both.since) == (2, 20.0, 15.0)
    with_a_gap = change([one for one in rows if one.quarter != Quarter(2025, 3)], Quarter(2026, 1))
    assert with_a_gap is not None
    assert with_a_gap.quarters == 1


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(0, 50))
def test_quarters_go_back_and_forth(day: date, count: int) -> None:
    quarter = Quarter.of(day)
    assert quarter.before(count).before(-count) == quarter
    assert Quarter.read(str(quarter)) == quarter
    assert (quarter.before(1) < quarter) is True


@pytest.mark.parametrize("text", ["", "2026", "2026Q5", "Q1", "26Q1", "2026Q1x", "二〇二六Q1"])
def test_what_is_no_quarter_is_none(text: str) -> None:
    assert Quarter.read(text) is None


@given(st.lists(st.integers(1, 359 * 60), min_size=1, max_size=40))
def test_the_median_lies_within_the_step_of_the_true_one(minutes: list[int]) -> None:
    sent = datetime(2026, 3, 2, tzinfo=UTC)
    steps: dict[str, int] = {}
    for one in minutes:
        row = {"submitted_at": sent, "answered_at": sent + timedelta(minutes=one), "answered_late": False}
        for name in tallying.adds({**row, "closed_how": "", "satisfaction": 0}):
            if name in tallying.STEPS:
                steps[name] = steps.get(name, 0) + 1
    found = tallying.median_hours(steps)
    assert found is not None
    half = sorted(minutes)[(len(minutes) - 1) // 2] / 60
    edges = (0, *tallying.HOURS)
    low = max(edge for edge in edges if edge < half)
    assert low <= found <= min(edge for edge in edges if edge >= half)


async def test_townships_write_petitions_down_and_the_county_sees_how_they_fell(plugin_site: LiveSite) -> None:
    await enabling.switch("mailbox", plugin_site["donghu"].region_id, Mode.ON, village_level=True)
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    county = await plugin_site.sign_in(await plugin_site.county_admin())
    assert (await secretary.open(f"{V}/mailbox/petitions")).status == 404  # nobody writes down what he is measured by
    this = Quarter.of(datetime.now(UTC).date())
    for slug, (before, since) in STORY.items():
        page = await county.open(f"/v/{slug}/mailbox/petitions")
        quarters = ((this.before(), before), (this, since))
        filled = {f"p{one}": str(n) for one, (n, _people) in quarters}
        filled |= {f"r{one}": str(people) for one, (_n, people) in quarters}
        bad = await page.form("form[action$='/petitions']").fill(**{f"p{this}": "许多"}).send()
        assert bad.status == 422
        assert (await page.form("form[action$='/petitions']").fill(**filled).send()).status == 200
    board = await county.open(f"/mailbox/petitions?since={this}")
    rows = [" ".join(one.split()) for one in board.words("table tr, .tcard")]
    assert any("望溪镇" in row and "−15%" in row for row in rows), rows
    assert any("东湖乡" in row and "−35%" in row for row in rows), rows
    assert f"望溪镇,{this},34,2000,17.0" in (await county.open("/mailbox/petitions.csv")).html
    township = await plugin_site.sign_in(await plugin_site.township_admin())
    assert "东湖乡" not in (await township.open(f"/mailbox/petitions?since={this}")).text


async def test_only_the_word_of_the_writer_raises_a_rate(plugin_site: LiveSite) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())

    async def board() -> list[str]:
        return [" ".join(one.split()) for one in (await secretary.open("/mailbox/board")).words(".kpis > *")]

    letter = await answered(plugin_site, writer, secretary)
    before = await board()
    assert any("响应率" in one and "100" in one for one in before)
    await secretary.post(f"{letter.url}/do/confirm", {"satisfaction": "3"})
    await secretary.post(f"{letter.url}/do/call_back", {"words": "好了", "satisfaction": "3"})
    assert await board() == before
    with plugin_site.inside():  # forged in the table itself
        await put("水管漏了", state="closed", closed_how="confirmed", satisfaction=3)
    assert await board() == before
    with plugin_site.inside():
        await put("水管漏了", state="replied", closed_how="", satisfaction=0)
    await do(writer, letter, "confirm", satisfaction="3")
    after = await board()
    assert after != before
    assert any("满意率" in one and "100" in one for one in after)


async def test_ratings_read_the_rates_of_a_village_and_of_no_other(plugin_site: LiveSite) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    letter = await answered(plugin_site, writer, secretary)
    await do(writer, letter, "confirm", satisfaction="2")
    await write(writer, "还没人管")
    with plugin_site.inside():
        await put("还没人管", due_at=datetime.now(UTC) - timedelta(days=1))
    today = datetime.now(UTC).date()
    period = Period(first=today - timedelta(days=2), last=today + timedelta(days=2))
    given_ = offered(object())
    with plugin_site.inside():
        here = plugin_site["heping"].id
        read = {one.id: await given_.measure(one.id, here, period) for one in given_.metrics()}
        early = Period(first=date(2020, 1, 1), last=date(2020, 1, 31))
        assert (await given_.measure("mailbox.response", here, early)).value is None
    assert (read["mailbox.response"].value, read["mailbox.response"].of) == (50.0, 2)
    assert (read["mailbox.resolution"].value, read["mailbox.resolution"].of) == (100.0, 1)
    assert (read["mailbox.satisfaction"].value, read["mailbox.satisfaction"].of) == (0.0, 1)
    with plugin_site.inside("donghu"):
        assert (await given_.measure("mailbox.response", plugin_site["donghu"].id, period)).value is None
    with pytest.raises(LookupError):
        await given_.measure("mailbox.none", 1, period)


def test_the_county_can_choose_them() -> None:
    (found,) = entry_points(group="cunli.metrics", name="mailbox")
    assert found.load() is offered
