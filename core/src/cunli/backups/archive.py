"""The parts of an archive, read in their order and held against the manifest."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from cunli.backups import container, manifest
from cunli.backups.errors import Damaged
from cunli.backups.files import Hashing
from cunli.backups.manifest import FILES, FOLDER, NAME, Manifest, Part
from cunli.backups.sealing import Opener

LONGEST_MANIFEST = 16 << 20
Heard = Callable[[int], object]


def members(reading: container.Reading) -> Iterator[tuple[str, IO[bytes]]]:
    """Each member with its bytes, which must be read before the next. Raises `Damaged`."""
    try:
        with tarfile.open(fileobj=reading, mode="r|") as archive:
            for member in archive:
                file = archive.extractfile(member)
                if file is None or not member.isreg():
                    raise Damaged(f"{member.name} is no file")
                yield member.name, file
    except tarfile.TarError as exc:
        raise Damaged(f"{reading.path}: the archive cannot be read ({exc})") from exc


def verify(path: Path, opener: Opener, heard: Heard = lambda _: None) -> Manifest:
    """Look at every byte: the file against its own hash, then every part against the manifest. Raises `Damaged`, `Locked`."""
    container.whole(path, heard)
    found: dict[str, Part] = {}
    recomputed = hashlib.sha256()
    count = 0
    told: Manifest | None = None
    with container.Reading(path, opener) as reading:
        for name, file in members(reading):
            if name == NAME:
                told = manifest.read(file.read(LONGEST_MANIFEST))
                continue
            part = _hashed(name, file)
            heard(part.bytes)
            if name.startswith(FOLDER):
                recomputed.update(part.line().encode())
                count += 1
            else:
                found[name] = part
    if told is None:
        raise Damaged(f"{path} has no {NAME}")
    _compare(path, told, found, recomputed.hexdigest(), count)
    return told


def _hashed(name: str, file: IO[bytes]) -> Part:
    hashing = Hashing(file)
    while hashing.read(1 << 20):
        continue
    return hashing.part(name)


def _compare(path: Path, told: Manifest, found: dict[str, Part], files: str, count: int) -> None:
    for part in told.parts:
        if found.pop(part.name, None) != part:
            raise Damaged(f"{path}: {part.name} is not as the manifest says")
    if found:
        raise Damaged(f"{path}: {', '.join(found)} is not in the manifest")
    if (count, files) != (told.files.count, told.part(FILES).sha256):
        raise Damaged(f"{path}: the stored files are not those of {FILES}")


def pull(file: IO[bytes], target: Path) -> None:
    """Write one member to a file."""
    with target.open("wb") as out:
        shutil.copyfileobj(file, out, 1 << 20)
