"""A whole branch is told in the background: whoever writes waits for nobody, and everybody hears of it once, also after a crash."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest
from party_journeys import P, branch, eventually, member, send

from cunli import new_key, tell, unit
from cunli.testing.live import LiveSite
from cunli_party import minding, telling
from cunli_party.models import Branch, Meeting, Member, Notice
from cunli_party.papers import now

FUTURE = {"kind": "day", "title": "下地", "starts_at": "2099-01-01T09:00", "hours": "0"}


@unit
async def _many(branch_id: int, person_id: int, count: int) -> None:
    for number in range(count):
        await Member.create(
            key=new_key(),
            branch_id=branch_id,
            person_id=person_id,
            name=f"员{number}",
            standing="verified",
            since=now(),
        )


@unit
async def _told(kind: str) -> Counter[int]:
    """How often each person was told something of this kind."""
    rows = await Branch._meta.db.execute_query_dict(f"SELECT person_id FROM core_notification WHERE kind = '{kind}'")
    return Counter(row["person_id"] for row in rows)


async def _once_told(site: LiveSite, kind: str, people: int) -> Counter[int]:
    """Wait until the workers of the site have told so many."""

    async def so() -> bool:
        with site.inside():
            return len(await _told(kind)) >= people

    await eventually(so)
    with site.inside():
        return await _told(kind)


async def test_writing_to_three_hundred_asks_as_often_as_writing_to_three(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, at = await branch(plugin_site)
    person, _own = await member(plugin_site, leader, at, "麻建国")
    with plugin_site.inside():
        top = (await Branch.get()).id

    async def later(*_: Any, **__: Any) -> int:
        return 0

    monkeypatch.setattr(telling, "_tell_some", later)  # so that only the request's questions are counted
    said: list[str] = []
    kind = type(Branch._meta.db)
    for name in ("execute_query", "execute_query_dict", "execute_insert"):
        real = getattr(kind, name)

        def noted(self: Any, query: str, values: Any = None, _real: Any = real) -> Any:
            said.append(query)
            return _real(self, query, values)

        monkeypatch.setattr(kind, name, noted)

    async def cost() -> dict[str, int]:
        found = {}
        for what, path, fields in (
            ("notice", "announce", {"title": "通知", "body": "说"}),
            ("meeting", "plan", FUTURE),
        ):
            page = await leader.open(f"{at}/{path}")
            form = page.form("main form[method=post]").fill(**fields)
            said.clear()
            assert (await form.send()).status == 200
            found[what] = len([one for one in said if "core_job" not in one])
        return found

    await cost()
    few = await cost()
    with plugin_site.inside():
        await _many(top, person.id, 300)
    many = await cost()
    assert all(few.values()), "the control: questions were counted"
    assert all(many[what] <= few[what] + 5 for what in few), (few, many)


async def test_everybody_is_told_once_although_a_machine_stopped_in_between(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, at = await branch(plugin_site)
    people = [(await member(plugin_site, leader, at, f"乡亲{number}"))[0].id for number in range(5)]
    monkeypatch.setattr(telling, "AT_ONCE", 2)
    real, calls = tell, Counter[str]()

    async def stumbling(*given: Any, **named: Any) -> bool:
        calls["all"] += 1
        if calls["all"] == 3:
            raise RuntimeError("the machine stopped")
        return await real(*given, **named)

    monkeypatch.setattr(telling, "tell", stumbling)
    await send(leader, f"{at}/announce", title="周五开会", body="带笔")
    async with asyncio.timeout(30):
        while calls["all"] < 3:
            await asyncio.sleep(0.05)
    with plugin_site.inside():
        assert 0 < len(await _told("party.notice")) < len(people), "the control: it stopped half way"
        row = await Notice.get()
        writer = await Member.get(name="石书记")
    start = {"what": "notice", "id": row.id, "but": writer.person_id, "after": 0}
    await plugin_site.run_task("party.tell", "heping", **start)  # what the queue does with a job that failed
    told = await _once_told(plugin_site, "party.notice", len(people))
    await plugin_site.run_task("party.tell", "heping", **start)
    with plugin_site.inside():
        told = await _told("party.notice")
    assert dict(told) == dict.fromkeys(people, 1), "everybody once, and whoever wrote it not at all"


async def test_a_meeting_called_off_is_said_and_one_no_longer_planned_is_not(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    person, own = await member(plugin_site, leader, at, "麻建国")
    page = await send(leader, f"{at}/plan", **FUTURE)
    await _once_told(plugin_site, "party.meeting", 1)
    await send(leader, f"{page.url}/edit", title="先下地")
    await send(leader, f"{page.url}/edit", starts_at="2099-01-02T09:00")

    async def twice() -> bool:
        with plugin_site.inside():
            return (await _told("party.meeting"))[person.id] == 2

    await eventually(twice)
    await send(leader, f"{page.url}/off", reason="下雨")
    told = await _once_told(plugin_site, "party.off", 1)
    assert told == {person.id: 1}
    assert "支部的会不开了：先下地" in (await own.open("/inbox")).text
    with plugin_site.inside():
        row = await Meeting.get()
        writer = (await Member.get(name="石书记")).person_id
    await plugin_site.run_task("party.tell", "heping", what="meeting", id=row.id, but=writer, after=0)
    with plugin_site.inside():
        assert (await _told("party.meeting"))[person.id] == 2, "of what was called off nobody is asked to come"


async def test_a_meeting_of_the_committee_is_told_to_the_committee(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    await member(plugin_site, leader, at, "麻建国")
    person, _own = await member(plugin_site, leader, at, "龙委员")
    with plugin_site.inside():
        key = (await Member.get(person_id=person.id)).key
    await send(leader, f"{P}/members/{key}/change", role="deputy")
    await send(leader, f"{at}/plan", **{**FUTURE, "kind": "committee"})
    assert await _once_told(plugin_site, "party.meeting", 1) == {person.id: 1}


@unit
async def _since_long() -> None:
    await Member.all().update(since=datetime(2020, 1, 1, tzinfo=UTC))


async def test_the_clock_reminds_slice_by_slice(plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    leader, at = await branch(plugin_site)
    people = [(await member(plugin_site, leader, at, f"乡亲{number}"))[0].id for number in range(3)]
    monkeypatch.setattr(minding, "AT_ONCE", 2)
    with plugin_site.inside():
        await _since_long()
        assert await minding.remind_of_dues(date(2026, 3, 1), "/v/heping") == len(people) + 1
        assert await minding.remind_of_dues(date(2026, 3, 2), "/v/heping") == 0
