"""Logs in files: kept for six months at least, deleted when their time is over, closed to others, one line each (LG-2)."""

from __future__ import annotations

import gzip
import json
import logging
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from cunli.log_files import DayFiles, oldest, sweep
from cunli.logs import set_up_logs
from cunli.settings import SettingsError, load

FIRST = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "logs"
    set_up_logs("info")


def written(folder: Path) -> list[str]:
    """The lines of every file, packed or not."""
    texts = [
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for path in sorted(folder.glob("cunli-*"))
    ]
    return b"".join(texts).decode().splitlines()


def test_a_line_is_there_after_189_days_and_gone_after_191(folder: Path) -> None:
    with time_machine.travel(FIRST, tick=False):
        set_up_logs("info", folder=str(folder), days=190)
        logging.getLogger("cunli").info("the first line")
    for days, there in ((189, True), (191, False)):
        with time_machine.travel(FIRST + timedelta(days=days), tick=False):
            sweep(folder, 190)
            assert bool([line for line in written(folder) if "the first line" in line]) is there
    assert oldest(folder) is None


def test_the_control_with_thirty_days_it_would_be_gone(folder: Path) -> None:
    with time_machine.travel(FIRST, tick=False):
        set_up_logs("info", folder=str(folder))
        logging.getLogger("cunli").info("the first line")
    with time_machine.travel(FIRST + timedelta(days=189), tick=False):
        assert sweep(folder, 30) == ["cunli-2026-01-01.jsonl"]


@pytest.mark.parametrize("days", ["30", "183"])
def test_less_than_six_months_are_refused(days: str) -> None:
    with pytest.raises(SettingsError, match="log_days"):
        load(environ={"CUNLI_LOG_DAYS": days})
    with pytest.raises(ValueError, match="184"):
        DayFiles(Path("never-made"), int(days))
    assert load(environ={"CUNLI_LOG_DAYS": "184"}).log_days == 184


def test_each_day_has_its_file_which_is_packed_when_it_is_over(folder: Path) -> None:
    for day in range(4):
        with time_machine.travel(FIRST + timedelta(days=day), tick=False):
            set_up_logs("info", folder=str(folder))
            logging.getLogger("cunli").info("day %d", day)
            sweep(folder, 190)
    names = sorted(path.name for path in folder.iterdir())
    assert names == [
        "cunli-2026-01-01.jsonl.gz",
        "cunli-2026-01-02.jsonl.gz",
        "cunli-2026-01-03.jsonl",
        "cunli-2026-01-04.jsonl",
    ]
    assert [json.loads(line)["event"] for line in written(folder)] == [f"day {day}" for day in range(4)]


def test_files_are_their_owners_alone_and_masked(folder: Path) -> None:
    set_up_logs("info", folder=str(folder))
    logging.getLogger("cunli").info("called 13812345678\nforged")
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (line,) = written(folder)
    assert "138****5678" in line
    assert "13812345678" not in line


def test_lines_of_several_processes_stay_whole(folder: Path) -> None:
    program = (
        "import logging, sys; from cunli.logs import set_up_logs; set_up_logs('info', folder=sys.argv[1]);"
        "[logging.getLogger('cunli').info('%s %d %s', sys.argv[2], n, 'x' * 1500) for n in range(200)]"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(folder), name], stderr=subprocess.DEVNULL, env=os.environ)
        for name in "abc"
    ]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    said = [json.loads(line)["event"].split()[:2] for line in written(folder)]
    assert sorted(map(tuple, said)) == sorted((name, str(n)) for name in "abc" for n in range(200))


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    set_up_logs("info", folder=str(tmp_path / "file"))
    try:
        logging.getLogger("cunli").info("said to standard error")
    finally:
        set_up_logs("info")
