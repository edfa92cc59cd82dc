"""Asking four plugins costs a village page a bounded number of calls, however many posts it shows."""

from __future__ import annotations

from pathlib import Path

from bench import hooks

MOST_CALLS = 40


async def test_four_plugins_are_asked_a_bounded_number_of_times(tmp_path: Path) -> None:
    few, many = tmp_path / "few", tmp_path / "many"
    for folder in (few, many):
        folder.mkdir()
    asked = await hooks.cost(few, pages=2, posts=1)
    assert len(hooks.PLUGINS) * 3 <= asked.calls <= MOST_CALLS
    assert (await hooks.cost(many, pages=2, posts=15)).calls == asked.calls
