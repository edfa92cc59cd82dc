"""docs/guide/security.md names all cryptography that is used (V11.1.1, V11.1.2): what the source imports and the page does not say is found."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs/guide/security.md"
LIBRARIES: Final = {"cryptography", "argon2", "pyotp", "hmac", "itsdangerous", "nacl", "Crypto", "gmssl", "jwt"}
SAID: Final = {  # what is imported, and the word by which the page knows it
    "AESGCM": "AES-256-GCM", "ChaCha20Poly1305": "ChaCha20-Poly1305", "X25519PrivateKey": "X25519", "X25519PublicKey": "X25519", "HKDF": "HKDF-SHA256",
    "Ed25519PrivateKey": "Ed25519", "Ed25519PublicKey": "Ed25519", "SHA256": "SHA-256", "rsa": "RSA", "PKCS1v15": "RSA", "hmac": "HMAC-SHA256",
    "PasswordHasher": "Argon2id", "hash_secret_raw": "Argon2id", "Type": "Argon2id", "pyotp": "TOTP", "itsdangerous": "itsdangerous",
    "sha256": "SHA-256", "file_digest": "SHA-256",
}  # fmt: skip
NO_ALGORITHM: Final = {
    "Encoding", "InvalidHashError", "InvalidSignature", "InvalidTag", "NoEncryption", "OTPVerificationError", "PrivateFormat", "PublicFormat", "UnsupportedAlgorithm",
    "VerificationError", "serialization", "padding", "hashes", "x509", "exceptions",
}  # fmt: skip


def sources() -> Iterator[Path]:
    for part in ("core/src/cunli", "plugins/*/src", "providers/*/src"):
        for folder in ROOT.glob(part):
            yield from (path for path in folder.rglob("*.py") if "testing" not in path.parts)


def used_in(source: str) -> set[str]:
    """What a module takes from libraries of cryptography, and from hashlib."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in LIBRARIES) or (
            isinstance(node, ast.ImportFrom) and node.module == "hashlib"
        ):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names if name.name.split(".")[0] in LIBRARIES}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "hashlib":
            found.add(node.attr)
    return found


def unsaid(used: set[str], page: str) -> list[str]:
    return sorted(one for one in used - NO_ALGORITHM if one not in SAID or SAID[one] not in page)


def test_every_algorithm_that_the_source_uses_is_on_the_page() -> None:
    used = {one for path in sources() for one in used_in(path.read_text("utf-8"))}
    assert used >= {"AESGCM", "PasswordHasher", "Ed25519PrivateKey", "sha256", "hmac"}, "the source was found"
    assert unsaid(used, PAGE.read_text("utf-8")) == []
    assert set(SAID) - used <= {"rsa", "PKCS1v15"}, (
        "nothing is said of what is not used; payments are a package of their own"
    )


def test_an_algorithm_that_came_in_unseen_is_found() -> None:
    page = PAGE.read_text("utf-8")
    assert unsaid(used_in("import hashlib\nhashlib.md5(b'')\n"), page) == ["md5"]
    assert unsaid(used_in("from cryptography.hazmat.primitives.ciphers.algorithms import ARC4"), page) == ["ARC4"]
    assert unsaid({"AESGCM"}, page.replace("AES-256-GCM", "")) == ["AESGCM"]
