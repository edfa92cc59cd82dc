"""Photos are decoded apart from the web process, and nothing of a file but its pixels is kept."""

from __future__ import annotations

import asyncio
import io
import random
import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pillow_heif
import pytest
from PIL import ExifTags, Image, ImageChops, ImageCms, ImageStat, PngImagePlugin

from cunli.media.pool import Darkroom, Developed
from cunli.media.rules import PhotoRefused

pillow_heif.register_heif_opener()
CANARY = b"CANARY-51.0447N"


@pytest.fixture
async def darkroom() -> AsyncIterator[Darkroom]:
    room = Darkroom(children=2, seconds=150)
    yield room
    await room.close()


def picture(size: tuple[int, int] = (900, 600), mode: str = "RGB") -> Image.Image:
    return Image.radial_gradient("L").resize(size).convert(mode)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def with_place(orientation: int = 1) -> bytes:
    """A JPEG with a GPS position, a serial number, a comment, XMP and a thumbnail."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.BodySerialNumber] = CANARY.decode()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (30.0, 24.0, 36.0)
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    image = picture((800, 400))
    image.paste((255, 0, 0), (0, 0, 100, 100))
    return encoded(image, "JPEG", exif=exif, comment=CANARY, xmp=b"<x>" + CANARY + b"</x>", quality=95)


async def refused(darkroom: Darkroom, raw: bytes) -> int:
    with pytest.raises(PhotoRefused) as caught:
        await darkroom.develop(raw)
    return caught.value.status


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
async def test_every_format_of_a_phone_becomes_two_sizes_in_two_formats(darkroom: Darkroom, kind: str) -> None:
    developed = await darkroom.develop(encoded(picture((2400, 1200)), kind))
    assert (developed.width, developed.height) == (1600, 800)
    assert set(developed.pictures) == {("large", "webp"), ("large", "jpg"), ("thumb", "webp"), ("thumb", "jpg")}
    for (size, form), data in developed.pictures.items():
        image = Image.open(io.BytesIO(data))
        assert image.format == {"webp": "WEBP", "jpg": "JPEG"}[form]
        assert max(image.size) == {"large": 1600, "thumb": 480}[size]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
async def test_unusual_pixels_are_developed_too(darkroom: Darkroom, mode: str) -> None:
    image = picture((300, 200), "L").convert("I;16") if mode == "I;16" else picture((300, 200)).convert(mode)
    developed = await darkroom.develop(encoded(image, "PNG"))
    assert (developed.width, developed.height) == (300, 200)


async def test_transparency_becomes_white_and_a_small_photo_is_not_enlarged(darkroom: Darkroom) -> None:
    developed = await darkroom.develop(encoded(Image.new("RGBA", (40, 30), (0, 0, 0, 0)), "PNG"))
    shown = Image.open(io.BytesIO(developed.pictures["large", "jpg"]))
    assert shown.size == (40, 30)
    assert shown.getpixel((5, 5)) == (255, 255, 255)


async def test_nothing_but_the_pixels_is_kept(darkroom: Darkroom) -> None:
    raw = with_place()
    assert CANARY in raw  # the control: it is there before
    developed = await darkroom.develop(raw)
    for data in developed.pictures.values():
        image = Image.open(io.BytesIO(data))
        assert CANARY not in data
        assert not image.getexif()
        assert not {"exif", "xmp", "comment", "icc_profile", "photoshop"} & set(image.info)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "HEIF"])
async def test_other_formats_keep_no_metadata_either(darkroom: Darkroom, kind: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = CANARY.decode()
    options: dict[str, object] = {"exif": exif}
    if kind == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", CANARY.decode())  # type: ignore[attr-defined]
    raw = encoded(picture(), kind, **options)
    assert CANARY in raw
    assert all(CANARY not in data for data in (await darkroom.develop(raw)).pictures.values())


@pytest.mark.parametrize(("orientation", "corner"), [(1, (20, 20)), (3, (780, 380)), (6, (380, 20)), (8, (20, 780))])
async def test_a_photo_stands_upright(darkroom: Darkroom, orientation: int, corner: tuple[int, int]) -> None:
    developed = await darkroom.develop(with_place(orientation))
    shown = Image.open(io.BytesIO(developed.pictures["large", "jpg"]))
    red, green, blue = shown.getpixel(corner)  # type: ignore[misc]
    assert red > 200
    assert max(green, blue) < 80


async def test_wide_colours_become_srgb(darkroom: Darkroom) -> None:
    swapped = ImageCms.createProfile("LAB")
    lab = ImageCms.ImageCmsProfile(swapped).tobytes()
    plain = await darkroom.develop(encoded(picture(), "JPEG", icc_profile=b"rubbish"))
    same = await darkroom.develop(encoded(picture(), "JPEG"))
    odd = await darkroom.develop(encoded(picture(), "JPEG", icc_profile=lab))
    assert _distance(plain, same) < 1
    assert _distance(odd, same) < 1  # a profile that does not fit the pixels is left aside, not fatal


def _distance(one: Developed, other: Developed) -> float:
    first, second = (Image.open(io.BytesIO(d.pictures["large", "jpg"])) for d in (one, other))
    return max(ImageStat.Stat(ImageChops.difference(first, second)).mean)


async def test_only_the_first_picture_of_an_animation_is_kept(darkroom: Darkroom) -> None:
    frames = [Image.new("RGB", (60, 60), colour) for colour in ("red", "green", "blue")]
    for kind in ("WEBP", "PNG"):
        raw = encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)
        shown = Image.open(io.BytesIO((await darkroom.develop(raw)).pictures["large", "jpg"]))
        assert getattr(shown, "n_frames", 1) == 1
        assert shown.getpixel((30, 30))[0] > 200  # type: ignore[index]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html><script>alert(1)</script></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b"<?php system($_GET['x']); ?>",
        b"%PDF-1.7 /JavaScript",
        b"GIF89a/*" + b"\x00" * 40 + b"*/=1;alert(1)",
        encoded(picture(), "GIF"),
        encoded(picture(), "BMP"),
        encoded(picture(), "TIFF"),
        b"MZ" + b"\x00" * 200,
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 64,
    ],
    ids=["empty", "html", "svg", "php", "pdf", "gif/js", "gif", "bmp", "tiff", "exe", "half a png"],
)
async def test_what_is_no_photo_is_refused(darkroom: Darkroom, raw: bytes) -> None:
    assert await refused(darkroom, raw) == 415


async def test_a_polyglot_keeps_only_its_pixels(darkroom: Darkroom) -> None:
    raw = encoded(picture(), "JPEG") + b"<script>" + CANARY + b"</script>"
    assert all(CANARY not in data for data in (await darkroom.develop(raw)).pictures.values())


async def test_a_photo_that_did_not_arrive_whole_is_refused(darkroom: Darkroom) -> None:
    assert await refused(darkroom, encoded(picture(), "JPEG")[:2000]) == 422


def bomb(width: int, height: int) -> bytes:
    """A one-bit PNG of any size in a few kilobytes, written by hand."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = b"\x00" + b"\x00" * ((width + 7) // 8)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


async def test_a_bomb_is_refused_before_it_is_decoded(darkroom: Darkroom) -> None:
    await darkroom.develop(encoded(picture(), "PNG"))  # the child is up
    raw = bomb(12_000, 12_000)
    assert len(raw) < 40_000
    began = worked(darkroom)
    assert await refused(darkroom, raw) == 413
    assert await refused(darkroom, bomb(60_000, 300)) == 413
    looked = worked(darkroom)
    allowed = await darkroom.develop(bomb(5_000, 4_000))  # the control: the same trick within the limit
    assert allowed.width == 1600
    assert looked - began < (worked(darkroom) - looked) / 2, "refusing cost less than decoding a seventh of it"


def worked(darkroom: Darkroom) -> int:
    """The processor time of the one child, in ticks: it stands still with the machine."""
    (child,) = darkroom._idle
    user, system = Path(f"/proc/{child.process.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return int(user) + int(system)


def program(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "child.py"
    path.write_text(text)
    return path


async def test_a_hanging_child_fails_only_its_photo(tmp_path: Path) -> None:
    room = Darkroom(children=1, seconds=0.5, program=program(tmp_path, "import signal; signal.pause()"))
    assert await refused(room, b"x") == 422  # and this came although the child would never have ended
    await room.close()


@pytest.mark.parametrize(
    "ending", ["import os; os._exit(3)", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"]
)
async def test_a_dying_child_fails_only_its_photo(tmp_path: Path, ending: str) -> None:
    room = Darkroom(children=1, program=program(tmp_path, ending))
    assert await refused(room, b"x") == 422
    assert await refused(room, b"x") == 422  # and the next one has a child of its own
    await room.close()


async def test_a_killed_child_is_replaced(darkroom: Darkroom) -> None:
    raw = encoded(picture(), "JPEG")
    await darkroom.develop(raw)
    darkroom._idle[0].process.kill()
    await darkroom._idle[0].process.wait()
    assert await refused(darkroom, raw) == 422
    assert (await darkroom.develop(raw)).width == 900


async def test_many_at_once_wait_their_turn_and_too_many_are_sent_away() -> None:
    room = Darkroom(children=1, seconds=150)
    raw = encoded(picture((200, 100)), "PNG")
    answers = await asyncio.gather(*(room.develop(raw) for _ in range(40)), return_exceptions=True)
    done = [a for a in answers if isinstance(a, Developed)]
    sent_away = [a.status for a in answers if isinstance(a, PhotoRefused)]
    assert len(done) == 24
    assert sent_away == [503] * 16
    assert len(room._idle) == 1
    await room.close()


async def test_the_child_can_open_nothing(tmp_path: Path) -> None:
    """The planted control: a decoder that was taken over tries to read a file and to reach the network."""
    source = Path(__file__).parents[3] / "core/src/cunli/media/darkroom.py"
    taken_over = source.read_text().replace(
        "def develop(raw: bytes) -> Answer:",
        "def develop(raw: bytes) -> Answer:\n"
        "    import socket\n"
        "    if raw == b'file':\n"
        "        open('/etc/hostname').read(); return {'width': 1, 'height': 1, 'pictures': []}, []\n"
        "    if raw == b'socket':\n"
        "        socket.socket(); return {'width': 1, 'height': 1, 'pictures': []}, []\n"
        "    if raw == b'write':\n"
        "        open('x', 'w'); return {'width': 1, 'height': 1, 'pictures': []}, []\n"
        "    if raw == b'environment':\n"
        "        assert not [k for k in os.environ if k.startswith('CUNLI')]\n"
        "        return {'width': 1, 'height': 1, 'pictures': []}, []\n",
    )
    free = taken_over.replace("        for which, most in limits.items():", "        for which, most in ():")
    assert free != taken_over
    for text, opens in ((taken_over, False), (free, True)):
        room = Darkroom(children=1, program=program(tmp_path, text))
        for raw in (b"file", b"socket"):
            if opens:
                assert (await room.develop(raw)).width == 1
            else:
                assert await refused(room, raw) == 422
        assert (await room.develop(b"environment")).width == 1
        await room.close()


@pytest.mark.slow
async def test_damaged_photos_never_harm_more_than_themselves(darkroom: Darkroom) -> None:
    chance = random.Random(7)
    good = [encoded(picture((120, 90)), kind) for kind in ("JPEG", "PNG", "WEBP", "HEIF")]
    for number in range(600):
        raw = bytearray(good[number % 4])
        for _ in range(chance.randint(1, 12)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        try:
            developed = await darkroom.develop(bytes(raw))
        except PhotoRefused:
            continue
        assert all(Image.open(io.BytesIO(data)).size for data in developed.pictures.values())
    assert (await darkroom.develop(good[0])).width == 120
