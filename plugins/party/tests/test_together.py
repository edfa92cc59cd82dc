"""Three members away in one place: a temporary branch that they see, meet and read in, while they stay members at home."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from party_journeys import P, branch, eventually, member, send

from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor
from cunli_party.models import Attendance, Branch, Journey, Member, Step
from cunli_party.papers import ZONE

TRIP = {"reason": "work", "place": "浙江义乌", "since": "2026-01-05"}
BEFORE = (datetime.now(UTC) - timedelta(hours=3)).astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")


async def _together(site: LiveSite) -> tuple[Visitor, str, list[Visitor], Opened]:
    """The secretary at home, the branch, three who are away, and the page of their temporary branch."""
    leader, at = await branch(site)
    gone = []
    for name in ("麻建国", "龙大山", "吴长生"):
        _person, own = await member(site, leader, at, name)
        await send(own, f"{P}/away/tell", **TRIP)
        gone.append(own)
    page = await (await leader.open(f"{P}/away")).form("form[action$='/together']").send()
    assert page.status == 200
    return leader, at, gone, page


async def test_three_away_see_and_use_their_temporary_branch_and_nobody_else_does(plugin_site: LiveSite) -> None:
    leader, at, gone, made = await _together(plugin_site)
    assert "浙江义乌临时党支部" in (await gone[0].open(f"{P}/home")).text
    page = await gone[0].open(made.url)
    assert page.status == 200
    assert "3 名党员" in page.text
    roll = await gone[0].open(f"{made.url}/members")
    assert all(name in roll.text for name in ("麻建国", "龙大山", "吴长生"))
    await send(leader, f"{made.url}/announce", title="周日见面", body="老地方")

    async def told() -> bool:
        return "周日见面" in (await gone[1].open("/inbox")).text

    await eventually(told)
    notices = await gone[1].open(f"{made.url}/notices")
    seen = await notices.follow("周日见面")
    await seen.form("form[action$='/read']").send()
    assert "1 / 3 人说收到了" in (await leader.open(seen.url)).text
    _person, stayed = await member(plugin_site, leader, at, "留村党员")
    assert (await stayed.open(made.url)).status == 404, "it is those who are there"
    assert "4 + 1" not in page.text
    home = await leader.open(at)
    assert "5 名党员" in home.text, "at home everybody is counted once"


async def test_where_members_work_is_not_for_the_village(plugin_site: LiveSite) -> None:
    leader, _at, gone, _made = await _together(plugin_site)
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    office = await plugin_site.sign_in(await plugin_site.village_admin())
    for path in ("home", "apply"):
        assert "义乌" not in (await villager.open(f"{P}/{path}")).text, path
    for who in (leader, gone[0], office):
        assert "义乌" in (await who.open(f"{P}/home")).text, (
            "the control: who is in it, leads it, or names its secretary"
        )


async def test_meetings_there_give_hours_and_are_counted_by_those_who_are_there(plugin_site: LiveSite) -> None:
    leader, _at, gone, made = await _together(plugin_site)
    page = await send(leader, f"{made.url}/plan", kind="day", title="学习", starts_at=BEFORE, hours="4")
    with plugin_site.inside():
        guests = {one.name: one.id for one in await Member.filter(home_id__isnull=False)}
        home = await Member.get(name="麻建国", home_id__isnull=True)
    hold = await leader.open(f"{page.url}/hold")
    ways = {f"m{guests['麻建国']}": "person", f"m{guests['龙大山']}": "person"}
    held = await hold.form("main form[method=post]").fill(minutes="学了", **ways).send()
    assert "到会 2 / 3" in held.text
    with plugin_site.inside():
        assert await Attendance.filter(member__home_id=home.id).count() == 1
    assert "4 / 32" in (await gone[0].open(f"{P}/members/{home.key}/hours")).text, "the hours are at home"


async def test_on_the_board_and_in_dues_everybody_is_once(plugin_site: LiveSite) -> None:
    leader, at, _gone, _made = await _together(plugin_site)
    office = await plugin_site.sign_in(await plugin_site.county_admin())
    row = next(
        one for one in (await office.open("/party/board")).all("tbody tr") if "禾坪村" in "".join(one.itertext())
    )
    assert ["".join(cell.itertext()).strip() for cell in row][1:7] == ["1", "4", "0", "3", "3", "100%"]
    assert "4 名党员" in (await leader.open(at)).text
    with plugin_site.inside():
        assert await Member.filter(standing="verified").count() == 7, "the control: three stand twice"


async def test_who_comes_later_is_put_in_and_who_comes_back_leaves(plugin_site: LiveSite) -> None:
    leader, at, gone, made = await _together(plugin_site)
    assert not (await leader.open(f"{P}/away")).all("form[action$='/together']"), "everybody is in"
    _person, late = await member(plugin_site, leader, at, "后来的")
    await send(late, f"{P}/away/tell", **TRIP)
    assert (await late.open(made.url)).status == 404
    page = await leader.open(f"{P}/away")
    assert "还有 1 人没编进" in page.text
    await page.form("form[action$='/together']").send()
    assert (await late.open(made.url)).status == 200
    again = await leader.post(f"{at}/together", {**page.form("form[action$='/together']").fields, "place": "浙江义乌"})
    assert again.status < 500
    for own in [*gone, late]:
        await (await own.open(f"{P}/away")).form("form[action$='/back']").send()
    assert (await late.open(made.url)).status == 404, "back home, it is no longer theirs"
    with plugin_site.inside():
        assert await Member.filter(home_id__isnull=False, standing="verified").count() == 0
        found = await Branch.get(kind="temporary")
        assert found.dissolved_on is not None, "nobody is in it any more"
        assert await Journey.filter(back_on__isnull=True).count() == 0
        assert await Step.filter(what="together").count() == 8, "in the history at home and there"


async def test_a_guest_is_changed_moved_and_written_letters_for_at_home_only(plugin_site: LiveSite) -> None:
    leader, _at, _gone, made = await _together(plugin_site)
    with plugin_site.inside():
        guest = await Member.get(name="麻建国", home_id__isnull=False)
        home = await Member.get(name="麻建国", home_id__isnull=True)
    page = await leader.open(f"{P}/members/{guest.key}")
    assert "组织关系在原支部" in page.text
    assert not page.all("form[action$='/letter']")
    assert (await leader.open(f"{P}/members/{guest.key}/edit")).status == 404
    shown = await leader.open(f"{P}/members/{guest.key}/change")
    assert len(shown.all("select[name=branch] option")) == 1
    await send(leader, f"{P}/members/{home.key}/change", status="probationary")
    with plugin_site.inside():
        assert (await Member.get(id=guest.id)).status == "probationary"
    await send(leader, f"{P}/members/{home.key}/leave", reason="出党")
    with plugin_site.inside():
        assert (await Member.get(id=guest.id)).standing == "left", "who leaves, leaves everywhere"
    assert (await leader.open(made.url)).status == 200
