"""`cunli plugin check`: the rules that a plugin's wheel is held to before it runs for real people."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TypedDict

import click

import cunli
from cunli.cli.context import fail


class RuleLine(TypedDict):
    """How one rule fared."""

    id: str
    rule: str
    passed: bool
    must: bool
    found: list[str]
    what_to_do: str


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
        lines, version = _lines(subject), subject.about.version
    broken = [line for line in lines if line["must"] and not line["passed"]]
    if as_json:
        about = {"plugin": subject.name, "version": version, "cunli": cunli.__version__, "level": "basic"}
        click.echo(json.dumps({**about, "passed": not broken, "rules": lines}, ensure_ascii=False, indent=1))
    else:
        _print(lines)
        passed = sum(line["passed"] for line in lines)
        click.echo(f"{subject.name} {version}: {passed} of {len(lines)} rules of the level basic hold")
    raise SystemExit(1 if broken else 0)


def _lines(subject: object) -> list[RuleLine]:
    from cunli.kit.rules import RULES
    from cunli.kit.subject import Subject

    assert isinstance(subject, Subject)
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
