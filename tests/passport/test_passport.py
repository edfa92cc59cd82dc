"""A village goes to another county and back: the archive is the same to the byte, and nobody's name goes along unasked (M13)."""

from __future__ import annotations

import tracemalloc
import zipfile
from pathlib import Path

import pytest

from cunli import db
from cunli.passport import archive, arriving, leaving, staying
from cunli.passport.archive import CannotMove
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.photos import photo_file
from cunli.testing.templates import EmptyDatabases

CODE = "510999001200"  # 禾坪村 of the sample county
NAMES = ("罗CANARY秀", "田CANARY义")
WORDS = "晒谷场明天让一让，CANARY-POST"


async def lived_in(site: LiveSite) -> str:
    """Posts with photos, comments, replies, likes and a notice, written through the pages; the address of a post."""
    author = await site.sign_in(await site.villager(NAMES[0]))
    admin = await site.sign_in(await site.village_admin(NAMES[1]))
    page = await author.open("/v/heping/new")
    await page.form().fill(body=WORDS, audience="village").attach("photo", photo_file()).send()
    (post,) = await db.read("SELECT key FROM core_post")
    address = f"/v/heping/p/{post['key']}"
    for visitor, words in ((admin, "好，收到"), (author, "谢谢")):
        page = await visitor.open(address)
        await page.form("form[action$='/comments']").fill(body=words).send()
    page = await admin.open(address)
    await page.form("form#act").send(button=("do", "thank"), to=f"{address}/react")
    await db.run_unit(dress, site["heping"].id)
    return address


async def dress(village_id: int) -> None:
    """What makes a village its own."""
    await db.write(
        "UPDATE core_village SET motto = '山清水秀', introduction = '六百年的村子', market_days = '3,8' WHERE id = ?",
        village_id,
    )
    await db.write("INSERT INTO core_village_address (slug, village_id) VALUES ('hepingcun', ?)", village_id)


async def exported(site: LiveSite, code: str, target: Path, *, with_people: bool = False) -> bytes:
    await leaving.export(site.app.site, code, target, with_people=with_people)
    return target.read_bytes()


@pytest.mark.parametrize("with_people", [False, True])
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_there_and_back_it_is_the_same_to_the_byte(
    kind: str, with_people: bool, empty_databases: EmptyDatabases, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    async with live_site(settings_for(await empty_databases.fresh(kind, here), here)) as site:
        address = await lived_in(site)
        first = await exported(site, CODE, here / "village.zip", with_people=with_people)
    async with live_site(settings_for(await empty_databases.fresh(kind, there), there), sample_county=False) as site:
        await db.run_unit(other_county)
        await arriving.bring(site.app.site, here / "village.zip", CODE)
        assert await exported(site, CODE, there / "again.zip", with_people=with_people) == first
        who = await site.sign_in(await site.stranger())
        del who
        await assert_lives_on(address)
        with pytest.raises(CannotMove, match="already"):
            await arriving.bring(site.app.site, here / "village.zip", CODE)


async def other_county() -> None:
    """The same village region in the tables of another county, where nothing was opened."""
    from cunli.places.models import Level
    from cunli.testing import sample

    county = await sample.region("510998000000", "外江县", Level.COUNTY, pinyin="waijiangxian", initials="wjx")
    town = await sample.region("510998001000", "外江镇", Level.TOWNSHIP, county, "waijiangzhen", "wjz")
    await sample.region(CODE, "禾坪村", Level.VILLAGE, town, "hepingcun", "hpc")


async def assert_lives_on(address: str) -> None:
    """Old links, words, photos and counts are there."""
    (village,) = await db.read("SELECT id, slug, motto, post_count FROM core_village")
    assert (village["slug"], village["motto"], village["post_count"]) == ("heping", "山清水秀", 1)
    slugs = {row["slug"] for row in await db.read("SELECT slug FROM core_village_address")}
    assert {"heping", "hepingcun", CODE} <= slugs
    (post,) = await db.read("SELECT key, body, comment_count, like_count + thanks_count AS given FROM core_post")
    assert address.endswith(post["key"])
    assert (post["body"], post["comment_count"], post["given"]) == (WORDS, 2, 1)
    assert len(await db.read("SELECT id FROM core_post_photo")) == 1


async def test_people_leave_under_pseudonyms(site: LiveSite, tmp_path: Path) -> None:
    await lived_in(site)
    keys = [row["key"] for row in await db.read("SELECT key FROM core_person")]
    plain = await exported(site, CODE, tmp_path / "village.zip")
    assert [word for word in (*NAMES, *keys) if word.encode() in plain] == []
    assert WORDS.encode() in plain
    named = await exported(site, CODE, tmp_path / "named.zip", with_people=True)
    assert all(name.encode() in named for name in NAMES), "the control: with people they are in it"


async def test_what_is_hidden_or_deleted_stays_behind(site: LiveSite, tmp_path: Path) -> None:
    await lived_in(site)
    await db.run_unit(db.write, "UPDATE core_post SET state = 'hidden'")
    passport = await leaving.export(site.app.site, CODE, tmp_path / "village.zip")
    assert [len(rows) for rows in passport.tables.values()] == [0] * len(archive.TABLES)


async def test_a_changed_archive_changes_nothing(site: LiveSite, tmp_path: Path) -> None:
    await lived_in(site)
    file = tmp_path / "village.zip"
    data = bytearray(await exported(site, CODE, file))
    where = data.index(b"CANARY-POST")
    data[where] ^= 1
    file.write_bytes(data)
    with pytest.raises(CannotMove):
        await arriving.bring(site.app.site, file, "510998001200")
    assert len(await db.read("SELECT id FROM core_post")) == 1


async def test_a_packed_bomb_is_refused_before_it_is_unpacked(site: LiveSite, tmp_path: Path) -> None:
    """Entries that say how large they are, one that lies about it, and one that is not in the manifest (V5.2.3)."""
    honest, lying = tmp_path / "honest.zip", tmp_path / "lying.zip"
    with zipfile.ZipFile(honest, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("manifest.json", b" " * (archive.LONGEST + 1))
    packed = honest.read_bytes()
    assert len(packed) < 2_000_000
    size = (archive.LONGEST + 1).to_bytes(4, "little")
    assert packed.count(size) == 2, "beside the entry and in the list at the end"
    lying.write_bytes(packed.replace(size, (100).to_bytes(4, "little")))
    for file in (honest, lying):
        tracemalloc.start()
        with pytest.raises(CannotMove):
            await arriving.bring(site.app.site, file, "510998001200")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 20_000_000, "it was not unpacked"
    assert not await db.read("SELECT id FROM core_post")


async def test_without_the_question_how_large_it_is_the_bomb_would_be_unpacked(
    site: LiveSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("manifest.json", b" " * (archive.LONGEST + 1))
    monkeypatch.setattr(archive, "LONGEST", 2**40)
    tracemalloc.start()
    with pytest.raises(CannotMove):
        await arriving.bring(site.app.site, tmp_path / "bomb.zip", "510998001200")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak > 20_000_000


async def test_what_fails_half_way_leaves_nothing(
    site: LiveSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lived_in(site)
    file = tmp_path / "village.zip"
    await exported(site, CODE, file)
    await db.run_unit(forget_it)
    media = tmp_path / "media"
    before = {path for path in media.rglob("*") if path.is_file()}

    async def fail(*_: object) -> None:
        raise CannotMove("planted")

    monkeypatch.setattr(arriving, "_reactions", fail)
    with pytest.raises(CannotMove, match="planted"):
        await arriving.bring(site.app.site, file, "510998001200")
    assert await db.read("SELECT id FROM core_post") == []
    assert {path for path in media.rglob("*") if path.is_file()} <= before


async def forget_it() -> None:
    for table in ("core_reaction", "core_comment", "core_post_photo", "core_post", "core_upload"):
        await db.write(f"DELETE FROM {table}")


async def test_nothing_to_export_and_nothing_to_read_are_told(site: LiveSite, tmp_path: Path) -> None:
    with pytest.raises(CannotMove, match="no village"):
        await leaving.export(site.app.site, "000000000000", tmp_path / "x.zip")
    (tmp_path / "x.zip").write_bytes(b"no archive")
    with pytest.raises(CannotMove, match="cannot be read"):
        await arriving.bring(site.app.site, tmp_path / "x.zip", CODE)
    assert not zipfile.is_zipfile(tmp_path / "x.zip")


async def test_what_stays_behind_is_counted_and_nothing_is_passed_over(site: LiveSite) -> None:
    await lived_in(site)
    found = {one.table: one.rows for one in await staying.stays_behind(site.app.site, CODE)}
    assert found["core_membership"] == 2
    assert "core_post" not in found
    assert await staying.stays_behind(site.app.site, "510999009999") == []
