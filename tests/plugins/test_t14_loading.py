"""T14: hooks that are asked once, while the plugin is loaded: it is left out, with the id of that."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from cunli import inspection
from cunli.loading import while_loading
from cunli.registry import Registry
from cunli.testing.plugins import GOOD, Install, plugin_source
from cunli.testing.working import PATIENCE

from .conftest import SOON

LOADING = ("pages", "tasks", "subscriptions", "feed_kinds", "commands")
WHILE_LOADING = {"raises": "raise KeyError", "hangs": "let_go.wait()", "rubbish": "return ['what']"}
HEAD = "import threading\nlet_go = threading.Event()"


@pytest.mark.parametrize("fault", WHILE_LOADING)
@pytest.mark.parametrize("hook", LOADING)
def test_t14_a_fault_while_loading_keeps_the_plugin_out_and_no_other(
    hook: str, fault: str, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, asked = inspection._given, [""]

    def knowing(name: str, provide: Any, kind: Any, tracker: str) -> Any:
        asked[0] = f"{name} {provide.__name__}"
        return given(name, provide, kind, tracker)

    def impatient(name: str, work: Callable[[], object], *, deadline: float) -> object:
        hanging = fault == "hangs" and asked[0] == f"broken {hook}"
        return while_loading(name, work, deadline=SOON if hanging else PATIENCE)

    monkeypatch.setattr(inspection, "_given", knowing)
    monkeypatch.setattr(inspection, "while_loading", impatient)
    install("broken", plugin_source(f"@hookimpl\ndef {hook}(self):\n    {WHILE_LOADING[fault]}", head=HEAD))
    install("good", GOOD)
    registry = Registry.load(["broken", "good"])
    assert [(p.id, p.plugin) for p in registry.problems] == [("plugins.E015", "broken")]
    assert f"{hook}()" in registry.problems[0].text
    assert list(registry.plugins) == ["good"]
    sys.modules["cunli_broken"].let_go.set()
