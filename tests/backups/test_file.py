"""The file of a backup: every flipped byte is found before a restore touches anything, and a sealed one shows nothing."""

from __future__ import annotations

import hashlib
import json
import random
import tarfile
from pathlib import Path

import pytest

from cunli.backups import archive, container, sealing
from cunli.backups.errors import Damaged, Locked
from cunli.backups.sealing import Lock, Opener

from .conftest import Home
from .drill import flipped

PASSPHRASE = "correct horse battery staple"
CANARIES = (b"CANARY-PERSON", b"CANARY-PHOTO", "村志".encode())


def places(file: Path) -> list[int]:
    """Bytes of every region: the head, names and padding of the tar, the parts, the hash at the end."""
    size = file.stat().st_size
    chance = random.Random(file.name)
    return [0, 5, 20, size - 1, size - 32, size - 33, size // 2, *(chance.randrange(size) for _ in range(40))]


async def test_every_flipped_byte_is_found(home: Home, tmp_path: Path) -> None:
    made = await home.backed_up()
    assert archive.verify(made.path, Opener()) == made.manifest
    for where in places(made.path):
        with pytest.raises((Damaged, Locked)):
            archive.verify(flipped(made.path, tmp_path / "flipped", where), Opener())


async def test_every_flipped_byte_of_a_sealed_one_is_found_without_its_key(home: Home, tmp_path: Path) -> None:
    made = await home.backed_up(Lock(passphrase=PASSPHRASE))
    assert archive.verify(made.path, Opener(passphrase=PASSPHRASE)) == made.manifest
    for where in places(made.path):
        with pytest.raises(Damaged):
            container.whole(flipped(made.path, tmp_path / "flipped", where))


async def test_the_control_without_the_hash_a_byte_between_the_parts_goes_unseen(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await home.backed_up()
    where = made.path.stat().st_size - container.HASH - 5  # the zeros that end a tar
    with pytest.raises(Damaged, match="SHA-256"):
        archive.verify(flipped(made.path, tmp_path / "flipped", where), Opener())
    monkeypatch.setattr(container, "whole", lambda *_: "")
    archive.verify(tmp_path / "flipped", Opener())


async def test_what_was_changed_by_somebody_who_mends_the_hash_differs_from_the_manifest(
    home: Home, tmp_path: Path
) -> None:
    made = await home.backed_up()
    data = bytearray(made.path.read_bytes())
    where = data.index(b"CANARY-PHOTO")
    data[where] ^= 1
    data[-32:] = hashlib.sha256(data[:-32]).digest()
    (tmp_path / "mended").write_bytes(data)
    with pytest.raises(Damaged, match=r"files\.jsonl"):
        archive.verify(tmp_path / "mended", Opener())


async def test_a_cut_off_file_is_found(home: Home, tmp_path: Path) -> None:
    made = await home.backed_up()
    data = made.path.read_bytes()
    for length in (0, 10, 100, len(data) // 2, len(data) - 1):
        (tmp_path / "short").write_bytes(data[:length])
        with pytest.raises(Damaged):
            archive.verify(tmp_path / "short", Opener())


async def test_a_sealed_one_shows_nothing(home: Home, tmp_path: Path) -> None:
    private, public = sealing.new_pair()
    plain = (await home.backed_up()).path.read_bytes()
    assert b"CANARY-PHOTO" in plain, "the control: not sealed, it can be read"
    for name, lock in (("phrase", Lock(passphrase=PASSPHRASE)), ("key", Lock(public=public))):
        sealed = (await home.backed_up(lock, name)).path.read_bytes()
        assert [word for word in (*CANARIES, b"manifest.json", b"core_person") if word in sealed] == []
    told = archive.verify(tmp_path / "key", Opener(private=private))
    assert told.files.count == 3


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
async def test_only_the_right_key_opens(home: Home) -> None:
    _, public = sealing.new_pair()
    other, _ = sealing.new_pair()
    for lock, opener in (
        (Lock(public=public), Opener(private=other)),
        (Lock(public=public), Opener(passphrase=PASSPHRASE)),
        (Lock(public=public), Opener()),
        (Lock(passphrase=PASSPHRASE), Opener(passphrase=PASSPHRASE + " ")),
        (Lock(passphrase=PASSPHRASE), Opener()),
    ):
        made = await home.backed_up(lock, f"{id(lock)}.backup")
        with pytest.raises(Locked):
            archive.verify(made.path, opener)


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
async def test_pieces_of_a_sealed_one_can_be_neither_swapped_nor_left_out(home: Home, tmp_path: Path) -> None:
    made = await home.backed_up(Lock(passphrase=PASSPHRASE))
    data = made.path.read_bytes()
    head = data.index(b"\n") + 1
    size = sealing.PIECE + sealing.TAG
    first, second, rest = data[head : head + size], data[head + size : head + 2 * size], data[head + 2 * size : -32]
    for pieces in (second + first + rest, first + rest, first):
        body = data[:head] + pieces
        (tmp_path / "cut").write_bytes(body + hashlib.sha256(body).digest())
        with pytest.raises((Damaged, Locked)):
            archive.verify(tmp_path / "cut", Opener(passphrase=PASSPHRASE))


@pytest.mark.parametrize("home", ["sqlite"], indirect=True)
async def test_any_tar_reads_one_that_is_not_sealed(home: Home) -> None:
    made = await home.backed_up()
    with made.path.open("rb") as file:
        assert json.loads(file.readline())["seal"] == "none"
        with tarfile.open(fileobj=file, mode="r|") as tar:
            names = [member.name for member in tar]
    assert names[0] == "database.sqlite.gz"
    assert names[-2:] == ["files.jsonl", "manifest.json"]


def test_a_weak_passphrase_is_refused() -> None:
    with pytest.raises(Locked, match="shorter"):
        Lock(passphrase="secret")


def test_a_private_key_is_its_owners_alone_and_overwrites_none(tmp_path: Path) -> None:
    private, _ = sealing.new_pair()
    sealing.write_private(tmp_path / "key", private)
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        sealing.write_private(tmp_path / "key", private)
