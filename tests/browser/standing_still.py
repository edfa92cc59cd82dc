"""Chromium, once in thousands of pages on a starved machine, never answers when it is asked for a new page: nothing then has an end of its own."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

from .conftest import CHROMIUM, FLAGS

STILL: Final = 240.0  # seconds; a page takes two or three


def _below(pid: int) -> set[int]:
    """The processes that this one has started, and theirs."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text("utf-8", "replace").rsplit(")", 1)[1].split()
            parents[int(stat.parent.name)] = int(fields[1])
    found, todo = set[int](), [pid]
    while todo:
        above = todo.pop()
        new = {one for one, parent in parents.items() if parent == above} - found
        found |= new
        todo += new
    return found


@contextmanager
def own_browser(browser: Browser, still: float = STILL) -> Iterator[tuple[Browser, Callable[[], None]]]:
    """A browser of its own, and what to call whenever something moved. It is killed where nothing moved for so long: whoever waits
    for it gets Playwright's `Error`, and may begin again."""
    before = _below(os.getpid())
    launched = browser.browser_type.launch(executable_path=CHROMIUM, args=FLAGS)
    own = _below(os.getpid()) - before
    moved, over = threading.Event(), threading.Event()

    def watch() -> None:
        while moved.wait(still):
            if over.is_set():
                return
            moved.clear()
        for pid in own:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield launched, moved.set
    finally:
        over.set()
        moved.set()
        watcher.join()
        launched.close()
