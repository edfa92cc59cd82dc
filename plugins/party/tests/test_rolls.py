"""Who was there, in a branch of hundreds: a page at a time, and saving one page changes nothing of the others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from party_journeys import P, branch, send

from cunli import new_key, unit
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor
from cunli_party.branches import listing
from cunli_party.meetings import actions
from cunli_party.models import Attendance, Done, Exchange, Meeting, Member
from cunli_party.papers import now

BEFORE = "2026-01-05T09:00"
COUNT = 12


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "ROLL", 5)


@unit
async def _members(branch_id: int, persons: list[int | None]) -> None:
    """Members entered long ago, so that a meeting of this year asks for them."""
    rows = [
        Member(
            key=new_key(),
            branch_id=branch_id,
            name=f"党员{number:03}",
            person_id=person,
            standing="verified",
            status="full",
            since=now() - timedelta(days=900),
        )
        for number, person in enumerate(persons, start=1)
    ]
    await Member.bulk_create(rows)


async def _meeting(site: LiveSite) -> tuple[Visitor, str]:
    """A meeting that thirteen are asked to: the secretary and twelve."""
    leader, at = await branch(site)
    with site.inside():
        await _members((await Member.get(name="石书记")).branch_id, [None] * COUNT)
    page = await send(leader, f"{at}/plan", kind="congress", title="选举", starts_at=BEFORE, hours="0")
    return leader, page.url


async def _ids(site: LiveSite) -> dict[str, str]:
    with site.inside():
        return {one.name: f"m{one.id}" for one in await Member.all().order_by("id")}


def names(page: Opened) -> list[str]:
    return page.words("fieldset.p-party-there legend")


async def test_a_large_meeting_is_written_down_page_by_page_and_counts_everybody(plugin_site: LiveSite) -> None:
    leader, url = await _meeting(plugin_site)
    ids = await _ids(plugin_site)
    first = await leader.open(f"{url}/hold")
    assert "第 1 到 5 人，一共 13 人" in first.text
    assert names(first) == ["石书记", "党员001", "党员002", "党员003", "党员004"]
    ways = {ids["石书记"]: "person", ids["党员001"]: "person", ids["党员002"]: "remote"}
    second = await first.form("form:has(fieldset)").fill(**ways).send(button=("do", "mark"))
    assert second.url.endswith("/hold?page=2")
    assert names(second) == ["党员005", "党员006", "党员007", "党员008", "党员009"]
    four = {ids[f"党员{n:03}"]: "person" for n in (5, 6, 7, 8)}
    third = await second.form("form:has(fieldset)").fill(**four).send(button=("do", "mark"))
    assert names(third) == ["党员010", "党员011", "党员012"]
    assert "已经记下到会的 7 人，一共 13 人" in third.text
    back = await leader.open(f"{url}/hold?page=1")
    chosen = {str(one.get("name")): str(one.get("value")) for one in back.all("input[type=radio][checked]")}
    assert chosen == {**ways, ids["党员003"]: "", ids["党员004"]: ""}, "what was saved stands there again"
    changed = back.form("form:has(fieldset)").fill(**{ids["党员002"]: ""})
    await changed.send(button=("do", "mark"))
    with plugin_site.inside():
        assert await Attendance.all().count() == 6, "one page was saved, the others stay"
        assert not await Exchange.filter(kind="meeting").exists(), "nothing counts before the meeting is held"
    held = await (await leader.open(f"{url}/hold?page=3")).form("form:has(textarea)").fill(minutes="一致同意").send()
    assert held.url == url
    assert "到会 6 / 13" in held.text
    assert "不过半，不算" in held.text
    with plugin_site.inside():
        assert (await Meeting.get()).expected == 13
        assert await Attendance.all().count() == await Exchange.filter(kind="meeting").count() == 6


async def test_minutes_without_anybody_are_refused_and_keep_what_was_marked(plugin_site: LiveSite) -> None:
    leader, url = await _meeting(plugin_site)
    ids = await _ids(plugin_site)
    page = await leader.open(f"{url}/hold?page=2")
    nobody = await page.form("form:has(textarea)").fill(minutes="开了").send()
    assert nobody.status == 422
    assert "一个到会的人都没有记" in nobody.text
    await page.form("form:has(fieldset)").fill(**{ids["党员005"]: "person"}).send(button=("do", "mark"))
    empty = await (await leader.open(f"{url}/hold?page=2")).form("form:has(textarea)").send()
    assert empty.status == 422
    assert names(empty) == ["党员005", "党员006", "党员007", "党员008", "党员009"]
    checked = [str(one.get("name")) for one in empty.all("input[type=radio][value=person][checked]")]
    assert checked == [ids["党员005"]]
    far = await leader.open(f"{url}/hold?page=99")
    assert names(far)[-1] == "党员012", "beyond the last page is the last page"
    await send(leader, f"{url}/off", reason="下雨")
    with plugin_site.inside():
        assert not await Attendance.all().exists()


async def test_control_a_page_that_takes_itself_for_everybody_wipes_the_others(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, url = await _meeting(plugin_site)
    ids = await _ids(plugin_site)
    real = actions.mark

    async def careless(meeting: Meeting, ways: dict[int, str], *, actor: int) -> None:
        await Attendance.filter(meeting_id=meeting.id).delete()
        await real(meeting, ways, actor=actor)

    first = await leader.open(f"{url}/hold")
    await first.form("form:has(fieldset)").fill(**{ids["党员001"]: "person"}).send(button=("do", "mark"))
    monkeypatch.setattr(actions, "mark", careless)
    second = await leader.open(f"{url}/hold?page=2")
    after = await second.form("form:has(fieldset)").fill(**{ids["党员005"]: "person"}).send(button=("do", "mark"))
    assert "已经记下到会的 1 人" in after.text, "the test above would see it"


async def test_who_was_at_a_lesson_is_a_page_at_a_time_and_nobody_is_missing(plugin_site: LiveSite) -> None:
    leader, _at = await branch(plugin_site)
    persons: list[int | None] = [(await plugin_site.villager(f"学员{number:02}")).id for number in range(COUNT)]
    with plugin_site.inside():
        await _members((await Member.get(name="石书记")).branch_id, persons)
    page = await send(leader, f"{P}/make-course", title="现场课")
    course = page.url.removesuffix("/keep")
    await send(leader, f"{course}/add", title="四组橘园", proof="attendance")
    await (await leader.open(f"{course}/keep")).form("form[action$='/show']").send()
    attend = await (await leader.open(f"{course}/keep")).follow("谁到了")
    assert "第 1 到 5 人，一共 13 人" in attend.text
    seen: list[str] = []
    for _page in range(3):
        boxes = [str(one.get("value")) for one in attend.all("input[name=who]")]
        seen += boxes
        attend = await attend.form("main form[method=post]").fill(who=boxes[:2]).send()
    assert len(set(seen)) == 13
    assert attend.url.endswith("/keep"), "after the last page"
    with plugin_site.inside():
        assert await Done.filter(passed=True).count() == 6, "a page saved takes none of another page back"
    again = await (await leader.open(f"{course}/keep")).follow("谁到了")
    assert len(again.all("input[name=who]")) == 3
    assert "已经记下：石书记、党员001" in again.text
