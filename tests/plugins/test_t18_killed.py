"""T18: `kill -9` at any moment of a removal leaves all of it, until nothing is left and the export is whole."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from cunli import db, enabling
from cunli.db import migrations
from cunli.plugin_models import Mode
from cunli.testing.templates import EmptyDatabases
from cunli.testing.working import PATIENCE

from .operators import environment
from .removing import own_database, site_of, state, tables_there

PROGRAM = Path(__file__).parent / "programs" / "killed.py"
# where it dies: the module, the function, and which call of it
MOMENTS = {
    "while the export is written": ("cunli.removal.folder", "verify", "1"),
    "between export and drop": ("cunli.removal.folder", "_sync", "2"),
    "with half of its migrations undone": ("cunli.db.schema.plan", "forget", "2"),
    "with all of them undone": ("cunli.removal.removing", "purge", "1"),
}
NEVER = ("cunli.removal.folder", "verify", "0")


async def removing(url: str, folder: Path, moment: tuple[str, str, str]) -> int:
    """`cunli plugin remove sample`, killed at that moment; its exit code."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(PROGRAM), *moment, "plugin", "remove", "sample", "--yes", "--force", "--export", "out"),
        cwd=folder,
        env=environment(url, plugins=""),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 2 * PATIENCE)
    assert process.returncode in (0, -signal.SIGKILL), said.decode()
    return int(process.returncode)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_t18_killed_at_any_moment_everything_is_there_and_the_next_run_finishes(
    engine: str, databases_with_sample: EmptyDatabases, sample: Path, tmp_path: Path
) -> None:
    async with own_database(engine, databases_with_sample, tmp_path) as url:
        async with site_of(url, tmp_path, "sample") as site:
            here = site["heping"]
            await enabling.switch("sample", here.region_id, Mode.ON, village_level=True)
            await db.run_unit(db.write, "INSERT INTO sample_note (village_id, words) VALUES (?, '还在')", here.id)
            before = await state()
        for what, moment in MOMENTS.items():
            assert await removing(url, tmp_path, moment) == -signal.SIGKILL, what
            async with site_of(url, tmp_path, "sample", county=False):
                assert (await state(), len(await migrations.applied("sample"))) == (before, 4), what
        assert await removing(url, tmp_path, NEVER) == 0  # the control
        async with site_of(url, tmp_path, county=False):
            assert "sample_note" not in await tables_there()
            assert await db.read("SELECT 1 FROM core_plugin_switch") == []
            (row,) = await db.read("SELECT rows, export FROM core_plugin_removal")
            assert (row["rows"], row["export"]) == (1, str(tmp_path / "out"))
    assert "还在" in (tmp_path / "out" / "sample_note.jsonl").read_text()
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out"], "nothing unfinished is left"
