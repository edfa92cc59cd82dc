"""A line in the log for each call into a plugin, for finding out who put what on a page. Never a word of what it gave."""

from __future__ import annotations

import logging
from collections.abc import Sized
from typing import Final

_log: Final = logging.getLogger("cunli.plugin.trace")


def tell(plugin: str, hook: str, seconds: float, error: BaseException | None, gave: object) -> None:
    """Log one call: how long it took, and the kind of its error or the kind and size of what it gave back."""
    came = type(error).__name__ if error is not None else _outline(gave)
    _log.info("%s %s %.1f ms: %s", plugin, hook, seconds * 1000, came)


def _outline(value: object) -> str:
    sizes = f" of {len(value)}" if isinstance(value, Sized) and not isinstance(value, str) else ""
    return f"{type(value).__name__}{sizes}"
