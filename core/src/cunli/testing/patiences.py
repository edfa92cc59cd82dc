"""How long the database is waited for in tests: a machine that stands still for a moment has said nothing about what is tested."""

from __future__ import annotations

from importlib import import_module
from typing import Final

PATIENCES: Final = (
    "cunli.db.units.RETRY_WITHIN",
    "cunli.db.sqlite.PATIENCE",
    "cunli.db.postgres.ACQUIRE_PATIENCE",
    "cunli.db.postgres.READ_ACQUIRE_PATIENCE",
    "cunli.db.postgres.CONNECT_PATIENCE",
    "cunli.db.postgres.READ_PATIENCE",
)
LONG: Final = 60.0


def wait_longer() -> None:
    """In this process, for as long as it lives: what a program says first that a test starts (see `processes`)."""
    for name in PATIENCES:
        module, _dot, constant = name.rpartition(".")
        setattr(import_module(module), constant, LONG)
