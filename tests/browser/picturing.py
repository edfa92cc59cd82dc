"""Pictures of the guide, taken while a test goes through the pages: small files, the same size everywhere.

With CUNLI_WRITE_PICTURES=1 they are written into docs/pictures; without it nothing is written, and a test asks whether each is
there and shown by the guide. Pixels are not compared: fonts differ from machine to machine.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Page

PICTURES: Final = Path(__file__).resolve().parents[2] / "docs/pictures"
HEAVIEST: Final = 60_000  # bytes: the guide is read in villages, too
WRITE: Final = bool(os.environ.get("CUNLI_WRITE_PICTURES"))


def small(png: bytes) -> bytes:
    """The picture with as many colours as fit into `HEAVIEST` bytes."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (256, 128, 64, 32, 16):
        buffer = io.BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
        if buffer.tell() < HEAVIEST:
            return buffer.getvalue()
    raise AssertionError(f"a picture of {picture.size} does not fit into {HEAVIEST} bytes: show less of the page")


@dataclass
class Album:
    """The pictures that were taken, by name, in their order."""

    taken: list[str] = field(default_factory=list)

    def take(self, page: Page, name: str, *, height: int = 720) -> None:
        """The top of the page in a window of this height. Nothing is marked, and nobody's pointer is on a button."""
        assert name not in self.taken, f"two pictures are called {name}"
        self.taken.append(name)
        if not WRITE:
            return
        size = page.viewport_size
        assert size is not None
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement?.blur(); scrollTo(0, 0)")
        page.set_viewport_size({"width": size["width"], "height": height})
        page.wait_for_timeout(300)
        png = page.screenshot()
        page.set_viewport_size(size)
        (PICTURES / f"{name}.png").write_bytes(small(png))
