"""`cunli plugin list`: every plugin that is installed, in the settings or in the database, and where it is on."""

from __future__ import annotations

import json
from typing import TypedDict

import click

from cunli.cli import run
from cunli.cli.context import load_settings
from cunli.cli.plugin_state import look
from cunli.inventory import Known, State


class PluginLine(TypedDict):
    """One plugin of the list. Counts are null when the database cannot be read."""

    id: str
    version: str
    summary: str
    state: State
    problems: list[str]
    villages_on: int | None
    villages_switched_on: int | None
    regions_requiring: int | None
    regions_forbidding: int | None


WORDS: dict[State, str] = {
    "running": "running",
    "off": "installed, not in the settings",
    "refused": "refused",
    "missing": "missing: not installed",
    "held back": "held back by safe mode",
}


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_plugins(as_json: bool) -> None:
    """List plugins with their state and where they are on. Those that the settings do not name are not run at all."""
    known = run(look(load_settings()))
    lines = [_line(known, name) for name in known.ids()]
    if as_json:
        click.echo(json.dumps(lines, ensure_ascii=False, indent=1))
    else:
        for line in lines:
            _print(line)
        if not lines:
            click.echo("no plugins are installed; the core works without any")
    if lines and known.unreadable:
        click.echo(f"cunli: where they are on is not known: {known.unreadable}", err=True)
    if any(line["problems"] for line in lines):
        click.echo("cunli: what the problems are and how to mend them: cunli plugin doctor", err=True)


def _line(known: Known, name: str) -> PluginLine:
    about, said = known.installed(name), (known.switched or {}).get(name)
    read = known.switched is not None
    return PluginLine(
        id=name,
        version=about.version if about else "",
        summary=about.summary if about else "",
        state=known.state(name),
        problems=sorted({p.id for p in known.findings() if p.plugin == name}),
        villages_on=(known.on_in or {}).get(name, 0) if read else None,
        villages_switched_on=(said.on if said else 0) if read else None,
        regions_requiring=(said.required if said else 0) if read else None,
        regions_forbidding=(said.forbidden if said else 0) if read else None,
    )


def _print(line: PluginLine) -> None:
    head = f"{line['id']:16} {line['version']:10} {WORDS[line['state']]}"
    click.echo(head + (f" ({', '.join(line['problems'])})" if line["problems"] else ""))
    if line["summary"]:
        click.echo(f"    {line['summary']}")
    if line["villages_on"] is None:
        return
    parts = [f"on in {_counted(line['villages_on'], 'village')}"]
    if line["state"] != "running" and line["villages_switched_on"]:
        parts.append(f"switched on in {line['villages_switched_on']}")
    for count, verb in ((line["regions_requiring"], "required"), (line["regions_forbidding"], "forbidden")):
        if count:
            parts.append(f"{verb} by {_counted(count, 'region')}")
    click.echo(f"    {', '.join(parts)}")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
