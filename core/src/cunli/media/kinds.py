"""What a file may be that is no photo: a few kinds, known by what is in them, never by their name. And what its name becomes. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import quote

from cunli.media.rules import MEGABYTE
from cunli.web.i18n import LazyText, _
from cunli.web.text import clean

FileKind = Literal["pdf", "text", "docx", "xlsx", "pptx", "mp3", "m4a", "ogg"]
NAME_MOST: Final = 80
_NO_NAME: Final = re.compile(r'[\\/:*?"<>|\u200b-\u200f\u2028\u2029\u2060-\u206f\ufe00-\ufe0f]')
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind. `endings`: what its name may end with; the first is given to a name that ends otherwise."""

    label: LazyText
    endings: tuple[str, ...]
    media_type: str
    megabytes: int
    plays: bool = False


KINDS: Final[dict[FileKind, Kind]] = {
    "pdf": Kind(label=_("PDF 文件"), endings=(".pdf",), media_type="application/pdf", megabytes=20),
    "text": Kind(
        label=_("文本"),
        endings=(".txt", ".md", ".srt", ".vtt", ".lrc"),
        media_type="text/plain; charset=utf-8",
        megabytes=2,
    ),
    "docx": Kind(
        label=_("Word 文档"),
        endings=(".docx",),
        media_type=f"{_OFFICE}wordprocessingml.document",
        megabytes=20,
    ),
    "xlsx": Kind(label=_("Excel 表格"), endings=(".xlsx",), media_type=f"{_OFFICE}spreadsheetml.sheet", megabytes=20),
    "pptx": Kind(
        label=_("PPT 幻灯片"),
        endings=(".pptx",),
        media_type=f"{_OFFICE}presentationml.presentation",
        megabytes=20,
    ),
    "mp3": Kind(label=_("MP3 录音"), endings=(".mp3",), media_type="audio/mpeg", megabytes=40, plays=True),
    "m4a": Kind(label=_("M4A 录音"), endings=(".m4a",), media_type="audio/mp4", megabytes=40, plays=True),
    "ogg": Kind(
        label=_("OGG 录音"), endings=(".ogg", ".oga", ".opus"), media_type="audio/ogg", megabytes=40, plays=True
    ),
}
DOCUMENTS: Final[frozenset[FileKind]] = frozenset({"pdf", "text", "docx", "xlsx", "pptx"})
AUDIO: Final[frozenset[FileKind]] = frozenset({"mp3", "m4a", "ogg"})
TEXTS: Final[frozenset[FileKind]] = frozenset({"text"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file of a plugin, as its pages show it. `size` is in bytes."""

    key: str
    name: str
    kind: FileKind
    size: int

    @property
    def label(self) -> LazyText:
        """What it is, for people: PDF 文件."""
        return KINDS[self.kind].label

    @property
    def plays(self) -> bool:
        """Whether a browser can play it."""
        return KINDS[self.kind].plays

    @property
    def weight(self) -> str:
        """How large it is, for people: 1.2 MB."""
        if self.size >= MEGABYTE:
            return f"{self.size / MEGABYTE:.1f} MB"
        return f"{max(1, round(self.size / 1024))} KB"


def name_of(sent: str, kind: FileKind) -> str:
    """The name somebody gave a file, without folders, without what deceives, and with an ending that says what it is."""
    ending = next((one for one in KINDS[kind].endings if sent.lower().endswith(one)), "")
    stem = re.split(r"[\\/]", sent[: len(sent) - len(ending)])[-1]
    stem = _NO_NAME.sub("", clean(stem)).strip(". ")
    if _RESERVED.match(stem):
        stem = f"_{stem}"
    return f"{stem[:NAME_MOST].strip('. ') or '文件'}{ending or KINDS[kind].endings[0]}"


def disposition(file: StoredFile, *, inline: bool) -> str:
    """How a browser takes it: kept under its name, or (what plays) shown."""
    ending = file.name[file.name.rfind(".") :]
    return f"{'inline' if inline else 'attachment'}; filename=\"file{ending}\"; filename*=UTF-8''{quote(file.name, safe='')}"
