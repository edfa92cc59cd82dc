"""Addresses that people bring along (`next=`): only paths of this site."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

_USUAL = re.compile(r"(?:/[A-Za-z0-9_\-~]+)*/?\Z")  # without anything that could mean something else
_PLAIN = re.compile(r"/[A-Za-z0-9_\-./~%?=&+,:@]*\Z")


def same_site_path(text: str, default: str = "/") -> str:
    """`text` if it is a plain absolute path of this site, else `default`."""
    if not text or len(text) > 500 or not _PLAIN.match(text):
        return default
    if _USUAL.match(text):
        return text
    bare = unquote(unquote(text.split("?", 1)[0]))
    if bare.startswith("//") or "\\" in bare or any(ord(c) < 33 for c in bare) or not bare.startswith("/"):
        return default
    parts = urlsplit(text)
    return default if parts.scheme or parts.netloc else text


def referring_path(referer: str) -> str:
    """Path and query of the page that a request says it came from; empty when that is no address (half an IPv6 one)."""
    try:
        parts = urlsplit(referer)
    except ValueError:
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")
