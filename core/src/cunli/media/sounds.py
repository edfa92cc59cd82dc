"""Recordings: MP3, M4A and Ogg by their frames, boxes and pages. What phones write beside the sound is left out or blanked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

Heard = tuple[Literal["mp3", "m4a", "ogg"], bytes]

FRAMES: Final = 4  # that must follow each other: three bytes of chance are no recording
_RATES: Final = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_BITS_1: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BITS_2: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_BRANDS: Final = frozenset((b"M4A ", b"M4B ", b"mp42", b"mp41", b"isom", b"iso2", b"3gp4", b"3gp5", b"qt  "))
_HOLDS: Final = frozenset((b"moov", b"trak", b"mdia", b"minf"))
_TELLS: Final = frozenset((b"udta", b"meta", b"uuid"))  # place, device, names, cover


def listen(raw: bytes) -> Heard | None:
    """Which recording this is, and its sound; None for anything else."""
    if raw[4:8] == b"ftyp":
        sound = _m4a(raw)
        return ("m4a", sound) if sound else None
    if raw.startswith(b"OggS"):
        return ("ogg", raw) if _is_ogg(raw) else None
    sound = _mp3(raw)
    return ("mp3", sound) if sound else None


# -- MP3 -----------------------------------------------------------------------------------------------------------------


def _mp3(raw: bytes) -> bytes:
    """From the first frame to the last, without the tags before and behind."""
    start = 0
    while raw[start : start + 3] == b"ID3" and len(raw) > start + 10:
        size = raw[start + 6 : start + 10]
        if any(byte & 0x80 for byte in size):
            return b""
        start += 10 + (size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3])
    end = len(raw) - 128 if raw[-128:-125] == b"TAG" else len(raw)
    at = start
    for _number in range(FRAMES):
        length = _frame(raw[at : at + 4])
        if not length or at + length > end:
            return b""
        at += length
    return raw[start:end]


def _frame(head: bytes) -> int:
    """How long the frame of layer III is that begins so; 0 where none does."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, bits, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or bits in (0, 15) or rate == 3:
        return 0
    speed = (_BITS_1 if version == 3 else _BITS_2)[bits] * 1000
    return (144 if version == 3 else 72) * speed // _RATES[version][rate] + (head[2] >> 1 & 1)


# -- M4A -----------------------------------------------------------------------------------------------------------------


def _boxes(raw: bytes | bytearray, start: int, end: int) -> Iterator[tuple[bytes, int, int, int]]:
    """Kind, begin, begin of what is inside, end. Raises `ValueError` where they do not fill the space exactly."""
    while start < end:
        size, inside = int.from_bytes(raw[start : start + 4], "big"), start + 8
        if size == 1:
            size, inside = int.from_bytes(raw[start + 8 : start + 16], "big"), start + 16
        if size < inside - start or start + size > end:
            raise ValueError("boxes that do not fit")
        yield bytes(raw[start + 4 : start + 8]), start, inside, start + size
        start += size


def _m4a(raw: bytes) -> bytes:
    """The same file with everything blanked that is not sound. Nothing moves, so that every offset in it stays right."""
    if raw[8:12] not in _BRANDS:
        return b""
    kept = bytearray(raw)
    handlers: list[bytes] = []
    try:
        _blank(kept, 0, len(kept), handlers)
        top = [kind for kind, *_rest in _boxes(kept, 0, len(kept))]
    except ValueError:
        return b""
    whole = top[0] == b"ftyp" and top.count(b"moov") == 1 and b"mdat" in top
    return bytes(kept) if whole and b"soun" in handlers and b"vide" not in handlers else b""


def _blank(kept: bytearray, start: int, end: int, handlers: list[bytes], depth: int = 0) -> None:
    if depth > len(_HOLDS):
        raise ValueError("boxes in boxes in boxes")
    for kind, begin, inside, last in _boxes(kept, start, end):
        if kind in _HOLDS:
            _blank(kept, inside, last, handlers, depth + 1)
        elif kind == b"hdlr":
            handlers.append(bytes(kept[inside + 8 : inside + 12]))
        elif kind in _TELLS or kind in (b"free", b"skip"):
            kept[begin + 4 : begin + 8] = b"free"
            kept[inside:last] = bytes(last - inside)


# -- Ogg -----------------------------------------------------------------------------------------------------------------


def _is_ogg(raw: bytes) -> bool:
    """Whether it is pages of Ogg from the first byte to the last, of Opus or Vorbis."""
    at, first = 0, b""
    while at < len(raw):
        if raw[at : at + 5] != b"OggS\x00" or len(raw) < at + 27:
            return False
        lacing = raw[at + 27 : at + 27 + raw[at + 26]]
        body = at + 27 + raw[at + 26]
        first = first or raw[body : body + 8]
        at = body + sum(lacing)
    return at == len(raw) and (first == b"OpusHead" or first[:7] == b"\x01vorbis")
