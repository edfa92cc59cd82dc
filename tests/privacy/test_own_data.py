"""What is held about a person can be had whole and by nobody else (DP-1), and is gone when the account is closed (DP-3)."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import AsyncIterator, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from tortoise.models import Model

from cunli import db, rooms
from cunli.clock import now
from cunli.jobs.tasks import TaskContext
from cunli.media import running as storage
from cunli.notify.actions import tell
from cunli.own_data import actions, erasing, exporting, sealed
from cunli.own_data.parts import CorePart, core_parts
from cunli.people import accounts
from cunli.trust.numbers import Phone

from ..permissions.world import World
from .test_at_rest import on_disk


def keys_to_people() -> set[str]:
    """Every column of the core's tables that points at people, found from the models."""
    models = [m for name in rooms.APP.models for m in vars(import_module(name)).values() if _is_model(m, name)]
    return {
        f"{model._meta.db_table}.{field}"
        for model in models
        for field in model._meta.fk_fields | model._meta.o2o_fields
        if getattr(model._meta.fields_map[field], "model_name", "") == "core.Person"
    }


def _is_model(thing: object, module: str) -> bool:
    return isinstance(thing, type) and issubclass(thing, Model) and thing.__module__ == module


def named(parts: list[CorePart]) -> set[str]:
    return {column for part in parts for column in (*part.covers, *part.left_out)}


def test_every_column_about_people_is_handed_over_or_left_out_for_a_reason() -> None:
    assert named(core_parts()) - {"core_person.id"} == keys_to_people()
    assert all(reason.strip() for part in core_parts() for reason in part.left_out.values())
    # the planted control: a room that forgets one of its tables is noticed
    forgetful = [part for part in core_parts() if part.name != "notify"]
    forgotten = {"core_channel_choice.person", "core_mail_address.person", "core_notification.person"}
    assert keys_to_people() - named(forgetful) == forgotten


async def opened(world: World, person: str) -> zipfile.ZipFile:
    """The archive of a person, made as the job makes it, and read back from the storage."""
    who = world.here.people[person]
    await actions.request_export(who.id)
    (row,) = await db.read("SELECT key FROM core_data_export WHERE person_id = ?", who.id)
    ctx = TaskContext(task=actions.EXPORT, payload={"key": row["key"]}, village_id=None, attempt=1, key="job-1")
    await exporting.export(world.site.app.site, ctx)
    stored = await storage.storage().file(row["key"])
    assert stored is not None
    pieces = [piece async for piece in sealed.opened(stored, row["key"])]
    return zipfile.ZipFile(io.BytesIO(b"".join(pieces)))


def words_in(found: zipfile.ZipFile) -> str:
    return "\n".join(found.read(name).decode("utf-8", "replace") for name in found.namelist())


async def test_an_archive_holds_all_of_ones_own_and_nothing_of_anybody_else(lived_in: World, tmp_path: Path) -> None:
    held = {person: words_in(await opened(lived_in, person)) for person in ("author", "neighbour", "reporter")}
    for person, text in held.items():
        own = lived_in.here.people[person].id
        for canary in lived_in.canaries.values():
            sealed_kinds = ("person.phone", "person.name", "person.id_number", "membership.head_name")
            if canary.kind in sealed_kinds:
                assert (canary.word in text) == (canary.owner == own), (person, canary)
    about = {canary.kind for canary in lived_in.canaries.values() if canary.word in held["author"]}
    assert {"post.village", "post.hidden", "photo.private", "photo.unused", "draft.body"} <= about
    assert "report.note" in {c.kind for c in lived_in.canaries.values() if c.word in held["reporter"]}
    assert "report.note" not in about
    assert not any(c.word in held["author"] for c in lived_in.canaries.values() if c.slug != lived_in.here.village.slug)
    # it lies sealed: nobody who has the disk reads a word of it
    disk = await on_disk(lived_in, tmp_path)
    phone = next(c.word for c in lived_in.canaries.values() if c.kind == "person.phone" and c.word in held["author"])
    assert phone.encode() not in disk


async def test_an_archive_that_was_cut_or_changed_does_not_open(lived_in_sqlite: World, tmp_path: Path) -> None:
    await opened(lived_in_sqlite, "author")
    (row,) = await db.read("SELECT key FROM core_data_export")
    (path,) = (tmp_path / "media/files").iterdir()
    whole = path.read_bytes()

    async def given(raw: bytes) -> AsyncIterator[bytes]:
        yield raw

    async def read(raw: bytes, key: str = row["key"]) -> bytes:
        return b"".join([piece async for piece in sealed.opened(given(raw), key)])

    assert zipfile.ZipFile(io.BytesIO(await read(whole))).testzip() is None
    changed = whole[:40] + bytes([whole[40] ^ 1]) + whole[41:]
    for wrong in (whole[:-1], whole + b"x", changed, b""):
        with pytest.raises(sealed.Damaged):
            await read(wrong)
    with pytest.raises(sealed.Damaged):
        await read(whole, "of-another-person-0000")


async def close(world: World, person: str, *, remove: bool) -> int:
    who = world.here.people[person].id
    await actions.request_erasure(who, remove=remove)
    await db.run_unit(db.write, "UPDATE core_erasure SET due_at = ?", now())
    await erasing.erase_due(world.site.app.site.registry)
    assert [row["state"] for row in await db.read("SELECT state FROM core_erasure")] == ["done"]
    return who


def words_of(world: World, person: str) -> Iterator[tuple[str, str]]:
    """What is private about a person, and the words and photos that this person published, with their kind."""
    who = world.here.people[person].id
    for canary in world.canaries.values():
        own = canary.owner == who or (person == "author" and canary.kind in PUBLISHED)
        if own and canary.slug == world.here.village.slug:
            yield canary.word, canary.kind


PUBLISHED = (
    *(f"post.{name}" for name in ("village", "township", "county", "public", "hidden", "public_hidden", "deleted")),
    "photo.private",
    "photo.unused",
)


async def test_what_was_held_about_somebody_is_gone_from_tables_and_disk(lived_in: World, tmp_path: Path) -> None:
    words = dict(words_of(lived_in, "author"))
    assert set(words.values()) >= {"person.phone", "person.name", "post.village", "photo.private"}
    await opened(lived_in, "author")
    phone = next(word for word, kind in words.items() if kind == "person.phone")
    who = await close(lived_in, "author", remove=True)
    if lived_in.site.settings.sqlite:
        path = lived_in.site.settings.database_url.removeprefix("sqlite:///")
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    await lived_in.rows.take()
    disk = b"\n".join(str(row).encode() for table in lived_in.rows.tables.values() for row in table)
    disk += b"\n".join(path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file())
    assert [(word, kind) for word, kind in words.items() if word.encode() in disk] == []
    # the control: what a neighbour published in the same village is still there, and so are the village's notices
    assert b"CANARYPostNoticeHeping" in disk
    # nobody is told anything any more, and the number is free for a new account
    assert not await tell(who, "post.shown", url="/")
    assert await accounts.find_by_phone(Phone(f"+86{phone}")) is None
    assert await accounts.add_person(Phone(f"+86{phone}"), "新来的") != who


async def test_words_that_are_kept_have_no_name(lived_in: World) -> None:
    await close(lived_in, "author", remove=False)
    visitor = lived_in.site.visitor()
    post = lived_in.here.posts["public"]
    page = await visitor.open(f"/v/heping/p/{post}")
    assert "CANARYPostPublicHeping" in page.text
    assert "已注销用户" in page.text
    assert "hepingauthor" not in page.text
    rows = await db.read(
        "SELECT display_name, name, phone, phone_index, id_number FROM core_person WHERE state = 'closed'"
    )
    assert [tuple(row) for row in rows] == [("已注销用户", "", "", None, "")]


async def test_counters_are_right_after_somebody_went(lived_in: World) -> None:
    await close(lived_in, "author", remove=True)
    for village in await db.read("SELECT id, post_count, verified_count FROM core_village"):
        (posts,) = await db.read(
            "SELECT COUNT(*) AS n FROM core_post WHERE village_id = ? AND state = 'visible'", village["id"]
        )
        (members,) = await db.read(
            "SELECT COUNT(*) AS n FROM core_membership WHERE village_id = ? AND state = 'verified'", village["id"]
        )
        assert (village["post_count"], village["verified_count"]) == (posts["n"], members["n"])
    for post in await db.read("SELECT id, like_count, comment_count FROM core_post WHERE state = 'visible'"):
        (likes,) = await db.read(
            "SELECT COUNT(*) AS n FROM core_reaction WHERE kind = 'like' AND post_id = ?", post["id"]
        )
        (said,) = await db.read(
            "SELECT COUNT(*) AS n FROM core_comment WHERE state = 'visible' AND post_id = ?", post["id"]
        )
        assert (post["like_count"], post["comment_count"]) == (likes["n"], said["n"])


async def test_a_room_that_forgets_would_be_found(
    lived_in_sqlite: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted control: without the people's room the account is not closed, and its words are found."""
    monkeypatch.setattr(rooms, "HELD", tuple(name for name in rooms.HELD if name != "cunli.people.own_data"))
    words = [word for word, kind in words_of(lived_in_sqlite, "author") if kind.startswith("post.")]
    monkeypatch.setattr("cunli.feed.own_data._remove_posts", _nothing)
    await close(lived_in_sqlite, "author", remove=True)
    disk = await on_disk(lived_in_sqlite, tmp_path)
    assert all(word.encode() in disk for word in words)
    assert (await db.read("SELECT 1 FROM core_person WHERE state = 'closed'")) == []


async def _nothing(_person_id: int) -> int:
    return 0
