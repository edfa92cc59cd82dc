"""Signed things: form tokens, toasts and other short texts that go to a browser and come back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from functools import cached_property

import itsdangerous

from cunli.settings import Settings

FORM_LIFE = 14 * 24 * 3600  # a draft may lie open for days; the session ends earlier anyway


def digest(*parts: str | bytes) -> str:
    """SHA-256 of the parts, 43 URL-safe characters."""
    raw = hashlib.sha256(b"\x00".join(p.encode() if isinstance(p, str) else p for p in parts)).digest()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def new_key() -> str:
    """A random 128-bit public id, 22 URL-safe characters."""
    return secrets.token_urlsafe(16)


class Signer:
    """Signs with the newest secret and accepts the older ones while they are rotated out."""

    def __init__(self, settings: Settings) -> None:
        self._all = [s.get_secret_value().encode() for s in (settings.secret, *settings.old_secrets)]

    @cached_property
    def texts(self) -> itsdangerous.URLSafeTimedSerializer:
        """For small values in cookies."""
        return itsdangerous.URLSafeTimedSerializer([s.decode() for s in reversed(self._all)], salt="cunli.text")

    def _mac(self, secret: bytes, *parts: str) -> str:
        raw = hmac.digest(secret, "\x00".join(parts).encode(), "sha256")[:16]
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def form_token(self, binding: str) -> str:
        """A token for one form of one session; its first part is the idempotency key."""
        nonce = secrets.token_urlsafe(12)
        issued = format(int(time.time()), "x")
        return f"{nonce}.{issued}.{self._mac(self._all[0], 'form', binding, nonce, issued)}"

    def check_form(self, token: str, binding: str) -> str | None:
        """The idempotency key of a genuine token of this session, or None."""
        nonce, _, rest = token.partition(".")
        issued, _, mac = rest.partition(".")
        if not (nonce and issued and mac) or len(token) > 120 or not token.isascii():
            return None
        for secret in self._all:
            if hmac.compare_digest(mac, self._mac(secret, "form", binding, nonce, issued)):
                age = time.time() - int(issued, 16)
                return digest(nonce, binding) if age < FORM_LIFE else None
        return None
