"""`cunli plugin check`: the rules that a plugin's wheel is held to before it runs for real people."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

import click

import cunli
from cunli.cli.context import fail

if TYPE_CHECKING:
    from cunli.kit.subject import Subject


class RuleLine(TypedDict):
    """How one rule fared."""

    id: str
    rule: str
    passed: bool
    must: bool
    found: list[str]
    what_to_do: str


class Report(TypedDict):
    """What `cunli plugin check --json` prints, and what a directory of plugins is made from.

    `cunli` is the version of the core and of the check, which is part of it; `sha256` is that of the wheel's contents.
    """

    format: int
    plugin: str
    distribution: str
    version: str
    summary: str
    author: str
    licence: str
    sha256: str
    cunli: str
    level: str
    passed: bool
    rules: list[RuleLine]


FORMAT: Final = 1


@click.command("check")
@click.argument("path", metavar="PATH|WHEEL", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(path: Path, as_json: bool) -> None:
    """Hold a plugin to the rules for running with real people: its wheel, or the folder it is built from.

    Its code is imported, in a process of its own; no site and no database is needed. What has to do with pages is in
    the tests of the plugin: `from cunli.testing.contract import *`. Exits 1 when a rule is broken.
    """
    from cunli.kit.subject import Unusable, opened

    with tempfile.TemporaryDirectory(prefix="cunli-check-") as folder:
        try:
            subject = opened(path, Path(folder))
        except Unusable as exc:
            fail(str(exc))
        report = _report(subject)
    lines = report["rules"]
    broken = not report["passed"]
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        _print(lines)
        passed = sum(line["passed"] for line in lines)
        click.echo(f"{report['plugin']} {report['version']}: {passed} of {len(lines)} rules of the level basic hold")
    raise SystemExit(1 if broken else 0)


def _report(subject: Subject) -> Report:
    about, lines = subject.about.metadata, _lines(subject)
    return Report(
        format=FORMAT,
        plugin=subject.name,
        distribution=about["Name"],
        version=subject.about.version,
        summary="".join(about.get_all("Summary", [])),
        author="".join(about.get_all("Author", []) or about.get_all("Author-email", [])),
        licence="".join(about.get_all("License-Expression", []) or about.get_all("License", [])),
        sha256=subject.digest,
        cunli=cunli.__version__,
        level="basic",
        passed=all(line["passed"] for line in lines if line["must"]),
        rules=lines,
    )


def _lines(subject: Subject) -> list[RuleLine]:
    from cunli.kit.rules import RULES

    lines = []
    for rule in RULES:
        found = list(rule.look(subject))
        lines.append(
            RuleLine(id=rule.id, rule=rule.title, passed=not found, must=rule.must, found=found, what_to_do=rule.advice)
        )
    return lines


def _print(lines: list[RuleLine]) -> None:
    for line in lines:
        if not line["passed"]:
            mark = "WRONG" if line["must"] else "look "
            click.echo(f"{mark}  {line['id']} {line['rule']}")
            for text in line["found"]:
                click.echo(f"         {text}")
            click.echo(f"         → {line['what_to_do']}")
