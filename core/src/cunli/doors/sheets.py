"""What leaves a page on paper or into a spreadsheet: QR codes and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from urllib.parse import quote

import segno
from starlette.responses import Response

from cunli.feed.tables import safe_cell


def qr(address: str) -> str:
    """A QR code for `<img src="{{ qr(…) }}" alt="…">`, as an address that holds the picture itself. Still read when crumpled."""
    return segno.make(address, error="m", micro=False).svg_data_uri(scale=4, border=4, light="white")


def csv_answer(name: str, head: Sequence[object], rows: Iterable[Sequence[object]]) -> Response:
    """A table to download as `name`.csv: opens in Excel and WPS with its Chinese whole, and no cell is ever a formula.

    Cells are texts, numbers or dates. Ask for it by POST where rows are about people, and write down who fetched it.
    """
    out = io.StringIO()
    csv.writer(out).writerows([_cell(cell) for cell in row] for row in (head, *rows))
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}.csv",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return Response(out.getvalue().encode("utf-8-sig"), headers=headers, media_type="text/csv; charset=utf-8")


def _cell(cell: object) -> object:
    if cell is None or isinstance(cell, (int, float, Decimal)):
        return "" if cell is None else cell  # -5 is a number, and "-5" may be a formula
    return safe_cell(str(cell))
