"""Lists for spreadsheets: a cell is never a formula, whoever wrote what is in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|")


def safe_cell(text: str) -> str:
    """The text with an apostrophe before it when a spreadsheet would take it for a formula."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text


def as_csv(rows: Sequence[Sequence[str]]) -> str:
    """The rows as CSV with CRLF, every cell safe."""
    out = io.StringIO()
    csv.writer(out).writerows([[safe_cell(cell) for cell in row] for row in rows])
    return out.getvalue()
