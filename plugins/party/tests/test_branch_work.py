"""Meetings, hours, dues, notices, diaries, members away, and those who serve: as people meet them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from party_journeys import P, V, branch, eventually, household, member, send

from cunli import unit
from cunli.testing.live import LiveSite
from cunli_party import rules
from cunli_party.models import Attendance, Deed, Diary, Exchange, Journey, Meeting, Member, Study
from cunli_party.papers import ZONE, today

BEFORE = (datetime.now(UTC) - timedelta(hours=3)).astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")


@unit
async def _since(moment: datetime) -> None:
    await Member.all().update(since=moment)


async def test_a_meeting_is_planned_held_with_remote_attendance_and_minutes(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    _one, near = await member(plugin_site, leader, address, "麻建国")
    person, far = await member(plugin_site, leader, address, "龙大山")
    _three, absent = await member(plugin_site, leader, address, "吴长生")
    plan = {"kind": "congress", "title": "选举", "starts_at": BEFORE, "hours": "4", "live": "https://meet.example/1"}
    page = await send(leader, f"{address}/plan", **plan)
    refused = await near.open(f"{page.url}/hold")
    assert refused.status == 403
    assert "这一页只给有权限的人用" in refused.text, "an admin of the village may not go there either"
    with plugin_site.inside():
        ids = {one.name: one.id for one in await Member.all()}
    hold = await leader.open(f"{page.url}/hold")
    nobody = await hold.form("main form[method=post]").fill(minutes="开了").send()
    assert nobody.status == 422
    ways = {f"m{ids['麻建国']}": "person", f"m{ids['石书记']}": "person", f"m{ids['龙大山']}": "remote"}
    held = await hold.form("main form[method=post]").fill(minutes="一致同意", **ways).send()
    assert "到会 3 / 4" in held.text
    assert "视频、电话参加 1" in held.text
    again = await hold.form("main form[method=post]").fill(minutes="再记一次", **ways).send()
    assert again.status in (404, 422)
    read = await absent.open(page.url)
    await read.form("form[action$='/read']").send()
    assert "会后看记录 1" in (await leader.open(page.url)).text
    with plugin_site.inside():
        assert sorted([one.how for one in await Attendance.all()]) == ["minutes", "person", "person", "remote"]
        assert (await Meeting.get()).present == 3, "who read the minutes was not there"
        assert await Exchange.filter(kind="meeting").count() == 3
        key = (await Member.get(person_id=person.id)).key
    hours = await far.open(f"{P}/members/{key}/hours")
    assert "4 / 32" in hours.text
    assert "这一期开过了" in (await far.open(f"{address}/meetings")).text
    assert (await near.open(f"{P}/members/{key}/hours")).status == 404


async def test_fewer_than_half_is_no_meeting_and_what_was_called_off_stays_off(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    for name in ("麻建国", "龙大山", "吴长生"):
        await send(leader, f"{address}/enter", name=name, status="full")
    page = await send(leader, f"{address}/plan", kind="congress", title="会", starts_at=BEFORE, hours="0")
    with plugin_site.inside():
        number = (await Member.get(name="麻建国")).id
    hold = await leader.open(f"{page.url}/hold")
    held = await hold.form("main form[method=post]").fill(minutes="人少", **{f"m{number}": "person"}).send()
    assert "不过半，不算" in held.text
    assert "最晚" in (await leader.open(f"{address}/meetings")).text
    other = await send(leader, f"{address}/plan", kind="day", title="下地", starts_at="2099-01-01T09:00", hours="0")
    early = (
        await (await leader.open(f"{other.url}/hold"))
        .form("main form[method=post]")
        .fill(minutes="x", **{f"m{number}": "person"})
        .send()
    )
    assert "还没到开会的时间" in early.text
    ahead = await leader.open(other.url)
    assert not ahead.all("a[href$='/hold']"), "nothing is offered that would be refused"
    assert "到了开会的时间" in ahead.text
    await send(leader, f"{other.url}/off", reason="下雨")
    assert (await leader.open(f"{other.url}/hold")).status == 404
    unclear = await send(leader, f"{address}/plan", kind="day", title="会", starts_at="明天上午", hours="0")
    assert unclear.status == 422


async def test_the_calendar_exports_as_icalendar_and_prints(plugin_site: LiveSite) -> None:
    from icalendar import Calendar

    leader, address = await branch(plugin_site)
    await send(leader, f"{address}/plan", kind="day", title="先下地再开会", starts_at="2099-10-25T09:00", hours="4")
    off = await send(leader, f"{address}/plan", kind="day", title="取消的", starts_at="2099-11-25T09:00", hours="0")
    await send(leader, f"{off.url}/off", reason="下雨")
    file = await leader.open(f"{address}/meetings.ics")
    found = Calendar.from_ical(file.response.content)
    events = {str(one["summary"]): one for one in found.walk("VEVENT")}
    assert events["主题党日：先下地再开会"].decoded("dtstart") == datetime(2099, 10, 25, 9, tzinfo=ZONE)
    assert str(events["主题党日：取消的"]["status"]) == "CANCELLED"
    assert "先下地再开会" in (await leader.open(f"{address}/meetings-paper")).text
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    assert (await villager.open(f"{address}/meetings.ics")).status == 403


async def test_study_elsewhere_counts_once_the_branch_has_seen_the_proof(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    person, own = await member(plugin_site, leader, address, "麻建国")
    page = await send(own, f"{P}/tell-study", day=str(today()), hours="8", what="培训班", proof="证书 12 号")
    assert "0 / 32" in page.text
    with plugin_site.inside():
        study = await Study.get()
        key = (await Member.get(person_id=person.id)).key
    mine = await own.post(f"{P}/members/{key}/hours/{study.key}", {"counted": "1"})
    assert mine.status == 403
    seen = await leader.open(f"{P}/members/{key}/hours")
    await seen.form("form[action*='/hours/']").send(button=("counted", "1"))
    assert "8 / 32" in (await own.open(f"{P}/members/{key}/hours")).text


async def test_dues_are_noted_and_reminded_of_without_any_money(plugin_site: LiveSite) -> None:
    from cunli_party.minding import remind_of_dues

    leader, address = await branch(plugin_site)
    _person, own = await member(plugin_site, leader, address, "麻建国")
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    with plugin_site.inside():
        await _since(long_ago)
    page = await leader.open(f"{address}/dues")
    assert "没记" in page.text
    first = rules.add_months(today(), 0)
    with plugin_site.inside():
        assert await remind_of_dues(first, V) == 2
        assert await remind_of_dues(first, V) == 0, "once a month"
        assert await remind_of_dues(first.replace(day=20), V) == 0
    assert "党费" in (await own.open("/inbox")).text
    box = next(one for one in page.all("input[name=who]") if "麻建国" in "".join(one.getparent().itertext()))
    for back in (1, 2, 3):
        month = f"{rules.add_months(first, -back):%Y-%m}"
        await page.form("main form[method=post]").fill(month=month, who=str(box.get("value"))).send()
    assert not any("麻建国" in words for words in (await leader.open(f"{address}/dues")).words(".list li"))


async def test_a_notice_has_receipts_and_is_spoken_about_inside_the_branch_only(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    _person, own = await member(plugin_site, leader, address, "麻建国")
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    page = await send(leader, f"{address}/announce", title="周五开会", body="带笔")
    assert "还没说收到的 2 人" in page.text
    seen = await own.open(page.url)
    assert "还没说收到" not in seen.text, "who has not read it is for whoever leads"
    await seen.form("form[action$='/read']").send()
    await seen.form("form[action$='/reply']").fill(body="收到，我带茶").send()
    seen = await leader.open(page.url)
    assert "1 / 2 人说收到了" in seen.text
    assert "我带茶" in seen.text
    assert (await villager.open(page.url)).status == 403

    async def told() -> bool:
        return "周五开会" in (await own.open("/inbox")).text

    await eventually(told)


async def test_a_diary_goes_from_private_to_the_branch_to_the_village_and_back(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    _person, own = await member(plugin_site, leader, address, "麻建国")
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    page = await send(own, f"{P}/diaries/write", title="帮龙阿公剪枝", body="剪了一下午")
    assert (await leader.open(page.url)).status == 404, "a draft is private"
    assert "帮龙阿公" not in (await leader.open(f"{P}/diaries")).text
    await send(own, f"{page.url}/edit", state="branch")
    seen = await leader.open(page.url)
    assert seen.status == 200
    assert "帮龙阿公" not in (await villager.open(f"{V}/")).text
    await seen.form("form[action$='/remark']").fill(body="好样的").send()
    assert "好样的" in (await own.open(page.url)).text
    asked = await send(own, f"{page.url}/edit", state="public", body="电话 13812345678")
    assert asked.status == 422, "what the village reads is looked at for personal data"
    await send(own, f"{page.url}/edit", state="public", body="剪了一下午")
    assert "帮龙阿公" in (await villager.open(f"{V}/")).text
    await send(own, f"{page.url}/edit", state="private")
    assert "帮龙阿公" not in (await villager.open(f"{V}/")).text
    assert (await leader.open(page.url)).status == 404
    table = await own.open(f"{P}/diaries.csv")
    assert "剪了一下午" in table.response.content.decode("utf-8-sig")
    with plugin_site.inside():
        assert await Exchange.filter(kind="diary").count() == 1, "shown twice it counts once"
        assert await Diary.all().count() == 1


async def test_who_leaves_reports_before_and_three_together_found_a_branch(plugin_site: LiveSite) -> None:
    from cunli_party.minding import remind_of_reports

    leader, address = await branch(plugin_site)
    visitors = []
    for name in ("麻建国", "龙大山", "吴长生"):
        _person, own = await member(plugin_site, leader, address, name)
        visitors.append(own)
    trip = {"reason": "work", "place": "浙江义乌", "since": "2026-01-05", "contact": "13812345678"}
    wrong = await send(visitors[0], f"{P}/away/tell", **{**trip, "until": "2025-01-01"})
    assert wrong.status == 422
    for own in visitors:
        await send(own, f"{P}/away/tell", **trip)
    page = await leader.open(f"{P}/away")
    assert "3 / 3 · 100%" in page.text
    assert "13812345678" not in page.text
    assert "龙大山" not in (await visitors[0].open(f"{P}/away")).text, "who else is away is for whoever leads"
    made = await page.form("form[action$='/together']").send()
    assert "浙江义乌临时党支部" in made.text
    with plugin_site.inside():
        journey = await Journey.get(member_id=(await Member.get(name="麻建国", home_id__isnull=True)).id)
        due = rules.report_due(journey.reported_on)
        assert await remind_of_reports(due - timedelta(days=15), V) == 0
        assert await remind_of_reports(due - timedelta(days=14), V) == 3
        assert await remind_of_reports(due, V) == 0, "once for each report"
    await send(visitors[0], f"{P}/away/{journey.key}/report", words="厂里一切都好")
    assert (await visitors[1].open(f"{P}/away/{journey.key}/report")).status == 404
    await (await visitors[0].open(f"{P}/away")).form("form[action$='/back']").send()
    assert "2 / 2" in (await leader.open(f"{P}/away")).text


async def test_help_counts_when_the_household_says_so(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    person, own = await member(plugin_site, leader, address, "麻建国")
    family = await plugin_site.villager("龙阿公")
    neighbour = await plugin_site.sign_in(family)
    home = await household(plugin_site, family)
    with plugin_site.inside():
        key = (await Member.get(person_id=person.id)).key
    await send(leader, f"{P}/serve/pair", member=key, household=str(home), why="腿脚不便")
    page = await own.open(f"{P}/serve")
    await send(own, page.all("a[href$='/tell']")[0].get("href"), words="挑水")
    asked = await neighbour.open(f"{P}/serve")
    assert "挑水" in asked.text
    with plugin_site.inside():
        deed = await Deed.get()
    stranger = await plugin_site.sign_in(await plugin_site.villager("外人"))
    assert (await own.post(f"{P}/deeds/{deed.key}", {"confirmed": "1"})).status in (403, 404)
    assert "挑水" not in (await stranger.open(f"{P}/serve")).text
    await asked.form("form[action*='/deeds/']").send(button=("confirmed", "1"))
    assert "确认了 1 件" in (await leader.open(f"{P}/serve")).text


async def test_a_lead_is_kept_by_the_branch_with_its_number_sealed(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    _person, own = await member(plugin_site, leader, address, "麻建国")
    lead = {"name": "吴小勇", "phone": "13912345678", "idea": "想办烘干房", "needs": "土地", "stage": "talking"}
    page = await send(leader, f"{address}/leads/add", **lead)
    assert "139****5678" in page.text
    seen = await own.open(f"{address}/leads")
    assert "想办烘干房" in seen.text
    assert "139" not in seen.text
    assert (await own.open(f"{address}/leads/add")).status == 403
