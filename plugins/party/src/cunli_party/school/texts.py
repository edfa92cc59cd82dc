"""Words with a little order in them: headings, lists, quotations. As pieces that a template escapes, never as HTML. Pure."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Literal

import nh3

from cunli import storable

_BLOCK_END = re.compile(r"</(p|div|li|h[1-6]|tr|blockquote)>|<br\s*/?>", re.IGNORECASE)


@dataclass(slots=True, kw_only=True)
class Piece:
    """A paragraph, heading, quotation, or the lines of a list."""

    kind: Literal["p", "h", "q", "ul", "ol"]
    text: str = ""
    lines: list[str] = field(default_factory=list)


def pieces(text: str) -> list[Piece]:
    """`# heading`, `- line`, `1. line`, `> quotation`; everything else is a paragraph until an empty line."""
    found: list[Piece] = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        for line in block.split("\n"):
            _add(found, line.strip(), fresh=line is block.split("\n")[0])
    return found


def _add(found: list[Piece], line: str, *, fresh: bool) -> None:
    if not line:
        return
    if match := re.match(r"#{1,6}\s+(.*)", line):
        found.append(Piece(kind="h", text=_plain(match[1])))
        return
    for kind, mark in (("ul", r"[-*•]\s+(.*)"), ("ol", r"\d{1,3}[.、]\s*(.*)")):
        if match := re.match(mark, line):
            if not found or found[-1].kind != kind:
                found.append(Piece(kind=kind))  # type: ignore[arg-type]
            found[-1].lines.append(_plain(match[1]))
            return
    if line.startswith(">"):
        found.append(Piece(kind="q", text=_plain(line.lstrip("> "))))
    elif fresh or not found or found[-1].kind != "p":
        found.append(Piece(kind="p", text=_plain(line)))
    else:
        found[-1].text += "\n" + _plain(line)


def _plain(line: str) -> str:
    """A line without the marks of emphasis and links: `[words](address)` is `words（address）`."""
    line = re.sub(r"\[([^\]]{1,200})\]\((https?://[^)\s]{1,500})\)", r"\1（\2）", line)
    return re.sub(r"(\*\*|__|`)", "", line)


def _spaced(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")


def from_html(markup: str, most: int = 20_000) -> str:
    """The words of a piece of HTML from outside, whatever it holds: no tags, no scripts, paragraphs kept."""
    words = _BLOCK_END.sub("\n\n", storable(_spaced(markup[: most * 8])))
    bare = html.unescape(nh3.clean(words, tags=set(), clean_content_tags={"script", "style", "template", "iframe"}))
    return storable(re.sub(r"\n\s*\n+", "\n\n", re.sub(r"[ \t\xa0]+", " ", bare)).strip()[:most])
