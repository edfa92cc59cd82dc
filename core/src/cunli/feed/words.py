"""What people wrote, as HTML: escaped, with line breaks and links. Nothing in it can load, run or send anything."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from markupsafe import Markup, escape

_URL = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]{3,2000}", re.IGNORECASE)
_TRAILING = ".,;:!?'\")]*"
_LINK = Markup('<a href="{}" rel="nofollow ugc noopener noreferrer">{}</a>')
_SHOWN = 48
CARD_CHARS = 280
CARD_LINES = 8


def html(text: str) -> Markup:
    """The text for a page: line breaks and http(s) links, everything else literal."""
    return Markup("<br>\n").join(_line(line) for line in text.split("\n"))


def shorten(text: str) -> tuple[str, bool]:
    """The beginning of a long text for a card, cut at a line or sentence, and whether something was left out."""
    lines = text.split("\n")
    if len(text) <= CARD_CHARS and len(lines) <= CARD_LINES:
        return text, False
    head = "\n".join(lines[:CARD_LINES])
    if len(head) > CARD_CHARS:
        head = head[:CARD_CHARS]
        stop = max(head.rfind(mark) for mark in "。！？；\n")
        if stop > CARD_CHARS // 2:
            head = head[: stop + 1]
    return head.rstrip() + "……", True


def one_line(text: str, most: int) -> str:
    """The text without line breaks and at most so long, for titles, inbox rows and share cards."""
    flat = " ".join(text.split())
    return flat if len(flat) <= most else flat[: most - 1] + "…"


def _line(line: str) -> Markup:
    parts: list[Markup] = []
    end = 0
    for found in _URL.finditer(line):
        url = _trimmed(found[0])
        if not _linkable(url):
            continue
        parts += [escape(line[end : found.start()]), _LINK.format(url, one_line(url, _SHOWN))]
        end = found.start() + len(url)
    return Markup("").join([*parts, escape(line[end:])])


def _trimmed(url: str) -> str:
    while url and url[-1] in _TRAILING:
        if url[-1] == ")" and url.count("(") >= url.count(")"):
            break
        url = url[:-1]
    return url


def _linkable(url: str) -> bool:
    """A host that people can read, and no user name before it that could pass for one."""
    try:
        parts = urlsplit(url)
        return (
            bool(parts.hostname)
            and "." in (parts.hostname or "")
            and "@" not in parts.netloc
            and "[" not in parts.netloc
        )
    except ValueError:
        return False
