"""What pytest loads wherever Cunli is installed: it adds the fixtures where they can work, and costs others nothing."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Without pytest-asyncio (`pip install "cunli[testing]"`) there are no fixtures, and other people's tests run on."""
    if find_spec("pytest_asyncio") is not None:
        config.pluginmanager.register(import_module("cunli.testing.fixtures"), "cunli-fixtures")
