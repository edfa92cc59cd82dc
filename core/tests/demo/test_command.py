"""`cunli demo` as somebody types it: in an empty folder, twice, and where it must not."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from cunli import db
from cunli.demo.content import accounts
from cunli.places.models import Level
from cunli.testing import sample
from cunli.testing.live import DATA_KEY, settings_for

from .conftest import APPS, started

START = [sys.executable, "-c", "from cunli.cli import main; main()"]
PATIENCE = 400


def clean(**more: str) -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("CUNLI_")} | {"PYTHONUNBUFFERED": "1"} | more


def cunli(folder: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*START, *args], cwd=folder, env=clean(**env), capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@contextmanager
def running(folder: Path, port: int, **env: str) -> Iterator[str]:
    """The demo being served from a folder; its address. Ends as Ctrl+C does."""
    with (folder / "said.txt").open("w") as said:
        process = subprocess.Popen(
            [*START, "demo", "run", "--port", str(port)], cwd=folder, env=clean(**env), stdout=said, stderr=said
        )
        try:
            yield _answering(process, f"http://127.0.0.1:{port}", folder / "said.txt")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(PATIENCE)


def _answering(process: subprocess.Popen[bytes], address: str, said: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, said.read_text("utf-8")
        try:
            httpx2.get(f"{address}/healthz", timeout=5)
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return address
    raise AssertionError(f"nothing answers: {said.read_text('utf-8')}")


def free_port() -> int:
    """One that stays bound here, without listening: the server may use it, twice, and nobody else is given it."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port = int(held.getsockname()[1])
    held.detach()
    return port


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_one_command_in_an_empty_folder_serves_a_living_county_and_the_next_time_finds_it(tmp_path: Path) -> None:
    port, elsewhere = free_port(), tmp_path / "elsewhere.db"
    with running(tmp_path, port, CUNLI_DATABASE_URL=f"sqlite:///{elsewhere}") as address:
        page = httpx2.get(f"{address}/v/heping/", timeout=PATIENCE)
        assert page.status_code == 200
        assert "蜜橘最后一批了" in page.text
    said = (tmp_path / "said.txt").read_text("utf-8")
    password, known = accounts()
    assert "Loaded: 12 villages" in said
    assert password in said
    assert all(account.phone in said and account.what in said for account in known)
    own = tmp_path / "var" / "demo.toml"
    assert stat.S_IMODE(own.stat().st_mode) == 0o600
    assert "dev = true" in own.read_text("utf-8")
    assert elsewhere.exists(), "the environment wins over the demo's own settings"
    assert not (tmp_path / "var" / "cunli.db").exists()
    assert list((tmp_path / "var" / "media").rglob("*.webp")), "photos lie where the file says"

    before = own.read_bytes()
    with running(tmp_path, port, CUNLI_DATABASE_URL=f"sqlite:///{elsewhere}") as address:
        assert httpx2.get(f"{address}/v/heping/", timeout=PATIENCE).status_code == 200
    said = (tmp_path / "said.txt").read_text("utf-8")
    assert "Loaded" not in said
    assert password in said
    assert own.read_bytes() == before

    again = cunli(tmp_path, "demo", "load", CUNLI_CONFIG=str(own), CUNLI_DATABASE_URL=f"sqlite:///{elsewhere}")
    assert again.returncode == 0, again.stderr
    assert "already there" in again.stdout
    config = {"CUNLI_CONFIG": str(own), "CUNLI_DATABASE_URL": f"sqlite:///{elsewhere}"}
    other = cunli(tmp_path, "demo", "load", "--profile", "wecun2019", **config)
    assert (other.returncode != 0, "answers by cn2026" in other.stderr) == (True, True)


@pytest.mark.parametrize("command", [("load",), ("run", "--port", "1")])
def test_settings_for_real_people_are_refused(tmp_path: Path, command: tuple[str, ...]) -> None:
    assert cunli(tmp_path, "init").returncode == 0
    refused = cunli(tmp_path, "demo", *command)
    assert refused.returncode == 3
    assert "dev = false" in refused.stderr
    assert accounts()[0] not in refused.stdout


async def test_a_database_with_a_real_county_in_it_is_left_alone(tmp_path: Path) -> None:
    settings = settings_for(f"sqlite:///{tmp_path / 'cunli.db'}", tmp_path)
    await db.migrations.migrate(settings.database_url, APPS)
    async with started(settings):
        await db.run_unit(sample.region, "510183000000", "某市", Level.COUNTY)
    (tmp_path / "cunli.toml").write_text(
        f'dev = true\ndata_key = "{DATA_KEY}"\ndatabase_url = "{settings.database_url}"\n', "utf-8"
    )
    refused = cunli(tmp_path, "demo", "load")
    assert refused.returncode == 3
    assert "not the demo" in refused.stderr
    assert not list(tmp_path.rglob("*.webp"))
    unready = cunli(tmp_path, "demo", "load", CUNLI_DATABASE_URL=f"sqlite:///{tmp_path / 'new.db'}")
    assert unready.returncode == 3
    assert "cunli migrate" in unready.stderr
