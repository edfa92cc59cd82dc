"""The stored files into an archive and back. Small ones are fetched several at a time: a bucket answers slowly."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO, Final

from cunli.backups.errors import CannotRestore
from cunli.backups.manifest import FOLDER, Files, Part
from cunli.media.storage import Storage, Stored

AT_ONCE: Final = 8
SMALL: Final = 8 << 20  # bytes; larger ones are not held in memory
Heard = Callable[[int], object]


class Hashing(io.RawIOBase):
    """Reads through to another file and hashes on the way."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.hash = hashlib.sha256()
        self.size = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = bytes(self._source.read(size))
        self.hash.update(data)
        self.size += len(data)
        return data

    def part(self, name: str) -> Part:
        return Part(name=name, bytes=self.size, sha256=self.hash.hexdigest())


def add(archive: tarfile.TarFile, name: str, source: IO[bytes], size: int) -> Part:
    """Put one member of known size into the archive. Raises `OSError` when there is less."""
    hashing = Hashing(source)
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    archive.addfile(member, hashing)
    return hashing.part(name)


def take(storage: Storage, archive: tarfile.TarFile, index: Path, heard: Heard) -> Files:
    """Everything that is stored into the archive, with a line for each in `index`.

    Called after the database was taken: bytes are stored before their row and deleted after it, so that whatever the
    database speaks of is there, unless it was deleted meanwhile.
    """
    count = size = 0
    with index.open("wb") as lines, ThreadPoolExecutor(AT_ONCE) as pool:
        for stored, data in _fetched(storage, pool):
            if data is None:
                continue
            with data:
                part = add(archive, FOLDER + stored.path, data, stored.size)
            lines.write(part.line().encode())
            count, size = count + 1, size + part.bytes
            heard(part.bytes)
    return Files(count=count, bytes=size)


def _fetched(storage: Storage, pool: ThreadPoolExecutor) -> Iterator[tuple[Stored, IO[bytes] | None]]:
    """Each stored file with its bytes, in the order of the listing; None for one that was deleted since."""
    waiting: deque[tuple[Stored, Future[IO[bytes] | None]]] = deque()
    for stored in storage.listing():
        waiting.append((stored, pool.submit(_open, storage, stored)))
        if len(waiting) > 2 * AT_ONCE:
            first, data = waiting.popleft()
            yield first, data.result()
    for first, data in waiting:
        yield first, data.result()


def _open(storage: Storage, stored: Stored) -> IO[bytes] | None:
    try:
        with storage.reading(stored.path) as file:
            return io.BytesIO(file.read()) if stored.size <= SMALL else storage.reading(stored.path)
    except FileNotFoundError:
        return None


def refuse_filled(storage: Storage, url: str) -> None:
    """Raises `CannotRestore` when anything is stored."""
    if next(iter(storage.listing()), None) is not None:
        raise CannotRestore(f"{url} holds files already: restore goes into an empty folder or bucket only")


class Putting:
    """Files being brought back; `take_back` deletes those that were."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._done: list[str] = []

    def put(self, path: str, source: IO[bytes] | Hashing) -> None:
        self._done.append(path)
        self._storage.write(path, source)

    def take_back(self) -> None:
        for path in self._done:
            self._storage.remove(path)
