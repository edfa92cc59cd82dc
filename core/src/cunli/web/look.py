"""How pages look to one person: theme of light, elder mode, text size, contrast, saving data. Lives in a cookie, so that nothing flashes."""

from __future__ import annotations

import functools
from dataclasses import dataclass

COOKIE = "cunli_look"
THEMES = ("", "light", "dark")
MODES = ("", "elder")
SIZES = ("", "xl")
CONTRASTS = ("", "more")
SAVERS = ("", "on", "off")  # as the browser says, saving data, not saving


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Each field is written as a `data-` attribute on `<html>`; empty means the standard."""

    theme: str = ""
    mode: str = ""
    size: str = ""
    contrast: str = ""
    saver: str = ""

    @property
    def saves(self) -> bool:
        """Whether data is saved: one picture of each post, no stream of what is new."""
        return self.saver == "on"

    @property
    def elder(self) -> bool:
        return self.mode == "elder"

    def __str__(self) -> str:
        return f"{self.theme}.{self.mode}.{self.size}.{self.contrast}" + (f".{self.saver}" if self.saver else "")

    @classmethod
    @functools.lru_cache(maxsize=128)
    def parse(cls, text: str) -> Look:
        """Read a cookie or column; whatever is unknown becomes the standard."""
        parts = (text or "").split(".")
        if len(parts) not in (4, 5):
            return cls()
        allowed = (THEMES, MODES, SIZES, CONTRASTS, SAVERS)
        theme, mode, size, contrast, saver = (
            p if p in ok else "" for p, ok in zip((*parts, "")[:5], allowed, strict=True)
        )
        return cls(theme=theme, mode=mode, size=size, contrast=contrast, saver=saver)
