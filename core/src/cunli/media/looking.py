"""Looking into a file: which kind it is, and what is left of it to keep. By its bytes alone; nothing in it is ever run or drawn.

What is not one of the kinds is refused, and so is what can run: macros, scripts, embedded programs. What is kept of a recording is
the sound without the tags that phones write (place, device, cover).
"""

from __future__ import annotations

import contextlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

from cunli.media import sounds
from cunli.media.kinds import FileKind
from cunli.media.rules import MEGABYTE, FileRefused
from cunli.web.i18n import _

ENTRIES_MOST: Final = 4000
UNPACKED_MOST: Final = 300 * MEGABYTE
STREAM_MOST: Final = 2 * MEGABYTE  # of one packed part of a PDF
INFLATED_MOST: Final = 128 * MEGABYTE  # of all of them together
_RUNS: Final = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia|Encrypt)(?![A-Za-z0-9])")
_HEX: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM: Final = re.compile(rb"stream\r?\n")
_MARKUP: Final = re.compile(r"<[!?/a-z]", re.IGNORECASE)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_MAIN: Final[dict[str, FileKind]] = {
    "word/document.xml": "docx",
    "xl/workbook.xml": "xlsx",
    "ppt/presentation.xml": "pptx",
}
_PROGRAMS: Final = ("vbaproject.bin", "vbadata.xml", ".exe", ".dll", ".js", ".vbs", ".scr", ".bat", ".cmd")
_RELATION: Final = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_FETCHED: Final = re.compile(rb"/(?:attachedTemplate|oleObject|frame|subDocument)[\"']", re.IGNORECASE)
_FAR: Final = re.compile(rb"Target\s*=\s*[\"'](?:https?:|ftp:|\\\\|//|file:/*\\\\|file://[^/])", re.IGNORECASE)


def look(raw: bytes) -> tuple[FileKind, bytes]:
    """Which kind it is and what of it is kept. Raises `FileRefused`. Takes its time: call it in a thread."""
    if raw.startswith(b"%PDF-"):
        return "pdf", _pdf(raw)
    if raw.startswith(b"PK\x03\x04"):
        return _office(raw), raw
    if heard := sounds.listen(raw):
        return heard
    return "text", _text(raw)


def _unknown() -> FileRefused:
    return FileRefused(
        415, _("这种文件不能传。能传的：PDF、Word、Excel、PPT（docx、xlsx、pptx）、纯文本、MP3、M4A、OGG。")
    )


def _runs() -> FileRefused:
    return FileRefused(422, _("这个文件里带着宏、脚本、附件或者密码，看不了里面有什么。另存成普通的 PDF 再传。"))


def _pdf(raw: bytes) -> bytes:
    if b"%%EOF" not in raw[-2048:]:
        raise FileRefused(422, _("这个文件打不开，可能没有传完整。请重新选一次。"))
    if any(_RUNS.search(_plain(part)) for part in (raw, *_inflated(raw))):
        raise _runs()
    return raw


def _plain(part: bytes) -> bytes:
    """With names spelled out: /J#61vaScript is /JavaScript."""
    return _HEX.sub(lambda found: bytes([int(found[1], 16)]), part) if b"#" in part else part


def _inflated(raw: bytes) -> Iterator[bytes]:
    """What is packed in a PDF, as far as it is packed the usual way. A bomb ends in a refusal, not in memory."""
    whole, left = memoryview(raw), INFLATED_MOST
    for found in _STREAM.finditer(raw):
        head = raw[found.end() : found.end() + 2]
        if len(head) < 2 or head[0] & 15 != 8 or int.from_bytes(head, "big") % 31:
            continue
        part, work = _inflate(whole[found.end() : found.end() + STREAM_MOST])
        left -= work
        if left < 0:
            raise _runs()
        yield part


def _inflate(packed: memoryview) -> tuple[bytes, int]:
    """What comes out, and how many bytes went through: what breaks off was work too."""
    opened, made, read, step = zlib.decompressobj(), bytearray(), 0, 4096
    with contextlib.suppress(zlib.error):
        while read < len(packed) and len(made) < STREAM_MOST and not opened.eof:
            some = packed[read : read + step]
            read, step = read + step, 65_536
            made += opened.decompress(some, STREAM_MOST - len(made))
    return bytes(made), read + len(made)


def _office(raw: bytes) -> FileKind:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            return _parts(packed)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError, OSError):
        raise _unknown() from None


def _parts(packed: zipfile.ZipFile) -> FileKind:
    parts = packed.infolist()
    if len(parts) > ENTRIES_MOST or sum(one.file_size for one in parts) > UNPACKED_MOST:
        raise _unknown()
    names = [one.filename.lower() for one in parts]
    kinds = {kind for main, kind in _MAIN.items() if main in names}
    if "[content_types].xml" not in names or len(kinds) != 1 or min(one.header_offset for one in parts) != 0:
        raise _unknown()
    if any(one.flag_bits & 1 or "activex" in one.filename.lower() for one in parts):
        raise _runs()
    if any(name.endswith(_PROGRAMS) or ("/embeddings/" in name and name.endswith(".bin")) for name in names):
        raise _runs()
    for one in parts:
        if one.filename.lower().endswith(("[content_types].xml", ".rels")) and _calls(packed, one):
            raise _runs()
    return kinds.pop()


def _calls(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether a part says that there are macros, or that something is fetched from elsewhere when the file is opened."""
    with packed.open(part) as file:
        said = file.read(MEGABYTE + 1)
    if len(said) > MEGABYTE or b"macroenabled" in said.lower():
        return True
    return any(_FETCHED.search(one) and _FAR.search(one) for one in _RELATION.findall(said))


def _text(raw: bytes) -> bytes:
    """Words without a format, as UTF-8. What a browser could take for a page is none."""
    for coding in ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030"):
        try:
            words = raw.decode(coding)
        except UnicodeDecodeError:
            continue
        if _CONTROL.search(words) or _MARKUP.match(words.lstrip()) or words.startswith(("{\\rtf", "%!", "#!")):
            break
        if words.strip():
            return words.encode()
    raise _unknown()
