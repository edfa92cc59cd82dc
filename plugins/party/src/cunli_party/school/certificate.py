"""The certificate as a PDF of one page. Its font goes along, only the letters that are used: see docs/decisions/0021."""

from __future__ import annotations

import io
import threading
from datetime import datetime
from functools import lru_cache
from importlib.resources import as_file, files
from itertools import groupby

from reportlab.graphics import renderPDF  # type: ignore[import-untyped,unused-ignore]
from reportlab.graphics.barcode.qr import QrCodeWidget  # type: ignore[import-untyped,unused-ignore]
from reportlab.graphics.shapes import Drawing  # type: ignore[import-untyped,unused-ignore]
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped,unused-ignore]
from reportlab.lib.units import mm  # type: ignore[import-untyped,unused-ignore]
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped,unused-ignore]
from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # type: ignore[import-untyped,unused-ignore]
from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped,unused-ignore]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped,unused-ignore]

from cunli_party.papers import ZONE

FONT = "Cunli Certificate"
RARE = "STSong-Light"  # not shipped: what is not in the font is left to the reader's own
LAST_OF_RARE = 0xFFFF  # that font has no letters beyond the first plane: it would show others
RED = (0.75, 0.22, 0.17)
_WRITER = threading.Lock()  # reportlab keeps its fonts for the whole process
WIDEST = 24  # characters in a line of the course's name


def certificate_pdf(
    *, village: str, name: str, course: str, hours: int, number: str, day: datetime, address: str
) -> bytes:
    """The same words give the same bytes: nothing in it depends on when it is made. For any thread; one page at a time."""
    with _WRITER:
        return _written(village, name, course, hours, number, day, address)


def _written(village: str, name: str, course: str, hours: int, number: str, day: datetime, address: str) -> bytes:
    _fonts()
    out = io.BytesIO()
    page = Canvas(out, pagesize=A4, invariant=1)
    page.setTitle(number)
    width, height = A4
    page.setStrokeColorRGB(*RED)
    page.setLineWidth(2)
    page.rect(15 * mm, 15 * mm, width - 30 * mm, height - 30 * mm)
    page.setLineWidth(0.5)
    page.rect(18 * mm, 18 * mm, width - 36 * mm, height - 36 * mm)
    page.setFillColorRGB(*RED)
    _centred(page, height - 60 * mm, 34, "学习证书")
    page.setFillColorRGB(0.1, 0.1, 0.1)
    _centred(page, height - 92 * mm, 22, name)
    _centred(page, height - 108 * mm, 14, f"在{village}党校学完")
    for line, words in enumerate(_lines(course)):
        _centred(page, height - (124 + 11 * line) * mm, 20, words)
    local = day.astimezone(ZONE)
    _centred(page, height - 165 * mm, 14, f"记 {hours} 学时 · {local.year}年{local.month}月{local.day}日")
    _code(page, address, width / 2 - 19 * mm, 55 * mm, 38 * mm)
    _centred(page, 46 * mm, 11, f"编号 {number}")
    _centred(page, 39 * mm, 9, "扫一扫，看这张证书是不是真的")
    page.setFont("Helvetica", 7)
    page.drawCentredString(width / 2, 33 * mm, address)
    page.showPage()
    page.save()
    return out.getvalue()


@lru_cache
def _fonts() -> frozenset[int]:
    """The letters of the shipped font, once it is known to the writer of PDFs."""
    with as_file(files("cunli_party").joinpath("fonts/certificate.ttf")) as path:
        font = TTFont(FONT, str(path))
    pdfmetrics.registerFont(font)
    pdfmetrics.registerFont(UnicodeCIDFont(RARE))
    return frozenset(font.face.charToGlyph)


def _centred(page: Canvas, y: float, size: int, words: str) -> None:
    """A line in the middle; rare letters of a name in the other font."""
    known = _fonts()
    words = "".join(letter if ord(letter) <= LAST_OF_RARE else "□" for letter in words)
    runs = [
        (FONT if there else RARE, "".join(letters))
        for there, letters in groupby(words, key=lambda letter: ord(letter) in known)
    ]
    x = (A4[0] - sum(pdfmetrics.stringWidth(run, font, size) for font, run in runs)) / 2
    for font, run in runs:
        page.setFont(font, size)
        page.drawString(x, y, run)
        x += pdfmetrics.stringWidth(run, font, size)


def _lines(text: str) -> list[str]:
    """At most three lines of a long name."""
    return [f"《{text}》"[at : at + WIDEST] for at in range(0, len(text) + 2, WIDEST)][:3]


def _code(page: Canvas, address: str, x: float, y: float, size: float) -> None:
    code = QrCodeWidget(address, barLevel="M")
    left, low, right, high = code.getBounds()
    drawing = Drawing(size, size, transform=[size / (right - left), 0, 0, size / (high - low), 0, 0])
    drawing.add(code)
    renderPDF.draw(drawing, page, x, y)
