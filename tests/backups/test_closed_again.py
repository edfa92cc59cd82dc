"""A restore does not bring back who has left: accounts closed since the backup are closed again before anybody is let in (DP-4)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cunli import db
from cunli.backups.making import Made
from cunli.backups.restoring import restore
from cunli.backups.sealing import Opener
from cunli.clock import now
from cunli.media import running as media
from cunli.own_data import actions, asking, erasing
from cunli.own_data.replaying import StillOpen
from cunli.plugin_data import DataContext
from cunli.registry import Registry
from cunli.testing import sample
from cunli.testing.live import live_site

from ..faults.looking import looking
from .conftest import Home
from .drill import Machine
from .test_all_or_nothing import assert_untouched, site_of

GONE, STAYS, NAMELESS = "CANARY-GONE", "CANARY-PERSON", "已注销用户"
PHOTO = "goneaway"


async def left(home: Home) -> Made:
    """A backup with somebody in it who sent a photo and closes the account after it was made."""
    stones = Path(home.settings.tombstones)
    async with live_site(home.settings, sample_county=False) as site:
        gone = await sample.person(GONE)
        await db.run_unit(
            db.write,
            "INSERT INTO core_upload (key, village_id, owner_id, plugin, unused_until, width, height, stored_bytes, sha256,"
            " created_at) SELECT ?, MIN(id), ?, '', ?, 1, 1, 1, 'x', ? FROM core_village",
            PHOTO,
            gone.id,
            now() + timedelta(days=1),
            now(),
        )
        await media.storage().put(PHOTO, {("thumb", "webp"): b"CANARY", ("large", "jpg"): b"CANARY"})
        made = await home.backed_up()
        await actions.request_erasure(gone.id, remove=True)
        await db.run_unit(db.write, "UPDATE core_erasure SET due_at = ?", now() - timedelta(hours=1))
        await erasing.erase_due(site.app.site.registry, stones)
    assert await names(home.settings.database_url) == {STAYS, NAMELESS}
    return made


async def names(url: str) -> set[str]:
    async with looking(url) as look:
        return set(await look.column("SELECT display_name FROM core_person"))


def photos(machine: Machine) -> list[str]:
    return [name for name in machine.files() if PHOTO in name]


async def test_who_closed_their_account_after_the_backup_is_closed_again_before_anybody_is_let_in(
    home: Home, elsewhere: Machine
) -> None:
    made = await left(home)
    elsewhere.more = {"CUNLI_TOMBSTONES": home.settings.tombstones}
    said = await elsewhere.done("restore", str(made.path))
    assert "closed   1 accounts closed again" in said
    assert await names(elsewhere.database_url) == {STAYS, NAMELESS}
    assert photos(elsewhere) == []
    assert len(elsewhere.files()) == 3
    async with looking(elsewhere.database_url) as look:
        acts = await look.column("SELECT action FROM core_audit_entry ORDER BY id DESC LIMIT 3")
    assert acts == ["core.restore", "core.person.closed", "core.erasure.replayed"]
    assert (await elsewhere.run("audit", "verify"))[0] == 0
    assert "0 accounts closed again" in await elsewhere.done("erasures", "replay")


async def test_the_control_without_closing_again_the_account_is_open(home: Home, elsewhere: Machine) -> None:
    """The same backup, restored without the call: the name and the photo are back, until somebody replays."""
    made = await left(home)
    await restore(site_of(elsewhere), made.path, Opener())
    assert await names(elsewhere.database_url) == {STAYS, GONE}
    assert len(photos(elsewhere)) == 2
    elsewhere.more = {"CUNLI_TOMBSTONES": home.settings.tombstones}
    assert "1 accounts closed again" in await elsewhere.done("erasures", "replay")
    assert await names(elsewhere.database_url) == {STAYS, NAMELESS}
    assert photos(elsewhere) == []


async def test_without_a_readable_file_of_tombstones_nothing_is_restored(
    home: Home, elsewhere: Machine, tmp_path: Path
) -> None:
    """Not there, no tombstones in it, no file at all: said in a sentence, nothing touched; and insisted on, it goes."""
    made = await home.backed_up()
    nonsense, folder = tmp_path / "nonsense.jsonl", tmp_path / "folder.jsonl"
    nonsense.write_bytes(b'{"key": "a", "remove": false}\n\xff\xfe\n')
    folder.mkdir()
    for path, words in (
        (tmp_path / "nowhere.jsonl", "there is no file"),
        (nonsense, "cannot be read: it is no text"),
        (folder, "cannot be read"),
    ):
        elsewhere.more = {"CUNLI_TOMBSTONES": str(path)}
        code, said = await elsewhere.run("restore", str(made.path))
        assert (code, words in said, "Traceback" in said) == (3, True, False), said
        await assert_untouched(elsewhere)
    elsewhere.more = {"CUNLI_TOMBSTONES": str(tmp_path / "nowhere.jsonl")}
    assert (await elsewhere.run("erasures", "replay"))[0] == 3
    await elsewhere.done("restore", "--no-tombstones", str(made.path))


async def test_an_account_that_does_not_close_stops_the_restore(
    home: Home, elsewhere: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cunli.backups.manifest import Manifest
    from cunli.cli import erasures

    made = await left(home)
    site = site_of(elsewhere)

    async def close(_: Manifest) -> None:
        await erasures.close_again(site, Path(home.settings.tombstones))

    async def fails(_: Registry, part: str, ctx: DataContext) -> None:
        raise asking.PartFailed(f"planted in {part} for {ctx.person_id}")

    monkeypatch.setattr(asking, "erasure_by", fails)
    with pytest.raises(StillOpen, match="1 of 1"):
        await restore(site, made.path, Opener(), afterwards=close)
    monkeypatch.undo()
    await assert_untouched(elsewhere)
    await restore(site, made.path, Opener(), afterwards=close)
    assert await names(elsewhere.database_url) == {STAYS, NAMELESS}
