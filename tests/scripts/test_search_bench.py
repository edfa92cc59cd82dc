"""The program that measures searching, on a thousandth of a million."""

from __future__ import annotations

from pathlib import Path

from bench.search import measure


async def test_a_million_is_measured_and_a_thousand_of_it_each_time(tmp_path: Path) -> None:
    """The measuring program itself, small: it refuses figures of a search that finds something else than a plain look."""
    figures = await measure("sqlite", 1_000, 20, 40, tmp_path)
    assert {who: seen["questions"] for who, seen in figures["asked"].items()} == dict.fromkeys(
        ("village", "county", "official"), 52
    )
    assert all(seen["p95_ms"] < 500 for seen in figures["asked"].values())
