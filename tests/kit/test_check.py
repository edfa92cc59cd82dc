"""`cunli plugin check` on things that are no plugin, and the kit's manners: what it costs those who do not use it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from cunli.cli.plugin_check import check
from cunli.kit.subject import Subject
from tests.kit.conftest import Break, changed

NO_BACKEND = "[project]\nname = 'x'\n"
NO_SUCH = "[build-system]\nrequires = []\nbuild-backend = 'no_such_backend'\n"


@pytest.mark.parametrize(
    ("project", "says"),
    [
        (None, "pyproject.toml cannot be read"),
        ("[[", "pyproject.toml cannot be read"),
        (NO_BACKEND, "names no build-backend"),
        (NO_SUCH, "no wheel could be built"),
    ],
)
def test_a_folder_that_builds_no_wheel_is_refused_with_a_reason(project: str | None, says: str, tmp_path: Path) -> None:
    if project is not None:
        (tmp_path / "pyproject.toml").write_text(project)
    told = CliRunner().invoke(check, [str(tmp_path)])
    assert (told.exit_code, says in told.output) == (2, True), told.output


def test_what_is_no_plugins_wheel_is_refused_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "text.whl").write_text("no zip")
    with zipfile.ZipFile(tmp_path / "empty.whl", "w") as wheel:
        wheel.writestr("x.py", "")
    with zipfile.ZipFile(tmp_path / "other.whl", "w") as wheel:
        wheel.writestr("x-1.dist-info/METADATA", "Name: x\nVersion: 1\n")
    says = {"text.whl": "is not a wheel", "empty.whl": "0 .dist-info", "other.whl": "0 entry points", "gone": "neither"}
    for name, words in says.items():
        told = CliRunner().invoke(check, [str(tmp_path / name)])
        assert (told.exit_code, words in told.output) == (2, True), told.output


def test_a_plugin_is_loaded_together_with_what_it_requires(broken: Break) -> None:
    other = "from cunli import Manifest, Plugin\n\nclass O(Plugin):\n    manifest = Manifest(label='O', summary='')\n\nplugin = O()\n"
    about = "Metadata-Version: 2.4\nName: cunli-other\nVersion: 1\n"
    wrong = broken(
        {
            "cunli_demo/plugin.py": ("        models=", '        requires=("other",),\n        models='),
            "cunli_other/__init__.py": other,
        }
    )
    assert [p[0] for p in wrong.probed["problems"]] == ["plugins.E009"], "the control: it is not installed"
    info = wrong.site / "cunli_other-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(about)
    (info / "entry_points.txt").write_text("[cunli.plugins]\nother = cunli_other:plugin\n")
    del wrong.__dict__["probed"]
    assert wrong.probed["problems"] == []
    assert wrong.probed["requires"] == ["other"]


def test_checking_imports_nothing_into_this_process(subject: Subject) -> None:
    assert subject.probed["problems"] == []
    assert not [name for name in sys.modules if name.split(".")[0] == "cunli_demo"]


# -- what the pytest plugin costs those who do not use it ----------------------------------------------------------------

COST = """
import sys
{before}
import pytest
code = pytest.main(["-q", "-p", "no:cacheprovider", "-p", "cunli.testing.pytest_plugin", "test_mine.py"])
print("HEAVY", sorted(m for m in ("tortoise", "starlette", "cunli.web", "lxml", "httpx2", "asyncpg") if m in sys.modules))
sys.exit(code)
"""


@pytest.mark.parametrize("before", ["", "sys.modules['pytest_asyncio'] = None"], ids=["with", "without pytest-asyncio"])
def test_other_peoples_tests_run_on_and_pay_nothing(before: str, tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text("def test_mine():\n    pass\n")
    told = _pytest(COST.format(before=before), tmp_path)
    assert told.returncode == 0, told.stdout + told.stderr
    assert "HEAVY []" in told.stdout


def test_the_control_a_fixture_brings_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text("def test_mine(plugin_bench):\n    pass\n")
    with_asyncio = COST.replace('"-p", "cunli', '"-p", "pytest_asyncio.plugin", "-p", "cunli')
    told = _pytest(with_asyncio.format(before=""), tmp_path)
    assert told.returncode == 1
    assert "stands below no pyproject.toml" in told.stdout
    assert "'tortoise'" in told.stdout


def _pytest(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, cwd=folder, env=environment, check=False, capture_output=True, text=True, timeout=600
    )


def test_a_plugin_that_ends_the_process_is_said_to(broken: Break) -> None:
    wrong = broken({})
    changed(wrong.site / "cunli_demo/__init__.py", "import os\n\nos._exit(3)\n")
    assert wrong.probed == {"died": "exit code 3"}


def test_a_program_that_does_not_come_to_its_end_is_said_to(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cunli.kit.subject.WALKING", 0.01)
    assert broken({}).walked == {
        "kit.K721": ['it could not be run: after 0 s it had not come to its end (pip install "cunli[testing]"?)']
    }
