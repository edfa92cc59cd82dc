"""What this process has drawn, kept for some seconds: the oldest makes room, and what is past its time is gone."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Fresh(Generic[T]):
    """At most `most` values, each good for `seconds` after it was put."""

    def __init__(self, *, seconds: float, most: int) -> None:
        self._seconds = seconds
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()

    def get(self, key: Hashable) -> T | None:
        found = self._kept.get(key)
        return found[1] if found is not None and found[0] > time.monotonic() else None

    def put(self, key: Hashable, value: T) -> None:
        now = time.monotonic()
        while self._kept and (len(self._kept) >= self._most or next(iter(self._kept.values()))[0] <= now):
            self._kept.popitem(last=False)  # the first ones are the oldest
        self._kept.pop(key, None)
        self._kept[key] = now + self._seconds, value

    def clear(self) -> None:
        self._kept.clear()
