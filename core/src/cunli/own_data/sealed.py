"""An archive on its way to the storage and back: sealed in pieces with the data key, bound to its row, whole or not at all."""

from __future__ import annotations

import io
import os
import struct
from collections.abc import AsyncIterator
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag

from cunli.trust import keys

PIECE: Final = 1024 * 1024
NONCE: Final = 12
_HEAD: Final = struct.Struct(">8sI")  # which generation of the key, and how long the sealed piece is


class Damaged(Exception):
    """A sealed archive does not open: its key is missing, or it was cut, moved or changed."""


class SealedWriter(io.RawIOBase):
    """What is written here lands sealed in `out`. Closing it writes the last piece, without which nothing opens."""

    def __init__(self, out: BinaryIO, key: str) -> None:
        self._out = out
        self._key = key
        self._waiting = bytearray()
        self._pieces = 0

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        raw = memoryview(data)  # type: ignore[arg-type]
        self._waiting += raw
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return raw.nbytes

    def close(self) -> None:
        if not self.closed:
            self._seal(bytes(self._waiting), last=True)
        super().close()

    def _seal(self, piece: bytes, *, last: bool) -> None:
        generation = keys.current().data[0]
        nonce = os.urandom(NONCE)
        sealed = nonce + generation.cipher.encrypt(nonce, piece, _bound_to(self._key, self._pieces, last=last))
        self._out.write(_HEAD.pack(generation.kid.encode(), len(sealed)) + sealed)
        self._pieces += 1


async def opened(pieces: AsyncIterator[bytes], key: str) -> AsyncIterator[bytes]:
    """What was written, as it is read. Raises `Damaged`, also at the end when the last piece is not there."""
    waiting, number, ended = bytearray(), 0, False
    async for some in pieces:
        waiting += some
        while (sealed := _next(waiting)) is not None:
            clear, ended = _open(*sealed, key, number)
            number += 1
            yield clear
    if not ended or waiting:
        raise Damaged


def _next(waiting: bytearray) -> tuple[str, bytes] | None:
    if len(waiting) < _HEAD.size:
        return None
    kid, length = _HEAD.unpack_from(waiting)
    if length > PIECE + 64:
        raise Damaged
    if len(waiting) < _HEAD.size + length:
        return None
    sealed = bytes(waiting[_HEAD.size : _HEAD.size + length])
    del waiting[: _HEAD.size + length]
    return kid.decode("ascii", "replace"), sealed


def _open(kid: str, sealed: bytes, key: str, number: int) -> tuple[bytes, bool]:
    generation = keys.current().generation(kid)
    if generation is None:
        raise Damaged
    for last in (False, True):
        try:
            return generation.cipher.decrypt(sealed[:NONCE], sealed[NONCE:], _bound_to(key, number, last=last)), last
        except InvalidTag:
            continue
    raise Damaged


def _bound_to(key: str, number: int, *, last: bool) -> bytes:
    return f"archive\x00{key}\x00{number}\x00{'last' if last else 'more'}".encode()
