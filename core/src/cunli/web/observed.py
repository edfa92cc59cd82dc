"""Figures about how the site fares, for Prometheus: of all processes of this machine together, and about nobody.

Where several processes serve, `share()` is called before any of them starts, and each writes into files of a common folder.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from prometheus_client import Counter, Histogram

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"  # the library's own name for it
# the times of DG-1 to DG-5 and of a good page are among the steps
STEPS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 0.5, 1.0, 2.0, 5.0, 15.0)
METHODS: Final = frozenset({"GET", "HEAD", "POST"})


@dataclass(slots=True)
class _Process:
    answers: Counter | None = None
    seconds: Histogram | None = None
    children: dict[tuple[str, str, int], tuple[Any, Any]] = field(default_factory=dict)


_process = _Process()


def share() -> str:
    """Let the processes that are started from now on count together; the folder, which `unshare()` removes."""
    folder = tempfile.mkdtemp(prefix="cunli-metrics-")
    os.environ[FOLDER] = folder
    return folder


def unshare(folder: str) -> None:
    os.environ.pop(FOLDER, None)
    shutil.rmtree(folder, ignore_errors=True)


def answered(part: str, method: str, status: int, seconds: float) -> None:
    """Count one answer. `part` is `core` or a plugin's id; no address and no person is kept."""
    key = (part, method if method in METHODS else "other", status)
    found = _process.children.get(key)
    if found is None:
        found = _process.children[key] = _children(*key)
    found[0].inc()
    found[1].observe(seconds)


def _children(part: str, method: str, status: int) -> tuple[Any, Any]:
    if _process.answers is None or _process.seconds is None:
        from prometheus_client import Counter, Histogram

        _process.answers = Counter("cunli_answers", "Answers to requests", ["part", "method", "status"])
        _process.seconds = Histogram("cunli_answer_seconds", "Time from request to answer", ["part"], buckets=STEPS)
    return _process.answers.labels(part, method, str(status)), _process.seconds.labels(part)


def page(now: dict[str, float]) -> bytes:
    """The text that Prometheus reads: what was counted, and `now`, what was found out for this answer."""
    from prometheus_client import REGISTRY, CollectorRegistry, Gauge, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    counted = REGISTRY
    if FOLDER in os.environ:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    fresh = CollectorRegistry()
    for name, value in now.items():
        Gauge(f"cunli_{name}", name.replace("_", " "), registry=fresh).set(value)
    return generate_latest(counted) + generate_latest(fresh)
