"""What makes a plugin good beyond being safe to run: that it can be understood, and that somebody will still mend it next year."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from cunli.kit.subject import Subject

ENOUGH: Final = 200  # characters of a README that say something
FOLDER: Final = "only its folder shows that: check the folder instead of the wheel"
_VERSION: Final = re.compile(r"^#{1,3}\s*\[?v?(\d[\w.]*)", re.MULTILINE)


def tells_people_what_it_is_for(subject: Subject) -> Iterator[str]:
    """Write a README.md, named by `readme` under [project]: what villagers get, what an official must decide, how to try it."""
    if len(str(subject.about.metadata.json.get("description", ""))) < ENOUGH:
        yield f"its README says less than {ENOUGH} characters"


def passes_strict_types(subject: Subject) -> Iterator[str]:
    """Mend what `mypy --strict` says of the package; `pip install mypy` where it is missing."""
    yield from subject.typed


def keeps_a_changelog(subject: Subject) -> Iterator[str]:
    """Keep a CHANGELOG.md beside pyproject.toml whose first heading with a number is the version of the wheel."""
    if subject.source is None:
        yield FOLDER
        return
    path = subject.source / "CHANGELOG.md"
    if not path.is_file():
        yield "there is no CHANGELOG.md"
        return
    found = _VERSION.search(path.read_text("utf-8"))
    if found is None or found[1] != subject.about.version:
        said = f"begins with {found[1]}" if found else "names no version"
        yield f"CHANGELOG.md {said}, and the wheel is {subject.about.version}"


def has_two_maintainers(subject: Subject) -> Iterator[str]:
    """Name two people in `authors` and `maintainers` under [project]: a county relies on a plugin for longer than one of them has time."""
    said = [
        line for key in ("Author", "Author-email", "Maintainer", "Maintainer-email") for line in _lines(subject, key)
    ]
    people = {name.partition("<")[0].strip().casefold() or name for line in said for name in line.split(",")}
    if len(people - {""}) < 2:
        yield f"its metadata names {', '.join(sorted(people - {''})) or 'nobody'}"


def passes_its_own_tests(subject: Subject) -> Iterator[str]:
    """Run `pytest` in its folder, and mend what fails."""
    if subject.source is None:
        yield FOLDER
        return
    yield from subject.tested["failed"]


def tests_every_hook(subject: Subject) -> Iterator[str]:
    """Write a test, through HTTP if you can, in which the hook is called: what is never called in a test breaks unseen."""
    if subject.source is None:
        yield FOLDER
        return
    called = set(subject.tested["called"])
    yield from (f"{hook} is never called" for hook in subject.probed.get("hooks", ()) if hook not in called)


def fits_a_narrow_phone(subject: Subject) -> Iterator[str]:
    """Let words break and rows wrap: nothing sticks out of a page at 360 px. What must be wide scrolls by itself, in `class="wrap-x"`."""
    yield from subject.laid_out["kit.K906"]


def does_everything_without_javascript(subject: Subject) -> Iterator[str]:
    """Put every button and field into a form, give every form a button and every link an address; scripts may only make it nicer."""
    yield from subject.laid_out["kit.K907"]


def _lines(subject: Subject, key: str) -> list[str]:
    return [str(line) for line in subject.about.metadata.get_all(key, [])]
