"""Feeds read as words: whatever comes in, entries come out or a reason why not. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import feedparser  # type: ignore[import-untyped,unused-ignore]

from cunli import storable
from cunli_party.school.asking import followable
from cunli_party.school.texts import from_html
from cunli_party.words import CATEGORIES

MOST_ENTRIES: Final = 30  # of one feed at one time; the rest comes with the next look
LONGEST: Final = 8_000


class Unreadable(Exception):
    """What came is no feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One line of the setting."""

    name: str
    url: str
    category: str
    licence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An entry of a feed, as words."""

    title: str
    link: str
    body: str
    dated: date | None


def feeds_of(setting: str, known: Collection[str] = CATEGORIES) -> list[Feed]:
    """`name address category licence…`, one in each line; lines that are not so are left out."""
    found = []
    for line in setting.splitlines():
        parts = line.split(None, 3)
        if len(parts) >= 3 and parts[2] in known and followable(parts[1]):
            licence = parts[3] if len(parts) > 3 else ""
            found.append(Feed(name=parts[0][:80], url=parts[1], category=parts[2], licence=licence[:120]))
    return found


# What the parser stumbles over in what a stranger sends: half a surrogate, an unknown encoding, a number without end.
_STUMBLES: Final = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError, RecursionError)


def entries_of(body: bytes) -> Sequence[Found]:
    """The entries of a feed, RSS or Atom, newest first as it has them. Raises `Unreadable`.

    Given as bytes, feedparser opens no address and no file; words are taken without any markup, links only as https or http.
    """
    if not body.lstrip()[:1] == b"<":
        raise Unreadable
    try:
        parsed = feedparser.parse(body, sanitize_html=True, resolve_relative_uris=False)
    except _STUMBLES as exc:
        raise Unreadable from exc
    found = []
    for entry in parsed.entries[:MOST_ENTRIES]:
        link = storable(str(entry.get("link", ""))).strip()
        title = " ".join(from_html(str(entry.get("title", ""))).split())[:80]
        if not title or len(link) > 500 or not followable(link):
            continue
        content = entry.get("content") or []
        markup = str(content[0].get("value", "")) if content else str(entry.get("summary", ""))
        found.append(Found(title=title, link=link, body=from_html(markup, LONGEST), dated=_day(entry)))
    if not found and not parsed.get("version"):
        raise Unreadable
    return found


def _day(entry: Any) -> date | None:
    parsed = entry.get("published_parsed") or entry.get("updated_parsed")
    try:
        return date(*parsed[:3]) if parsed else None
    except (TypeError, ValueError):
        return None
