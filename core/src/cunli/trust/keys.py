"""The keys of this process, derived once from the settings: for sealing personal data, for blind indexes, for counters and codes."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from cunli.settings import Settings, SettingsError


class NoKeys(RuntimeError):
    """Personal data was touched before `keys.use(settings)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataKey:
    """One generation of the data key: a cipher and, from the same root but separate, a key for blind indexes."""

    kid: str
    cipher: AESGCM = field(repr=False)
    index: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """`data` holds the current generation first, then the earlier ones that are still read."""

    data: tuple[DataKey, ...]
    counters: bytes = field(repr=False)
    codes: bytes = field(repr=False)

    def generation(self, kid: str) -> DataKey | None:
        return next((key for key in self.data if key.kid == kid), None)


@dataclass(slots=True)
class _Process:
    keys: Keys | None = None


_process = _Process()


def use(settings: Settings) -> None:
    """Derive the keys of this process; once at start. Raises `SettingsError` when the data key is missing or malformed."""
    _process.keys = derived(settings)


def current() -> Keys:
    if _process.keys is None:
        raise NoKeys("personal data needs keys: call cunli.trust.keys.use(settings) at start")
    return _process.keys


def derived(settings: Settings) -> Keys:
    """The keys for these settings, without making them the process's own."""
    roots = [_root("data_key", settings.data_key.get_secret_value())]
    roots += [_root("old_data_keys", old.get_secret_value()) for old in settings.old_data_keys]
    secret = settings.secret.get_secret_value().encode()
    return Keys(
        data=tuple(_generation(root) for root in roots),
        counters=_derive(secret, "rate counters"),
        codes=_derive(secret, "sign-in codes"),
    )


def _root(name: str, text: str) -> bytes:
    try:
        root = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        root = b""
    if len(root) != 32:
        raise SettingsError(
            [
                f"{name}: write 32 random bytes in base64 (`cunli init` makes one); without it personal data cannot be sealed"
            ]
        )
    return root


def _generation(root: bytes) -> DataKey:
    kid = hashlib.sha256(_derive(root, "key id")).hexdigest()[:8]
    return DataKey(kid=kid, cipher=AESGCM(_derive(root, "seal")), index=_derive(root, "blind index"))


def _derive(root: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"cunli/v1/{purpose}".encode()).derive(root)
