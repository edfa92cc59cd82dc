"""What is held about a person: handed over whole or with its gaps named, and erased by every part or not called done."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from pathlib import Path

import pytest
import time_machine

from cunli import db
from cunli.clock import now
from cunli.own_data import actions, erasing
from cunli.testing import sample as people
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor
from cunli.testing.working import jobs_in, let_pass, settled, until

BROKEN = """
import asyncio
from cunli import ErasureReport, ExportFile, Manifest, Plugin, PersonErased, Subscription, hookimpl

wrong = ["{fault}"]
let_go = asyncio.Event()
asked, heard = [], []

async def hear(event):
    heard.append(event.person_id)

class Broken(Plugin):
    manifest = Manifest(label="坏信箱", summary="", personal_data="own tables")

    @hookimpl
    def subscriptions(self):
        return (Subscription(name="broken.hear", event=PersonErased, run=hear),)

    @hookimpl
    async def export_data(self, ctx):
        if wrong:
            return await self.fault()
        return [ExportFile(name="letters.json", label="信", rows=[{{"words": "我写的信"}}])]

    @hookimpl
    async def erase_data(self, ctx):
        asked.append((ctx.person_id, ctx.remove))
        if wrong:
            return await self.fault()
        return ErasureReport(erased={{"letters": 1}})

    async def fault(self):
        if wrong[0] == "raises":
            raise KeyError
        if wrong[0] == "hangs":
            await let_go.wait()
        return "rubbish"

plugin = Broken()
"""
FAULTS = {"raises": "plugins.W101", "hangs": "plugins.W102", "rubbish": "plugins.W103"}
BROKEN_IN_EVERY_WAY = pytest.mark.parametrize(
    ("broken", "fault"), [(BROKEN.format(fault=fault), fault) for fault in FAULTS], ids=list(FAULTS)
)


async def pin(visitor: Visitor, words: str) -> None:
    page = await visitor.open("/v/heping/sample/notes")
    assert (await page.form().fill(words=words).send()).status == 200


async def ask(visitor: Visitor) -> Opened:
    """Ask for the archive and wait until it was made once."""
    page = await visitor.open("/me/data")
    await page.form("form[action='/me/data/export']").send()
    await settled()
    return await visitor.open("/me/data")


async def taken(visitor: Visitor) -> zipfile.ZipFile:
    page = await visitor.open("/me/data")
    answer = await page.form("form[action='/me/data/download']").send()
    assert (answer.status, answer.headers["content-type"]) == (200, "application/zip")
    return zipfile.ZipFile(io.BytesIO(answer.response.content))


async def test_everybody_takes_along_what_is_held_about_them_and_nobody_elses(county: LiveSite) -> None:
    own, other = [await county.sign_in(await county.villager(name)) for name in ("张桂秀", "罗海")]
    await pin(own, "<b>借梯子</b>")
    await pin(other, "罗家的事")
    page = await ask(own)
    assert "你的资料准备好了" in page.text
    assert "你要的资料准备好了" in (await own.open("/inbox")).text
    archive = await taken(own)
    assert archive.testzip() is None
    (note,) = json.loads(archive.read("sample/notes.json"))
    assert note["words"] == "<b>借梯子</b>"
    shown = archive.read("index.html").decode()
    assert "&lt;b&gt;借梯子&lt;/b&gt;" in shown
    assert "没有拿到" not in shown
    assert all("罗" not in archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    # and only its owner has it: others have none, or their own
    assert (await other.post("/me/data/download")).status == 404
    assert (await county.visitor().post("/me/data/download")).status == 401
    acts = [row["action"] for row in await db.read("SELECT action FROM core_audit_entry ORDER BY id")]
    assert acts[-2:] == ["core.data.requested", "core.data.downloaded"]


async def test_it_is_there_for_a_day_and_asked_for_three_times_a_day(county: LiveSite) -> None:
    own = await county.sign_in(await county.villager("张桂秀"))
    for _ in range(3):
        await ask(own)
    page = await own.open("/me/data")
    assert (await own.post("/me/data/export")).status == 429
    with time_machine.travel(now() + actions.KEPT, tick=True):
        assert (await page.form("form[action='/me/data/download']").send()).status in (401, 404)
        await actions.sweep_exports()
    assert await db.read("SELECT 1 FROM core_data_export") == []
    folder = Path(county.settings.storage_url.removeprefix("file://"))

    async def nothing_left() -> bool:  # bytes go after the rows, by themselves
        return not [path for path in folder.rglob("*") if path.is_file()]

    await until(nothing_left)


@BROKEN_IN_EVERY_WAY
async def test_t14_a_part_that_fails_is_named_in_the_archive_and_asked_again(
    county: LiveSite, broken: str, fault: str, soon_given_up: None
) -> None:
    own = await county.sign_in(await county.villager("张桂秀"))
    await pin(own, "借梯子")
    page = await ask(own)
    assert "这几部分没拿到，正在再试：坏信箱" in page.text
    archive = await taken(own)
    assert "坏信箱" in archive.read("index.html").decode().split("没有拿到")[1]
    assert "sample/notes.json" in archive.namelist(), "the others are there"
    problems = county.app.site.registry.dispatch.health.problems()
    assert {(p.id, p.plugin) for p in problems} == {(FAULTS[fault], "broken")}
    sys.modules["cunli_broken"].wrong.clear()
    sys.modules["cunli_broken"].let_go.set()
    await let_pass(60_000)
    await until(lambda: db.read("SELECT 1 FROM core_data_export WHERE missing = ''"))
    archive = await taken(own)
    assert json.loads(archive.read("broken/letters.json")) == [{"words": "我写的信"}]
    assert "没有拿到" not in archive.read("index.html").decode()
    assert await jobs_in("dead") == []


# -- erasing -----------------------------------------------------------------------------------------------------------


async def closing(county: LiveSite, who: people.SamplePerson, *, remove: bool = False) -> None:
    """The time in which it could have been taken back is over."""
    await actions.request_erasure(who.id, remove=remove)
    await db.run_unit(db.write, "UPDATE core_erasure SET due_at = ?", now())
    await erasing.erase_due(county.app.site.registry)


async def state_of(who: people.SamplePerson) -> tuple[str, str, str]:
    (row,) = await db.read(
        "SELECT p.display_name, p.state, e.state AS closing FROM core_person p JOIN core_erasure e ON e.person_id = p.id"
        " WHERE p.id = ?",
        who.id,
    )
    return row["display_name"], row["state"], row["closing"]


async def notes() -> list[tuple[str, bool]]:
    rows = await db.read("SELECT words, author_id FROM sample_note ORDER BY id")
    return [(row["words"], row["author_id"] is not None) for row in rows]


@pytest.mark.parametrize("remove", [False, True])
async def test_an_account_is_closed_everywhere_also_where_a_plugin_is_off(county: LiveSite, remove: bool) -> None:
    who, other = await county.villager("张桂秀"), await county.villager("罗海")
    own, neighbour = await county.sign_in(who), await county.sign_in(other)
    await pin(own, "借梯子")
    await pin(neighbour, "有梯子")
    from cunli import enabling
    from cunli.plugin_models import Mode

    await enabling.switch("sample", county["heping"].region_id, Mode.OFF, village_level=True)
    await closing(county, who, remove=remove)
    assert await state_of(who) == ("已注销用户", "closed", "done")
    assert await notes() == ([("有梯子", True)] if remove else [("借梯子", False), ("有梯子", True)])
    assert "/sign-in" in (await own.open("/me")).url
    assert (await neighbour.open("/me")).status == 200
    (row,) = await db.read("SELECT verified_count FROM core_village WHERE slug = 'heping'")
    assert row["verified_count"] == 1


@BROKEN_IN_EVERY_WAY
async def test_t14_a_plugin_that_fails_to_erase_is_named_and_asked_until_it_does(
    county: LiveSite, broken: str, fault: str, soon_given_up: None
) -> None:
    who = await county.villager("张桂秀")
    module = sys.modules["cunli_broken"]
    await closing(county, who)
    assert await state_of(who) == ("已注销用户", "closed", "underway")
    from cunli.own_data.queries import unerased

    registry = county.app.site.registry
    (found,) = await unerased(sorted(registry.running))
    assert (found.id, found.plugin) == ("plugins.W130", "broken")
    await settled()
    assert module.heard == [], "it is not over"
    module.wrong.clear()
    module.let_go.set()
    await erasing.erase_due(registry)
    assert await state_of(who) == ("已注销用户", "closed", "done")
    assert await unerased(sorted(registry.running)) == []
    await settled()
    assert module.heard == [who.id]
    asked = len(module.asked)
    await erasing.erase_due(registry)
    assert len(module.asked) == asked, "who is done is left alone"


async def test_fifteen_days_in_which_it_can_be_taken_back(county: LiveSite) -> None:
    who = await county.villager("张桂秀")
    own = await county.sign_in(who)
    from cunli.people import accounts

    await accounts.change_password(who.id, "tanzi-46-shaigu", keep_session=1)
    own = await county.sign_in(who)
    page = await own.open("/me/data/close")
    wrong = await page.form("form[action='/me/data/close']").fill(current="x").send(button=("do", "close"))
    assert wrong.status == 422
    assert await db.read("SELECT 1 FROM core_erasure") == []
    right = page.form("form[action='/me/data/close']").fill(current="tanzi-46-shaigu")
    page = await right.send(button=("do", "close"))
    assert "你申请了注销账号" in page.text
    await erasing.erase_due(county.app.site.registry)
    assert await state_of(who) == ("张桂秀", "active", "waiting")
    page = await page.form("form[action='/me/data/stay']").send()
    assert "一切照旧" in page.text
    with time_machine.travel(now() + actions.COOLING, tick=True):
        await erasing.erase_due(county.app.site.registry)
    assert await state_of(who) == ("张桂秀", "active", "withdrawn")


async def test_who_is_in_office_lays_it_down_first(county: LiveSite) -> None:
    who = await county.village_admin()
    own = await county.sign_in(who)
    assert not (await own.open("/me/data/close")).all("form[action='/me/data/close']")
    assert (await own.post("/me/data/close", {"posts": "keep", "current": "x", "do": "close"})).status == 409
    # somebody who came into office after asking is left alone too
    villager = await county.villager("张桂秀")
    await actions.request_erasure(villager.id, remove=False)
    await people.office(villager, "village_admin", county["heping"].region_id)
    await db.run_unit(db.write, "UPDATE core_erasure SET due_at = ?", now())
    await erasing.erase_due(county.app.site.registry)
    assert await state_of(villager) == ("张桂秀", "active", "waiting")


async def test_a_plugin_with_tables_that_does_not_run_is_named_and_nothing_is_called_done(county: LiveSite) -> None:
    who = await county.villager("张桂秀")
    registry = county.app.site.registry
    await actions.request_erasure(who.id, remove=False)
    await db.run_unit(
        db.write, "INSERT INTO tortoise_migrations (app, name, applied_at) VALUES ('gone', '0001_initial', ?)", now()
    )
    await db.run_unit(db.write, "UPDATE core_erasure SET due_at = ?", now())
    await erasing.erase_due(registry)
    assert await state_of(who) == ("已注销用户", "closed", "underway")
    from cunli.own_data.queries import unerased

    assert [(p.id, p.plugin) for p in await unerased(sorted(registry.running))] == [("plugins.W131", "gone")]
    await db.run_unit(db.write, "DELETE FROM tortoise_migrations WHERE app = 'gone'")
    await erasing.erase_due(registry)
    assert await state_of(who) == ("已注销用户", "closed", "done")
