"""A new plugin as an author has it, and copies of it with one thing broken."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import PathDistribution
from pathlib import Path

import pytest
import pytest_asyncio
from click.testing import CliRunner

from cunli.cli.plugin_new import new
from cunli.kit.subject import Subject, opened
from cunli.testing.bench import Bench
from cunli.testing.crawl import crawl
from cunli.testing.evidence import Evidence
from cunli.testing.living import LIVING_RULES

Edits = Mapping[str, tuple[str, str] | str | None]
Break = Callable[..., Subject]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `cunli plugin new demo` wrote."""
    folder = tmp_path_factory.mktemp("new")
    told = CliRunner().invoke(new, ["demo", "--into", str(folder)])
    assert told.exit_code == 0, told.output
    return folder / "demo"


@pytest.fixture(scope="session")
def subject(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """Its wheel, built, unpacked and probed."""
    found = opened(demo, tmp_path_factory.mktemp("subject"))
    assert found.probed
    return found


@pytest.fixture
def broken(subject: Subject, tmp_path: Path) -> Break:
    """A copy of the unpacked wheel with some files changed: `{path: (old, new)}`, `{path: text}`, `{path: None}` to drop one.

    More than one change of a file: `path#1`, `path#2`.
    """

    def make(edits: Edits, source: Path | None = None) -> Subject:
        site = tmp_path / "broken"
        shutil.copytree(subject.site, site)
        for name, edit in edits.items():
            (info,) = site.glob("*.dist-info")
            changed(site / name.partition("#")[0].replace("INFO", info.name), edit)
        files = tuple(sorted(p.relative_to(site).as_posix() for p in site.rglob("*") if p.is_file()))
        (info,) = site.glob("*.dist-info")
        return replace(subject, site=site, about=PathDistribution(info), files=files, source=source)

    return make


def changed(path: Path, edit: tuple[str, str] | str | None) -> None:
    """Change one file; the words to replace must stand there."""
    if edit is None:
        path.unlink()
    elif isinstance(edit, str):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(edit, "utf-8")
    else:
        text = path.read_text("utf-8")
        assert edit[0] in text, f"{path.name} does not hold {edit[0]!r}"
        path.write_text(text.replace(*edit), "utf-8")


class on_path:  # noqa: N801 reads as a sentence
    """Inside, what lies in the folder is installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)

    def __enter__(self) -> None:
        sys.path.insert(0, self.folder)
        importlib.invalidate_caches()

    def __exit__(self, *exc: object) -> None:
        sys.path.remove(self.folder)
        for name in [n for n, m in sys.modules.items() if str(getattr(m, "__file__", "")).startswith(self.folder)]:
            del sys.modules[name]


# -- walks through it ----------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def template(subject: Subject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the tables of the core and of the demo."""
    folder = tmp_path_factory.mktemp("template")
    with on_path(subject.site):
        bench = Bench("demo", folder)
        await bench.fresh("sqlite", folder)
        await bench.close()
    return folder / "cunli.db"


async def walked(site: Path, folder: Path, template: Path | None = None, kind: str = "sqlite") -> Evidence:
    """What is seen on a walk through the demo that lies there."""
    with on_path(site):
        bench = Bench("demo", folder)
        if template is not None:  # migrating it anew each time takes longer than the walk
            shutil.copyfile(template, bench.folder / "template.db")
        try:
            return await crawl(bench, kind, folder)
        finally:
            await bench.close()


def failing(seen: Evidence) -> dict[str, list[str]]:
    """What each broken rule says."""
    return {rule.id: found for rule in LIVING_RULES if (found := list(rule.judge(seen)))}
