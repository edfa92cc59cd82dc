"""Writes down what a walk sees: answers, what a view raised and where, and what a request has done in the database."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from typing import Any, Final

from cunli import db
from cunli.dispatch import Dispatch
from cunli.testing.evidence import Answer, Evidence
from cunli.testing.rows import Change, Rows
from cunli.testing.visitor import Opened
from cunli.web.pages import Page

# where the core keeps what a plugin does through its doors, and the column that begins with the plugin's id
ACTS: Final[Mapping[str, str]] = {
    "core_post": "kind",
    "core_notification": "kind",
    "core_event": "kind",
    "core_job": "task",
}
CALLED: Final[Mapping[str, str]] = {
    "core_post": "the feed",
    "core_notification": "the inbox of people",
    "core_event": "the events",
    "core_job": "the background jobs",
}
BUSY: Final = (
    "SELECT 1 FROM core_event WHERE delivered_at IS NULL UNION ALL"
    " SELECT 1 FROM core_job WHERE state = 'running' OR (state = 'waiting' AND run_at <= ?) LIMIT 1"
)
QUIET: Final = 5.0  # seconds that background work may take
BY_ITSELF: Final = ("schedule:", "event:")  # jobs that come when their time has come, whatever was asked


class Notes:
    """The answers that visitors got, in `evidence`, with what they changed."""

    def __init__(self, evidence: Evidence, rows: Rows, dispatch: Dispatch) -> None:
        self.evidence, self._rows, self._raised, self._patience = evidence, rows, "", QUIET
        self._watch(dispatch)

    def note(
        self, kind: str, role: str, method: str, opened: Opened, page: Page | None = None, changed: tuple[str, ...] = ()
    ) -> None:
        """Keep one answer."""
        is_html = "html" in opened.headers.get("content-type", "")
        raised, self._raised = self._raised, ""
        self.evidence.answers.append(
            Answer(
                kind=kind,
                role=role,
                method=method,
                path=opened.url,
                status=opened.status,
                html=opened.html if is_html else "",
                page=page,
                changed=changed,
                raised=raised if opened.status >= 500 else "",
            )
        )

    async def changed(self) -> tuple[str, ...]:
        """What the plugin has done since this was asked last: its tables that differ, and what it did through the core's doors."""
        if not await self._rows.touched():
            return ()
        await self._quiet()
        changes = await self._rows.changes()
        before = self._rows.tables
        await self._rows.take()
        mine = f"{self.evidence.plugin}_"
        return tuple(
            CALLED.get(table, table)
            for table, change in changes.items()
            if table.startswith(mine) or self._acted(table, change, before)
        )

    async def _quiet(self) -> None:
        """Wait until background work is done: what it does belongs to the request before it, not to the next one."""
        end = time.monotonic() + self._patience
        while await db.read(BUSY, int(time.time() * 1000)):
            if time.monotonic() > end:
                self._patience = 0.0  # there is something that nobody does: once is enough
                return
            await asyncio.sleep(0.01)

    def _acted(self, table: str, change: Change, before: Mapping[str, Any]) -> bool:
        """Whether the plugin has put something new there. What becomes of it later (read, done, hidden) is not an act of its own."""
        column = ACTS[table]
        known = {dict(row)["id"] for row in before.get(table, ())}
        new = [row for row in map(dict, change.new) if row["id"] not in known]
        return any(
            str(row[column]).startswith(f"{self.evidence.plugin}.")
            and not str(row.get("dedupe") or "").startswith(BY_ITSELF)
            for row in new
        )

    def _watch(self, dispatch: Dispatch) -> None:
        answer = dispatch.answer

        async def watched(
            asked: str, page: str, work: Callable[[], Awaitable[Any]], meant: tuple[type[Exception], ...]
        ) -> Any:
            with ExitStack() as passing:
                passing.push(lambda _kind, exc, _trace: self._hear(asked, exc, meant))
                return await answer(asked, page, work, meant)

        dispatch.answer = watched  # type: ignore[method-assign, assignment]

    def _hear(self, asked: str, exc: BaseException | None, meant: tuple[type[Exception], ...]) -> bool:
        """Remember what a page of the plugin raised; whoever answers for it deals with it."""
        if asked == self.evidence.plugin and isinstance(exc, Exception) and not isinstance(exc, meant):
            self._raised = _said(exc, asked)
        return False


def watched_tables(plugin: str) -> Callable[[str], bool]:
    """Which tables tell what a plugin did."""
    return lambda table: table in ACTS or table.startswith(f"{plugin}_")


def _said(exc: Exception, plugin: str) -> str:
    """The name of an error, its words, and the last line of the plugin that led to it."""
    package = f"cunli_{plugin}/"
    own = [frame for frame in traceback.extract_tb(exc.__traceback__) if package in frame.filename.replace("\\", "/")]
    where = (
        f" in {package}{own[-1].filename.replace(chr(92), '/').rpartition(package)[2]}:{own[-1].lineno}" if own else ""
    )
    words = " ".join(str(exc).split())[:120]
    return f"{type(exc).__name__}{f': {words}' if words else ''}{where}"
