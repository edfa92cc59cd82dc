"""Personal data in a live site: what lies on the disk, what is shown, and what opening it leaves behind."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from cunli import db
from cunli.people.personal import NAME, PHONE
from cunli.testing.accounts import account, sign_in
from cunli.testing.live import LiveSite
from cunli.trust.personal import Unreadable, reveal

PHONE_CANARY = "13877665544"
NAME_CANARY = "金丝雀桂香"


async def masked(person_id: int) -> tuple[object, object]:
    row = (await db.read("SELECT key, name, phone FROM core_person WHERE id = ?", person_id))[0]
    return NAME.masked(row["name"], row["key"]), PHONE.masked(row["phone"], row["key"])


async def test_revealing_gives_the_clear_text_and_one_entry_without_it(site: LiveSite) -> None:
    admin = await site.village_admin()
    who = await account(PHONE_CANARY, name=NAME_CANARY, password="")
    name, phone = await masked(who.id)
    before = await _entries()
    clear = await reveal(name, phone, actor=admin.id, village=site["heping"].id, object=("person", who.id))  # type: ignore[arg-type]
    assert clear == (NAME_CANARY, f"+86{PHONE_CANARY}")
    new = (await _entries())[len(before) :]
    assert [(e["action"], e["actor_id"], e["village_id"], e["object_id"]) for e in new] == [
        ("core.person.reveal", admin.id, site["heping"].id, str(who.id))
    ]
    assert "core_person.name" in str(new[0]["details"])
    assert NAME_CANARY not in str(new[0]["details"])
    assert PHONE_CANARY not in str(new[0]["details"])


async def test_what_does_not_open_is_not_recorded_as_seen(site: LiveSite) -> None:
    first, second = await account("13800138000", name="张桂秀", password=""), await account("13900139000", password="")
    stolen = (await db.read("SELECT name FROM core_person WHERE id = ?", first.id))[0]["name"]
    before = len(await _entries())
    with pytest.raises(Unreadable):
        await reveal(NAME.masked(stolen, second.key), actor=first.id, village=None, object=("person", second.id))
    assert len(await _entries()) == before


async def test_nothing_personal_lies_on_the_disk_in_clear(site: LiveSite, tmp_path: Path) -> None:
    """EN-1: database, write-ahead log, everything below the site's folder."""
    who = await account(PHONE_CANARY, name=NAME_CANARY)
    await sign_in(site.visitor(), PHONE_CANARY)
    await _plant(who.id, "display_name", "明文对照")
    on_disk = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    if not site.settings.sqlite:
        rows = await db.read("SELECT p.*, s.device FROM core_person p LEFT JOIN core_session s ON s.person_id = p.id")
        on_disk = "".join(str(dict(row)) for row in rows).encode()
    assert "明文对照".encode() in on_disk, "the check does not see what is there"
    for canary in (PHONE_CANARY, NAME_CANARY, "三块田"):
        assert canary.encode() not in on_disk


async def test_no_log_line_carries_a_phone_a_name_a_password_or_a_code(
    site: LiveSite, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """LG-1, LG-3."""
    from cunli.people import codes
    from cunli.testing.accounts import CodeBox

    box = CodeBox()
    codes.send_through(box)
    with caplog.at_level(logging.DEBUG):
        await account(PHONE_CANARY, name=NAME_CANARY)
        visitor = site.visitor()
        await sign_in(visitor, PHONE_CANARY, "金丝雀密码 一二三")
        await sign_in(visitor, PHONE_CANARY)
        await (await site.visitor().open("/sign-in/code")).form().fill(phone=PHONE_CANARY).send(button=("do", "send"))
        with pytest.raises(Exception, match=r"."):
            await _force_duplicate(PHONE_CANARY)
        logging.getLogger("control").info("control %s", "金丝雀对照")
    seen = caplog.text + "".join(capfd.readouterr())
    assert "金丝雀对照" in seen
    for canary in (PHONE_CANARY, NAME_CANARY, "金丝雀密码", "三块田", box.last):
        assert canary not in seen


async def _force_duplicate(number: str) -> None:
    index = PHONE.index(f"+86{number}")

    async def insert() -> None:
        await db.write(
            "INSERT INTO core_person (key, display_name, name, phone, phone_index, id_number, password_hash, state,"
            " unread_count, locale, look, created_at) VALUES ('k', 'x', '', '', ?, '', '', 'active', 0, '', '', '2026-10-18')",
            index,
        )

    await db.run_unit(insert)


async def _plant(person_id: int, column: str, value: str) -> None:
    async def write() -> None:
        await db.write(f"UPDATE core_person SET {column} = ? WHERE id = ?", value, person_id)

    await db.run_unit(write)


async def _entries() -> list[db.Row]:
    return await db.read("SELECT action, actor_id, village_id, object_id, details FROM core_audit_entry ORDER BY id")
