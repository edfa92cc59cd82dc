"""What pytest loads wherever Cunli is installed: it adds the fixtures where they can work, and costs others nothing."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec

import pytest

from cunli.testing import turns

_going: dict[str, None] = {}  # in the order in which they came
_unreached: dict[str, None] = {}


def pytest_configure(config: pytest.Config) -> None:
    """Without pytest-asyncio (`pip install "cunli[testing]"`) there are no fixtures, and other people's tests run on."""
    config.addinivalue_line("markers", turns.MARKER)
    if find_spec("pytest_asyncio") is not None:
        config.pluginmanager.register(import_module("cunli.testing.fixtures"), "cunli-fixtures")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where time is short, tests take turns on the databases."""
    turns.take(config, items)


def pytest_warning_recorded(warning_message: warnings.WarningMessage) -> None:
    """Keep what is said of deprecated things: at the end the author reads each once, however many tests met it."""
    if warning_message.category.__module__ == "cunli.deprecation":
        _going[str(warning_message.message)] = None


def not_reached(plugin: str, forms: Iterable[str]) -> None:
    """Keep which forms of a plugin the walk of its contract did not get through."""
    _unreached.update((f"{plugin}: {form}", None) for form in forms)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the plugin uses that goes, and where; and what the contract has not seen."""
    for title, lines in (("deprecated", _going), ("forms not reached by the contract", _unreached)):
        if lines:
            terminalreporter.section(f"cunli: {title}")
            for said in lines:
                terminalreporter.line(said)
