"""Headers that stand on every answer, errors included. Pure ASGI and outermost."""

from __future__ import annotations

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
_POLICY = (b"content-security-policy", CONTENT_POLICY.encode())
_TLS_ONLY = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")


def complete(headers: list[tuple[bytes, bytes]], *, secure: bool) -> list[tuple[bytes, bytes]]:
    """The raw headers with what was missing; a page may set a stricter policy of its own."""
    present = {name for name, _ in headers}
    wanted = [*_ALWAYS, _POLICY, _TLS_ONLY] if secure else [*_ALWAYS, _POLICY]
    return [*headers, *(pair for pair in wanted if pair[0] not in present)]
