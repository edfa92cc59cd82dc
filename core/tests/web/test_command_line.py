"""The command line as an operator meets it: quick help, exit codes, and sentences instead of traces."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from cunli.testing.live import DATA_KEY

DEVELOPMENT = {
    "CUNLI_DEV": "true",
    "CUNLI_SECRET": "only-for-tests-0123456789-abcdefghijkl",
    "CUNLI_DATA_KEY": DATA_KEY,
}


def cunli(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CUNLI_")} | settings
    command = [sys.executable, "-m", "cunli", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def test_help_names_every_command_and_loads_neither_database_nor_web(tmp_path: Path) -> None:
    help_text = cunli(tmp_path, "--help")
    assert help_text.returncode == 0
    for name in (
        "init",
        "migrate",
        "serve",
        "worker",
        "regions",
        "village",
        "user",
        "role",
        "demo",
        "routes",
        "doctor",
    ):
        assert f"\n  {name} " in help_text.stdout
    probe = (
        "import sys, cunli.cli; print([m for m in ('tortoise', 'starlette', 'PIL', 'pydantic') if m in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_from_nothing_to_a_migrated_deployment_and_back_to_a_refusal(tmp_path: Path) -> None:
    assert cunli(tmp_path, "init").returncode == 0
    config = tmp_path / "cunli.toml"
    assert config.stat().st_mode & 0o077 == 0
    before = config.read_text("utf-8")
    again = cunli(tmp_path, "init")
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert config.read_text("utf-8") == before
    refused = cunli(tmp_path, "serve")
    assert refused.returncode == 3
    assert "code_sender" in refused.stderr
    pending = cunli(tmp_path, "serve", CUNLI_DEV="true")
    assert pending.returncode == 3
    assert "cunli migrate" in pending.stderr
    assert cunli(tmp_path, "migrate", "--check").returncode == 1
    assert cunli(tmp_path, "migrate").returncode == 0
    assert cunli(tmp_path, "migrate", "--check").returncode == 0
    assert json.loads(cunli(tmp_path, "migrate", "--json").stdout) == []


def test_the_doctor_finds_what_is_wrong_and_says_how_to_mend_it(tmp_path: Path) -> None:
    cunli(tmp_path, "init", "--dev")
    ill = cunli(tmp_path, "doctor", "--json")
    assert ill.returncode == 1
    wrong = {f["what"]: f["mend"] for f in json.loads(ill.stdout) if f["state"] == "wrong"}
    assert wrong == {"migrations": "cunli migrate"}
    cunli(tmp_path, "migrate")
    assert cunli(tmp_path, "doctor").returncode == 0
    (tmp_path / "cunli.toml").chmod(0o644)
    assert "chmod 600" in cunli(tmp_path, "doctor").stdout
    lost = cunli(
        tmp_path,
        "doctor",
        "--json",
        CUNLI_DATABASE_URL="postgresql://127.0.0.1:1/x",
        CUNLI_TIME_ZONE="Mars/Base",
        CUNLI_THEME="nope",
        CUNLI_PAYMENT="weixin",
    )
    wrong = {f["what"]: f["says"] for f in json.loads(lost.stdout) if f["state"] == "wrong"}
    assert wrong.keys() >= {"database", "time zone", "theme", "provider of payment"}
    assert wrong["provider of payment"].startswith("payment “weixin” is not installed; known are: offline")


def test_a_database_that_does_not_answer_is_a_sentence(tmp_path: Path) -> None:
    for url in ("postgresql://127.0.0.1:1/x", f"sqlite:///{tmp_path}/no/such/folder/x.db", "mysql://x"):
        said = cunli(tmp_path, "migrate", **DEVELOPMENT, CUNLI_DATABASE_URL=url)
        assert said.returncode == 3, url
        assert "Traceback" not in said.stderr
        assert said.stderr.startswith("cunli: ")


def test_the_routes_are_listed_with_their_audience(tmp_path: Path) -> None:
    lines = json.loads(cunli(tmp_path, "routes", "--json", **DEVELOPMENT).stdout)
    assert all(line["audience"] and line["path"].startswith("/") for line in lines)
    audiences = {(line["path"], *line["methods"]): line["audience"] for line in lines}
    assert audiences["/v/{village}/members/requests", "GET"] == "core.member.review"
    assert audiences["/sign-in", "POST"] == "everyone"


def test_an_unknown_setting_stops_every_command(tmp_path: Path) -> None:
    said = cunli(tmp_path, "routes", **DEVELOPMENT, CUNLI_DATABSE_URL="x")
    assert said.returncode == 3
    assert "CUNLI_DATABASE_URL" in said.stderr
