"""`cunli theme new` and `cunli theme check`, and the contract suite of themes, as an author meets them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cunli.cli.theme import theme

PACKAGE = "cunli_theme_lotus"
ABOUT = f"{PACKAGE}-0.1.0.dist-info"


def told(*arguments: str) -> Result:
    return CliRunner().invoke(theme, arguments)


@pytest.fixture(scope="module")
def lotus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `cunli theme new lotus` wrote."""
    folder = tmp_path_factory.mktemp("new")
    done = told("new", "lotus", "--into", str(folder))
    assert done.exit_code == 0, done.output
    return folder / "lotus"


@pytest.fixture(scope="module")
def wheel(lotus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its wheel."""
    target = tmp_path_factory.mktemp("wheel")
    code = "import hatchling.build, sys; hatchling.build.build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, str(target)], cwd=lotus, check=True, capture_output=True)
    (found,) = target.glob("*.whl")
    return found


def spoilt(wheel: Path, folder: Path, files: Mapping[str, str]) -> Path:
    """A copy of the wheel with some files added or replaced."""
    path = folder / wheel.name
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            if name not in files:
                new.writestr(name, old.read(name))
        for name, text in files.items():
            new.writestr(name, text)
    return path


def broken_rules(path: Path) -> set[str]:
    done = told("check", str(path), "--json")
    report = json.loads(done.output)
    found = {rule["id"] for rule in report["rules"] if not rule["passed"] and rule["must"]}
    assert (done.exit_code, report["passed"]) == (1, False) if found else (0, True)
    return found


def test_a_new_theme_passes_and_is_told_to_choose_a_licence(lotus: Path, wheel: Path) -> None:
    assert broken_rules(wheel) == set()
    done = told("check", str(lotus))
    assert done.exit_code == 0
    assert "kit.T108" in done.output
    assert "CHOOSE A LICENCE" in done.output


@pytest.mark.parametrize(
    ("rule", "files"),
    [
        ("kit.T106", {f"{ABOUT}/entry_points.txt": f"[cunli.themes]\nlotus = {PACKAGE}\n[console_scripts]\nx = os:abort\n"}),
        ("kit.T106", {f"{ABOUT}/entry_points.txt": f"[cunli.themes]\nlotus = {PACKAGE}\n[cunli.plugins]\nx = {PACKAGE}:x\n"}),
        ("kit.T107", {"lotus.pth": "import os\n"}),
        ("kit.T107", {f"{PACKAGE}-0.1.0.data/scripts/lotus": "#!/bin/sh\n"}),
        ("kit.T107", {"tests/test_x.py": ""}),
        ("kit.T203", {f"{PACKAGE}/__init__.py": "import os\n"}),
        ("kit.T304", {f"{PACKAGE}/templates/footer.html": "{{ ''.__class__ }}"}),
        ("kit.T501", {f"{PACKAGE}/static/css/lotus.css": "@layer theme { :root { --bg: #f6efe9 } }"}),
        ("kit.T501", {f"{PACKAGE}/static/css/lotus.css": "@layer modes { .foot { color: red } }"}),
        ("kit.T502", {f"{PACKAGE}/static/css/lotus.css": "@layer theme { :root { --ink-3: #ccc } }"}),
        ("kit.T503", {f"{PACKAGE}/static/css/lotus.css": "@layer theme { .foot { background: url(none.svg) } }"}),
        ("kit.T503", {f"{PACKAGE}/templates/footer.html": '<footer>{% include "look_links.html" %}{{ icon("nothing") }}</footer>'}),
        ("kit.T504", {f"{PACKAGE}/static/css/lotus.css": "".join(f"/* {n * 7919 % 1000003:x} */" for n in range(9000))}),
    ],
)  # fmt: skip
def test_a_wheel_that_breaks_a_rule_is_told_which(
    rule: str, files: dict[str, str], wheel: Path, tmp_path: Path
) -> None:
    assert rule in broken_rules(spoilt(wheel, tmp_path, files))


def test_what_is_no_theme_is_said_to_be_none(wheel: Path, tmp_path: Path) -> None:
    plugin = spoilt(wheel, tmp_path, {f"{ABOUT}/entry_points.txt": ""})
    assert "0 entry points in the group cunli.themes, and a theme has one" in told("check", str(plugin)).output
    unread = spoilt(wheel, tmp_path, {f"{PACKAGE}/theme.toml": "name = "})
    assert "theme.toml cannot be read" in told("check", str(unread)).output
    for path in (tmp_path / "none.whl", tmp_path):
        assert told("check", str(path)).exit_code == 2


@pytest.mark.parametrize("name", ["Lotus", "x", "qianmo", "../x", "lotus-pink", "莲"])
def test_a_name_that_cannot_be_had_is_refused(name: str, tmp_path: Path) -> None:
    done = told("new", name, "--into", str(tmp_path))
    assert (done.exit_code, list(tmp_path.iterdir())) == (2, [])


def test_its_own_test_runs_the_contract_and_draws_pages(lotus: Path, wheel: Path, tmp_path: Path) -> None:
    """As after `pip install`; and the same suite fails for a theme that is spoilt."""
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    whole = _suite(lotus, site)
    assert whole.returncode == 0, whole.stdout[-3000:]
    copy = tmp_path / "lotus"
    shutil.copytree(lotus, copy)
    (copy / "src" / PACKAGE / "static/css/lotus.css").write_text("@layer theme { .foot { position: fixed } }")
    spoilt_one = _suite(copy, site, "-k", "T402")
    assert spoilt_one.returncode == 1
    assert "kit.T402: styles cover nothing, but" in spoilt_one.stdout


def _suite(folder: Path, site: Path, *more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *more]
    return subprocess.run(
        command, cwd=folder, env=environment, check=False, capture_output=True, text=True, timeout=300
    )
