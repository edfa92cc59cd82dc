"""The plugin that is looked at: its wheel unpacked, its metadata, its files, and what a probe saw when it was loaded."""

from __future__ import annotations

import ast
import functools
import hashlib
import json
import os
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any, Final

from cunli.registry import GROUP

BUILD: Final = "import importlib, sys; importlib.import_module(sys.argv[1]).build_wheel(sys.argv[2])"
PATIENCE: Final = 300.0
WALKING: Final = 3600.0  # a plugin of many pages on a busy machine
MOST: Final = 20  # lines of what another program says
PACKING: Final = ("RECORD", "WHEEL")
PAGES_SEEN: Final = "pages.json"
IN_A_BROWSER: Final = ("kit.K906", "kit.K907")


class Unusable(Exception):
    """There is no plugin to look at; says why and what would be one."""


@dataclass(frozen=True)
class Subject:
    """One plugin. `site` is where its wheel was unpacked; `source` its folder, when it was built from one."""

    name: str
    module: str
    site: Path
    about: PathDistribution
    files: tuple[str, ...]
    source: Path | None = None

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]

    @property
    def home(self) -> Path:
        """The folder of the import package."""
        return self.site / self.package

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 over the names and contents of the wheel's files: the same for the same files, whoever packed them.

        The list of files that packing tools write (RECORD) and what they say of themselves (WHEEL) are left out.
        """
        total = hashlib.sha256()
        for name in self.files:
            if name.rpartition("/")[2] not in PACKING:
                total.update(f"{name}\0{hashlib.sha256((self.site / name).read_bytes()).hexdigest()}\n".encode())
        return total.hexdigest()

    @functools.cached_property
    def probed(self) -> dict[str, Any]:
        """What a process of its own saw when it loaded the plugin."""
        return _told(self.site, "cunli.kit.probe", self.name)

    @functools.cached_property
    def walked(self) -> dict[str, list[str]]:
        """What is wrong while it runs, by the id of the rule: seen on a walk through a site on SQLite."""
        found = _told(self.site, "cunli.testing.walk", self.name)
        if "died" in found:
            why = f'it could not be run: {found["died"]} (pip install "cunli[testing]"?)'
            return {"kit.K721": [why]}
        return {str(rule): list(said) for rule, said in found.items()}

    @functools.cached_property
    def laid_out(self) -> dict[str, list[str]]:
        """What is wrong with the pages of that walk in a real browser, by the id of the rule; or why that was not tried."""
        pages = self.site.parent / PAGES_SEEN
        if not self.walked or not pages.exists():
            return _not_tried("the walk with it did not come to its end")
        found = _told(self.site, "cunli.testing.narrow", str(pages.resolve()))
        return _not_tried(str(found["died"])) if "died" in found else found

    @functools.cached_property
    def typed(self) -> list[str]:
        """What `mypy --strict` says of the package."""
        command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--package", self.package]
        done = subprocess.run(  # noqa: S603 this Python, and the name of a package
            command, cwd=self.site.parent, env=_finding(self.site), check=False, capture_output=True, text=True
        )
        lines = [line for line in (done.stdout + done.stderr).splitlines() if "note:" not in line]
        return lines[:MOST] if done.returncode else []

    @functools.cached_property
    def tested(self) -> dict[str, list[str]]:
        """How its own tests went: what `failed`, and which hooks were `called` by them. Only for what has a `source`."""
        told = self.site.parent / "called.json"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no", "--no-header"]
        done = subprocess.run(  # noqa: S603 the author's own tests, asked for by the author
            command,
            cwd=self.source,
            env=_finding(self.site) | {"HOOKS_CALLED_BY_TESTS": str(told.resolve())},
            check=False,
            capture_output=True,
            text=True,
        )
        said = done.stdout.splitlines()
        failed = [line for line in said if line.startswith(("FAILED", "ERROR"))] or said[-1:]
        called = json.loads(told.read_text("utf-8")) if told.exists() else {}
        return {"failed": failed[:MOST] if done.returncode else [], "called": called.get(self.name, [])}

    @functools.cached_property
    def trees(self) -> dict[str, ast.Module]:
        """The syntax tree of each module by its path; migrations are written by a tool and left out."""
        return {name: ast.parse(path.read_text("utf-8"), name) for name, path in self._below("*.py")}

    @functools.cached_property
    def templates(self) -> dict[str, str]:
        """The source of each template by the name under which it is found."""
        folder = self.home / "templates"
        return {p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in sorted(folder.rglob("*.html"))}

    def _below(self, pattern: str) -> Iterator[tuple[str, Path]]:
        for path in sorted(self.home.rglob(pattern)):
            if "migrations" not in path.relative_to(self.home).parts:
                yield path.relative_to(self.site).as_posix(), path


def opened(path: Path, folder: Path, group: str = GROUP) -> Subject:
    """The plugin of a wheel, or of a source folder, whose wheel is built first. `folder` is empty and is filled.

    With another `group` of entry points it is a theme.
    """
    if path.is_dir():
        return _unpacked(_built(path, folder), folder / "site", path.resolve(), group)
    if path.suffix == ".whl" and path.is_file():
        return _unpacked(path, folder / "site", None, group)
    raise Unusable(f"{path} is neither a wheel nor a folder with a pyproject.toml")


def _built(source: Path, folder: Path) -> Path:
    try:
        project = tomllib.loads((source / "pyproject.toml").read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as exc:
        raise Unusable(f"{source / 'pyproject.toml'} cannot be read: {exc}") from exc
    backend = project.get("build-system", {}).get("build-backend", "")
    if not backend:
        raise Unusable(f"{source / 'pyproject.toml'} names no build-backend: write [build-system] as in a new plugin")
    target = folder / "wheel"
    target.mkdir()
    command = [sys.executable, "-c", BUILD, backend, str(target.resolve())]
    done = subprocess.run(  # noqa: S603 the author's own build, asked for by the author
        command, cwd=source, check=False, capture_output=True, text=True, timeout=PATIENCE
    )
    wheels = list(target.glob("*.whl"))
    if done.returncode or not wheels:
        last = (done.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise Unusable(f"{source}: no wheel could be built: {last} (pip install {backend.partition('.')[0]}?)")
    return wheels[0]


def _unpacked(wheel: Path, site: Path, source: Path | None, group: str) -> Subject:
    try:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(site)
            files = tuple(sorted(name for name in archive.namelist() if not name.endswith("/")))
    except (OSError, zipfile.BadZipFile) as exc:
        raise Unusable(f"{wheel} is not a wheel: {exc}") from exc
    infos = [p for p in site.iterdir() if p.name.endswith(".dist-info")]
    if len(infos) != 1:
        raise Unusable(f"{wheel} is not a wheel: it holds {len(infos)} .dist-info folders")
    about = PathDistribution(infos[0])
    entries = [entry for entry in about.entry_points if entry.group == group]
    if len(entries) != 1:
        what = group.removeprefix("cunli.").removesuffix("s")
        raise Unusable(
            f'{wheel.name} has {len(entries)} entry points in the group {group}, and a {what} has one: [project.entry-points."{group}"]'
        )
    entry = entries[0]
    return Subject(name=entry.name, module=entry.module, site=site, about=about, files=files, source=source)


def _not_tried(why: str) -> dict[str, list[str]]:
    return {rule: [f"not tried: {why}"] for rule in IN_A_BROWSER}


def _finding(site: Path) -> dict[str, str]:
    """An environment in which the plugin's wheel is installed before anything else of its name."""
    paths = os.pathsep.join([str(site.resolve()), *(p for p in sys.path if p)])
    kept = {key: value for key, value in os.environ.items() if key != "PYTEST_ADDOPTS"}
    return {**kept, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}


def _told(site: Path, module: str, name: str) -> dict[str, Any]:
    """What a program of ours, run in a process of its own, wrote about the plugin; or of what it `died`."""
    told = site.parent / f"{module}.json"
    command = [sys.executable, "-m", module, name, str(told.resolve())]
    try:
        done = subprocess.run(  # noqa: S603 this Python, and the id of an entry point
            command, cwd=site.parent, env=_finding(site), check=False, capture_output=True, text=True, timeout=WALKING
        )
    except subprocess.TimeoutExpired:
        return {"died": f"after {WALKING:.0f} s it had not come to its end"}
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return {"died": last}
    found: dict[str, Any] = json.loads(told.read_text("utf-8"))
    return found
