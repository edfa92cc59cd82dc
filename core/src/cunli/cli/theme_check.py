"""`cunli theme check`: the rules that a theme is held to. The site asks most of them again when it starts."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Final, TypedDict

import click

import cunli
from cunli.cli.context import fail
from cunli.cli.plugin_check import RuleLine, lines_of, print_lines


class ThemeReport(TypedDict):
    """What `cunli theme check --json` prints. `sha256` is that of the wheel's contents."""

    format: int
    theme: str
    distribution: str
    version: str
    sha256: str
    cunli: str
    passed: bool
    rules: list[RuleLine]


FORMAT: Final = 1


@click.command("check")
@click.argument("path", metavar="PATH|WHEEL", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(path: Path, as_json: bool) -> None:
    """Hold a theme to the rules: its wheel, or the folder it is built from.

    Nothing of it is imported or run, and no site and no database is needed. A folder is built first, by the tool that its
    pyproject.toml names: check the wheel of a theme whose author you do not know. Exits 1 when a rule is broken.
    """
    from cunli.kit import theme as kit
    from cunli.kit.subject import Unusable

    with tempfile.TemporaryDirectory(prefix="cunli-check-") as folder:
        try:
            subject = kit.opened(path, Path(folder))
        except Unusable as exc:
            fail(str(exc))
        lines = lines_of(subject, kit.THEME_RULES)
        report = ThemeReport(
            format=FORMAT,
            theme=subject.name,
            distribution=subject.about.metadata["Name"],
            version=subject.about.version,
            sha256=subject.digest,
            cunli=cunli.__version__,
            passed=all(line["passed"] for line in lines if line["must"]),
            rules=lines,
        )
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        print_lines(lines)
        held = sum(line["passed"] for line in lines)
        click.echo(f"{report['theme']} {report['version']}: {held} of {len(lines)} rules hold")
    raise SystemExit(0 if report["passed"] else 1)
