"""T18: removing a plugin exports its rows with counts and hashes; the same rows come back, or nothing does."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cunli import db, enabling, rooms
from cunli.db import migrations
from cunli.places.merging import merge_regions
from cunli.plugin_models import Mode
from cunli.registry import Registry
from cunli.removal import CannotDo
from cunli.testing.live import LiveSite
from cunli.testing.plugins import Install, plugin_source
from cunli.testing.templates import EmptyDatabases

from .removing import brought_back, contents, cunli, migrate, own_database, site_of, tables_there, taken_away
from .things import MADE_BY, SOURCE

BOTH = pytest.mark.parametrize("engine", ["sqlite", "postgres"])
OWN = {"things_shelf", "things_thing", "things_thing_shelf"}


@pytest_asyncio.fixture(loop_scope="session")
async def things(install: Install) -> Path:
    """The plugin with every kind of column, installed; its migration is written from its models."""
    package = install("things", SOURCE, files=MADE_BY)
    registry = Registry.load(["things"])
    assert registry.problems == ()
    await migrations.make({"core": rooms.APP, **registry.apps()}, "things")
    return package


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def url(
    request: pytest.FixtureRequest, databases_with_sample: EmptyDatabases, tmp_path: Path
) -> AsyncIterator[str]:
    async with own_database(request.param, databases_with_sample, tmp_path) as address:
        yield address


async def fill(site: LiveSite) -> None:
    """Rows of every kind: full, empty, odd; one that points forward, one that points at itself."""
    from cunli_things.models import Hue, Shelf, Thing  # type: ignore[import-not-found]

    who = await site.villager("张桂秀")
    await db.run_unit(db.write, "UPDATE core_person SET key = 'thekeyofzhangguixiu' WHERE id = ?", who.id)

    async def make() -> None:
        for code in ("a", "乙", "B", "z-1"):
            await Shelf.create(code=code)
        with db.scope(site["heping"].id):
            full = await Thing.create(
                owner_id=who.id,
                shelf_id="乙",
                order="行\n“引”\t\u2028😀",
                hue=Hue.RED,
                number=-(2**62),
                yes=False,
                weight=0.1 + 0.2,
                price="19.90",
                day=date(2024, 2, 29),
                at=datetime(2024, 5, 1, 8, 0, 0, 1, tzinfo=UTC),
                lasts=timedelta(days=2, microseconds=7),
                mark="5a6ec1f5-5d8e-4a0c-9a55-2a4f4c6b5b11",
                picture=bytes(range(256)),
                more={"b": [1, 2.5, None, "文"], "a": {"deep": True}, "big": 1e20},
            )
            bare = await Thing.create()
            with_self = await Thing.create(order="", weight=-0.0, more=[])
        with db.scope(site["shangba"].id):
            await Thing.create(price="0.00", picture=b"", weight=1e300)
        await db.write("UPDATE things_thing SET inside_id = ? WHERE id = ?", with_self.id, full.id)
        await db.write("UPDATE things_thing SET inside_id = id WHERE id = ?", with_self.id)
        await db.write("INSERT INTO things_thing_shelf (thing_id, shelf_id) VALUES (?, ?)", bare.id, "乙")

    await db.run_unit(make)


async def rows_of(table: str) -> list[dict[str, Any]]:
    found = [dict(row) for row in await db.read(f"SELECT * FROM {table}")]
    for row in found:
        if isinstance(row.get("more"), str):
            row["more"] = json.loads(row["more"])  # the order of keys is not kept; PostgreSQL does not keep it either
    return sorted(found, key=lambda row: str(list(row.values())))


async def everything() -> dict[str, list[dict[str, Any]]]:
    return {table: await rows_of(table) for table in sorted(OWN)}


async def test_t18_counts_and_hashes_are_true_and_the_same_rows_come_back(
    url: str, things: Path, tmp_path: Path
) -> None:
    await migrate(url, "things")
    first, second = tmp_path / "first", tmp_path / "second"
    async with site_of(url, tmp_path, "things") as site:
        await fill(site)
        before = await everything()
        removed = await taken_away(site, "things", first)
        assert OWN & await tables_there() == set()
        assert await migrations.applied("things") == []
        (row,) = await db.read("SELECT * FROM core_plugin_removal")
        assert (row["plugin"], row["version"], row["rows"], row["export"]) == ("things", "1.0", 9, str(first))
        audited = await db.read("SELECT object_id FROM core_audit_entry WHERE action = 'core.plugin.remove'")
        assert [entry["object_id"] for entry in audited] == ["things"]
        assert removed.undone == ("things.0001_initial",)
        prove(json.loads((first / "manifest.json").read_text()), first, before)
        assert await migrate(url, "things") == ["things.0001_initial"]
        await brought_back("things", first)
        assert await everything() == before
        with pytest.raises(CannotDo, match="has 4 rows already"):
            await brought_back("things", first)
        await added_next(site, max(row["id"] for row in before["things_thing"]))
        await taken_away(site, "things", second)
    assert contents(first) == contents(second)
    assert first.stat().st_mode & 0o077 == 0, "for nobody else to read"


def prove(manifest: dict[str, Any], folder: Path, before: dict[str, list[Any]]) -> None:
    """What the manifest says is what lies there, and what was in the tables."""
    assert (manifest["plugin"], manifest["version"], manifest["migrations"]) == ("things", "1.0", ["0001_initial"])
    told = {note["table"]: note for note in manifest["tables"]}
    assert {table: note["rows"] for table, note in told.items()} == {t: len(rows) for t, rows in before.items()}
    for note in told.values():
        text = (folder / note["file"]).read_bytes()
        assert (len(text), hashlib.sha256(text).hexdigest()) == (note["bytes"], note["sha256"])
        assert text.count(b"\n") == note["rows"]


async def added_next(site: LiveSite, highest: int) -> None:
    """Numbers go on after the greatest that came back."""
    village = (await db.read("SELECT id FROM core_village WHERE slug = 'heping'"))[0]["id"]
    await db.run_unit(db.write, "INSERT INTO things_thing (village_id) VALUES (?)", village)
    assert [row["id"] for row in await db.read("SELECT MAX(id) AS id FROM things_thing")] == [highest + 1]
    await db.run_unit(db.write, "DELETE FROM things_thing WHERE id = ?", highest + 1)


async def test_t18_what_sqlite_wrote_goes_into_postgres_and_comes_out_alike(
    databases_with_sample: EmptyDatabases, things: Path, tmp_path: Path
) -> None:
    folders = [tmp_path / "from sqlite", tmp_path / "from postgres"]
    for engine, folder in zip(("sqlite", "postgres"), folders, strict=True):
        async with own_database(engine, databases_with_sample, tmp_path) as url:
            loaded_anew("cunli_things")
            await migrate(url, "things")
            async with site_of(url, tmp_path, "things") as site:
                if engine == "sqlite":
                    await fill(site)
                else:
                    who = await site.villager("张桂秀")
                    await db.run_unit(
                        db.write, "UPDATE core_person SET key = 'thekeyofzhangguixiu' WHERE id = ?", who.id
                    )
                    await brought_back("things", folders[0])
                await taken_away(site, "things", folder)
    names = [name for name in contents(folders[0]) if name != "manifest.json"]
    for name in names:
        assert without_ids(folders[0] / name) == without_ids(folders[1] / name), name


def loaded_anew(package: str) -> None:
    """As in another process: its models belong to no database yet."""
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        del sys.modules[name]


def without_ids(path: Path) -> list[dict[str, Any]]:
    outside = ("village_id", "owner_id", "person_id")
    rows = [json.loads(text) for text in path.read_text().splitlines()]
    return [{key: value for key, value in row.items() if key not in outside} for row in rows]


async def test_t18_rows_go_to_the_village_that_took_theirs_in_meanwhile(url: str, sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    async with site_of(url, tmp_path, "sample") as site:
        new = site["shangba"].id
        await db.run_unit(
            db.write, "INSERT INTO sample_note (village_id, words) VALUES (?, '记得我')", site["heping"].id
        )
        await taken_away(site, "sample", folder)
    async with site_of(url, tmp_path, county=False):
        await merge_regions(["510999001200"], "510999001201")
    await migrate(url, "sample")
    async with site_of(url, tmp_path, "sample", county=False):
        change = "UPDATE core_village_address SET slug = ? WHERE slug = ?"
        await db.run_unit(db.write, change, "nobody", "heping")
        await db.run_unit(db.write, "UPDATE core_village SET slug = 'gone' WHERE slug = 'heping'")
        with pytest.raises(CannotDo, match=r"sample_note\.jsonl line 1: village_id points at 'heping'"):
            await brought_back("sample", folder)
        assert await db.read("SELECT 1 FROM sample_note") == []
        await db.run_unit(db.write, change, "heping", "nobody")
        await brought_back("sample", folder)
        assert [row["village_id"] for row in await db.read("SELECT village_id FROM sample_note")] == [new]


# -- what was changed since ------------------------------------------------------------------------------------------

Spoil = Callable[[Path], object]


def edit(name: str, old: str, new: str) -> Spoil:
    def spoil(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))

    return spoil


SPOILT: dict[str, tuple[Spoil, str]] = {
    "a word": (
        edit("sample_note.jsonl", "第二张", "第贰张"),
        r"sample_note\.jsonl is not as it was written: its SHA-256",
    ),
    "a line less": (edit("sample_note.jsonl", "", ""), ""),  # replaced below: it needs the line itself
    "no JSON": (edit("sample_note.jsonl", '"words":"第二', '"words:"第二'), r"sample_note\.jsonl line 2: Expecting"),
    "a text for a number": (edit("sample_note.jsonl", '"id":2', '"id":"2"'), r"line 2: '2' is not a whole number"),
    "a column less": (edit("sample_note.jsonl", '"words":"第二张",', ""), r"line 2: 'words'"),
    "another count": (edit("manifest.json", '"rows": 3', '"rows": 4'), r"has 3 rows, and the manifest says 4"),
    "another plugin": (edit("manifest.json", '"plugin": "sample"', '"plugin": "party"'), "an export of “party”"),
    "another migration": (
        edit("manifest.json", "0004_author", "0005_more"),
        r"made at 0005_more \(version 1\.2\.3\)",
    ),
    "another column": (edit("manifest.json", '"words": "text"', '"words": "bytes"'), "other columns than the table"),
    "another place": (edit("manifest.json", '"file": "sample_note.jsonl"', '"file": "../x"'), "names a file “../x”"),
    "no manifest": (lambda folder: (folder / "manifest.json").unlink(), "manifest.json is not there"),
    "half a manifest": (lambda folder: (folder / "manifest.json").write_text("{"), "cannot be read as the manifest"),
    "a file less": (lambda folder: (folder / "sample_note.jsonl").unlink(), r"sample_note\.jsonl cannot be read"),
}
SPOILT["a line less"] = (
    lambda folder: (folder / "sample_note.jsonl").write_text(
        "".join((folder / "sample_note.jsonl").read_text().splitlines(keepends=True)[:2])
    ),
    "has 2 rows, and the manifest says 3",
)


async def test_t18_what_was_changed_since_is_refused_by_file_and_line_and_nothing_is_imported(
    databases_with_sample: EmptyDatabases, sample: Path, tmp_path: Path
) -> None:
    url, whole = await databases_with_sample.fresh("sqlite", tmp_path), tmp_path / "whole"
    async with site_of(url, tmp_path, "sample") as site:
        rows = [(site["heping"].id, f"{number}张") for number in ("第一", "第二", "第三")]
        await db.run_unit(db.write_many, "INSERT INTO sample_note (village_id, words) VALUES (?, ?)", rows)
        await taken_away(site, "sample", whole)
    await migrate(url, "sample")
    async with site_of(url, tmp_path, "sample", county=False):
        for what, (spoil, words) in SPOILT.items():
            folder = shutil.copytree(whole, tmp_path / what)
            spoil(folder)
            with pytest.raises(CannotDo, match=words):
                await brought_back("sample", folder)
            assert await db.read("SELECT 1 FROM sample_note") == [], what
        await brought_back("sample", whole)
        assert len(await db.read("SELECT 1 FROM sample_note")) == 3, "the control"


# -- what goes wrong on the way --------------------------------------------------------------------------------------


async def test_t18_what_fails_on_the_way_leaves_everything_as_it_was(
    url: str, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    async with site_of(url, tmp_path, "sample") as site:
        here = site["heping"]
        await enabling.switch("sample", here.region_id, Mode.ON, village_level=True)
        await db.run_unit(db.write, "INSERT INTO sample_note (village_id, words) VALUES (?, '还在')", here.id)
        with monkeypatch.context() as broken:
            broken.setattr(enabling, "changed", fail)  # the very last thing: tables and rows are gone by then
            with pytest.raises(ZeroDivisionError):
                await taken_away(site, "sample", tmp_path / "out")
        assert [row["words"] for row in await db.read("SELECT words FROM sample_note")] == ["还在"]
        assert len(await migrations.applied("sample")) == 4
        assert len(await db.read("SELECT 1 FROM core_plugin_switch WHERE plugin = 'sample'")) == 1
        assert await db.read("SELECT 1 FROM core_plugin_removal") == []
        kept = contents(tmp_path / "out")
        await taken_away(site, "sample", tmp_path / "out")  # the control, and the way to finish
        assert "sample_note" not in await tables_there()
        assert await db.read("SELECT 1 FROM core_plugin_switch WHERE plugin = 'sample'") == []
        assert contents(tmp_path / "out") == kept


async def test_t18_a_table_that_points_at_it_without_being_loaded_keeps_it(
    url: str, sample: Path, tmp_path: Path
) -> None:
    async with site_of(url, tmp_path, "sample") as site:
        make = "CREATE TABLE other_thing (id INTEGER PRIMARY KEY, note_id INTEGER REFERENCES sample_note (id))"
        await db.run_unit(db.write, make)
        with pytest.raises(CannotDo, match="other_thing points at tables of “sample”"):
            await taken_away(site, "sample", tmp_path / "out")
        assert "sample_note" in await tables_there()
        assert list(tmp_path.glob("out*")) == [], "no half export is left"
        await db.run_unit(db.write, "DROP TABLE other_thing")
        await taken_away(site, "sample", tmp_path / "out")
        assert "sample_note" not in await tables_there(), "the control"


# -- the commands ----------------------------------------------------------------------------------------------------


async def test_t18_the_operator_is_led_through_it(
    databases_with_sample: EmptyDatabases,
    sample: Path,
    install: Install,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    url = await databases_with_sample.fresh("sqlite", tmp_path)
    install("above", plugin_source(manifest="requires=('sample',)"))
    async with site_of(url, tmp_path, "sample") as site:
        await enabling.switch("sample", site["heping"].region_id, Mode.ON, village_level=True)
        await enabling.switch("sample", site.township_id, Mode.REQUIRE, village_level=False)
        await db.run_unit(db.write, "INSERT INTO sample_note (village_id, words) VALUES (?, '我')", site["heping"].id)
    refusals = {
        ("sample", "sample"): "take it out of `plugins`",
        ("", "sampel"): "did you mean “sample”?",
        ("above", "sample"): "above requires “sample”",
        ("", "sample"): "cunli plugin disable sample --village heping",
    }
    for (plugins, name), words in refusals.items():
        told = await cunli(url, "plugin", "remove", name, "--yes", plugins=plugins)
        assert (told.code, words in told.err) == (2, True), told
    assert "cunli plugin rule sample allow --region 510999001000" in told.err
    tried = await cunli(url, "plugin", "remove", "sample", "--force", "--dry-run", plugins="")
    assert (tried.code, "sample_note: 1 rows" in tried.out, "core_plugin_switch: 2 rows" in tried.out) == (
        0,
        True,
        True,
    )
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine.txt").write_text("x")
    told = await cunli(url, "plugin", "remove", "sample", "--force", "--yes", "--export", "taken", plugins="")
    assert (told.code, "holds something else" in told.err) == (2, True), told
    with monkeypatch.context() as full:
        full.setattr("cunli.removal.folder.FileBeingWritten.write", no_room)
        told = await cunli(url, "plugin", "remove", "sample", "--force", "--yes", plugins="")
        assert (told.code, "No space left" in told.err, list(tmp_path.glob("*export*"))) == (3, True, []), told
    told = await cunli(url, "plugin", "remove", "sample", "--force", plugins="")
    assert (told.code, (tmp_path / "sample-1.2.3-export").exists()) == (1, False), "nobody said yes"
    told = await cunli(url, "plugin", "remove", "sample", "--force", "--yes", plugins="")
    assert (told.code, "pip uninstall cunli-sample" in told.out) == (0, True), told
    told = await cunli(url, "plugin", "remove", "sample", "--yes", plugins="")
    assert (told.code, "nothing of sample is in the database" in told.out) == (0, True), told
    told = await cunli(url, "plugin", "import", "sample", "sample-1.2.3-export", plugins="")
    assert (told.code, "no plugin called “sample”" in told.err) == (2, True), told
    await migrate(url, "sample")
    told = await cunli(url, "plugin", "import", "sample", "sample-1.2.3-export", plugins="sample")
    assert (told.code, "1 rows of sample are back" in told.out) == (0, True), told
    told = await cunli(url, "plugin", "import", "sample", "sample-1.2.3-export", plugins="sample")
    assert (told.code, "has 1 rows already" in told.err) == (2, True), told


def no_room(*_: object) -> None:
    raise OSError(28, "No space left on device")
