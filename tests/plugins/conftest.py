"""Where the sample plugin is, and the fixtures that install it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cunli.testing.plugins import county, databases_with_sample, install, sample, sample_wheel, unhurried

__all__ = ["county", "databases_with_sample", "install", "sample", "sample_wheel", "unhurried"]


@pytest.fixture(scope="session")
def sample_source() -> Path:
    return Path(__file__).parents[2] / "core/tests/plugins/sample"
