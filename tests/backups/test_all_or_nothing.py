"""A restore goes into nothing, and leaves nothing when it fails; a backup that fails leaves no file. Who gets at one (DU-7)."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest

from cunli.backups import files
from cunli.backups.errors import CannotBackUp, CannotRestore
from cunli.backups.making import make, new_name, prune
from cunli.backups.manifest import Manifest
from cunli.backups.restoring import restore
from cunli.backups.sealing import Lock, Opener
from cunli.media.storage import Storage, StorageFailed
from cunli.testing.live import live_site, settings_for
from cunli.web.site import Site

from ..faults.looking import looking
from .conftest import PHOTO, Home
from .drill import Machine, flipped

ANOTHER_KEY = base64.b64encode(bytes(range(34, 66))).decode()


def site_of(machine: Machine, **more: object) -> Site:
    return Site(settings_for(machine.database_url, machine.folder, **more))


async def assert_untouched(machine: Machine) -> None:
    """No table, no file: a second try may begin."""
    assert machine.files() == {}
    if machine.database_url.startswith("sqlite"):
        assert [path.name for path in machine.folder.iterdir() if path.name != "media"] == []
        return
    async with looking(machine.database_url) as look:
        tables = "SELECT COUNT(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        assert await look.number(tables) == 0


async def test_it_comes_back(home: Home, elsewhere: Machine) -> None:
    made = await home.backed_up()
    done = await restore(site_of(elsewhere), made.path, Opener())
    assert done.manifest == made.manifest
    assert set(elsewhere.files().values()) == {PHOTO}
    assert len(elsewhere.files()) == 3
    async with looking(elsewhere.database_url) as look:
        assert await look.number("SELECT COUNT(*) FROM core_person WHERE display_name = 'CANARY-PERSON'") == 1


async def test_a_flipped_byte_stops_it_before_anything_is_touched(
    home: Home, elsewhere: Machine, tmp_path: Path
) -> None:
    made = await home.backed_up()
    broken = flipped(made.path, tmp_path / "broken.backup", made.path.stat().st_size // 3)
    code, said = await elsewhere.run("restore", "--no-tombstones", str(broken))
    assert code == 3
    assert "Traceback" not in said
    await assert_untouched(elsewhere)


@pytest.mark.parametrize("failing", ["afterwards", "storage", "migrations"])
async def test_what_fails_half_way_leaves_nothing(
    home: Home, elsewhere: Machine, failing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await home.backed_up()
    stored: list[str] = []

    async def refuse(_: Manifest) -> None:
        if failing == "afterwards":
            raise CannotRestore("planted")

    def third_time(self: Storage, path: str, source: object, write=Storage.write) -> None:  # type: ignore[no-untyped-def]
        stored.append(path)
        if len(stored) == 3:
            raise StorageFailed("planted")
        write(self, path, source)

    async def no(*_: object, **__: object) -> None:
        raise CannotRestore("planted")

    if failing == "storage":
        monkeypatch.setattr(Storage, "write", third_time)
    if failing == "migrations":
        monkeypatch.setattr("cunli.backups.restoring.migrations.migrate", no)
    with pytest.raises((CannotRestore, StorageFailed), match="planted"):
        await restore(site_of(elsewhere), made.path, Opener(), afterwards=refuse)
    monkeypatch.undo()
    await assert_untouched(elsewhere)
    await restore(site_of(elsewhere), made.path, Opener())


async def test_the_control_without_taking_back_files_are_left(
    home: Home, elsewhere: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await home.backed_up()
    monkeypatch.setattr(files.Putting, "take_back", lambda _: None)

    async def refuse(_: Manifest) -> None:
        raise CannotRestore("planted")

    with pytest.raises(CannotRestore):
        await restore(site_of(elsewhere), made.path, Opener(), afterwards=refuse)
    with pytest.raises(AssertionError):
        await assert_untouched(elsewhere)


async def test_it_goes_into_nothing_only(home: Home, elsewhere: Machine) -> None:
    made = await home.backed_up()
    with pytest.raises(CannotRestore, match="already"):
        await restore(home.site, made.path, Opener())
    elsewhere.media.mkdir(exist_ok=True)
    (elsewhere.media / "somebody's").write_bytes(b"photo")
    with pytest.raises(CannotRestore, match="holds files"):
        await restore(site_of(elsewhere), made.path, Opener())
    assert elsewhere.files() == {"somebody's": b"photo"}


async def test_other_keys_are_told_and_may_be_insisted_on(home: Home, elsewhere: Machine) -> None:
    made = await home.backed_up()
    site = site_of(elsewhere, data_key=ANOTHER_KEY)
    with pytest.raises(CannotRestore, match="data_key"):
        await restore(site, made.path, Opener())
    await assert_untouched(elsewhere)
    await restore(site, made.path, Opener(), other_keys=True)


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
async def test_another_kind_of_database_is_refused(home: Home, tmp_path: Path) -> None:
    made = await home.backed_up()
    site = Site(settings_for("postgresql://postgres@127.0.0.1:1/none", tmp_path))
    with pytest.raises(CannotRestore, match="same kind"):
        await restore(site, made.path, Opener())


async def test_a_backup_that_fails_leaves_no_file(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path.name for path in home.folder.iterdir()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "take", full)
    with pytest.raises(CannotBackUp, match="No space left"):
        await home.backed_up()
    assert {path.name for path in home.folder.iterdir()} == before


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
async def test_places_that_are_refused(home: Home) -> None:
    await home.backed_up()
    for target, why in (
        (home.folder / "home.backup", "overwrites nothing"),
        (home.folder / "media" / "x.backup", "storage of photos"),
        (home.folder / "missing" / "x.backup", "does not exist"),
    ):
        with pytest.raises(CannotBackUp, match=why):
            await make(home.site, target, Lock())


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
async def test_a_backup_is_its_owners_alone_and_no_address_leads_to_it(home: Home) -> None:
    machine = Machine(home.folder, home.settings.database_url)
    await machine.done("backup")
    (file,) = (home.folder / "var/backups").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    async with live_site(home.settings, sample_county=False) as site:
        visitor = site.visitor()
        hashed = site.app.site.static.hash
        for path in (
            f"/var/backups/{file.name}",
            f"/backups/{file.name}",
            f"/static/{hashed}/../../var/backups/{file.name}",
            f"/static/{hashed}/%2e%2e/var/backups/{file.name}",
            f"/static/{hashed}{file.absolute()}",
            f"/media/..%2f..%2fvar/backups/{file.name}",
            "/var/backups/",
        ):
            answer = await visitor.open(path)
            assert answer.status in (400, 404), path
            assert "cunli-backup" not in answer.html


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
async def test_the_control_a_backup_among_the_theme_s_files_would_be_served(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await home.backed_up()
    async with live_site(home.settings, sample_county=False) as site:
        served = site.app.site.static
        monkeypatch.setitem(served._files, "x.backup", made.path)
        answer = await site.visitor().open(f"/static/{served.hash}/x.backup")
        assert "cunli-backup" in answer.html


def test_old_ones_are_deleted_and_nothing_else(tmp_path: Path) -> None:
    names = [f"cunli-2026010{day}-030000.backup" for day in range(1, 6)]
    for name in (*names, "other.backup", "cunli-notes.txt"):
        (tmp_path / name).touch()
    gone = prune(tmp_path, 2)
    assert [path.name for path in gone] == names[:3]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*names[3:], "other.backup", "cunli-notes.txt"])
    assert new_name() > names[-1]
