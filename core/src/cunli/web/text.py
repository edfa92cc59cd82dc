"""Cleaning of text that people send: the same result on both databases, and nothing invisible that deceives."""

from __future__ import annotations

import re
import unicodedata

# C0 and C1 controls except newline, surrogates, bidi embeddings and overrides, BOM, interlinear marks, noncharacters.
_UNWANTED = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
_MANY_LINES = re.compile(r"\n{4,}")
COMBINING_RUN = 4


def storable(text: str) -> str:
    """Text from a file or from another server without what no text holds: control characters except the end of a line, halves of letters,
    marks that turn the direction of reading. What comes by `Form` and `visit.query` is so already. PostgreSQL refuses the rest.
    """
    return _UNWANTED.sub("", text)


def clean(text: str, *, multiline: bool = False) -> str:
    """NFC, without control and bidi-override characters, at most four combining marks in a row, trimmed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    text = unicodedata.normalize("NFC", _UNWANTED.sub("", text))
    if not text.isascii():
        text = _cap_combining(text)
    if not multiline:
        return " ".join(text.split())
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return _MANY_LINES.sub("\n\n\n", lines).strip()


def _cap_combining(text: str) -> str:
    kept: list[str] = []
    run = 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= COMBINING_RUN:
            kept.append(char)
    return "".join(kept)
