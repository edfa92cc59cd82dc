"""The storage behaves the same in a folder and in a store that speaks like a bucket."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from obstore.store import S3Store

from cunli.media.storage import Storage

Open = Callable[[Path], Storage]
BOTH: dict[str, Open] = {
    "folder": lambda folder: Storage.open(f"file://{folder / 'media'}"),
    "bucket": lambda _folder: Storage.open("memory:///"),
}
PHOTO = {("thumb", "webp"): b"small", ("large", "jpg"): b"large"}


@pytest.fixture(params=list(BOTH))
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    return BOTH[request.param](tmp_path)


async def keys(storage: Storage) -> set[str]:
    return {key async for batch in storage.everything() for key in batch}


async def test_what_was_put_is_got_and_deleted(storage: Storage) -> None:
    await storage.put("A" * 22, PHOTO)
    await storage.put("B" * 22, PHOTO)
    assert await storage.get("A" * 22, "thumb", "webp") == b"small"
    assert await storage.get("A" * 22, "thumb", "jpg") is None
    assert await storage.get("C" * 22, "thumb", "webp") is None
    assert await keys(storage) == {"A" * 22, "B" * 22}
    await storage.delete(["A" * 22, "C" * 22])
    assert await keys(storage) == {"B" * 22}
    assert await storage.get("A" * 22, "large", "jpg") is None


@pytest.mark.parametrize("key", ["../../etc/passwd", "..", "/etc"])
async def test_no_key_leads_out_of_the_storage(storage: Storage, key: str, tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"secret")
    try:
        found = await storage.get(key, "thumb", "webp")
    except ValueError:
        found = None
    assert found is None


async def test_an_empty_folder_is_left_behind_by_nothing(tmp_path: Path) -> None:
    storage = Storage.open(f"file://{tmp_path / 'media'}")
    await storage.put("A" * 22, PHOTO)
    await storage.delete(["A" * 22])
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []


def test_a_relative_folder_lies_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Storage.open("file://var/media")
    assert (tmp_path / "var/media").is_dir()


def test_a_bucket_is_named_by_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "cn-north-1"}.items():
        monkeypatch.setenv(name, value)
    storage = Storage.open("s3://photos/village")
    assert isinstance(storage._store, S3Store)
    assert storage._store.prefix == "village"
    assert storage._store.config["bucket"] == "photos"
