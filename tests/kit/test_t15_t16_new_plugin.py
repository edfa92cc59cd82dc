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
import time
import urllib.error
import urllib.request
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from cunli.testing.databases import postgres_answers
from tests.docs.pages import FENCED
from tests.kit.conftest import changed
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs/guide/first-plugin.md"
WALL, NOWHERE = "/v/heping/demo/wishes", "/v/chaya/demo/wishes"
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
    hidden = 'PAGES = (\n    Page(path="/hidden", view=write, to=WRITE, methods=("POST",)),\n'
    changed(mine / "src/cunli_demo/pages.py", ("PAGES = (\n", hidden))
    _, installed = unpacked(mine)
    told = python(mine, installed, "pytest", "-q", "-p", "no:cacheprovider", "-k", "sqlite or wheel")
    failed = set(re.findall(r"^FAILED .*\[(?:sqlite-)?(kit\.\w+)", told.stdout, flags=re.MULTILINE))
    assert (told.returncode, failed) == (1, {"kit.K304", "kit.K402", "kit.K710"}), told.stdout[-4000:]
    assert re.search(r"forms not reached by the contract.*\ndemo: POST /hidden\n", told.stdout), told.stdout[-4000:]
    checked = python(mine, installed, "cunli", "plugin", "check", ".", "--json")
    wrong = {rule["id"] for rule in json.loads(checked.stdout)["rules"] if rule["must"] and not rule["passed"]}
    assert (checked.returncode, wrong) == (1, {"kit.K304", "kit.K402"})


def test_the_tests_of_a_plugin_that_is_not_installed_say_so(mine: Path, tmp_path: Path) -> None:
    told = python(mine, tmp_path / "nothing", "pytest", "-q", "-x", "-p", "no:cacheprovider", "tests/test_contract.py")
    assert told.returncode == 1
    assert "run pip install -e . in its folder" in told.stdout


# -- the guide -----------------------------------------------------------------------------------------------------------


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


class Reader:
    """Does what the guide says, from top to bottom: runs commands, makes changes, writes files."""

    def __init__(self, folder: Path) -> None:
        self.environment, self.folder, self.checks = reader(folder / "venv"), folder, 0
        self.plugin, self.did = folder / "demo", list[str]()

    def do(self, language: str, block: str) -> None:
        """One block of the guide. What is marked `sh` cannot be done without a network and is only read."""
        if not language:
            for line in block.splitlines():
                self.command(line)
        elif language == "diff":
            self.change(block)
        elif language == "po":
            self.add(self.plugin / "src/cunli_demo/locale/en/LC_MESSAGES/messages.po", "\n" + block)
        elif language == "toml":
            self.add(self.folder / "cunli.toml", block)
        elif language == "python":
            path = self.plugin / block.splitlines()[0].removeprefix("# ")
            assert not path.exists()
            path.write_text(block.partition("\n")[2], "utf-8")
        self.did.append(language)

    def change(self, block: str) -> None:
        head, *lines = block.splitlines()
        before, after = ("".join(f"{one[1:]}\n" for one in lines if one[0] in kinds) for kinds in (" -", " +"))
        path = self.plugin / head.removeprefix("--- ")
        assert path.read_text("utf-8").count(before) == 1, f"{path.name} does not hold once:\n{before}"
        changed(path, (before, after))

    def add(self, path: Path, text: str) -> None:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)

    def command(self, line: str) -> None:
        words = shlex.split(line)
        if words[0] == "cd":
            self.folder = self.folder / words[1]
            return
        if words == ["cunli", "serve"]:
            self.serve()
            return
        if words == ["pytest"]:  # the whole of it is the test above
            words += ["-p", "no:cacheprovider", "-k", "english or newest"]
        told = run(words, self.folder, **self.environment)
        expected = 0
        if line == "cunli plugin check .":
            expected, self.checks = 0 if self.checks else 1, self.checks + 1
        assert told.returncode == expected, f"{line}\n{told.stdout[-3000:]}\n{told.stderr[-3000:]}"
        if expected:
            assert f"no en for: {NEW_HINT}" in told.stdout

    def serve(self) -> None:
        """Look at the site until the wall is there, then stop it."""
        port = free_port()
        log = (self.folder / "serve.log").open("wb")
        kept = {**os.environ, **self.environment}
        command = [str(self.folder.parent / "venv/bin/cunli"), "serve", "--port", str(port)]
        with log, subprocess.Popen(command, cwd=self.folder, env=kept, stdout=log, stderr=log) as process:
            try:
                pages = {
                    path: opened_at(f"http://127.0.0.1:{port}{path}", process) for path in ("/v/heping/", WALL, NOWHERE)
                }
            finally:
                process.terminate()
        assert (pages["/v/heping/"][0], pages[WALL][0], pages[NOWHERE][0]) == (200, 200, 404)
        assert "心愿墙" in pages["/v/heping/"][1]


def opened_at(url: str, process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Status and text, as soon as the server answers."""
    ends = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < ends:
        try:
            with urllib.request.urlopen(url) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as exc:
            return exc.code, ""
        except urllib.error.URLError:
            time.sleep(0.1)  # it is not listening yet
    raise AssertionError(f"{url}: the server did not answer; its log is beside its settings")


@pytest.mark.slow
def test_everything_in_the_guide_works_in_its_order(tmp_path: Path) -> None:
    follower = Reader(tmp_path)
    for _, language, block in FENCED.findall(GUIDE.read_text("utf-8")):
        follower.do(language, block)
    assert follower.checks == 3
    assert {"", "diff", "po", "toml", "python"} <= set(follower.did), "the control: there was something to do"


def test_the_guide_in_chinese_says_the_same_commands_and_changes_in_the_same_order() -> None:
    english, chinese = (FENCED.findall(path.read_text("utf-8")) for path in (GUIDE, GUIDE.with_suffix(".zh.md")))
    assert len(english) > 15
    assert english == chinese


def test_the_files_that_the_guide_names_are_there(demo: Path) -> None:
    for path in re.findall(r"`((?:src/|tests/|pyproject)[\w./]*)`", GUIDE.read_text("utf-8")):
        assert (demo / path).exists(), path
