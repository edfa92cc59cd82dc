"""The console exports a plugin's rows for the admin of the county, and says how far the way to its end has been gone."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import time
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from cunli import db, enabling
from cunli.clock import now
from cunli.console import exports
from cunli.jobs.tasks import TaskContext
from cunli.media import running
from cunli.plugin_models import Mode
from cunli.testing import sample as rows_of_sample
from cunli.testing.live import LiveSite
from cunli.testing.templates import EmptyDatabases
from cunli.testing.visitor import Opened, Visitor

from .removing import brought_back, cunli, migrate, own_database, site_of

REMOVAL = "/admin/plugins/sample/removal"
PATIENCE = 30.0


async def admin_of_all(site: LiveSite) -> Visitor:
    """An admin of both counties that have villages."""
    who = await site.county_admin()
    await rows_of_sample.office(who, "county_admin", site["waixiang"].county_id)
    return await site.sign_in(who)


async def exported(admin: Visitor) -> Opened:
    """Press 导出, and wait until the page offers the file."""
    page = await (await admin.open(REMOVAL)).form("form[action$='/exports']").send()
    deadline = time.monotonic() + PATIENCE
    while not page.all("a[download]"):
        assert "正在导出" in page.text, page.text
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
        page = await admin.open(REMOVAL)
    return page


async def note(site: LiveSite, words: str) -> None:
    from cunli_sample.models import Note  # type: ignore[import-not-found]

    async def make() -> None:
        with db.scope(site["heping"].id):
            await Note.create(village_id=site["heping"].id, words=words)

    await db.run_unit(make)


async def test_an_export_holds_every_row_with_counts_and_hashes_and_only_its_owner_gets_it(county: LiveSite) -> None:
    await note(county, "条子<一>")
    admin = await admin_of_all(county)
    page = await exported(admin)
    (link,) = [a.get("href") for a in page.all("a[download]")]
    got = await admin.open(link)
    assert got.headers["content-type"] == "application/zip"
    assert got.headers["content-disposition"] == 'attachment; filename="sample-1.2.3-export.zip"'
    packed = zipfile.ZipFile(io.BytesIO(got.response.content))
    assert packed.testzip() is None
    manifest = json.loads(packed.read("sample-1.2.3-export/manifest.json"))
    (table,) = [one for one in manifest["tables"] if one["table"] == "sample_note"]
    lines = packed.read("sample-1.2.3-export/sample_note.jsonl")
    assert (table["rows"], table["sha256"]) == (1, hashlib.sha256(lines).hexdigest())
    assert "条子<一>" in lines.decode()
    assert hashlib.sha256(got.response.content).hexdigest() in page.text

    other = await admin_of_all(county)
    assert (await other.open(link)).status == 404, "another admin asks for an export of her own"
    assert (await (await county.sign_in(await county.township_admin())).open(link)).status == 403
    acts = await db.read("SELECT action FROM core_audit_entry WHERE action LIKE 'core.plugin.export%' ORDER BY id")
    assert [row["action"] for row in acts] == ["core.plugin.export", "core.plugin.export.fetch"]


async def test_who_is_not_over_every_county_exports_nothing(county: LiveSite) -> None:
    admin = await county.sign_in(await county.county_admin())
    page = await admin.open(REMOVAL)
    assert page.status == 200
    assert not page.all("form[action$='/exports']")
    assert "这里还有别的县" in page.text
    assert (await admin.post("/admin/plugins/sample/exports", {})).status == 403
    village = await county.sign_in(await county.village_admin())
    assert (await village.open(REMOVAL)).status == 403
    assert (await village.open("/admin/plugins/sample")).all(f"a[href='{REMOVAL}']") == []
    assert await db.read("SELECT 1 FROM core_plugin_export") == []
    for name in ("nothing", "core", "X-y"):
        assert (await admin.open(f"/admin/plugins/{name}/removal")).status == 404, name


async def test_after_a_day_it_is_gone_from_the_page_the_table_and_the_storage(county: LiveSite) -> None:
    admin = await admin_of_all(county)
    (link,) = [a.get("href") for a in (await exported(admin)).all("a[download]")]
    await db.run_unit(db.write, "UPDATE core_plugin_export SET expires_at = ?", now() - timedelta(seconds=1))
    assert (await admin.open(link)).status == 404
    assert (await admin.open(REMOVAL)).all("a[download]") == []
    stored = link.rpartition("/")[2] + ".zip"
    assert await running.storage().file(stored) is not None
    ctx = TaskContext(task="", payload={}, village_id=None, attempt=1, key="")
    await exports.sweep(ctx)
    assert await running.storage().file(stored) is None
    assert await db.read("SELECT 1 FROM core_plugin_export") == []


async def test_an_export_that_fails_or_whose_maker_died_says_so_and_can_be_asked_for_again(
    county: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await admin_of_all(county)
    monkeypatch.setattr(exports, "tables_of", lambda _: [])
    page = await (await admin.open(REMOVAL)).form("form[action$='/exports']").send()
    deadline = time.monotonic() + PATIENCE
    while "没导成" not in page.text:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
        page = await admin.open(REMOVAL)
    monkeypatch.undo()
    assert page.words("form[action$='/exports'] button") == ["再导一份"]
    await exported(admin)
    (person,) = {row["person_id"] for row in await db.read("SELECT person_id FROM core_plugin_export")}
    last = await exports.latest("sample", person)
    assert last is not None
    old = now() - exports.PATIENCE - timedelta(seconds=1)
    await db.run_unit(db.write, "UPDATE core_plugin_export SET state = 'waiting', at = ? WHERE id = ?", old, last.id)
    assert await exports.latest("sample", person) == replace(last, state="failed", at=old)


async def test_asked_twice_one_is_made(county: LiveSite) -> None:
    who = await county.villager("张桂秀")
    for _ in range(2):
        await exports.ask("sample", "1.2.3", who.id, None)
    assert len(await db.read("SELECT 1 FROM core_plugin_export")) == 1


# -- the way, to its end -------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def url(
    request: pytest.FixtureRequest, databases_with_sample: EmptyDatabases, tmp_path: Path
) -> AsyncIterator[str]:
    async with own_database(request.param, databases_with_sample, tmp_path) as address:
        yield address


def now_at(page: Opened) -> list[str]:
    return page.words(".tl .now h2")


async def test_each_step_shows_how_things_stand_until_nothing_is_left(
    url: str, sample: Path, unhurried: None, tmp_path: Path
) -> None:
    who = None
    async with site_of(url, tmp_path, "sample") as site:
        who = await site.county_admin()
        await db.run_unit(db.write, "UPDATE core_village SET state = 'closed' WHERE slug = 'waixiang'")
        await enabling.switch("sample", site["heping"].region_id, Mode.ON, village_level=True)
        admin = await site.sign_in(who)
        page = await (await admin.open("/admin/plugins/sample")).follow("导出数据，或者移走")
        assert now_at(page) == ["各处都关掉"]
        assert "还有 1 个村开着，0 处定了各村都用" in page.text
        await enabling.switch("sample", site["heping"].region_id, Mode.OFF, village_level=True)
        await note(site, "x")
        page = await admin.open(REMOVAL)
        assert now_at(page) == ["导出一份数据"]
        await exports.ask("sample", "1.2.3", who.id, None)
        (row,) = await db.read("SELECT id, key FROM core_plugin_export")
        ctx = TaskContext(task="", payload={"export": row["id"]}, village_id=None, attempt=1, key="")
        await exports.make(ctx)
        page = await admin.open(REMOVAL)
        assert now_at(page) == ["从设置里去掉，重启"]
        assert "还在设置里，在运行" in page.text
        pieces = await running.storage().file(row["key"] + ".zip")
        assert pieces is not None
        (tmp_path / "x.zip").write_bytes(b"".join([piece async for piece in pieces]))
    async with site_of(url, tmp_path, county=False) as site:
        page = await (await site.sign_in(who)).open(REMOVAL)
        assert now_at(page) == ["在服务器上移走"]
        assert "cunli plugin remove sample --export sample-rows" in page.text
        assert page.all("form[action$='/exports']") == [], "its models are not loaded here"
    folder = tmp_path / "rows"
    done = await cunli(url, "plugin", "remove", "sample", "--export", str(folder), "--yes")
    assert done.code == 0, done.err
    async with site_of(url, tmp_path, county=False) as site:
        page = await (await site.sign_in(who)).open(REMOVAL)
        assert "已经移走了" in page.text
        assert str(folder) in page.text
    await migrate(url, "sample")
    zipfile.ZipFile(tmp_path / "x.zip").extractall(tmp_path / "unpacked")
    async with site_of(url, tmp_path, "sample", county=False):
        assert (await brought_back("sample", tmp_path / "unpacked/sample-1.2.3-export")).rows == 1, (
            "what the console gave can be imported"
        )
