"""Logs in files of a day each, kept as long as the law wants and not longer: at least six months (网络安全法 21).

All processes of a machine append to the same file, a line at a time. Days that are over are packed; what is older than the
settings say is deleted. A disk that is full stops nobody: the line is lost, standard error still has it.
"""

from __future__ import annotations

import contextlib
import gzip
import logging
import os
import re
import shutil
import threading
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

LEAST: Final = 184  # days in the longest six months
_NAME: Final = re.compile(r"cunli-(\d{4}-\d\d-\d\d)\.jsonl(\.gz)?")


class DayFiles(logging.Handler):
    """Writes each record as one line into the file of its day (UTC, as the moments in the lines are)."""

    def __init__(self, folder: Path, days: int) -> None:
        super().__init__()
        if days < LEAST:
            raise ValueError(f"logs are kept for {LEAST} days at least")
        self._folder = folder
        self._days = days
        self._day = ""
        self._file = -1

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(OSError):
            line = self.format(record).encode("utf-8", "backslashreplace") + b"\n"
            os.write(self._of_today(), line)  # one call: lines of other processes do not get into it

    def _of_today(self) -> int:
        day = time.strftime("%Y-%m-%d", time.gmtime())
        if day != self._day:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = os.open(self._folder / f"cunli-{day}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            self._let_go()
            self._file, self._day = fresh, day
            threading.Thread(target=sweep, args=(self._folder, self._days), daemon=True, name="log files").start()
        return self._file

    def _let_go(self) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file, self._day = -1, ""

    def close(self) -> None:
        self._let_go()
        super().close()


_packing = threading.Lock()  # of the threads of this process, whose files beside would have one name


def sweep(folder: Path, days: int) -> list[str]:
    """Delete files of days that have been kept long enough, and pack those that nobody writes to any more; what was deleted."""
    today = datetime.now(UTC).date()
    gone = []
    for path in sorted(folder.glob("cunli-*")):
        found = _NAME.fullmatch(path.name)
        if found is None:
            continue
        day = date.fromisoformat(found[1])
        with contextlib.suppress(OSError):  # another process was faster
            if day < today - timedelta(days=days):
                path.unlink()
                gone.append(path.name)
            elif day < today - timedelta(days=1) and not found[2]:
                _pack(path)
    return gone


def _pack(path: Path) -> None:
    """Whole or not at all; two processes that do it at once make the same."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.gz")
    with _packing, path.open("rb") as plain:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(handle, "wb") as raw, gzip.open(raw, "wb", compresslevel=6) as packed:
                shutil.copyfileobj(plain, packed, 1 << 20)
            beside.rename(path.with_name(path.name + ".gz"))
        finally:
            beside.unlink(missing_ok=True)
        path.unlink(missing_ok=True)


def oldest(folder: Path) -> date | None:
    """The first day of which there is a file."""
    days = [found[1] for path in folder.glob("cunli-*") if (found := _NAME.fullmatch(path.name))]
    return date.fromisoformat(min(days)) if days else None
