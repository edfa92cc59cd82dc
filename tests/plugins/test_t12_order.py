"""T12: the order in which plugins are asked depends on what they say of each other, and on nothing else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from cunli import registry
from cunli.registry import Registry, discover
from cunli.testing.plugins import on_path, plugin_source, write_plugin

SAYS = {
    "alpha": "after=('zeta',)",
    "beta": "requires=('delta',)",
    "delta": "",
    "gamma": "",
    "zeta": "",
}
ASKED = "@hookimpl\ndef menu_items(self, ctx):\n    return ()\n@hookimpl\nasync def grants(self, ctx):\n    return frozenset()"
SHUFFLES = 50
Orders = set[tuple[str, ...]]


def orders(folder: Path) -> tuple[Orders, Orders, Orders]:
    """Install and list the plugins in fifty orders; the orders in which they were found, and then asked by two hooks."""
    for name, manifest in SAYS.items():
        write_plugin(folder / name, name, plugin_source(ASKED, manifest))
    found: Orders = set()
    menus: Orders = set()
    grants: Orders = set()
    for seed in range(SHUFFLES):
        shuffled = random.Random(seed)
        installed, wanted = list(SAYS), list(SAYS)
        shuffled.shuffle(installed)
        shuffled.shuffle(wanted)
        with ExitStack() as path:
            for name in installed:
                path.enter_context(on_path(folder / name))
            found.add(tuple(one.entry.name for one in discover_raw()))
            loaded = Registry.load(wanted)
            assert loaded.problems == ()
            menus.add(tuple(call.plugin for call in loaded.plan("menu_items", loaded.running)))
            grants.add(tuple(call.plugin for call in loaded.plan("grants", loaded.running)))
    return found, menus, grants


def discover_raw() -> list[registry.Installed]:
    """What is installed, as it is found on the path."""
    import importlib.metadata

    entries = importlib.metadata.entry_points(group=registry.GROUP)
    known = discover().installed
    return [known[entry.name] for entry in entries]


def test_t12_fifty_shuffles_of_installing_and_listing_give_one_order(tmp_path: Path) -> None:
    found, menus, grants = orders(tmp_path)
    assert len(found) > 10, "they really were installed in many orders"
    assert menus == grants == {("delta", "beta", "gamma", "zeta", "alpha")}


def test_t12_control_without_ties_settled_by_id_there_are_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def as_they_come(sorter: TopologicalSorter[str]) -> Iterator[str]:
        return iter(random.sample(names := list(sorter.static_order()), len(names)))

    monkeypatch.setattr(registry, "_by_id", as_they_come)
    assert len(orders(tmp_path)[1]) > 10
