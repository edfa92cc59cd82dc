"""Who is not verified by the branch sees nothing of it: planted words, every page of the plugin, every role."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile

import pytest
from party_journeys import P, V, answer, branch, course, member, send

from cunli.testing import cast
from cunli.testing.live import LiveSite
from cunli.testing.photos import photo_file
from cunli.testing.sample import SamplePerson
from cunli.testing.visitor import Visitor
from cunli_party import plugin
from cunli_party.models import (
    Branch,
    Completion,
    Course,
    Deed,
    Diary,
    Item,
    Journey,
    Lead,
    Lesson,
    Meeting,
    Member,
    Notice,
    Pair,
    Study,
)
from cunli_party.standing import Reader

pytestmark = pytest.mark.both_databases

SECRET = "机密凤凰"
PLACES = {
    "branch": Branch,
    "member": Member,
    "course": Course,
    "lesson": Lesson,
    "item": Item,
    "completion": Completion,
    "meeting": Meeting,
    "diary": Diary,
    "notice": Notice,
    "journey": Journey,
    "pair": Pair,
    "deed": Deed,
    "lead": Lead,
    "study": Study,
}


async def _plant(site: LiveSite) -> None:
    """A branch in which every text holds the planted words."""
    leader, address = await branch(site)
    _person, own = await member(site, leader, address, f"{SECRET}党员")
    await send(leader, f"{address}/edit", about=f"{SECRET}介绍", place=f"{SECRET}场所"[:0] or "会议室")
    url = await course(leader, f"{SECRET}课程")
    lesson = await own.open(url)
    await answer(own, lesson)
    await lesson.form("form[action$='/say']").fill(words=f"{SECRET}心得体会写了一大段").send()
    await send(
        leader, f"{P}/add-item", category="policy", kind="article", title=f"{SECRET}文章", body=SECRET, shown=True
    )
    plan = {"kind": "day", "title": f"{SECRET}会", "starts_at": "2026-01-05T09:00", "agenda": SECRET, "hours": "1"}
    await send(leader, f"{address}/plan", **plan)
    with site.inside():
        key = (await Meeting.get(title=f"{SECRET}会")).key
        me = await Member.get(name="石书记")
    at = f"{address}/meetings/{key}"
    page = await leader.open(f"{at}/hold")
    form = page.form("main form[method=post]").fill(**{f"m{me.id}": "person"}, minutes=f"{SECRET}记录")
    held = await form.send()
    await held.form("form[action$='/photos']").attach("photos", photo_file()).send()
    await send(leader, f"{address}/announce", title=f"{SECRET}通知", body=SECRET)
    await send(own, f"{P}/diaries/write", title=f"{SECRET}日记", body=SECRET, state="branch")
    await send(own, f"{P}/away/tell", reason="work", place=f"{SECRET}镇", since="2026-01-05", receiving=SECRET)
    await send(own, f"{P}/tell-study", day="2026-01-05", hours="2", what=f"{SECRET}培训", proof=SECRET)
    await send(leader, f"{address}/leads/add", name=SECRET, idea=SECRET, stage="heard")


async def _paths(site: LiveSite) -> list[str]:
    """Every page of the plugin that can be looked at, with the planted rows in the addresses, and where the core shows things."""
    found = {}
    with site.inside():
        for name, model in PLACES.items():
            row = await model.all().order_by("-id").first()
            found[name] = str(getattr(row, "key", "x" * 22))
        held = await Meeting.exclude(photos="").first()
        own = await Member.get(name=f"{SECRET}党员")
        assert held is not None
        found |= {"meeting": held.key, "photo": held.photos, "member": own.key}
    paths = [f"{V}/", f"{V}/search?q={SECRET}", f"{V}/services", "/party/board", "/party/board.csv"]
    return paths + [
        f"{V}/party" + re.sub(r"\{(\w+)\}", lambda m: found[m[1]], page.path)
        for page in plugin.pages()
        if page.scope == "village" and "GET" in page.methods
    ]


async def _leaks(paths: list[str], who: str, visitor: Visitor) -> tuple[list[str], int]:
    """Where somebody meets the planted words, or a photo; and how many pages answered at all."""
    found, seen = [], 0
    for path in paths:
        answered = await visitor.open(path)
        assert answered.status < 500, (who, path)
        words = answered.response.content.decode("utf-8", "replace")
        words = words.replace(f"q={SECRET}", "").replace(f'value="{SECRET}"', "")
        if "/search" in path:
            words = " ".join(answered.words(".list"))
        if SECRET in words or (answered.status == 200 and "image" in answered.response.headers["content-type"]):
            found.append(path)
        seen += answered.status == 200
    return found, seen


async def _elsewhere(site: LiveSite) -> Visitor:
    """The secretary of another branch of the same village."""
    office = await site.sign_in(await site.township_admin())
    other = await site.villager("外来书记")
    await send(office, f"{P}/set-up", kind="branch", name="合作社党支部", secretary="外来书记")
    return await site.sign_in(other)


async def _export(who: Visitor) -> str:
    """Everything that somebody is handed over, as one text."""
    await (await who.open("/me/data")).form("form[action='/me/data/export']").send()
    async with asyncio.timeout(90):
        while not (page := await who.open("/me/data")).all("form[action='/me/data/download']"):
            await asyncio.sleep(0.1)
    answered = await page.form("form[action='/me/data/download']").send()
    with zipfile.ZipFile(io.BytesIO(answered.response.content)) as packed:
        return "".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())


async def test_no_page_of_the_plugin_shows_planted_words_to_whom_the_branch_has_not_verified(
    plugin_site: LiveSite,
) -> None:
    await _plant(plugin_site)
    visitors = dict(await cast.everybody(plugin_site))
    applied = await plugin_site.sign_in(await plugin_site.villager("等核实的人"))
    with plugin_site.inside():
        number = str((await Member.get(name="石书记")).branch_id)
    await send(applied, f"{P}/apply", branch=number, status="full")
    visitors |= {"applied": applied}
    paths = await _paths(plugin_site)
    pages = 0
    for who, visitor in visitors.items():
        found, seen = await _leaks(paths, who, visitor)
        assert not found, (who, found)
        pages += seen
    assert pages > len(visitors), "the walk met pages"


async def test_who_leads_another_branch_meets_the_school_alone_and_the_control_meets_it_all(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _plant(plugin_site)
    school = (
        "/school",
        "/courses/",
        "/items/",
        "/home",
        "/check/",
        "/search?",
    )  # the village's, for members of any branch
    paths = [path for path in await _paths(plugin_site) if not any(one in path for one in school)]
    stranger = await _elsewhere(plugin_site)
    found, seen = await _leaks(paths, "stranger", stranger)
    assert not found, found
    assert seen
    monkeypatch.setattr(
        Reader, "sees", lambda *_: True
    )  # the planted control: without the guard the walk finds the words
    found, _seen = await _leaks(paths, "stranger", stranger)
    told = " ".join(found)
    for part in ("/members", "/notices", "/meetings", "/photos/", "/leads", "/diaries"):
        assert part in told, part


async def test_what_people_take_along_holds_their_own_words_and_nobody_elses(plugin_site: LiveSite) -> None:
    await _plant(plugin_site)
    with plugin_site.inside():
        planted = await Member.get(name=f"{SECRET}党员")
    assert planted.person_id is not None
    own = await plugin_site.sign_in(SamplePerson(id=planted.person_id, key="", display_name=planted.name))
    handed = await _export(own)
    for word in (f"{SECRET}日记", f"{SECRET}心得", f"{SECRET}镇", f"{SECRET}培训"):
        assert word in handed, "the control: one's own is there"
    assert f"{SECRET}记录" not in handed, "minutes are the branch's"
    for visitor in (await _elsewhere(plugin_site), await plugin_site.sign_in(await plugin_site.village_admin())):
        assert SECRET not in await _export(visitor)


async def test_planted_control_a_member_of_the_branch_meets_the_words(plugin_site: LiveSite) -> None:
    await _plant(plugin_site)
    with plugin_site.inside():
        planted = await Member.get(name=f"{SECRET}党员")
    assert planted.person_id is not None
    own = await plugin_site.sign_in(SamplePerson(id=planted.person_id, key="", display_name=planted.name))
    for path in (f"{P}/school", f"{P}/diaries", f"{P}/away", f"{V}/search?q={SECRET}"):
        assert SECRET in (await own.open(path)).text.replace("搜索", ""), path
    found, _seen = await _leaks(await _paths(plugin_site), "own", own)
    assert any("/photos/" in path for path in found)
