"""Compression of pages: a village page of 40 kB is 6 kB on the way, and that is what a weak signal feels."""

from __future__ import annotations

import functools
import gzip

from starlette.responses import Response

SMALLEST = 1000
LEVEL = 5


def squeeze(response: Response, *, shared: bool) -> None:
    """Compress the body in place when it is a text worth it. `shared` pages are the same for many: their result is kept.

    Form tokens differ in every rendering, so that lengths tell an attacker who reflects guesses nothing about them.
    """
    body = getattr(response, "body", b"")
    headers = response.headers
    if len(body) < SMALLEST or not headers.get("content-type", "").startswith(
        ("text/", "image/svg", "application/json")
    ):
        return
    if "content-encoding" in headers:
        return
    response.body = _kept(bytes(body)) if shared else _zip(bytes(body))
    headers["content-encoding"] = "gzip"
    headers["content-length"] = str(len(response.body))


def _zip(body: bytes) -> bytes:
    return gzip.compress(body, LEVEL, mtime=0)


_kept = functools.lru_cache(maxsize=64)(_zip)
