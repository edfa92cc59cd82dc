"""A plugin may not end the process."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


class Left(Exception):
    """A plugin wanted to end the process."""


@contextlib.contextmanager
def staying() -> Iterator[None]:
    """A plugin that calls sys.exit() fails; it does not take the server along."""
    try:
        yield
    except SystemExit as exc:
        raise Left(f"sys.exit({exc.code!r})") from exc
