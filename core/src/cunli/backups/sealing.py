"""Sealing a backup: with a passphrase, or for a public key whose private half is nowhere near the server.

The stream is cut into pieces, each sealed with ChaCha20-Poly1305 under a key of this file alone; the number of a piece and
whether it is the last one are in its nonce (the STREAM construction, as age has it), so that pieces can be neither
reordered nor left out at the end.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cunli.backups.errors import Damaged, Locked

PIECE: Final = 64 * 1024
TAG: Final = 16
PUBLIC: Final = "cunli-backup-public-1:"
PRIVATE: Final = "cunli-backup-private-1:"
PASSPHRASE_LENGTH: Final = 12
# RFC 9106, the second recommended option
_COST: Final = {"time": 3, "memory": 64 * 1024, "lanes": 4}
_MOST_MEMORY: Final = 1024 * 1024  # KiB that a foreign file may make us use


def new_pair() -> tuple[str, str]:
    """A private key and its public half, as text."""
    private = X25519PrivateKey.generate()
    return PRIVATE + _text(private.private_bytes_raw()), PUBLIC + _text(private.public_key().public_bytes_raw())


def write_private(path: Path, private: str) -> None:
    """Put a private key into a new file that only its owner reads. Raises `FileExistsError`."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(private + "\n")


class Lock:
    """How a new backup is sealed: not at all, with a passphrase, or for a public key."""

    def __init__(self, *, passphrase: str = "", public: str = "") -> None:
        self.kind = "passphrase" if passphrase else "key" if public else "none"
        self._passphrase = passphrase
        self._public = _read_key(public, PUBLIC) if public else b""
        if passphrase and len(passphrase) < PASSPHRASE_LENGTH:
            raise Locked(f"the passphrase is shorter than {PASSPHRASE_LENGTH} characters: take five random words")

    def begin(self) -> tuple[dict[str, Any], bytes]:
        """What the file's head says of the seal, and the secret from which its key is made; empty when not sealed."""
        if self.kind == "passphrase":
            head = {"seal": "passphrase", "salt": _text(os.urandom(16)), **_COST}
            return head, _stretched(self._passphrase, head)
        if self.kind == "key":
            once = X25519PrivateKey.generate()
            to = X25519PublicKey.from_public_bytes(self._public)
            head = {"seal": "key", "to": fingerprint(self._public), "once": _text(once.public_key().public_bytes_raw())}
            return head, once.exchange(to)
        return {"seal": "none"}, b""


class Opener:
    """What somebody has for opening a sealed backup."""

    def __init__(self, *, passphrase: str = "", private: str = "") -> None:
        self._passphrase = passphrase
        self._private = _read_key(private, PRIVATE) if private else b""

    @property
    def empty(self) -> bool:
        return not (self._passphrase or self._private)

    def secret(self, head: Mapping[str, Any]) -> bytes:
        """The secret of a file with this head. Raises `Locked` when the other kind of thing is needed."""
        kind = head["seal"]
        if kind == "passphrase":
            if not self._passphrase:
                raise Locked("this backup is sealed with a passphrase: give it with --passphrase-file")
            return _stretched(self._passphrase, head)
        if kind == "key":
            return self._exchanged(head)
        return b""

    def _exchanged(self, head: Mapping[str, Any]) -> bytes:
        if not self._private:
            raise Locked(f"this backup is sealed for the key {head['to']}: give its private half with --key")
        private = X25519PrivateKey.from_private_bytes(self._private)
        own = fingerprint(private.public_key().public_bytes_raw())
        if own != head["to"]:
            raise Locked(f"this backup is sealed for the key {head['to']}, and the one given is {own}")
        return private.exchange(X25519PublicKey.from_public_bytes(_bytes(head["once"])))


class Pieces:
    """Seals or opens the pieces of one file in their order. `head` is the file's first bytes: they are part of the key."""

    def __init__(self, secret: bytes, head: bytes) -> None:
        key = HKDF(algorithm=SHA256(), length=32, salt=hashlib.sha256(head).digest(), info=b"cunli/backup/1")
        self._cipher = ChaCha20Poly1305(key.derive(secret))
        self._count = 0

    def _nonce(self, *, last: bool) -> bytes:
        self._count += 1
        return (self._count - 1).to_bytes(11, "big") + bytes([last])

    def seal(self, piece: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(last=last), piece, None)

    def open(self, piece: bytes, *, last: bool) -> bytes:
        """Raises `Locked` for the first piece (the wrong passphrase, most likely), `Damaged` for others."""
        first = self._count == 0
        try:
            return self._cipher.decrypt(self._nonce(last=last), piece, None)
        except InvalidTag:
            if first:
                raise Locked("the backup does not open: is the passphrase or the key the right one?") from None
            raise Damaged("a sealed piece of the backup was changed") from None


def fingerprint(public: bytes) -> str:
    """How a public key is called in heads and messages."""
    return hashlib.sha256(public).hexdigest()[:12]


def _stretched(passphrase: str, head: Mapping[str, Any]) -> bytes:
    time, memory, lanes = int(head["time"]), int(head["memory"]), int(head["lanes"])
    if not (0 < time <= 20 and 8 * lanes <= memory <= _MOST_MEMORY and 0 < lanes <= 16):
        raise Damaged("the head of the backup asks for an unreasonable effort")
    return hash_secret_raw(passphrase.encode(), _bytes(head["salt"]), time, memory, lanes, 32, Type.ID)


def _read_key(text: str, kind: str) -> bytes:
    found = next((line.strip() for line in text.splitlines() if line.strip().startswith(kind)), "")
    try:
        raw = _bytes(found.removeprefix(kind))
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise Locked(f"that is no key of the kind {kind}…: `cunli backup key` makes a pair")
    return raw


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.encode(), altchars=b"-_", validate=True)
