"""The operator of a county under test: the real commands, in a process of their own, on the county's database."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cunli.settings import TEST_DATA_KEY, TEST_SECRET

from . import preloaded

OURS = {
    one.parent.name for one in Path(__file__).parents[2].glob("plugins/*/pyproject.toml")
}  # installed with the checkout


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


def environment(url: str, **settings: str) -> dict[str, str]:
    """That of the operator: the plugins that are installed for this test, and these settings (`plugins="sample"`)."""
    ours = {
        "database_url": url,
        "dev": "1",
        "secret": TEST_SECRET,
        "data_key": TEST_DATA_KEY,
        "page_cache_seconds": "0",
        **settings,
    }
    others = {k: v for k, v in os.environ.items() if not k.startswith("CUNLI_")}
    path = os.pathsep.join(p for p in sys.path if p)
    return {**others, "PYTHONPATH": path, **{f"CUNLI_{key.upper()}": value for key, value in ours.items()}}


async def cunli(folder: Path, url: str, *arguments: str, typed: str = "", **settings: str) -> Told:
    """Run `cunli …`, with `typed` on its standard input."""
    reads, writes = await asyncio.open_unix_connection(preloaded.address(), limit=2**24)
    writes.write(preloaded.order(folder, environment(url, **settings), arguments, typed))
    await writes.drain()
    told = json.loads(await reads.read())
    writes.close()
    return Told(code=told["code"], out=told["out"], err=told["err"])
