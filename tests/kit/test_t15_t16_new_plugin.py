"""T15, T16: what `cunli plugin new` writes passes its own tests and the check, from its wheel; and the guide's commands work."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import site
import subprocess
import sys
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from cunli.testing.databases import postgres_answers
from tests.kit.conftest import changed

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs/guide/first-plugin.md"
HINT = "一句话，不写名字"
NEW_HINT = "写给全村人看的一句话"
PATIENCE = 600


def run(command: Sequence[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **environment}
    kept.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(command, cwd=folder, env=kept, check=False, capture_output=True, text=True, timeout=PATIENCE)


def python(folder: Path, installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join([str(installed), *(p for p in sys.path if p)])
    return run([sys.executable, "-m", *arguments], folder, PYTHONPATH=paths)


@pytest.fixture
def mine(demo: Path, tmp_path: Path) -> Path:
    """The new plugin, to be changed."""
    return Path(shutil.copytree(demo, tmp_path / "demo"))


def unpacked(source: Path) -> tuple[Path, Path]:
    """Its wheel, and the folder into which that was unpacked."""
    folder = source.parent
    (built,) = WheelBuilder(str(source)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(built) as wheel:
        shutil.rmtree(folder / "site", ignore_errors=True)
        wheel.extractall(folder / "site")
    return Path(built), folder / "site"


@pytest.mark.slow
async def test_t15_t16_a_new_plugin_passes_its_own_tests_and_the_check(mine: Path) -> None:
    wheel, installed = unpacked(mine)
    told = python(mine, installed, "pytest", "-q", "-p", "no:cacheprovider")
    assert told.returncode == 0, told.stdout[-4000:] + told.stderr[-2000:]
    ran = int(re.search(r"(\d+) passed", told.stdout)[1])  # type: ignore[index]
    assert ran > 50, "the contract ran too"
    assert ("skipped" not in told.stdout) == await postgres_answers(), "on both databases"
    for what in (mine, wheel):
        checked = python(mine, installed, "cunli", "plugin", "check", str(what), "--json")
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert json.loads(checked.stdout)["passed"]


@pytest.mark.slow
def test_t15_t16_one_thing_broken_fails_both(mine: Path) -> None:
    changed(mine / "src/cunli_demo/locale/en/LC_MESSAGES/messages.po", ('msgstr "Wish"', 'msgstr ""'))
    changed(mine / "src/cunli_demo/templates/demo/wall.html", ("wish.words", "wish.words|safe"))
    _, installed = unpacked(mine)
    told = python(mine, installed, "pytest", "-q", "-p", "no:cacheprovider", "-k", "sqlite or wheel")
    failed = set(re.findall(r"^FAILED .*\[(?:sqlite-)?(kit\.\w+)", told.stdout, flags=re.MULTILINE))
    assert (told.returncode, failed) == (1, {"kit.K304", "kit.K402", "kit.K710"}), told.stdout[-4000:]
    checked = python(mine, installed, "cunli", "plugin", "check", ".", "--json")
    wrong = {rule["id"] for rule in json.loads(checked.stdout)["rules"] if rule["must"] and not rule["passed"]}
    assert (checked.returncode, wrong) == (1, {"kit.K304", "kit.K402"})


def test_the_tests_of_a_plugin_that_is_not_installed_say_so(mine: Path, tmp_path: Path) -> None:
    told = python(mine, tmp_path / "nothing", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/test_contract.py")
    assert told.returncode == 1
    assert "run pip install -e . in its folder" in told.stdout


# -- the guide -----------------------------------------------------------------------------------------------------------


def commands() -> list[str]:
    """The commands of the guide, in order: the lines of its blocks that name no language."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    return [line for language, block in blocks if not language for line in block.splitlines()]


def reader(folder: Path) -> dict[str, str]:
    """A virtual environment of a reader, in which everything of this one is installed; no network."""
    venv.create(folder, with_pip=False)
    (packages,) = folder.glob("lib/python*/site-packages")
    seen = [*(p for p in sys.path if p and Path(p).is_dir()), *site.getsitepackages()]
    (packages / "everything.pth").write_text("\n".join(dict.fromkeys(seen)) + "\n")
    for name, module in (("cunli", "cunli"), ("pip", "pip"), ("pytest", "pytest")):
        script = folder / "bin" / name
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(str(folder / "bin/python"))} -m {module} "$@"\n')
        script.chmod(0o755)
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": "", **offline}


@pytest.mark.slow
def test_every_command_of_the_guide_does_what_the_guide_says(tmp_path: Path) -> None:
    environment, folder, checks = reader(tmp_path / "venv"), tmp_path, 0
    for line in commands():
        words = shlex.split(line)
        if words[0] == "cd":
            folder = folder / words[1]
            continue
        if words == ["pytest"]:  # the whole of it is the test above
            words += ["-p", "no:cacheprovider", "-k", "wheel or english"]
        told = run(words, folder, **environment)
        expected = 0
        if line == "cunli plugin check .":
            expected, checks = 0 if checks else 1, checks + 1
        assert told.returncode == expected, f"{line}\n{told.stdout[-3000:]}\n{told.stderr[-3000:]}"
        if words[0] == "pytest":
            changed(folder / "src/cunli_demo/templates/demo/wall.html", (HINT, NEW_HINT))
        if expected:
            assert f"no en for: {NEW_HINT}" in told.stdout
            english = folder / "src/cunli_demo/locale/en/LC_MESSAGES/messages.po"
            changed(
                english,
                english.read_text("utf-8") + f'\nmsgid "{NEW_HINT}"\nmsgstr "A sentence for the whole village"\n',
            )
    assert checks == 2


def test_the_guide_shows_the_lines_that_are_there(demo: Path) -> None:
    text = GUIDE.read_text("utf-8")
    (before,) = re.findall(r"^-( .*)$", text, flags=re.MULTILINE)
    assert before in (demo / "src/cunli_demo/templates/demo/wall.html").read_text("utf-8")
    for path in re.findall(r"`((?:src/|tests/|pyproject)[\w./]*)`", text):
        assert (demo / path).exists(), path
