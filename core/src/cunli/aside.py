"""Plain functions beside the event loop, in threads that can be given up: a call that hangs costs its thread and nothing else."""

from __future__ import annotations

import asyncio
import contextvars
import queue
import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

T = TypeVar("T")
KEPT: Final = 8

_idle: list[_Thread] = []


class _Thread:
    """One thread, one call at a time. Daemonic, because a pool waits at exit for threads that never return."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        threading.Thread(target=self._run, daemon=True, name="cunli-aside").start()

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()
            del work  # or its frames would be kept alive until the next call

    def start(self, work: Callable[[], None]) -> None:
        self._work.put(work)

    def end(self) -> None:
        self._work.put(None)


def beside(work: Callable[[], T]) -> asyncio.Future[T]:
    """Start `work` in a thread, in a copy of this context. A future that nobody waits for any more does no harm."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()
    thread = _idle.pop() if _idle else _Thread()

    def settle(result: Any, error: BaseException | None) -> None:
        if len(_idle) < KEPT:
            _idle.append(thread)
        else:
            thread.end()
        if future.done():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def run() -> None:
        result, error = attempted(context, work)
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result, error)

    thread.start(run)
    return future


def waited_for(work: Callable[[], T], *, seconds: float) -> tuple[T | None, BaseException | None] | None:
    """The result or error of `work`, run in a thread while this one waits; None when it takes too long."""
    found: list[tuple[T | None, BaseException | None]] = []
    context = contextvars.copy_context()
    thread = threading.Thread(target=lambda: found.append(attempted(context, work)), daemon=True, name="cunli-aside")
    thread.start()
    thread.join(seconds)
    return found[0] if found else None


def attempted(context: contextvars.Context, work: Callable[[], T]) -> tuple[T | None, BaseException | None]:
    """The result of `work`, or what it raised, as values: neither may escape into a bare thread."""
    try:
        return context.run(work), None
    except StopIteration as exc:
        return None, RuntimeError(f"StopIteration {exc}")  # a future cannot carry one
    except (Exception, SystemExit) as exc:  # noqa: BLE001 somebody else's code may raise anything, even sys.exit()
        return None, exc
