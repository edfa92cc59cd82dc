"""The file of a backup: a head in plain text, the archive (sealed or not), and the SHA-256 of everything before it.

Not sealed, it is a tar archive after its first line (`head -n 1` tells its length); any tar reads it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Self

from cunli.backups.errors import CannotBackUp, Damaged
from cunli.backups.sealing import PIECE, TAG, Lock, Opener, Pieces

FORMAT: Final = 1
MAGIC: Final = "cunli-backup"
HASH: Final = 32
LONGEST_HEAD: Final = 4096
UNFINISHED: Final = ".unfinished"
Heard = Callable[[int], object]


class Writing(io.RawIOBase):
    """A backup being written beside its place. Has no name until it is whole and on disk."""

    def __init__(self, path: Path, lock: Lock) -> None:
        self.path = path
        self.unfinished = path.with_name(path.name + UNFINISHED)
        self.size = 0
        try:
            # of a run that was cut off
            self.unfinished.unlink(missing_ok=True)
            handle = os.open(self.unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as exc:
            raise CannotBackUp(f"{self.unfinished} cannot be written: {exc.strerror}") from exc
        self._file = os.fdopen(handle, "wb")
        self._hash = hashlib.sha256()
        self._waiting = bytearray()
        about, secret = lock.begin()
        head = json.dumps({MAGIC: FORMAT, **about}, sort_keys=True).encode() + b"\n"
        self._pieces = Pieces(secret, head) if secret else None
        self._put(head)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        """Take bytes of the archive."""
        data = bytes(data)
        if self._pieces is None:
            self._put(data)
            return len(data)
        self._waiting += data
        while len(self._waiting) > PIECE:  # the last piece is kept back: it is sealed as the last
            self._put(self._pieces.seal(bytes(self._waiting[:PIECE]), last=False))
            del self._waiting[:PIECE]
        return len(data)

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._hash.update(data)
        self.size += len(data)

    def publish(self) -> str:
        """End the file, see it on disk, give it its name; its SHA-256 in hexadecimal."""
        if self._pieces is not None:
            self._put(self._pieces.seal(bytes(self._waiting), last=True))
        digest = self._hash.digest()
        self._file.write(digest)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self.unfinished.rename(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return digest.hex()

    def give_up(self) -> None:
        """Leave nothing behind."""
        self._file.close()
        self.unfinished.unlink(missing_ok=True)


class Reading(io.RawIOBase):
    """A backup's archive, as it was before it was sealed. Check it with `whole()` first: it then reads what was hashed."""

    def __init__(self, path: Path, opener: Opener | None = None) -> None:
        try:
            self._file = path.open("rb")
            self._size = path.stat().st_size
        except OSError as exc:
            raise Damaged(f"{path} cannot be read: {exc.strerror}") from exc
        self.path = path
        head = self._file.readline(LONGEST_HEAD)
        self.about = _head(head, path)
        self._left = self._size - len(head) - HASH
        if self._left < 0:
            self._file.close()
            raise Damaged(f"{path} is cut off")
        self._ready = b""
        self._pieces: Pieces | None = None
        if opener is not None and self.sealed:
            self._pieces = Pieces(opener.secret(self.about), head)

    @property
    def sealed(self) -> bool:
        return bool(self.about["seal"] != "none")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes of the archive, or all that is left."""
        if size < 0:
            return b"".join(iter(lambda: self.read(PIECE), b""))
        if not self._ready:
            self._ready = self._next(size)
        data, self._ready = self._ready[:size], self._ready[size:]
        return data

    def _next(self, size: int) -> bytes:
        if self._pieces is None:
            data = self._file.read(min(size, self._left))
            self._left -= len(data)
            return data
        if not self._left:
            return b""
        sealed = self._file.read(min(PIECE + TAG, self._left))
        self._left -= len(sealed)
        return self._pieces.open(sealed, last=not self._left)


def whole(path: Path, heard: Heard = lambda _: None) -> str:
    """Compare the file with its own SHA-256, which is returned. Needs no key. Raises `Damaged`."""
    with Reading(path) as reading:  # a head that is none is told first
        left = reading._size - HASH
    hashed = hashlib.sha256()
    with path.open("rb") as file:
        while left:
            data = file.read(min(1 << 20, left))
            if not data:
                raise Damaged(f"{path} is cut off")
            hashed.update(data)
            left -= len(data)
            heard(len(data))
        if file.read() != hashed.digest():
            raise Damaged(f"{path} is not as it was written: its SHA-256 is another. Take an earlier backup")
    return hashed.hexdigest()


def _head(line: bytes, path: Path) -> dict[str, Any]:
    try:
        about: Any = json.loads(line)
        kind, made = about["seal"], about[MAGIC]
    except (ValueError, KeyError, TypeError):
        raise Damaged(f"{path} is no backup of Cunli, or its first line was changed") from None
    if made != FORMAT or kind not in ("none", "passphrase", "key"):
        raise Damaged(f"{path} has format {made} ({kind}), and this Cunli reads format {FORMAT}")
    found: dict[str, Any] = about
    return found
