"""Headers that stand on every answer, errors included. Pure ASGI and outermost."""

from __future__ import annotations

from collections.abc import Sequence

CONTENT_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(self), microphone=(self), payment=(), usb=()",
}


_ALWAYS = [(name.encode(), value.encode()) for name, value in ALWAYS.items()]
_TLS_ONLY = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


def policy(pictures_from: Sequence[str] = ()) -> bytes:
    """The content policy, which lets pictures in from these origins too: those of map tiles."""
    own = "img-src 'self' data: blob:"
    return CONTENT_POLICY.replace(own, " ".join([own, *pictures_from])).encode()


def complete(headers: list[tuple[bytes, bytes]], *, secure: bool, policy: bytes) -> list[tuple[bytes, bytes]]:
    """The raw headers with what was missing; a page may set a stricter policy of its own."""
    present = {name for name, _ in headers}
    wanted = [*_ALWAYS, (b"content-security-policy", policy)]
    wanted += [_TLS_ONLY] if secure else []
    return [*headers, *(pair for pair in wanted if pair[0] not in present)]
