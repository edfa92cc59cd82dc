"""When things run: back-off after a failure and the next time of a schedule. Pure; times are Unix milliseconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

FIRST_PAUSE: Final = 15_000
FACTOR: Final = 4
LONGEST_PAUSE: Final = 6 * 3_600_000
JITTER: Final = 0.2


def back_off(attempt: int, chance: Callable[[], float]) -> int:
    """How long to wait after the failed attempt number `attempt` (from 1): about 15 s, 1 min, 4 min, 16 min, 64 min …

    `chance` gives numbers in [0, 1); the pause is up to a fifth shorter or longer, so that jobs which failed together
    do not all come back together.
    """
    pause = min(FIRST_PAUSE * FACTOR ** min(attempt - 1, 10), LONGEST_PAUSE)
    return int(pause * (1 - JITTER + 2 * JITTER * chance()))


def next_run(
    *, after: int, every: timedelta | None, daily: time | None, zone: ZoneInfo, last: int | None = None
) -> int:
    """The first moment later than `after`. Runs missed meanwhile (`last` is the one that was due) are not made up for."""
    if daily is not None:
        return _next_daily(after, daily, zone)
    assert every is not None, "only scheduled tasks have a next run"
    step = int(every.total_seconds() * 1000)
    if last is None:
        return after + step
    return last + step * ((after - last) // step + 1)


def _next_daily(after: int, at: time, zone: ZoneInfo) -> int:
    moment = datetime.fromtimestamp(after / 1000, zone)
    candidate = datetime.combine(moment.date(), at, zone)
    while (found := int(candidate.astimezone(UTC).timestamp() * 1000)) <= after:
        candidate = datetime.combine(candidate.date() + timedelta(days=1), at, zone)
    return found


def error_text(exc: BaseException) -> str:
    """What went wrong and where, without the message: messages carry what people typed."""
    kind = f"{type(exc).__module__}.{type(exc).__qualname__}".removeprefix("builtins.")
    frames = []
    step = exc.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        frames.append(f"{step.tb_frame.f_globals.get('__name__', '?')}.{code.co_name}:{step.tb_lineno}")
        step = step.tb_next
    return " < ".join([kind, *reversed(frames[-4:])])[:400]
