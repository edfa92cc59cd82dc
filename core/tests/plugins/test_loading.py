"""Finding, checking and ordering plugins. Whatever is wrong with one is named by its id, and the others run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cunli import problems
from cunli.registry import Registry, discover
from cunli.testing.plugins import GOOD, Install, plugin_source


def test_a_plugin_that_goes_takes_those_that_require_it_along_and_no_others(install: Install) -> None:
    install("base", "1 / 0")
    install("above", plugin_source(manifest="requires=('base',)"))
    install("top", plugin_source(manifest="requires=('above',)"))
    install("beside", plugin_source(manifest="after=('base',)"))
    registry = Registry.load(["top", "above", "base", "beside"])
    found = sorted((p.plugin, p.id) for p in registry.problems)
    assert found == [("above", "plugins.E009"), ("base", "plugins.E004"), ("top", "plugins.E009")]
    assert list(registry.plugins) == ["beside"]


def test_a_circle_is_taken_out_and_the_rest_runs(install: Install) -> None:
    install("left", plugin_source(manifest="requires=('right',)"))
    install("right", plugin_source(manifest="after=('left',)"))
    install("good", GOOD)
    registry = Registry.load(["left", "right", "good"])
    assert {p.id for p in registry.problems} == {"plugins.E010"}
    assert list(registry.plugins) == ["good"]


def test_every_problem_has_an_id_a_text_and_a_way_out() -> None:
    assert len(problems.KINDS) == len(set(problems.KINDS))
    for kind in problems.KINDS.values():
        assert kind.id.startswith(("plugins.", "themes."))
        assert kind.text
        assert kind.hint
    with pytest.raises(KeyError):
        problems.problem("plugins.E002", "party")


# -- the sample, from its wheel ----------------------------------------------------------------------------------------


def test_the_sample_is_described_without_being_imported(sample: Path) -> None:
    found = discover().installed["sample"]
    assert (found.distribution, found.version) == ("cunli-sample", "1.2.3")
    assert found.summary == "Notes that villagers pin to the board"
    assert found.tracker == "https://example.org/sample/issues"
    assert "cunli_sample" not in sys.modules


def test_everything_the_sample_brings_is_found_in_its_wheel(sample: Path) -> None:
    registry = Registry.load(["sample"])
    assert registry.problems == ()
    assert registry.packages() == {"sample": "cunli_sample"}
    assert [(name, page.path, page.methods) for name, page in registry.pages()] == [
        ("sample", "/notes", ("GET",)),
        ("sample", "/notes", ("POST",)),
        ("sample", "/about", ("GET",)),
    ]
    assert [t.name for t in registry.tasks()["sample"]] == ["sample.tidy"]
    assert [s.name for s in registry.subscriptions()["sample"]] == ["sample.pin_post"]
    assert list(registry.capabilities()) == ["sample.note.pin"]
    assert registry.apps()["sample"].models == ("cunli_sample.models",)
    ((prefix, folder),) = registry.static_folders()
    assert (prefix, (folder / "board.css").exists()) == ("sample/", True)
    (loader,) = registry.template_loaders()
    assert sorted(loader.list_templates()) == [
        "sample/about.html",
        "sample/board.html",
        "sample/card.html",
        "sample/entry.html",
    ]


def test_without_plugins_nothing_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked() -> None:
        raise AssertionError

    monkeypatch.setattr("cunli.registry.discover", looked)
    registry = Registry.load([])
    assert not registry.plugins
    assert not registry.pages()
    assert not registry.packages()
    assert not registry.template_loaders()
    assert registry.plan("menu_items", frozenset({"party"})) == ()
