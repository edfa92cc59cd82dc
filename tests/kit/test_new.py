"""`cunli plugin new`: what it takes for a name, and that it touches nothing that is there."""

from __future__ import annotations

import compileall
from pathlib import Path

import pytest
from click.testing import CliRunner

from cunli.cli.plugin_new import MODEL, new, written
from cunli.registry import Registry
from tests.kit.conftest import on_path


def _told(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(new, arguments)
    return done.exit_code, done.output


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("School-Bus", "Try: school_bus"),
        ("cunli-market", "Try: market"),
        ("2nd_hand", "Try: nd_hand"),
        ("school__bus", "Try: school_bus"),
        ("bus_", "Try: bus"),
        ("a", "2 to 31 lower-case letters"),
        ("x" * 32, "Try: " + "x" * 31),
        ("市场", "a letter first"),
        ("../etc", "Try: etc"),
        ("", "a letter first"),
        ("feed", "Try: our_feed"),
        ("members", "Try: our_members"),
        ("static", "Try: our_static"),
        ("theme_dark", "Try: dark"),
    ],
)
def test_a_name_that_cannot_be_had_is_refused_with_one_that_can(name: str, instead: str, tmp_path: Path) -> None:
    code, text = _told("--into", str(tmp_path), "--", name)
    assert (code, instead in text) == (2, True), text
    assert not list(tmp_path.iterdir())


def test_what_is_there_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "mine.txt").write_text("mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "file").write_text("mine")
    for name, into in (("demo", tmp_path), ("dangling", tmp_path), ("file", tmp_path), ("demo", tmp_path / "file")):
        code, text = _told(name, "--into", str(into))
        assert code == 2, text
        assert "another folder" in text or "is a file" in text
    assert [p.name for p in (tmp_path / "demo").iterdir()] == ["mine.txt"]
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("name", ["school_bus", "plugin", "page", "class", MODEL])
def test_every_name_makes_a_plugin_that_loads(name: str, tmp_path: Path) -> None:
    assert _told(name, "--into", str(tmp_path))[0] == 0
    source = tmp_path / name / "src"
    assert compileall.compile_dir(str(source), quiet=1)
    about = source / f"cunli_{name}-0.1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.4\nName: cunli-{name.replace('_', '-')}\nVersion: 0.1.0\n")
    (about / "entry_points.txt").write_text(f"[cunli.plugins]\n{name} = cunli_{name}:plugin\n")
    with on_path(source):
        registry = Registry.load([name])
        assert [str(p) for p in registry.problems] == []
        assert list(registry.capabilities()) == [f"{name}.wish.write"]


def test_nothing_of_the_model_is_left_over() -> None:
    for path, text in written("demo").items():
        assert MODEL not in path + text.lower(), path
    assert ".gitignore" in written("demo")
