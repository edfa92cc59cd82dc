"""T18: what a plugin has put into the feed, what was said below it, its photos and its files, leave with it and come back with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cunli import db, enabling
from cunli.media import actions as media
from cunli.media import running
from cunli.plugin_models import Mode
from cunli.removal import CannotDo
from cunli.testing.files import pdf
from cunli.testing.live import LiveSite
from cunli.testing.photos import jpeg
from cunli.testing.plugins import Install, plugin_source
from cunli.testing.templates import EmptyDatabases
from cunli.testing.visitor import Opened

from .removing import brought_back, contents, migrate, own_database, site_of, taken_away

LENT = {"core_comment", "core_comment_reply", "core_post", "core_reaction", "core_upload"}


async def photo(site: LiveSite, owner: int) -> str:
    """A photo that the plugin has taken into use."""
    here = site["heping"].id
    taken = await media.accept(jpeg(), owner_id=owner, village_id=here, limit_mb=5)
    await media.use([taken.key], owner_id=owner, village_id=here, plugin="sample")
    return taken.key


async def file(site: LiveSite, owner: int) -> str:
    """A file of another kind, taken into use likewise."""
    here = site["heping"].id
    taken = await media.accept_file(pdf(), "讲义.pdf", kinds={"pdf"}, owner_id=owner, village_id=here)
    await media.use([taken.key], owner_id=owner, village_id=here, plugin="sample", files=True)
    return taken.key


async def switched_on(site: LiveSite) -> None:
    await enabling.switch("sample", site["heping"].region_id, Mode.ON, village_level=True)


async def entry_of(site: LiveSite, words: str, number: int = 0) -> Opened:
    reader = await site.sign_in(await site.villager(f"读的人{number}"))
    return await (await reader.open("/v/heping/")).follow(words)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_t18_entries_with_what_was_said_below_them_and_photos_come_back_alike(
    engine: str, databases_with_sample: EmptyDatabases, sample: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    async with (
        own_database(engine, databases_with_sample, tmp_path) as url,
        site_of(url, tmp_path, "sample") as site,
    ):
        await switched_on(site)
        author, neighbour = await site.villager("张桂秀"), await site.villager("田大姐")
        mine, other = await site.sign_in(author), await site.sign_in(neighbour)
        await (await mine.open("/v/heping/sample/notes")).form().fill(words="梯子借走了").send()
        entry = await (await other.open("/v/heping/")).follow("告示板上有新条子")
        address = entry.url
        said = await entry.form("form[action$='/comments']").fill(body="什么时候还").send()
        assert said.status == 200
        (comment,) = await db.read("SELECT id, key FROM core_comment")
        await db.run_unit(
            db.write,
            "INSERT INTO core_comment (key, village_id, post_id, parent_id, reply_to_id, author_id, body, state, hidden_reason,"
            " created_at) SELECT 'reply', village_id, post_id, id, author_id, ?, '明天', 'visible', '', created_at"
            " FROM core_comment WHERE id = ?",
            author.id,
            comment["id"],
        )
        await db.run_unit(
            db.write,
            "INSERT INTO core_reaction (village_id, post_id, person_id, kind, created_at)"
            " SELECT village_id, post_id, ?, 'thanks', created_at FROM core_comment WHERE key = 'reply'",
            neighbour.id,
        )
        key, paper = await photo(site, author.id), await file(site, author.id)
        large = await running.storage().get(key, "large", "jpg")
        assert large
        counted = await counts(site)

        await taken_away(site, "sample", first)
        told = json.loads((first / "manifest.json").read_text())
        assert {note["table"]: note["rows"] for note in told["borrowed"]} == {
            **dict.fromkeys(LENT, 1),
            "core_upload": 2,
        }
        assert (await other.open(address)).status == 404
        assert not await db.read("SELECT 1 FROM core_post")
        assert not await db.read("SELECT 1 FROM core_upload")
        assert (await counts(site))["core_village.post_count"] == 0

        await (await other.open("/v/heping/new")).form().fill(body="中间的一条").send()  # the numbers go on meanwhile
        await running.storage().delete([key, paper])  # as the nightly sweep does
        await migrate(url, "sample")
        await brought_back("sample", first)
        await switched_on(site)
        again = await other.open(address)
        assert again.status == 200
        assert all(words in again.text for words in ("告示板上有新条子", "什么时候还", "明天")), again.text
        assert await running.storage().get(key, "large", "jpg") == large
        assert await running.storage().get(paper, "whole", "bin") == pdf()
        (told_again,) = await db.read("SELECT kind, name FROM core_upload WHERE key = ?", paper)
        assert (told_again["kind"], told_again["name"]) == ("pdf", "讲义.pdf")
        assert (await counts(site))["core_village.post_count"] == counted["core_village.post_count"] + 1
        with pytest.raises(CannotDo, match="rows of the plugin already|rows already"):
            await brought_back("sample", first)

        await taken_away(site, "sample", second)
        assert contents(first) == contents(second)
        await migrate(url, "sample")
        (first / "core_post.jsonl").write_bytes(
            (first / "core_post.jsonl").read_bytes().replace("梯子".encode(), "桌子".encode())
        )
        with pytest.raises(CannotDo, match="not as it was written"):
            await brought_back("sample", first)
        assert not await db.read("SELECT 1 FROM core_post WHERE kind = 'sample.note'"), "nothing was imported"


async def counts(site: LiveSite) -> dict[str, int]:
    (row,) = await db.read("SELECT post_count FROM core_village WHERE id = ?", site["heping"].id)
    return {"core_village.post_count": row["post_count"]}


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_t18_a_plugin_without_tables_leaves_its_entries_behind_in_an_export_too(
    engine: str, databases_with_sample: EmptyDatabases, sample: Path, install: Install, tmp_path: Path
) -> None:
    kind = "@hookimpl\ndef feed_kinds(self):\n    return [FeedKind(id='bare.word', label='话')]"
    install("bare", plugin_source(kind, head="from cunli import FeedKind"))
    async with (
        own_database(engine, databases_with_sample, tmp_path) as url,
        site_of(url, tmp_path, "bare", "sample") as site,
    ):
        none = await taken_away(site, "bare", tmp_path / "none")
        assert (none.folder, (tmp_path / "none").exists()) == (None, False), "the control: nothing to export"
        author = await site.sign_in(await site.villager("张桂秀"))
        await (await author.open("/v/heping/new")).form().fill(body="一句话").send()
        await db.run_unit(db.write, "UPDATE core_post SET kind = 'bare.word'")
        before = [dict(row) for row in await db.read("SELECT key, body, author_id, created_at FROM core_post")]
        removed = await taken_away(site, "bare", tmp_path / "out")
        assert removed.manifest is not None
        assert removed.manifest.entries == 1
        assert not await db.read("SELECT 1 FROM core_post")
        await brought_back("bare", tmp_path / "out")
        assert [dict(row) for row in await db.read("SELECT key, body, author_id, created_at FROM core_post")] == before
