"""The program that decodes photos. It runs as a child process of its own, by path, and imports nothing of Cunli.

Before the first photo it gives up the right to open any file or socket and takes limits on memory and CPU time.
What a hostile photo can do is end this process; `media.pool` then fails that one photo.
One request on standard input: four bytes of length, then the file. One answer on standard output: four bytes of
length, a JSON head, then the encoded pictures in the order the head names them.
"""

from __future__ import annotations

import io
import json
import os
import struct
import sys
import warnings

import pillow_heif
from PIL import Image, ImageCms, ImageOps

MAX_PIXELS = 50_000_000
MAX_SIDE = 16_383  # what WebP can hold; no phone comes near
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
SIZES = (("large", 1600, 72), ("thumb", 480, 60))
MEMORY = 1 << 30
CPU_SECONDS = 20

REFUSED_FORMAT = "format"
REFUSED_PIXELS = "pixels"
REFUSED_BROKEN = "broken"

Answer = tuple[dict[str, object], list[bytes]]
_UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    KeyError,
    IndexError,
    TypeError,
    RuntimeError,
    MemoryError,
    struct.error,
    ArithmeticError,
)


def develop(raw: bytes) -> Answer:
    """The pictures made from one file, or the reason why there are none."""
    try:
        photo = Image.open(io.BytesIO(raw), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return {"refused": REFUSED_PIXELS}, []
    except _UNREADABLE:
        return {"refused": REFUSED_FORMAT}, []
    if photo.width * photo.height > MAX_PIXELS or max(photo.size) > MAX_SIDE:
        return {"refused": REFUSED_PIXELS}, []
    try:
        return _encode(photo)
    except _UNREADABLE:
        return {"refused": REFUSED_BROKEN}, []


def _encode(photo: Image.Image) -> Answer:
    picture = _plain(_small(photo, SIZES[0][1]))
    head: list[tuple[str, str, int]] = []
    blobs: list[bytes] = []
    for name, longest, quality in SIZES:
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        for kind, options in (
            ("webp", {"quality": quality, "method": 4}),
            ("jpg", {"quality": quality, "optimize": True, "progressive": True}),
        ):
            out = io.BytesIO()
            picture.save(out, "WEBP" if kind == "webp" else "JPEG", **options)
            blobs.append(out.getvalue())
            head.append((name, kind, len(blobs[-1])))
        if name == "large":
            width, height = picture.size
    return {"width": width, "height": height, "pictures": head}, blobs


def _small(photo: Image.Image, longest: int) -> Image.Image:
    """The first frame, upright and not larger than needed. A square box makes turning after shrinking the same."""
    if photo.mode in ("P", "PA", "1", "LA"):
        photo = _with_info(photo.convert("RGBA"), photo)
    elif photo.mode.startswith("I"):
        photo = _with_info(photo.convert("I").point([value >> 8 for value in range(65536)], "L"), photo)
    photo.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=3.0)
    return ImageOps.exif_transpose(photo)


def _with_info(changed: Image.Image, original: Image.Image) -> Image.Image:
    changed.info = dict(original.info)
    return changed


def _plain(picture: Image.Image) -> Image.Image:
    """The pixels alone on a fresh canvas: sRGB, no transparency, and nothing that was written beside them."""
    profile = picture.info.get("icc_profile")
    if isinstance(profile, bytes) and picture.mode in ("RGB", "CMYK", "L"):
        picture = _srgb(picture, profile)
    canvas = Image.new("RGB", picture.size, "white")
    if picture.mode in ("RGBA", "RGBa"):
        canvas.paste(picture.convert("RGBA"), mask=picture.getchannel("A"))
    else:
        canvas.paste(picture.convert("RGB"))
    return canvas


def _srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture
    return converted or picture


def confine() -> None:
    """Load every decoder, then take limits that this process cannot lift again."""
    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
    Image.init()
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    ImageCms.createProfile("sRGB")
    for kind in ("PNG", "WEBP", "JPEG"):
        out = io.BytesIO()
        Image.new("RGB", (8, 8)).save(out, kind)
        develop(out.getvalue())
    if sys.platform != "win32":
        import resource

        limits = {
            resource.RLIMIT_NOFILE: 0,
            resource.RLIMIT_FSIZE: 0,
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_AS: MEMORY,
        }
        for which, most in limits.items():
            try:
                resource.setrlimit(which, (most, most))
            except (ValueError, OSError):  # macOS knows RLIMIT_AS and does not set it
                if sys.platform == "linux":
                    raise


def _allow_more_time() -> None:
    """CPU time for one more photo; the kernel ends the process when it is used up."""
    if sys.platform != "win32":
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _read(size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        part = os.read(0, min(size, 1 << 20))
        if not part:
            raise SystemExit(0)  # the web process has gone
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def main() -> None:
    """Answer requests until standard input is closed."""
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not end up in an answer
    confine()
    while True:
        (size,) = struct.unpack(">I", _read(4))
        raw = _read(size)
        _allow_more_time()
        head, blobs = develop(raw)
        line = json.dumps(head).encode()
        view = memoryview(b"".join((struct.pack(">I", len(line)), line, *blobs)))
        while view:
            view = view[os.write(answers, view) :]


if __name__ == "__main__":
    main()
