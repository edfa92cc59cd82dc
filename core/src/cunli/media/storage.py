"""Where the bytes of photos and files lie: a folder or a bucket. The only module that knows obstore."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

_PIECE = 8 << 20
_CHUNK = 256 << 10
_HURRIED: ClientConfig = {"connect_timeout": timedelta(seconds=1.5), "timeout": timedelta(seconds=5)}
_ONCE_MORE: RetryConfig = {"max_retries": 1, "retry_timeout": timedelta(seconds=5)}
PICTURES = tuple(f"{size}.{kind}" for size in ("thumb", "large") for kind in ("webp", "jpg"))
WHOLE = ("whole", "bin")  # of a file that is no photo
KEPT = (*PICTURES, ".".join(WHOLE))


class StorageFailed(OSError):
    """The folder or bucket did not do what it was asked."""


class Stored(NamedTuple):
    """One stored file of any kind; `size` is in bytes."""

    path: str
    size: int


class Storage:
    """Pictures and files under random keys. Nothing here decides who may see them."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def open(cls, url: str, *, patient: bool = False) -> Storage:
        """`file://folder` (relative to the working directory or absolute), or `s3://bucket/prefix` with the usual AWS_… environment.

        Pages do not wait long for a bucket; `patient` is for commands that move much.
        """
        if url.startswith("file://"):
            folder = Path(url.removeprefix("file://")).absolute()
            return cls(LocalStore(folder, mkdir=True, automatic_cleanup=True))
        # options given here take the place of those from the environment, this one too
        plain: ClientConfig = {"allow_http": os.environ.get("AWS_ALLOW_HTTP", "").lower() in ("1", "true")}
        if patient:
            return cls(from_url(url, client_options=plain))
        return cls(from_url(url, client_options={**plain, **_HURRIED}, retry_config=_ONCE_MORE))

    async def put(self, key: str, pictures: dict[tuple[str, str], bytes]) -> None:
        """Keep the pictures of one photo: all of them or, when the storage fails, none."""
        try:
            for (size, kind), data in pictures.items():
                with failures():
                    await obstore.put_async(self._store, _path(key, f"{size}.{kind}"), data)
        except OSError:
            with contextlib.suppress(StorageFailed):  # what stays behind is found as a stray
                await self.delete([key])
            raise

    async def get(self, key: str, size: str, kind: str) -> bytes | None:
        """One picture, or None when it is gone."""
        try:
            with failures():
                found = await obstore.get_async(self._store, _path(key, f"{size}.{kind}"))
                return bytes(await found.bytes_async())
        except FileNotFoundError:
            return None

    async def pieces(self, key: str, first: int, last: int) -> AsyncIterator[bytes] | None:
        """The bytes of a file from one to another, both with them, in pieces; None when it is gone."""
        try:
            with failures():
                found = await obstore.get_async(
                    self._store, _path(key, ".".join(WHOLE)), options={"range": (first, last + 1)}
                )
        except FileNotFoundError:
            return None
        return (bytes(piece) async for piece in found.stream(min_chunk_size=_CHUNK))

    async def answers(self) -> bool:
        """Whether it can be asked at all, now."""
        try:
            with failures():
                await obstore.head_async(self._store, _path("-", "is anybody there"))
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    async def delete(self, keys: Iterable[str]) -> None:
        """Delete everything under these keys. Missing ones are no error."""
        for key in keys:
            for name in KEPT:
                with failures(), contextlib.suppress(FileNotFoundError):
                    await obstore.delete_async(self._store, _path(key, name))

    async def put_file(self, name: str, path: Path) -> None:
        """Keep a file that is no picture, under a name of its own. `everything` does not tell of it."""
        await obstore.put_async(self._store, f"files/{name}", path)

    async def file(self, name: str) -> AsyncIterator[bytes] | None:
        """Such a file in pieces, or None when it is gone."""
        try:
            found = await obstore.get_async(self._store, f"files/{name}")
        except FileNotFoundError:
            return None
        return (bytes(piece) async for piece in found.stream())

    async def drop_file(self, name: str) -> None:
        """Delete such a file. A missing one is no error."""
        with contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._store, f"files/{name}")

    async def everything(self) -> AsyncIterator[dict[str, datetime]]:
        """Everything that is stored, in batches: photo key and when its newest picture was written."""
        async for batch in obstore.list(self._store, chunk_size=1000):
            found: dict[str, datetime] = {}
            for meta in batch:
                parts = meta["path"].split("/")
                if len(parts) == 3:
                    found[parts[1]] = max(meta["last_modified"], found.get(parts[1], meta["last_modified"]))
            yield found

    # -- everything as it lies there, for backups; these wait, so call them in a thread of their own --------------------

    def listing(self) -> Iterator[Stored]:
        """Every stored file of whatever kind."""
        with failures():
            for batch in obstore.list(self._store, chunk_size=1000):
                yield from (Stored(meta["path"], meta["size"]) for meta in batch)

    def reading(self, path: str) -> IO[bytes]:
        """One file, open. Raises `FileNotFoundError`."""
        with failures():
            return cast("IO[bytes]", _Open(obstore.open_reader(self._store, path)))

    def write(self, path: str, source: IO[bytes] | io.RawIOBase) -> None:
        """Keep what a file holds under this path; what is short goes in one request."""
        first = source.read(_PIECE) or b""
        with failures():
            obstore.put(self._store, path, first if len(first) < _PIECE else _pieces(first, source), chunk_size=_PIECE)

    def remove(self, path: str) -> None:
        """Delete one file. A missing one is no error."""
        with failures(), contextlib.suppress(FileNotFoundError):
            obstore.delete(self._store, path)


@contextlib.contextmanager
def failures() -> Iterator[None]:
    """Turn the library's own errors into `StorageFailed`."""
    try:
        yield
    except BaseError as exc:
        raise StorageFailed(str(exc).partition("\n")[0]) from exc


def _pieces(first: bytes, source: IO[bytes] | io.RawIOBase) -> Iterator[bytes]:
    yield first
    while piece := source.read(_PIECE):
        yield piece


class _Open(io.RawIOBase):
    """A stored file as Python knows files."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        with failures():
            return bytes(self._file.read(size) if size >= 0 else self._file.readall())

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def _path(key: str, name: str) -> str:
    return f"{key[:2]}/{key}/{name}"


def _archive(key: str) -> str:
    return f"archives/{key}.sealed"
