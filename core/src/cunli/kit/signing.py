"""Signatures of reports: who checked a plugin, so that a directory of plugins need not take anybody's word (Ed25519, RFC 8032)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = ["BadKey", "InvalidSignature", "make_key", "sign", "signer"]
FIELD: Final = "signature"


class BadKey(Exception):
    """A file that holds no key of the kind that is wanted; says which file and how to make one."""


def make_key(path: Path) -> str:
    """Write a new private key that only its owner can read; returns the public one. Raises `FileExistsError`."""
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(pem)
    return _text(key.public_key())


def sign(report: Mapping[str, Any], key_file: Path) -> dict[str, Any]:
    """The report with a signature over everything else in it. Raises `BadKey`."""
    try:
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as exc:
        raise BadKey(f"{key_file} is no private key: {exc}. Make one with: cunli plugin key {key_file}") from exc
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey(f"{key_file} is a key of another kind. Make one with: cunli plugin key NEW-FILE")
    signature = {"key": _text(key.public_key()), "value": base64.b64encode(key.sign(_canonical(report))).decode()}
    return {**report, FIELD: signature}


def signer(report: Mapping[str, Any]) -> str | None:
    """The public key that signed the report; None where nobody did. Raises `InvalidSignature` when it was changed since."""
    said = report.get(FIELD)
    if said is None:
        return None
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(said["key"], validate=True))
        key.verify(base64.b64decode(said["value"], validate=True), _canonical(report))
    except (KeyError, TypeError, ValueError) as exc:
        raise InvalidSignature from exc
    return str(said["key"])


def _canonical(report: Mapping[str, Any]) -> bytes:
    kept = {name: value for name, value in report.items() if name != FIELD}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _text(key: Ed25519PublicKey) -> str:
    return base64.b64encode(key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)).decode()
