"""`cunli plugin check`: the rules that a plugin's wheel is held to before it runs for real people."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypedDict

import click

import cunli
from cunli.cli.context import fail

if TYPE_CHECKING:
    from cunli.kit.rules import Level
    from cunli.kit.subject import Subject


class AnyRule(Protocol):
    """A rule for plugins or for themes."""

    @property
    def id(self) -> str: ...
    @property
    def look(self) -> Any: ...
    @property
    def must(self) -> bool: ...
    @property
    def title(self) -> str: ...
    @property
    def advice(self) -> str: ...


class RuleLine(TypedDict):
    """How one rule fared. `exempt` is the author's reason for not keeping it, or empty; then it does not count."""

    id: str
    rule: str
    passed: bool
    must: bool
    level: str
    exempt: str
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


class SignedReport(Report, total=False):
    """The same as an author hands it over."""

    signature: dict[str, str]


FORMAT: Final = 1


@click.command("check")
@click.argument("path", metavar="PATH|WHEEL", type=click.Path(path_type=Path))
@click.option("--level", type=click.Choice(["basic", "good", "excellent"]), default="basic", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--sign", type=click.Path(path_type=Path), help="A private key: print JSON, signed. See `cunli plugin key`."
)
def check(path: Path, level: Level, as_json: bool, sign: Path | None) -> None:
    """Hold a plugin to the rules: its wheel, or the folder it is built from.

    basic is what it needs to run for real people; its code is imported, in a process of its own. good walks through a
    site with it as well (pip install "cunli[testing]"). excellent runs mypy, its own tests and a browser too. Exits 1
    when a rule is broken or could not be tried. A rule above basic that need not hold is named, with the reason, in
    plugin-quality.toml.
    """
    from cunli.kit.signing import BadKey
    from cunli.kit.signing import sign as signed
    from cunli.kit.subject import Unusable, opened

    with tempfile.TemporaryDirectory(prefix="cunli-check-") as folder:
        try:
            report = _report(opened(path, Path(folder)), level)
            said = report if sign is None else signed(report, sign)
        except (Unusable, BadKey) as exc:
            fail(str(exc))
    lines = report["rules"]
    if as_json or sign is not None:
        click.echo(json.dumps(said, ensure_ascii=False, indent=1))
    else:
        print_lines(lines)
        passed = sum(line["passed"] for line in lines)
        click.echo(f"{report['plugin']} {report['version']}: {passed} of {len(lines)} rules of the level {level} hold")
    raise SystemExit(0 if report["passed"] else 1)


def _report(subject: Subject, level: Level) -> Report:
    about, lines = subject.about.metadata, _lines(subject, level)
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
        level=level,
        passed=all(line["passed"] or line["exempt"] for line in lines if line["must"]),
        rules=lines,
    )


def _lines(subject: Subject, level: Level) -> list[RuleLine]:
    from cunli.kit.exempt import exemptions
    from cunli.kit.rules import BEYOND, RULES, up_to

    wanted = up_to(level)
    reasons = exemptions(subject, (rule.id for rule in BEYOND))
    lines = lines_of(subject, [rule for rule in (*RULES, *BEYOND) if rule.level in wanted], reasons)
    return lines + (_walked(subject) if "good" in wanted else [])


def lines_of(subject: Subject, rules: Sequence[AnyRule], reasons: Mapping[str, str] | None = None) -> list[RuleLine]:
    """How each rule fared; `reasons` are those of the author for not keeping one."""
    looked = [(rule, list(rule.look(subject))) for rule in rules]
    return [
        _line(
            rule.id,
            rule.title,
            rule.advice,
            found,
            level=getattr(rule, "level", "basic"),
            must=rule.must,
            exempt=(reasons or {}).get(rule.id, ""),
        )
        for rule, found in looked
    ]


def _walked(subject: Subject) -> list[RuleLine]:
    """The rules for running plugins, as its own tests would judge them on SQLite."""
    try:
        from cunli.testing.living import LIVING_RULES
    except ModuleNotFoundError as exc:
        fail(f'the level good needs the tools for tests, and {exc.name} is not here: pip install "cunli[testing]"')
    found = subject.walked
    return [
        _line(rule.id, rule.title, rule.advice, found.get(rule.id, []), level="good", must=rule.must, exempt="")
        for rule in LIVING_RULES
    ]


def _line(number: str, title: str, advice: str, found: list[str], *, level: str, must: bool, exempt: str) -> RuleLine:
    return RuleLine(
        id=number,
        rule=title,
        passed=not found,
        must=must,
        level=level,
        exempt=exempt if found else "",
        found=found,
        what_to_do=advice,
    )


def print_lines(lines: list[RuleLine]) -> None:
    """The rules that are broken, with what to do."""
    for line in lines:
        if not line["passed"]:
            mark = "look " if line["exempt"] or not line["must"] else "WRONG"
            click.echo(f"{mark}  {line['id']} {line['rule']}")
            for text in line["found"]:
                click.echo(f"         {text}")
            click.echo(f"         → {line['exempt'] or line['what_to_do']}")
