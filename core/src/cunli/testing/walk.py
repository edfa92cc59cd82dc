"""Walks through one plugin on SQLite, judges what was seen by every living rule, and tells in JSON what is wrong.

The pages that were seen lie beside that for `cunli.testing.narrow`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from cunli.kit.subject import PAGES_SEEN
from cunli.testing.bench import Bench
from cunli.testing.crawl import crawl
from cunli.testing.living import LIVING_RULES
from cunli.testing.narrow import Pages, pages_of


async def walk(name: str, folder: Path) -> tuple[dict[str, list[str]], Pages]:
    """What is wrong with the installed plugin of this id while it runs, by the id of the rule; and its pages."""
    bench = Bench(name, folder)
    try:
        seen = await crawl(bench, "sqlite", folder)
    finally:
        await bench.close()
    return {rule.id: list(rule.judge(seen)) for rule in LIVING_RULES}, pages_of(seen)


def main(name: str, told: Path) -> None:
    """Walk, and write what was found."""
    with tempfile.TemporaryDirectory() as folder:
        found, pages = asyncio.run(walk(name, Path(folder)))
    (told.parent / PAGES_SEEN).write_text(json.dumps(pages, ensure_ascii=False), "utf-8")
    told.write_text(json.dumps(found, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
