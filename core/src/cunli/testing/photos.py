"""Small photos for tests, made on the spot."""

from __future__ import annotations

import io

from cunli.testing.visitor import File


def jpeg(size: tuple[int, int] = (64, 48), colour: str = "orange") -> bytes:
    """A small JPEG of one colour."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    return out.getvalue()


def photo_file(name: str = "IMG_0001.jpg", **options: tuple[int, int] | str) -> File:
    """A photo as a form sends it."""
    return name, jpeg(**options), "image/jpeg"  # type: ignore[arg-type]
