"""Cross-site protection: the Sec-Fetch-Site, then Origin rule; a genuine form token only where both are missing."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from starlette.datastructures import Headers

Verdict = Literal["ours", "foreign", "unknown"]


def provenance(headers: Headers, host: str) -> Verdict:
    """Where an unsafe request came from. `unknown`: an old browser said nothing, the form token must speak."""
    site = headers.get("sec-fetch-site", "")
    if site:
        return "ours" if site in ("same-origin", "none") else "foreign"
    origin = headers.get("origin", "")
    if origin:
        return "ours" if _host(origin) == host.lower() and origin != "null" else "foreign"
    return "unknown"


def _host(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:  # such as half an IPv6 address
        return ""
