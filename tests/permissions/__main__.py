"""`python -m tests.permissions` writes table.csv from what the site answers now. The difference is for people to review."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from cunli.testing.templates import EmptyDatabases

from .matrix import Cell, walk
from .table import PATH, written
from .world import world


async def _walked(folder: Path) -> list[Cell]:
    (folder / "site").mkdir()
    url = await EmptyDatabases(folder).fresh("sqlite", folder / "site")
    async with world(url, folder / "site") as made:
        return await walk(made)


def main() -> None:
    """Walk on SQLite and write."""
    with tempfile.TemporaryDirectory() as folder:
        PATH.write_text(written(asyncio.run(_walked(Path(folder)))), "utf-8")
    print(f"written: {PATH}")


if __name__ == "__main__":
    main()
