"""Files that are no photos, through the front door of a plugin: taken in, given out to whom the plugin says, and to nobody else."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import cunli
from cunli import db
from cunli.clock import now
from cunli.db import units
from cunli.media import rules, running, tasks
from cunli.places.splitting import NewVillage, split_village
from cunli.testing.files import document_file, m4a, mp3, office, pdf
from cunli.testing.live import LiveSite
from cunli.testing.photos import jpeg, photo_file
from cunli.testing.templates import EmptyDatabases
from cunli.testing.visitor import Opened, Visitor

from .whole import county_with, databases_with

SHELF = "/v/heping/shelf"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def databases(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmptyDatabases]:
    async with databases_with("shelf", tmp_path_factory) as made:
        yield made


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def county(
    request: pytest.FixtureRequest, databases: EmptyDatabases, tmp_path: Path, unhurried: None
) -> AsyncIterator[LiveSite]:
    async with county_with("shelf", ("heping", "donghu"), request.param, databases, tmp_path) as live:
        yield live


def part(name: str) -> Any:
    return sys.modules[f"cunli_shelf.{name}"]


def stored(site: LiveSite) -> set[str]:
    folder = Path(site.settings.storage_url.removeprefix("file://"))
    return {path.parent.name for path in folder.rglob("*") if path.is_file()}


async def put(visitor: Visitor, name: str = "讲义.pdf", raw: bytes | None = None, **fields: str | bool) -> Opened:
    page = await visitor.open(SHELF)
    return await page.form().fill(**fields).attach("file", document_file(name, raw)).send()


async def papers(site: LiveSite) -> list[Any]:
    with db.scope(site["heping"].id):
        return list(await part("models").Paper.all().order_by("id"))


async def test_a_file_comes_back_whole_under_its_name_and_the_browser_shows_nothing_of_it(county: LiveSite) -> None:
    villager = await county.sign_in(await county.villager("张桂秀"))
    page = await put(villager, "../果园\u202e管理.pdf")
    assert page.status == 200, page.text
    assert page.words(".paper") == ["果园管理.pdf PDF 文件 1 KB"]
    (paper,) = await papers(county)
    answer = await villager.open(f"{SHELF}/papers/{paper.file}?play=1")
    assert answer.response.content == pdf()
    told = {name: answer.headers[name] for name in ("content-type", "x-content-type-options", "cache-control")}
    assert told == {
        "content-type": "application/pdf",
        "x-content-type-options": "nosniff",
        "cache-control": "private, no-cache",
    }
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["content-disposition"].startswith("attachment; "), "whatever the page wants"
    assert "%E6%9E%9C%E5%9B%AD%E7%AE%A1%E7%90%86.pdf" in answer.headers["content-disposition"]
    assert (await villager.open(f"{SHELF}/papers/{paper.file}", if_none_match=answer.headers["etag"])).status == 304


async def test_a_recording_is_played_in_parts_and_says_nothing_about_its_phone(county: LiveSite) -> None:
    villager = await county.sign_in(await county.villager("张桂秀"))
    await put(villager, "录音.m4a", m4a(tag=b"+29.1+109.9/ CANARY"))
    await put(villager, "录音.mp3", mp3(40, tag=b"CANARY"))
    first, second = await papers(county)
    assert b"CANARY" not in (await villager.open(f"{SHELF}/papers/{first.file}")).response.content
    at = f"{SHELF}/papers/{second.file}?play=1"
    whole = await villager.open(at)
    assert whole.headers["content-disposition"].startswith("inline; ")
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.response.content == mp3(40)
    some = await villager.open(at, range="bytes=100-199")
    assert (some.status, some.headers["content-range"]) == (206, f"bytes 100-199/{len(mp3(40))}")
    assert some.response.content == mp3(40)[100:200]
    assert (await villager.open(at, range="bytes=999999-")).status == 416
    changed = await villager.open(at, range="bytes=100-199", if_range='"another"')
    assert changed.status == 200
    kept = await villager.open(f"{SHELF}/papers/{second.file}")
    assert kept.headers["content-disposition"].startswith("attachment; ")


async def test_who_may_have_it_the_plugin_says_each_time(county: LiveSite) -> None:
    villager = await county.sign_in(await county.villager("张桂秀"))
    other = await county.sign_in(await county.villager("田大姐"))
    neighbour = await county.sign_in(await county.villager("邻村人", "donghu"))
    await put(villager, secret=True)
    (paper,) = await papers(county)
    at = f"{SHELF}/papers/{paper.file}"
    assert (await villager.open(at)).status == 200
    assert (await other.open(at)).status == 404
    assert (await neighbour.open(at)).status == 403
    assert (await neighbour.open(f"/v/donghu/shelf/anything/{paper.file}")).status == 404, "a file of another village"
    guest = await county.visitor().open(at)
    assert (guest.status, guest.response.content == pdf()) != (200, True)
    for address in (f"/media/{paper.file}/large", f"/media/{paper.file}/whole", f"/media/{paper.file}/thumb"):
        for who in (villager, other, county.visitor()):
            assert (await who.open(address)).status == 404, "the core gives out no file by itself"
    assert (await villager.open(f"{SHELF}/anything/{'x' * 22}")).status == 404
    assert (await villager.open(f"{SHELF}/anything/..%2f..%2fetc")).status == 404


async def test_control_a_page_that_does_not_ask_gives_it_to_anybody(county: LiveSite) -> None:
    villager = await county.sign_in(await county.villager("张桂秀"))
    other = await county.sign_in(await county.villager("田大姐"))
    await put(villager, secret=True)
    (paper,) = await papers(county)
    assert (await other.open(f"{SHELF}/papers/{paper.file}")).status == 404
    assert (await other.open(f"{SHELF}/anything/{paper.file}")).status == 200, "it is the page's question that holds"


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("讲义.pdf", b"<script>alert(1)</script>", "这种文件不能传"),
        ("讲义.pdf", office(word__vbaProject_dot_bin=b"x"), "宏"),
        ("照片.pdf", jpeg(), "这种文件不能传"),
        ("表.xlsx", office("xlsx"), "这里不能放Excel 表格"),
        ("张桂秀13812345678.pdf", pdf(), "文件名里有电话"),
        ("大.txt", "长".encode() * 700_001, "文本最大 2 MB"),
        ("太大.pdf", pdf() + bytes(41 * rules.MEGABYTE), ""),
    ],
)
async def test_what_is_refused_says_why_and_leaves_nothing(county: LiveSite, name: str, raw: bytes, said: str) -> None:
    villager = await county.sign_in(await county.villager("张桂秀"))
    refused = await put(villager, name, raw)
    assert refused.status in (413, 422)
    assert said in refused.text
    assert stored(county) == set()
    assert not await db.read("SELECT 1 FROM core_upload")


async def test_no_more_than_the_quota_and_photos_do_not_count(
    county: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    villager = await county.sign_in(await county.villager("张桂秀"))
    monkeypatch.setattr(rules, "PERSON_QUOTA", 100_000)
    monkeypatch.setattr(rules, "PERSON_FILE_QUOTA", 2 * len(pdf()))
    await villager.post("/v/heping/uploads", {}, files=[("photo", photo_file())])
    assert [(await put(villager, f"{n}.pdf")).status for n in range(3)] == [200, 200, 422]
    monkeypatch.setattr(rules, "PERSON_QUOTA", len(pdf()))
    monkeypatch.setattr(rules, "PERSON_FILE_QUOTA", 100_000)
    assert (await put(villager)).status == 200
    monkeypatch.setattr(rules, "VILLAGE_QUOTA", 10)
    full = await put(villager)
    assert "请告诉村管理员" in full.text
    assert len(stored(county)) == 4


async def test_it_is_used_once_by_whoever_sent_it_and_never_as_a_photo(county: LiveSite) -> None:
    one, two = await county.villager("张桂秀"), await county.villager("田大姐")
    villager = await county.sign_in(one)
    await put(villager)
    (paper,) = await papers(county)
    key = (await villager.post("/v/heping/uploads", {}, files=[("photo", photo_file())])).response.json()["key"]
    at, here = part("actions"), county["heping"].id
    with db.scope(here):
        for keys, who in (([paper.file], one), ([key], one), (["x" * 22], one)):
            with pytest.raises(cunli.FileGone):
                await db.run_unit(at.use, keys, who.id)
        await db.run_unit(db.write, "UPDATE core_upload SET unused_until = ?, plugin = ''", now() + rules.UNUSED)
        with pytest.raises(cunli.FileGone):
            await db.run_unit(at.use, [paper.file], two.id)
        with pytest.raises(cunli.PhotoGone):
            await db.run_unit(at.use_as_photo, [paper.file], one.id)
        await db.run_unit(at.use, [paper.file], one.id)
    draft = await villager.post("/v/heping/new", {"body": "带着文件的动态", "uploads": paper.file})
    assert draft.status in (200, 422)
    assert not await db.read("SELECT 1 FROM core_post_photo")


async def test_it_goes_with_its_row_and_what_nothing_uses_is_swept(
    county: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    villager = await county.sign_in(await county.villager("张桂秀"))
    await put(villager)
    await put(villager, "不用.pdf", unused=True)
    (paper,) = await papers(county)
    assert len(stored(county)) == 2
    monkeypatch.setattr(tasks, "STRAY_AFTER", -rules.UNUSED)
    await tasks.remove_strays(_ctx())
    assert len(stored(county)) == 2, "they have rows"
    late = "UPDATE core_upload SET unused_until = ? WHERE unused_until IS NOT NULL"
    await db.run_unit(db.write, late, now() - rules.UNUSED)
    await tasks.sweep(_ctx())
    await units.drained(60)
    assert stored(county) == {paper.file}
    await villager.post(f"{SHELF}/papers/{paper.file}/off", {})
    await units.drained(60)
    assert stored(county) == set()
    await running.storage().put("S" * 22, {("whole", "bin"): b"stray"})
    await tasks.remove_strays(_ctx())
    assert stored(county) == set()


def _ctx() -> cunli.TaskContext:
    return cunli.TaskContext(task="t", payload={}, village_id=None, attempt=1, key="k")


async def test_it_is_in_the_archive_of_whoever_sent_it_and_goes_with_the_account(county: LiveSite) -> None:
    from cunli.media.own_data import export
    from cunli.plugin_data import DataContext

    person = await county.villager("张桂秀")
    await put(await county.sign_in(person))
    await put(await county.sign_in(await county.villager("田大姐")), "别人的.pdf")
    (mine, other) = await papers(county)
    told = {one.name: one for one in await export(DataContext(person_id=person.id))}
    assert set(told) == {"photos.json", "files.json", f"{mine.file}.pdf"}
    assert [row["name"] for row in told["files.json"].rows or ()] == ["讲义.pdf"]
    read = told[f"{mine.file}.pdf"].read
    assert read is not None
    assert await read() == pdf()
    await county.close_account(person)
    await units.drained(60)
    assert stored(county) == {other.file}


@pytest.mark.parametrize("declared", [True, False], ids=["", "control"])
async def test_it_goes_with_its_row_when_a_village_is_split(
    county: LiveSite, declared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    villager = await county.sign_in(await county.villager("张桂秀"))
    await put(villager)
    (paper,) = await papers(county)
    group = county["heping"].group_ids[1]
    await db.run_unit(db.write, "UPDATE shelf_paper SET group_id = ? WHERE id = ?", group, paper.id)
    if not declared:
        monkeypatch.setattr(part("models").Paper, "photo_columns", ())
    (row,) = await db.read("SELECT code FROM core_region WHERE id = ?", county["heping"].region_id)
    report = await split_village(str(row["code"]), [NewVillage(code="510999001299", name="新禾村", groups=("二组",))])
    (upload,) = await db.read("SELECT village_id FROM core_upload WHERE key = ?", paper.file)
    assert upload["village_id"] == (report.made[0].village_id if declared else county["heping"].id)
