"""Walks through one plugin on SQLite, judges what was seen by every living rule, and tells in JSON what is wrong."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from cunli.testing.bench import Bench
from cunli.testing.crawl import crawl
from cunli.testing.living import LIVING_RULES


async def walk(name: str, folder: Path) -> dict[str, list[str]]:
    """What is wrong with the installed plugin of this id while it runs, by the id of the rule."""
    bench = Bench(name, folder)
    try:
        seen = await crawl(bench, "sqlite", folder)
    finally:
        await bench.close()
    return {rule.id: list(rule.judge(seen)) for rule in LIVING_RULES}


def main(name: str, told: Path) -> None:
    """Walk, and write what was found."""
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(walk(name, Path(folder)))
    told.write_text(json.dumps(found, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
