"""T13: what plugins are promised is a committed file, and nothing of it goes without a word to the authors."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import cunli
from cunli import hooks, problems
from scripts import plugin_api, promises

ROOT = Path(__file__).parents[2]
PROMISED = ROOT / promises.PROMISED
PAGE = "cunli.Page: class\ncunli.Page.path: str\ncunli.Page.to: Audience | str\n"
BEFORE = f"{PAGE}hook pages(self) -> Iterable[Page]\nslot village.top\n"
WRITES = "import sys; sys.path.insert(0, 'scripts'); import docs; sys.stdout.write(docs.pages()['plugin-api.txt'])"


@pytest.mark.parametrize("seed", ["1", "2"])
def test_t13_the_committed_file_is_what_the_code_says_and_the_same_each_time(seed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WRITES],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        check=True,
        capture_output=True,
    )
    assert done.stdout.decode("utf-8") == PROMISED.read_text("utf-8"), "make docs"


def test_t13_it_holds_every_name_every_hook_with_its_context_and_every_problem() -> None:
    lines = PROMISED.read_text("utf-8").splitlines()
    assert lines == sorted(set(lines))
    assert not [line for line in lines if " at 0x" in line or "<" in line], "no reprs that differ from Python to Python"
    about = {plugin_api.name_of(line) for line in lines}
    assert {f"cunli.{name}" for name in cunli.__all__} <= about
    assert {*hooks.ALL, *problems.KINDS, "village.sidebar", "post.below"} <= about
    for name in hooks.ALL:
        asked = getattr(hooks.HookSpecs, name).__annotations__.get("ctx")
        assert asked is None or {f"cunli.{asked}", f"cunli.{asked}.village_id"} & about, name
    assert "cunli.PageContext.may: Callable[[str], bool]" in lines
    assert "cunli.PostPublished.kind: ClassVar[str] = 'core.post.published'" in lines
    assert "cunli.Visit.locale: str" in lines


def test_t13_control_whatever_is_added_to_a_public_class_stands_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    @dataclass(frozen=True, kw_only=True)
    class Wheel:
        spokes: int
        hue: str = "seal"

        def turn(self, times: int, *, fast: bool = False) -> None: ...

        @property
        def round(self) -> bool:
            return True

    Wheel.__module__ = "cunli.planted"
    before = plugin_api.lines(["village.top"])
    monkeypatch.setattr(cunli, "Wheel", Wheel, raising=False)
    monkeypatch.setattr(cunli, "__all__", [*cunli.__all__, "Wheel"])
    after = plugin_api.lines(["village.top", "village.bottom"])
    assert sorted(set(after) - set(before)) == [
        "cunli.Wheel.hue: str = 'seal'",
        "cunli.Wheel.round: bool",
        "cunli.Wheel.spokes: int",
        "cunli.Wheel.turn(self, times: int, *, fast: bool = False) -> None",
        "cunli.Wheel: class",
        "slot village.bottom",
    ]


# -- the rule, as pure words --------------------------------------------------------------------------------------------

GONE = BEFORE.replace("cunli.Page.path: str\n", "")
CHANGED = BEFORE.replace("path: str", "path: str | None")
NO_PAGE = BEFORE.replace(PAGE, "")
MORE = BEFORE + "slot village.bottom\n"
OTHER_PAGE = {"3.breaking.md": "- cunli.Page.paths and cunli.Page.path.x"}
CASES: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "nothing changed": (BEFORE, {}, []),
    "a name is gone": (GONE, {}, ["cunli.Page.path"]),
    "gone, told as something added": (GONE, {"3.added.md": "cunli.Page.path"}, ["cunli.Page.path"]),
    "gone, another name told": (GONE, OTHER_PAGE, ["cunli.Page.path"]),
    "gone and told": (GONE, {"3.breaking.md": "- `cunli.Page.path`: write `where`."}, []),
    "a type changed": (CHANGED, {}, ["cunli.Page.path"]),
    "a type changed and told": (CHANGED, {"3.breaking.md": "cunli.Page.path."}, []),
    "a whole class is gone": (NO_PAGE, {}, ["cunli.Page.path", "cunli.Page.to", "cunli.Page"]),
    "a whole class is gone and told": (NO_PAGE, {"3.breaking.md": "cunli.Page is gone"}, []),
    "a hook is gone": (BEFORE.replace("hook", "hook other"), {"3.added.md": ""}, ["pages"]),
    "a slot is gone and told": (
        BEFORE.replace("slot village.top\n", ""),
        {"3.breaking.md": "`village.top`: use `village.sidebar`"},
        [],
    ),
    "something more": (MORE, {}, ["village.bottom"]),
    "something more and told": (MORE, {"3.added.md": "- A slot"}, []),
}


@pytest.mark.parametrize("what", CASES)
def test_t13_what_is_taken_back_is_named_as_breaking_and_what_is_new_is_told(what: str) -> None:
    now, notes, expected = CASES[what]
    found = [plugin_api.name_of(line.splitlines()[0]) for line in promises.findings(BEFORE, now, notes)]
    assert found == expected


# -- and in a repository ------------------------------------------------------------------------------------------------


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


def commit(root: Path, promised: str, **notes: str) -> None:
    (root / "docs").mkdir(exist_ok=True)
    (root / "changes").mkdir(exist_ok=True)
    (root / promises.PROMISED).write_text(promised, "utf-8")
    for kind, text in notes.items():
        (root / "changes" / f"3.{kind}.md").write_text(text, "utf-8")
    git(root, "add", ".")
    git(root, "commit", "--allow-empty", "-m", "x")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own, with promises that were made in its second commit."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    git(tmp_path, "init", "-b", "main")
    commit(tmp_path, "")
    commit(tmp_path, BEFORE, added="- Pages")
    return tmp_path


def test_t13_uncommitted_a_removed_name_fails_until_a_fragment_names_it(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert promises.main(repository) == 0
    (repository / promises.PROMISED).write_text(GONE, "utf-8")
    assert promises.main(repository) == 1
    assert "name cunli.Page.path in changes/….breaking.md" in capsys.readouterr().out
    (repository / "changes/3.breaking.md").write_text("- `cunli.Page.path` is gone: write `where`.", "utf-8")
    assert promises.main(repository) == 0, "a new file, not yet added"


def test_t13_committed_the_last_commit_and_a_whole_branch_are_judged(repository: Path) -> None:
    git(repository, "checkout", "-b", "work")
    commit(repository, GONE)
    commit(repository, MORE.replace("cunli.Page.path: str\n", ""), added="- Pages\n- A slot")
    assert promises.main(repository) == 1, "what an earlier commit of the branch took away"
    git(repository, "branch", "-f", "main", "work")
    assert promises.main(repository) == 0, "on the main branch the last commit is judged, and it told of its slot"
    commit(repository, BEFORE)
    assert promises.main(repository) == 1
    git(repository, "reset", "--hard", "HEAD^")
    commit(repository, BEFORE, breaking="- `village.bottom` is gone")
    assert promises.main(repository) == 0


def test_t13_where_there_is_nothing_to_compare_with_it_says_so(
    tmp_path: Path, repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    git(repository, "reset", "--hard", "HEAD^")
    assert promises.main(repository) == 0
    assert capsys.readouterr().out.startswith("not compared: "), "the first commit has none before it"
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert promises.main(repository) == 0
    assert capsys.readouterr().out.startswith("not compared: git cannot be run")
