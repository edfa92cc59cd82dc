"""What a photo must be, and who may store how many photos and files. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from cunli.web.i18n import LazyText, _

MAX_PHOTOS = 9
MEGABYTE = 1024 * 1024
PERSON_QUOTA = 400 * MEGABYTE  # stored, about a thousand photos of each person in each village
PERSON_FILE_QUOTA = 2 * 1024 * MEGABYTE  # beside the photos
VILLAGE_QUOTA = 20 * 1024 * MEGABYTE  # photos and files together
UNUSED = timedelta(days=1)
UNUSED_IN_DRAFT = timedelta(days=14)
UNUSED_MOST = 45  # five posts' worth of photos that were sent and not used yet
UNUSED_FILES_MOST = 20


class Size(StrEnum):
    """What a photo is kept as; the original is not kept."""

    THUMB = "thumb"
    LARGE = "large"


class Refused(Exception):
    """Something that was not taken. `status` for HTTP, `text` for the person who sent it."""

    def __init__(self, status: int, text: LazyText) -> None:
        super().__init__(text.msgid)
        self.status = status
        self.text = text


class PhotoRefused(Refused):
    """A photo that was not taken."""


class FileRefused(Refused):
    """A file of another kind that was not taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Bytes kept for a person in a village, and for the whole village; and how many photos, or files, the person has not used yet."""

    person: int
    village: int
    unused: int


REASONS: dict[str, tuple[int, LazyText]] = {
    "format": (415, _("这不是能用的照片。请选 JPG、PNG、WebP 或苹果手机拍的 HEIC 照片。")),
    "pixels": (413, _("这张照片的尺寸太大了。请先用手机缩小一点，或者截一部分再发。")),
    "broken": (422, _("这张照片打不开，可能没有传完整。请重新选一次。")),
    "slow": (422, _("这张照片处理不了。换一张，或者截图后再发。")),
    "busy": (503, _("现在传照片的人多，请过一会儿再传。写的字没有丢。")),
}


def refusal(reason: str) -> PhotoRefused:
    """The refusal for a reason given by the darkroom or the pool."""
    return PhotoRefused(*REASONS[reason])


def too_heavy(limit_mb: int) -> PhotoRefused:
    """A file larger than the limit."""
    return PhotoRefused(413, _("照片超过了 %(n)s MB。请选小一点的，或者先用手机压缩。", n=limit_mb))


def check_quota(stored: Stored, coming: int) -> None:
    """Raise `PhotoRefused` when `coming` bytes do not fit any more."""
    if stored.unused >= UNUSED_MOST:
        raise PhotoRefused(429, _("你传了很多照片还没有发出去。先发一条，或者明天再传。"))
    if stored.person + coming > PERSON_QUOTA:
        raise PhotoRefused(413, _("你在本村存的照片满了。删掉几条不要的旧动态，就能再发。"))
    if stored.village + coming > VILLAGE_QUOTA:
        raise PhotoRefused(413, _("村里存照片的地方满了，请告诉村管理员。"))


def check_file_quota(stored: Stored, coming: int) -> None:
    """Raise `FileRefused` when `coming` bytes of a file do not fit any more."""
    if stored.unused >= UNUSED_FILES_MOST:
        raise FileRefused(429, _("你传了很多文件还没有用上。明天再传。"))
    if stored.person + coming > PERSON_FILE_QUOTA:
        raise FileRefused(413, _("你在本村存的文件满了。拿掉几个不要的，就能再传。"))
    if stored.village + coming > VILLAGE_QUOTA:
        raise FileRefused(413, _("村里存文件的地方满了，请告诉村管理员。"))


def wants_webp(accept: str) -> bool:
    """Whether an Accept header names WebP and does not rule it out."""
    for part in accept.lower().split(","):
        kind, *params = (piece.strip() for piece in part.split(";"))
        if kind == "image/webp":
            return "q=0" not in params and "q=0.0" not in params
    return False


_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)


def part_of(wanted: str, size: int) -> tuple[int, int] | None:
    """The first and last byte that a Range header asks for; everything where it asks for nothing we understand; None: there is no such part."""
    found = _RANGE.fullmatch(wanted.replace(" ", ""))
    if found is None or found[1] == found[2] == "":
        return 0, size - 1
    if found[1] == "":
        first, last = max(0, size - int(found[2])), size - 1
    else:
        first, last = int(found[1]), min(int(found[2] or size - 1), size - 1)
    return (first, last) if first <= last else None
