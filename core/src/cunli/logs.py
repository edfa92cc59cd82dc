"""Logs: one JSON line per event to standard error. Personal data is masked, what could forge or hide a line is spelt out.

A trace says which error happened where, and never its message: what databases and parsers say carries what people typed.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

import orjson
import structlog

from cunli.log_files import DayFiles

_PHONE = re.compile(r"(?<!\d)((?:(?:\+|00)?86[ -]?)?[1１][3-9３-９]\d)[ -]?\d{4}[ -]?(\d{4})(?!\d)")
_ID_NUMBER = re.compile(r"(?<!\d)(\d{4})\d{10}(\d{3}[\dXx])(?!\d)")
# controls, zero-width and bidi marks, line separators (Unicode has more than two), halves of a character
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
LIMIT = 2000
LONGEST_TRACE = 8000


class Named(RuntimeError):
    """Stands for an error whose words must not be written anywhere; says only which error it was."""


def without_words(error: BaseException) -> tuple[type[BaseException], BaseException, TracebackType | None]:
    """`exc_info` that is fit for any log, other people's too: where it happened and what kind of error it was."""
    named = Named(_kind(error)).with_traceback(error.__traceback__)
    return (Named, named, named.__traceback__)


def mask(text: str) -> str:
    """The text with mainland phone and ID numbers masked, invisible characters spelt out, and cut to a sane length."""
    return _numbers_masked(_UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text[:LIMIT]))


def _numbers_masked(text: str) -> str:
    return _ID_NUMBER.sub(r"\1**********\2", _PHONE.sub(r"\1****\2", text))


def trace(error: BaseException) -> str:
    """Where an error was raised, with those that led to it, the first one first."""
    chain: list[BaseException] = []
    step: BaseException | None = error
    while step is not None and step not in chain:
        chain.insert(0, step)
        step = step.__cause__ or (None if step.__suppress_context__ else step.__context__)
    return "\n".join("".join(traceback.format_tb(each.__traceback__)) + _named(each) for each in chain)[-LONGEST_TRACE:]


def _named(error: BaseException) -> str:
    if isinstance(error, Named):
        return str(error)
    # what the operating system says about a file or a connection is not what people typed
    return f"{_kind(error)}: {error.strerror}" if isinstance(error, OSError) and error.strerror else _kind(error)


def _kind(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")


def _first_line(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """asyncio lists the failed task and its error's words below its message."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord) and record.name == "asyncio":
        return {**event, "event": str(event["event"]).partition("\n")[0]}
    return event


def _traced(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    found = event.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found if isinstance(found, BaseException) else None
    if found is True:
        error = sys.exc_info()[1]
    return {**event, "exception": _numbers_masked(trace(error))} if error is not None else event


def _masked(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    return {
        mask(key): value if key in ("exception", "_record") else masked_inside(value) for key, value in event.items()
    }


def masked_inside(value: Any) -> Any:
    """A value with every text in it masked; numbers and the like as they are."""
    if isinstance(value, dict):
        return {mask(str(key)): masked_inside(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked_inside(each) for each in value]
    return value if value is None or isinstance(value, bool | int | float) else mask(str(value))


def _dumps(event: dict[str, Any], **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()


class _ErrorStream(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is at that moment."""

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, value: TextIO) -> None:
        """The base class assigns it; there is nothing to keep."""


def _files(folder: str, days: int, shared: list[Any]) -> list[logging.Handler]:
    """The handler of log files, where there are any: JSON, whatever standard error looks like."""
    if not folder:
        return []
    files = DayFiles(Path(folder), days)
    plain: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(_dumps),
    ]
    files.setFormatter(structlog.stdlib.ProcessorFormatter(processors=plain, foreign_pre_chain=shared))
    return [files]


def set_up_logs(level: str, *, human: bool = False, folder: str = "", days: int = 190) -> None:
    """Send structlog and the standard library's logs through the same processors. `human` is easier on the eye.

    With `folder` they also go into files there, in JSON, which are kept for `days`.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _first_line,
        _traced,
        _masked,
    ]
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        if human
        else structlog.processors.JSONRenderer(_dumps)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        # a logger is built once: the level it is built for must not outlive a second call of this function
        wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET),
        cache_logger_on_first_use=True,
    )
    handler = _ErrorStream()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer], foreign_pre_chain=shared
        )
    )
    handlers = [handler, *_files(folder, days, shared)]
    root = logging.getLogger()
    for old in root.handlers:
        if isinstance(old, DayFiles):
            old.close()
    root.handlers[:] = [h for h in root.handlers if not isinstance(h, _ErrorStream | DayFiles)] + handlers
    root.setLevel(level.upper())
    for noisy in (
        "aiosqlite",
        "asyncio",
        "tortoise",
        "PIL",
        "uvicorn.access",
        "multipart",
        "httpx2",
        "python_multipart",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
