"""What lies on the disk: names and numbers of people are nowhere in clear, in no table, log of the database, dump or photo (EN-1)."""

from __future__ import annotations

import base64
import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from cunli import db
from cunli.people.personal import ID_NUMBER
from cunli.testing.accounts import CodeBox, sign_in
from cunli.testing.photos import photo_file
from cunli.trust.personal import EncryptedText

from ..permissions.asks import ASKS, Ask
from ..permissions.roles import BY_ID, HERE
from ..permissions.world import World

SEALED = ("person.phone", "person.id_number", "person.name", "membership.head_name", "household.head_name")
TYPED = {"name": "田CANARYTyped秀", "head_name": "罗CANARYTyped海"}
REGISTERED = "赵CANARYTyped明"
NEW_PHONE = "13876500123"


async def live_in(world: World) -> list[str]:
    """Write through the pages what belongs to nobody else: an application, a household, an account, a photo. The words."""
    stranger, admin, author = BY_ID["no_village"], BY_ID["admin"], BY_ID["author"]
    join = ASKS["POST /v/{village}/join"][""](world, stranger)
    register = ASKS["POST /v/{village}/households"][""](world, admin)
    photo, kind = photo_file()[1], "image/jpeg"
    for role, ask in (
        (stranger, Ask(path=join.path, fields={**join.fields, **TYPED})),
        (admin, Ask(path=register.path, fields={**register.fields, "head_name": REGISTERED})),
        (author, Ask(path=f"/v/{HERE}/uploads", files=(("photo", (f"{REGISTERED}.jpg", photo, kind)),))),
        (BY_ID["anonymous"], Ask(path="/sign-in/code", fields={"phone": NEW_PHONE, "code": "", "do": "send"})),
    ):
        assert (await world.send(role, "POST", ask)).status in (200, 201, 303), ask.path
    from cunli.people import codes

    box = codes._process.sender
    assert isinstance(box, CodeBox)
    entered = {"phone": NEW_PHONE, "code": box.last, "do": "enter"}
    assert (await world.send(BY_ID["anonymous"], "POST", Ask(path="/sign-in/code", fields=entered))).status == 303
    stored = [word for word, canary in world.canaries.items() if canary.kind in SEALED]
    return [*stored, *TYPED.values(), REGISTERED, NEW_PHONE, world.phone, world.password]


async def on_disk(world: World, folder: Path) -> bytes:
    """All there is to read for somebody who has the disk: files, and every row of every table as a dump has them."""
    settings = world.site.settings
    files = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    if settings.sqlite:
        assert any(path.name.endswith("-wal") and path.stat().st_size for path in folder.rglob("*"))
        with sqlite3.connect(settings.database_url.removeprefix("sqlite:///")) as connection:
            return b"\n".join([*files, *(line.encode() for line in connection.iterdump())])
    await world.rows.take()
    dump = [str(row).encode() for table in world.rows.tables.values() for row in table]
    return b"\n".join([*files, *dump])


def spellings(word: str) -> Iterator[bytes]:
    """A word as it might lie there: in other encodings, and as digests that anybody could compute for every number."""
    for text in (word, f"+86{word}") if word.isdigit() else (word,):
        raw = text.encode()
        yield from (raw, text.encode("utf-16-le"), text.encode("gb18030"), raw.hex().encode(), raw[::-1])
        yield from (
            text.encode("unicode_escape"),
            base64.b64encode(raw).rstrip(b"="),
            base64.urlsafe_b64encode(raw).rstrip(b"="),
        )
        for digest in (hashlib.sha256, hashlib.sha1, hashlib.md5):
            found = digest(raw).digest()
            yield from (found, found.hex().encode(), base64.b64encode(found)[:22], base64.urlsafe_b64encode(found)[:22])


def in_clear(words: list[str], disk: bytes) -> list[str]:
    return [f"{word} as {s[:40]!r}" for word in words for s in set(spellings(word)) if len(s) > 3 and s in disk]


async def test_names_and_numbers_lie_nowhere_in_clear(lived_in: World, tmp_path: Path) -> None:
    words = await live_in(lived_in)
    assert len(words) > 80
    disk = await on_disk(lived_in, tmp_path)
    assert in_clear(words, disk) == []
    # the search sees the tables and the folder of photos: what is public is there
    for public in ("CANARYPostPublicHeping", "CANARYPhotoPrivateHeping"):
        assert in_clear([public], disk)


async def test_people_are_found_by_the_keyed_index_alone(lived_in: World) -> None:
    """The same number is found again; neither a plain digest nor the index of another column finds anybody."""
    await live_in(lived_in)
    before = len(await db.read("SELECT id FROM core_person"))
    answer = await sign_in(lived_in.site.visitor(), lived_in.phone)
    assert answer.status == 303
    assert len(await db.read("SELECT id FROM core_person")) == before
    number = next(word for word, canary in lived_in.canaries.items() if canary.kind == "person.id_number")
    owner = lived_in.canaries[number].owner
    found = await db.read("SELECT id FROM core_person WHERE id_number_index = ?", ID_NUMBER.index(number))
    assert [row["id"] for row in found] == [owner]
    plain = base64.urlsafe_b64encode(hashlib.sha256(number.encode()).digest()).decode()
    other = EncryptedText("core_person", "phone", "phone").index(number)
    for wrong in (number, plain, plain[:32], other):
        assert await db.read("SELECT id FROM core_person WHERE id_number_index = ?", wrong) == []


async def test_a_plain_column_would_be_found(
    lived_in_sqlite: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EncryptedText, "seal", lambda self, clear, row_key: clear)
    words = await live_in(lived_in_sqlite)
    found = " ".join(in_clear(words, await on_disk(lived_in_sqlite, tmp_path)))
    assert all(word in found for word in (*TYPED.values(), REGISTERED, NEW_PHONE))


async def test_a_plain_digest_and_a_file_name_would_be_found(lived_in_sqlite: World, tmp_path: Path) -> None:
    words = await live_in(lived_in_sqlite)
    plain = hashlib.sha256(f"+86{NEW_PHONE}".encode()).hexdigest()
    await db.run_unit(
        db.write, "UPDATE core_person SET phone_index = ? WHERE id = ?", plain, lived_in_sqlite.people["author"].id
    )
    (tmp_path / "media/kept-name.txt").write_text(REGISTERED, "utf-8")
    found = " ".join(in_clear(words, await on_disk(lived_in_sqlite, tmp_path)))
    assert NEW_PHONE in found
    assert REGISTERED in found
