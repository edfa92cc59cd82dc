"""Where the bytes of photos lie: a folder or a bucket. The only module that knows obstore."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

PICTURES = tuple(f"{size}.{kind}" for size in ("thumb", "large") for kind in ("webp", "jpg"))


class Storage:
    """Pictures under random keys. Nothing here decides who may see them."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def open(cls, url: str) -> Storage:
        """`file://folder` (relative to the working directory or absolute), or `s3://bucket/prefix` with the usual AWS_… environment."""
        if url.startswith("file://"):
            folder = Path(url.removeprefix("file://")).absolute()
            return cls(LocalStore(folder, mkdir=True, automatic_cleanup=True))
        return cls(from_url(url))

    async def put(self, key: str, pictures: dict[tuple[str, str], bytes]) -> None:
        """Keep the pictures of one photo: all of them or, when the storage fails, none."""
        try:
            for (size, kind), data in pictures.items():
                await obstore.put_async(self._store, _path(key, f"{size}.{kind}"), data)
        except (BaseError, OSError):
            await self.delete([key])
            raise

    async def get(self, key: str, size: str, kind: str) -> bytes | None:
        """One picture, or None when it is gone."""
        try:
            found = await obstore.get_async(self._store, _path(key, f"{size}.{kind}"))
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            return None

    async def delete(self, keys: Iterable[str]) -> None:
        """Delete every picture of these photos. Missing ones are no error."""
        for key in keys:
            for name in PICTURES:
                try:
                    await obstore.delete_async(self._store, _path(key, name))
                except FileNotFoundError:
                    continue

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


def _path(key: str, name: str) -> str:
    return f"{key[:2]}/{key}/{name}"


def _archive(key: str) -> str:
    return f"archives/{key}.sealed"
