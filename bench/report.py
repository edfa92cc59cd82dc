"""The table of one run, as Markdown beside its numbers as JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from bench.servers import Outcome

RESULTS = Path(__file__).resolve().parent / "results"
REACH = {
    ("village page, anonymous", "sqlite"): 2.0, ("village page, anonymous", "postgres"): 2.0,
    ("village page, signed in", "sqlite"): 8.0, ("village page, signed in", "postgres"): 13.0,
    ("unchanged page asked again", "sqlite"): 6.0, ("unchanged page asked again", "postgres"): 6.0,
    ("post page with comments", "sqlite"): 15.0, ("post page with comments", "postgres"): 15.0,
    ("posting text", "sqlite"): 60.0, ("posting text", "postgres"): 60.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One page on one database with one number of workers.

    `cpu` and `bare` are seconds of server CPU per request of the page and of the yardstick asked in turns with it, `memory`
    is in MB, `first_page` in seconds after the start of the server.
    """

    database: str
    villages: int
    people: int
    posts: int
    workers: int
    page: str
    cpu: float
    bare: float
    outcome: Outcome
    memory: float
    queries: int
    first_page: float

    @property
    def size(self) -> tuple[int, int, int]:
        """What was loaded: posts, villages, people."""
        return self.posts, self.villages, self.people

    @property
    def ratio(self) -> float:
        return self.cpu / self.bare

    @property
    def spread(self) -> float:
        """How much longer the slowest hundredth waits than the middle: p99 / p50."""
        return self.outcome.percentile(0.99) / self.outcome.percentile(0.5)

    @property
    def reach(self) -> float | None:
        return REACH.get((self.page, self.database))

    def says(self) -> str:
        mark = "" if self.reach is None else ("  reached" if self.ratio <= self.reach else f"  ABOVE {self.reach:g}")
        return f"   {self.database:9}{self.workers} worker(s)  {self.page:28} ×{self.ratio:6.1f}  {self.cpu * 1e6:7.0f} µs  p50 {self.outcome.percentile(0.5):6.1f} ms  p99/p50 {self.spread:4.1f}{mark}"


def write_report(lines: list[Line], *, machine: str, plugins: str, name: str = "") -> Path:
    """Write `bench/results/<name>.md` and `.json`; without a name the numbers of posts are it."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    name = name or "-".join(str(n) for n in sorted({line.posts for line in lines})) or "none"
    text = [
        "# Benchmark",
        "",
        f"{machine}; a shared machine: trust the ratios. `×` is server CPU per request divided by that of a bare response",
        "on the same server settings, asked in turns with the page, over 16 connections.",
        "",
    ]
    for posts, villages, people in sorted({line.size for line in lines}):
        text += [
            f"## {posts:,} posts of {people:,} people in {villages:,} villages",
            "",
            "| database | workers | page | × bare | reach | CPU µs | bare µs | requests/s | p50 ms | p99 ms | p99/p50 | memory MB | queries |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
        ]
        text += [_row(line) for line in lines if line.size == (posts, villages, people)]
        text.append("")
    text += [f"{plugins[0].upper()}{plugins[1:]}.", ""]
    path = RESULTS / f"{name}.md"
    path.write_text("\n".join(text), "utf-8")
    (RESULTS / f"{name}.json").write_text(json.dumps([_numbers(line) for line in lines], indent=1), "utf-8")
    return path


def _numbers(line: Line) -> dict[str, Any]:
    own = {f.name: getattr(line, f.name) for f in fields(line) if f.name != "outcome"}
    times = {f"p{part}": round(line.outcome.percentile(part / 100), 3) for part in (50, 99)}
    return own | times | {"ratio": line.ratio, "requests_per_second": line.outcome.rate}


def _row(line: Line) -> str:
    reach = "" if line.reach is None else f"{line.reach:g}"
    return (
        f"| {line.database} | {line.workers} | {line.page} | {line.ratio:.1f} | {reach} | {line.cpu * 1e6:.0f} | "
        f"{line.bare * 1e6:.0f} | {line.outcome.rate:.0f} | {line.outcome.percentile(0.5):.1f} | {line.outcome.percentile(0.99):.1f} | "
        f"{line.spread:.1f} | {line.memory:.0f} | {line.queries or ''} |"
    )
