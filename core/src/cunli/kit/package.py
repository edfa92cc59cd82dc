"""What the wheel says about itself, what it holds, and whether the plugin in it loads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import cunli
from cunli.cli.plugin_new import written
from cunli.kit.subject import Subject

PLACEHOLDERS = ("CHOOSE A LICENCE", "example.org")
WISH: Final = "心愿"  # what a new plugin is about
_OF_WISHES: Final = re.compile(r"\b(?:wish(?:es)?|wall)\b", re.IGNORECASE)


def says_what_it_is(subject: Subject) -> Iterator[str]:
    """Write `description = "…"` under [project]: it is what an admin reads in `cunli plugin list`."""
    if not _about(subject, "Summary"):
        yield "pyproject.toml has no description"


def has_a_licence(subject: Subject) -> Iterator[str]:
    """Add a LICENSE file (`license-files = ["LICENSE"]`) or `license = "MIT"` under [project]."""
    if not any(_about(subject, key) for key in ("License-Expression", "License-File", "License")):
        yield "its metadata names no licence"


def says_where_to_report(subject: Subject) -> Iterator[str]:
    """Write `urls = { Issues = "https://…" }` under [project]: the address stands in every problem of the plugin."""
    if not any(line.startswith("Issues, ") for line in _about(subject, "Project-URL")):
        yield "its metadata has no address called Issues"


def says_which_cunli_it_fits(subject: Subject) -> Iterator[str]:
    """Write `dependencies = ["cunli>=0.1,<1"]`: from the version you tested to the next that may break it."""
    wanted = [Requirement(line) for line in subject.about.requires or ()]
    ours = next((one for one in wanted if canonicalize_name(one.name) == "cunli" and one.marker is None), None)
    if ours is None:
        yield "it does not depend on cunli"
    elif not {s.operator for s in ours.specifier} & {"<", "<=", "==", "~="}:
        yield f"“{ours}” has no upper bound: the next major version may take names away"
    elif not {s.operator for s in ours.specifier} & {">", ">=", "==", "~="}:
        yield f"“{ours}” has no lower bound"
    elif not ours.specifier.contains(cunli.__version__, prereleases=True):
        yield f"“{ours}” does not fit this Cunli, {cunli.__version__}"


def is_typed(subject: Subject) -> Iterator[str]:
    """Put an empty file `py.typed` beside the package's __init__.py, so that type checkers believe its annotations."""
    if f"{subject.package}/py.typed" not in subject.files:
        yield f"the wheel has no {subject.package}/py.typed"


def holds_everything(subject: Subject) -> Iterator[str]:
    """A file of the source did not reach the wheel: git ignores it, or the build leaves it out. With hatchling, name it under `artifacts`."""
    home = next((p for p in _homes(subject) if p.is_dir()), None)
    if home is None:
        return
    for path in sorted(home.rglob("*")):
        name = f"{subject.package}/{path.relative_to(home).as_posix()}"
        if path.is_file() and "__pycache__" not in path.parts and name not in subject.files:
            yield f"{name} is in the source and not in the wheel"


def holds_nothing_else(subject: Subject) -> Iterator[str]:
    """Tests and other top-level names would land beside everybody else's packages: build only `packages = ["src/cunli_…"]`."""
    tops = {name.partition("/")[0] for name in subject.files}
    for top in sorted(tops - {subject.package}):
        if not top.endswith((".dist-info", ".data")):
            yield f"the wheel brings “{top}” beside {subject.package}"


def is_a_package_of_its_own(subject: Subject) -> Iterator[str]:
    """Name the import package `cunli_<id>`, with an __init__.py: a plain package that nobody else shares."""
    if f"{subject.package}/__init__.py" not in subject.files:
        yield f"the wheel has no {subject.package}/__init__.py"
    if subject.package == "cunli":
        yield "it lives inside the package cunli, which belongs to the core"


def loads(subject: Subject) -> Iterator[str]:
    """Each problem says what to do; docs/reference/plugins.md lists them all by id."""
    if died := subject.probed.get("died"):
        yield f"the process that loaded it ended: {died}"
    for kind, text, hint in subject.probed.get("problems", ()):
        yield f"{kind} {text}. {hint}"


def does_nothing_when_imported(subject: Subject) -> Iterator[str]:
    """Move it into a function: importing a plugin builds its object and opens no socket, file, database, thread or process."""
    yield from subject.probed.get("reached", ())


def leaves_no_placeholders(subject: Subject) -> Iterator[str]:
    """Choose a licence, give an address of your own, and say what yours is for: what `cunli plugin new` wrote there is nobody's."""
    texts = [
        _text(path) for path in (subject.site / name for name in subject.files) if ".dist-info/" in path.as_posix()
    ]
    for words in PLACEHOLDERS:
        if any(words in text for text in texts):
            yield f"“{words}” still stands in its metadata"
    if not _has_wishes(subject):
        yield from _said_of_wishes(subject)


def _has_wishes(subject: Subject) -> bool:
    """Whether it is the wall of wishes that `cunli plugin new` writes, or another: then what is said of wishes is true."""
    return any(WISH in _text(path) for kind in ("*.py", "*.html") for path in subject.home.rglob(kind))


def _said_of_wishes(subject: Subject) -> Iterator[str]:
    known = {line.strip() for text in written(subject.name).values() for line in text.splitlines()}
    changes = _text(subject.source / "CHANGELOG.md") if subject.source else ""
    said = {
        "description": "".join(_about(subject, "Summary")),
        "README": str(subject.about.metadata.json.get("description", "")),
        "CHANGELOG.md": changes,
    }
    for where, text in said.items():
        for line in map(str.strip, text.splitlines()):
            new = line in known or f'description = "{line}"' in known
            if new and _OF_WISHES.search(line):
                yield f"{where} still says “{line}”, and there are no wishes in it"
                break


def _about(subject: Subject, key: str) -> list[str]:
    return [value for value in subject.about.metadata.get_all(key) or () if value.strip()]


def _homes(subject: Subject) -> list[Path]:
    return [subject.source / "src" / subject.package, subject.source / subject.package] if subject.source else []


def _text(path: Path) -> str:
    return path.read_text("utf-8", errors="replace") if path.is_file() else ""
