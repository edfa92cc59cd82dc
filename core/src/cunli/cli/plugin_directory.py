"""`cunli plugin directory`: a page that lists plugins, made from what the check printed of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click

from cunli.cli.context import fail
from cunli.cli.plugin_check import FORMAT, Report, SignedReport

NEEDED: Final = Report.__required_keys__


@click.command("directory")
@click.argument("reports", metavar="REPORT…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--trust", multiple=True, metavar="KEY", help="Take only reports signed with this public key; may be repeated."
)
@click.option("--out", type=click.Path(path_type=Path), help="Write here instead of to the standard output.")
def directory(reports: tuple[Path, ...], trust: tuple[str, ...], out: Path | None) -> None:
    """Make a page of plugins, in Markdown, from files that `cunli plugin check --json` wrote.

    Each plugin stands there with its version, the hash of what was checked, who signed that, and the rules that it breaks.
    A report that was changed after it was signed is refused, and with --trust so is one that nobody named there signed.
    """
    found = sorted((_read(path, trust) for path in reports), key=lambda one: (one["plugin"], one["version"]))
    page = "\n".join(["# Plugins", "", *(line for one in found for line in _section(one))]) + "\n"
    if out is None:
        click.echo(page, nl=False)
    else:
        out.write_text(page, "utf-8")


def _read(path: Path, trust: tuple[str, ...]) -> SignedReport:
    try:
        found: Any = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as exc:
        fail(f"{path} cannot be read: {exc}")
    missing = NEEDED - (found.keys() if isinstance(found, dict) else set())
    if missing or found["format"] != FORMAT:
        lacks = (
            f"it lacks {', '.join(sorted(missing))}" if missing else f"it is of format {found['format']}, not {FORMAT}"
        )
        fail(f"{path} is not what `cunli plugin check --json` of this version writes: {lacks}. Check the plugin again")
    _check_signature(path, found, trust)
    report: SignedReport = found
    return report


def _check_signature(path: Path, found: dict[str, Any], trust: tuple[str, ...]) -> None:
    from cunli.kit.signing import InvalidSignature, signer

    try:
        key = signer(found)
    except InvalidSignature:
        fail(f"{path} was changed after it was signed: ask its author for the report again")
    if trust and key not in trust:
        fail(f"{path} is signed by {key or 'nobody'}, and --trust does not name that key")


def _section(one: SignedReport) -> list[str]:
    broken = [line for line in one["rules"] if line["must"] and not line["passed"] and not line["exempt"]]
    held = sum(line["passed"] for line in one["rules"])
    lines = [
        f"## {_plain(one['plugin'])} {_plain(one['version'])}",
        "",
        _plain(one["summary"]),
        "",
        f"- {_plain(one['distribution'])}, by {_plain(one['author']) or 'nobody named'}, {_plain(one['licence']) or 'no licence named'}",
        f"- {'passes' if one['passed'] else 'DOES NOT PASS'} the level {_plain(one['level'])}: {held} of {len(one['rules'])}"
        f" rules hold, checked with Cunli {_plain(one['cunli'])}",
        f"- SHA-256 of its contents: `{_plain(one['sha256'])}`",
    ]
    signed = one.get("signature")
    lines.append(f"- signed by `{_plain(signed['key'])}`" if signed else "- signed by nobody")
    lines += [
        f"- not held, for a reason: {_plain(line['id'])}: {_plain(line['exempt'])}"
        for line in one["rules"]
        if line["exempt"]
    ]
    lines += [f"- breaks {_plain(line['id'])}: {_plain(line['rule'])}" for line in broken]
    return [*lines, ""]


def _plain(text: object) -> str:
    """Words of a stranger as words: no line breaks, no markup."""
    flat = " ".join(str(text).split())
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|" else c for c in flat)
