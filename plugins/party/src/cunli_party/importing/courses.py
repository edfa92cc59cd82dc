"""A course as a folder of Markdown, packed as ZIP: what people have is a word processor and a text editor, and every one of them
writes this. Common Cartridge and H5P need an authoring tool and carry scripts. Pure: nothing is unpacked to disk.

    course.md     # 冬季果园怎么管        the first heading is the name, the rest says what it is about
    01-认树.md     # 认树：弱枝、旺枝怎么看
                  课文……
                  ## 随堂题
                  挂果多的老树，先剪哪种枝？
                  - 外围向上的旺枝
                  * 里面交叉的弱枝、病枝
"""

from __future__ import annotations

import io
import lzma
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any, Final

from cunli import gettext as _
from cunli import storable
from cunli_party.school.quiz import Unclear, kept, questions_of

MOST_FILES: Final = 100
MOST_BYTES: Final = 200_000  # of one file
QUESTIONS: Final = re.compile(r"^##\s*(随堂题|Questions|Quiz)\s*$", re.MULTILINE)


_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
)


class Unreadable(Exception):
    """The folder cannot be read: `args[0]` says which file, and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A course as it was brought."""

    title: str
    about: str
    lessons: tuple[dict[str, Any], ...]


def read_folder(content: bytes) -> Folder:
    """Raises `Unreadable`."""
    files = _files(content)
    first = next((name for name in files if name.rsplit("/", 1)[-1].lower() == "course.md"), None)
    title, about = _headed(files.pop(first), first) if first else ("", "")
    lessons = tuple(_lesson(name, files[name]) for name in sorted(files))
    if not lessons:
        raise Unreadable(_("压缩包里没有课文：每节课是一个 .md 文件"))
    return Folder(title=title or lessons[0]["title"], about=about[:1000], lessons=lessons)


def _files(content: bytes) -> dict[str, str]:
    """The Markdown files, by name. Sizes are those that are read, not those that the archive claims."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [one for one in archive.namelist() if one.lower().endswith(".md") and not _hidden(one)]
            if len(names) > MOST_FILES:
                raise Unreadable(_("压缩包里最多 %(n)s 个 .md 文件", n=MOST_FILES))
            found = {}
            for name in names:
                with archive.open(name) as file:
                    raw = file.read(MOST_BYTES + 1)
                if len(raw) > MOST_BYTES:
                    raise Unreadable(_("“%(name)s”太大，一个文件最多 200 KB", name=name[:60]))
                found[name] = _text(raw, name)
            return found
    except _BROKEN:
        raise Unreadable(_("这个文件不是 ZIP 压缩包，或者坏了、加了密码")) from None


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))


def _text(raw: bytes, name: str) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return storable(raw.decode(encoding).replace("\r\n", "\n").replace("\t", " "))
        except UnicodeDecodeError:
            continue
    raise Unreadable(_("“%(name)s”不是文本文件", name=name[:60]))


def _headed(text: str, name: str) -> tuple[str, str]:
    """The first heading, and what is below it."""
    lines = text.strip().split("\n")
    if lines and lines[0].startswith("#"):
        return lines[0].lstrip("# ").strip()[:80], "\n".join(lines[1:]).strip()
    return re.sub(r"^\d+[-_. ]*", "", name.rsplit("/", 1)[-1][:-3])[:80], text.strip()


def _lesson(name: str, text: str) -> dict[str, Any]:
    title, body = _headed(text, name)
    parts = QUESTIONS.split(body, maxsplit=1)
    try:
        questions = questions_of(parts[-1]) if len(parts) > 1 else []
    except Unclear as unclear:
        raise Unreadable(_("“%(name)s”：%(why)s", name=name[:60], why=unclear.args[0])) from None
    if len(parts[0]) > 20_000:
        raise Unreadable(_("“%(name)s”的课文太长，最多两万字", name=name[:60]))
    return {
        "title": title or _("没有标题"),
        "body": parts[0].strip(),
        "video": "",
        "captions": "",
        "audio": "",
        "minutes": max(1, round(len(parts[0]) / 300)),
        "proof": "quiz" if questions else "discussion",
        "questions": kept(questions),
    }
