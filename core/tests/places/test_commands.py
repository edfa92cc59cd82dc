"""`cunli regions` and `cunli village`, as an official types them: a process of their own, on a real database."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from click.testing import CliRunner

from cunli.cli import command_line
from cunli.testing.live import DATA_KEY
from cunli.testing.templates import EmptyDatabases

WriteTable = Callable[..., Path]


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Tell = Callable[..., Awaitable[Said]]


def environ(url: str) -> dict[str, str]:
    return {
        "CUNLI_DATABASE_URL": url,
        "CUNLI_DEV": "1",
        "CUNLI_SECRET": "only-for-tests-0123456789-abcdefghijkl",
        "CUNLI_DATA_KEY": DATA_KEY,
    }


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def tell(
    request: pytest.FixtureRequest, empty_databases: EmptyDatabases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Tell:
    url = await empty_databases.fresh(request.param, tmp_path)
    monkeypatch.chdir(tmp_path)

    async def run(*words: str) -> Said:
        # a thread, because a command brings its own event loop
        result = await asyncio.to_thread(CliRunner().invoke, command_line, words, env=environ(url))
        return Said(result.exit_code, result.stdout, result.stderr)

    return run


async def test_a_database_that_is_not_ready_says_so_before_a_table_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nation takes a while to read; what is missing is said at once."""
    monkeypatch.setattr("cunli.cli.regions.read_table", lambda *_: pytest.fail("the table was read"))
    unready = environ(f"sqlite:///{tmp_path}/empty.db")
    table = str(tmp_path / "regions.csv")
    for missing, word in ((unready, "migrat"), ({**unready, "CUNLI_DATA_KEY": ""}, "data_key")):
        said = await asyncio.to_thread(CliRunner().invoke, command_line, ("regions", "import", table), env=missing)
        assert said.exit_code != 0
        assert word in f"{said.stderr} {said.exception}"


async def test_a_county_is_imported_opened_merged_and_listed(tell: Tell, write_table: WriteTable) -> None:
    table = str(write_table())
    tried = await tell("regions", "import", table, "--dry-run")
    assert (tried.code, "没有写入" in tried.out) == (0, True)
    done = await tell("regions", "import", table, "--json")
    assert (done.code, done.json["added"]["count"], done.json["changed"]) == (0, 8, 8)
    again = await tell("regions", "import", table)
    assert (again.code, "什么也没有改" in again.out) == (0, True)

    opened = await tell("village", "open", "--all", "--json")
    assert {slug for _, _, slug in opened.json["opened"]} == {
        "heping", "shangba", "shuangfeng", "yunpan-heping", "longxikou",
    }  # fmt: skip
    closed = await tell("village", "close", "510999002201")
    assert "/v/longxikou" in closed.out
    merged = await tell("regions", "merge", "510999001201", "--into", "510999001200", "--dry-run")
    assert (merged.code, "只是试算" in merged.out) == (0, True)
    merged = await tell("regions", "merge", "510999001201", "--into", "510999001200")
    assert "上坝村 并入 510999001200 禾坪村" in merged.out
    listed = await tell("village", "list", "--json")
    states = {row["code"]: row["state"] for row in listed.json}
    assert (states["510999001201"], states["510999002201"]) == ("merged", "closed")
    tree = await tell("regions", "list", "--under", "510999001000")
    assert tree.out.splitlines()[0] == "510999001000 望溪镇"
    assert "510999001201" not in tree.out
    renamed = await tell("regions", "rename", "510999001200", "金禾村村委会")
    assert "/v/jinhe" in renamed.out


async def test_a_split_is_written_in_one_line(tell: Tell, write_table: WriteTable) -> None:
    await tell("regions", "import", str(write_table()))
    await tell("village", "open", "510999001200")
    refused = await tell("regions", "split", "510999001200", "--into", "510999001210:新禾村:一组", "--json")
    assert (refused.code, refused.json["error"]) == (2, "unknown-group")
    senseless = await tell("regions", "split", "510999001200", "--into", "510999001210")
    assert (senseless.code, "代码:名称:小组" in senseless.err) == (2, True)


BAD_INPUT = (
    (("regions", "import", "nowhere.csv"), "打不开"),
    (("regions", "merge", "1", "--into", "2"), "12 位"),
    (("regions", "rename", "510999001200", " "), "名称"),
    (("regions", "list", "--under", "510999001200"), "没有代码"),
    (("village", "open"), "选一种"),
    (("village", "open", "--all", "--under", "510999001200"), "选一种"),
    (("village", "open", "510999001200"), "没有代码"),
    (("village", "open", "--file", "nowhere.txt"), "打不开"),
)


async def test_bad_input_ends_with_two_and_says_why(tell: Tell) -> None:
    for words, says in BAD_INPUT:
        said = await tell(*words)
        assert (said.code, says in said.err) == (2, True), said


async def test_faults_of_a_table_are_there_for_programs_too(tell: Tell, write_table: WriteTable) -> None:
    said = await tell("regions", "import", str(write_table(["1,x,village,2"])), "--json")
    assert said.code == 2
    assert [(f["line"], f["column"], f["code"]) for f in said.json["faults"]] == [
        (2, "code", "not-12-digits"),
        (2, "parent", "not-12-digits"),
    ]


async def test_villages_are_opened_from_a_list(tell: Tell, write_table: WriteTable, tmp_path: Path) -> None:
    await tell("regions", "import", str(write_table()))
    chosen = tmp_path / "chosen.txt"
    chosen.write_text("# 第一批\n510999001200 禾坪村\n\n510999001201，上坝村\n", "utf-8")
    said = await tell("village", "open", "--file", str(chosen))
    assert (said.code, "办了 2 个村" in said.out) == (0, True), said
    chosen.write_text("510999001200\n五一零\n", "utf-8")
    said = await tell("village", "open", "--file", str(chosen))
    assert (said.code, "第 2 行" in said.err) == (2, True)
    under = await tell("village", "open", "--under", "510999001000")
    assert "办了 1 个村，2 个本来就是这样" in under.out


async def test_a_real_process_ends_with_the_same_codes(
    empty_databases: EmptyDatabases, tmp_path: Path, write_table: WriteTable
) -> None:
    url = await empty_databases.fresh("sqlite", tmp_path)
    table = str(write_table())
    for path, code in ((table, 0), ("nowhere.csv", 2)):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cunli", "regions", "import", path, cwd=tmp_path, env={**os.environ, **environ(url)},
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        assert await process.wait() == code
