"""Boards: every number from the rows again, and 71 %."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from party_journeys import P, branch, elsewhere, member, send

from cunli import new_key, unit
from cunli.testing.live import LiveSite
from cunli_party import heads
from cunli_party.boards import figures
from cunli_party.exchanges import add, exchanged, month_of, recount
from cunli_party.models import Branch, Completion, Course, Journey, Meeting, Member, Tally
from cunli_party.papers import now, today

pytestmark = pytest.mark.both_databases


@unit
async def _member(branch: Branch, number: int, *, away: str = "") -> Member:
    one = await Member.create(
        key=new_key(), branch_id=branch.id, name=f"党员{number}", standing="verified", away=away, since=now()
    )
    await heads.entered(one)
    return one


@unit
async def _branch(name: str) -> Branch:
    return await Branch.create(key=new_key(), kind="branch", name=name, founded_on=date(2020, 1, 1))


@unit
async def _away(member: Member) -> None:
    day = date(2026, 1, 1)
    await Journey.create(
        key=new_key(), member_id=member.id, reason="work", place="义乌", since=day, told_on=day, reported_on=day
    )


@unit
async def _life(branch: Branch, members: list[Member], course: Course) -> None:
    """Meetings valid and not, exchanges, completions, in this month and in others."""
    for number, kind in enumerate(("day", "congress", "congress")):
        valid = number < 2
        await Meeting.create(
            key=new_key(), branch_id=branch.id, kind=kind, title="会", starts_at=now(), state="held", valid=valid
        )
        if valid:
            await add(branch.id, month_of(now()), f"meeting.{kind}")
    for number in range(7):
        await exchanged("reply", branch.id * 100 + number, branch_id=branch.id, person_id=None)
        await exchanged(
            "reply", branch.id * 100 + number, branch_id=branch.id, person_id=None
        )  # said twice it counts once
    await Completion.create(
        key=new_key(), course_id=course.id, number="1", hours=2, rule=1, pass_percent=60, lessons=1, at=now()
    )
    await Completion.create(
        key=new_key(),
        course_id=course.id,
        number="2",
        hours=2,
        rule=1,
        pass_percent=60,
        lessons=1,
        at=now(),
        withdrawn_at=now(),
    )


@unit
async def _course() -> Course:
    return await Course.create(key=new_key(), title="课", category="policy", made_at=now())


async def test_seventy_one_percent_and_every_number_counted_anew(plugin_site: LiveSite) -> None:
    office = await plugin_site.sign_in(await plugin_site.county_admin())
    with plugin_site.inside():
        branch, small = await _branch("大支部"), await _branch("小支部")
        members = [await _member(branch, n, away="out" if n < 100 else "") for n in range(300)]
        for n in range(3):
            await _member(small, n)
        for one in members[:71]:
            await _away(one)
        await _life(branch, members, await _course())
    page = await office.open("/party/board")
    assert "71%" in page.text
    row = next(one for one in page.all("tbody tr") if "禾坪村" in "".join(one.itertext()))
    assert ["".join(cell.itertext()).strip() for cell in row] == [
        "禾坪村",
        "2",
        "303",
        "0",
        "100",
        "71",
        "71%",
        "50%",
        "50%",
        "1",
        "7",
    ]
    with plugin_site.inside():
        kept = {(one.branch_id, one.month, one.kind): one.count for one in await Tally.all() if one.count}
        assert kept == dict(await recount() + await heads.recount())
        year = today().year
        assert await Member.filter(standing="verified").count() == 303
        assert await Member.filter(standing="verified", away="out").count() == 100
        registered = {one.member_id for one in await Journey.filter(back_on__isnull=True)}
        assert len(registered & {one.id for one in await Member.filter(away="out")}) == 71
        start = datetime(year, 1, 1, tzinfo=UTC) - timedelta(hours=8)
        assert await Completion.filter(withdrawn_at__isnull=True, at__gte=start).count() == 1
    table = (await office.open("/party/board.csv")).response.content.decode("utf-8-sig")
    assert "禾坪村,2,303,0,100,71,71%,50%,50%,1,7" in table


async def test_planted_control_a_sum_that_is_off_is_found(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        branch = await _branch("支部")
        await _life(branch, [], await _course())
        await unit(add)(branch.id, month_of(now()), "exchange")
        kept = {(one.branch_id, one.month, one.kind): one.count for one in await Tally.all()}
        assert kept != dict(await recount() + await heads.recount())


async def test_who_holds_no_office_gets_no_board_and_a_township_sees_its_own_villages(plugin_site: LiveSite) -> None:
    for who, status in ((await plugin_site.villager("张桂秀"), 403), (await plugin_site.township_admin(), 200)):
        assert (await (await plugin_site.sign_in(who)).open("/party/board")).status == status
    elsewhere = await plugin_site.sign_in(await plugin_site.township_admin("外镇", slug="donghu"))
    assert "禾坪村" not in (await elsewhere.open("/party/board")).text


def test_rates_of_nothing_are_none() -> None:
    assert figures.rate(0, 0) is None
    assert figures.rate(71, 100) == 71
    assert figures.together([figures.Figures(away=1), figures.Figures(away=2, registered=1)]).registration == 33


async def test_sums_of_members_go_along_with_everything_that_happens_to_them(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    taker, there = await elsewhere(plugin_site)
    named = ("麻建国", "龙大山", "吴长生", "田大姐", "向小妹")
    gone = {name: await member(plugin_site, leader, at, name) for name in named}
    for name in named[:3]:
        await send(gone[name][1], f"{P}/away/tell", reason="work", place="义乌", since="2026-01-05")
    await (await leader.open(f"{P}/away")).form("form[action$='/together']").send()
    with plugin_site.inside():
        keys = {one.name: one.key for one in await Member.filter(home_id__isnull=True)}
    await send(leader, f"{P}/members/{keys['龙大山']}/change", status="probationary")
    await send(leader, f"{P}/members/{keys['麻建国']}/edit", away="")
    letter = await (await leader.open(f"{P}/members/{keys['田大姐']}")).form("form[action$='/letter']").send()
    await send(taker, f"{there}/take", key=letter.words(".p-party-code")[0], name="田大姐")
    applied = await plugin_site.sign_in(await plugin_site.villager("申请人"))
    with plugin_site.inside():
        number = str((await Member.get(key=keys["龙大山"])).branch_id)
    await send(applied, f"{P}/apply", branch=number, status="full")
    with plugin_site.inside():
        waiting = (await Member.get(standing="applied")).key
    await send(leader, f"{P}/members/{waiting}/decide", passed="1")
    await send(leader, f"{P}/members/{keys['吴长生']}/leave", reason="去世")
    await plugin_site.close_account(gone["向小妹"][0])
    with plugin_site.inside():
        sums = {(one.branch_id, one.month, one.kind): one.count for one in await Tally.all() if not one.month}
        expected = await heads.recount()
        assert sum(expected.values()) == 6
        assert {key: n for key, n in sums.items() if n} == dict(expected)
        assert await Journey.filter(back_on__isnull=True).count() == 1, "who is not away is not in the register"
        assert await Journey.exclude(contact="").count() == 0
