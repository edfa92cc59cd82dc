"""What cannot be done with a place, in words for the official who tried."""

from __future__ import annotations

from cunli.web.i18n import LazyText


class CannotDo(Exception):
    """An act on a place was refused and nothing was changed. `code` is stable, the text says what to do."""

    def __init__(self, code: str, text: str | LazyText) -> None:
        super().__init__(str(text))
        self.code = code
        self.text = text
