"""Small files of every kind that plugins take in, made on the spot. Each is whole: whoever looks into it finds nothing wrong."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Final, Literal

from cunli.testing.visitor import File

Office = Literal["docx", "xlsx", "pptx"]
_MAIN: Final = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}


def pdf(words: str = "hello", *, inside: bytes = b"") -> bytes:
    """A PDF of one page; `inside` is packed into it as an object of its own."""
    packed = zlib.compress(inside)
    parts = [
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        b"1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n",
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n",
        b"% " + words.encode() + b"\n",
        b"4 0 obj<</Type/ObjStm/Filter/FlateDecode/Length %d>>stream\n%s\nendstream endobj\n" % (len(packed), packed),
        b"trailer<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n",
    ]
    return b"".join(parts)


def office(kind: Office = "docx", **more: bytes) -> bytes:
    """A document of Word, Excel or PowerPoint; `more` are further parts, with `__` for a slash and `_dot_` for a point."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", b"<Types/>")
        packed.writestr(_MAIN[kind], b"<document/>")
        for name, content in more.items():
            packed.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def mp3(frames: int = 8, *, tag: bytes = b"") -> bytes:
    """Silence of 128 kbit/s at 44.1 kHz, with a tag before and one behind it when `tag` says something."""
    frame = b"\xff\xfb\x90\x00" + bytes(413)
    if not tag:
        return frame * frames
    size = len(tag)
    before = b"ID3\x04\x00\x00" + bytes((size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127)) + tag
    return before + frame * frames + (b"TAG" + tag)[:128].ljust(128, b"\x00")


def box(kind: bytes, inside: bytes) -> bytes:
    """A box of MP4."""
    return (len(inside) + 8).to_bytes(4, "big") + kind + inside


def m4a(*, tag: bytes = b"", handler: bytes = b"soun") -> bytes:
    """The skeleton of a recording of a phone, with what phones write about it when `tag` says something."""
    told = box(b"udta", box(b"\xa9xyz", tag)) if tag else b""
    media = box(b"mdia", box(b"hdlr", bytes(8) + handler + bytes(13)))
    return (
        box(b"ftyp", b"M4A \x00\x00\x00\x00M4A mp42")
        + box(b"moov", box(b"trak", media) + told)
        + box(b"mdat", bytes(64))
    )


def ogg(first: bytes = b"OpusHead\x01\x01") -> bytes:
    """Two pages of Ogg."""

    def page(body: bytes) -> bytes:
        return b"OggS\x00\x02" + bytes(20) + bytes((1, len(body))) + body

    return page(first) + page(b"sound")


def document_file(name: str = "讲义.pdf", raw: bytes | None = None) -> File:
    """A document as a form sends it. Its content type is a lie, because nobody listens to it."""
    return name, pdf() if raw is None else raw, "text/html"
