"""How long the database is waited for in tests: a machine that stands still for a moment has said nothing about what is tested."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
    for module, constant in _constants():
        setattr(import_module(module), constant, LONG)


@contextmanager
def waiting_longer() -> Iterator[None]:
    """The same, for as long as a test runs."""
    before = [(module, constant, getattr(import_module(module), constant)) for module, constant in _constants()]
    wait_longer()
    try:
        yield
    finally:
        for module, constant, patience in before:
            setattr(import_module(module), constant, patience)


def _constants() -> list[tuple[str, str]]:
    return [(name.rpartition(".")[0], name.rpartition(".")[2]) for name in PATIENCES]
