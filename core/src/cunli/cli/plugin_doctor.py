"""`cunli plugin doctor`: what is wrong with plugins, and how to mend it."""

from __future__ import annotations

import json

import click

from cunli.cli import run
from cunli.cli.context import fail, load_settings
from cunli.cli.plugin_state import look, near
from cunli.problems import Problem


@click.command()
@click.argument("name", metavar="[PLUGIN]", default="")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(name: str, as_json: bool) -> None:
    """Say what is wrong with plugins, or with one, and how to mend it. Exits 1 when something is.

    Loads the plugins that the settings name, looks for migrations that wait, for switches of plugins that do not run,
    and for values that regions set and that no setting takes (any more). In safe mode nothing is loaded: only what can be seen from outside is checked.
    """
    known = run(look(load_settings()))
    if name and name not in known.ids():
        fail(f"no plugin is called “{name}”{near(name, known.ids())}; see `cunli plugin list`")
    found = [p for p in known.findings() if name in ("", p.plugin)]
    if as_json:
        click.echo(json.dumps([_as_dict(p) for p in found], ensure_ascii=False, indent=1))
    else:
        for one in found:
            click.echo(f"{click.style(one.id, fg='red')} {one.plugin}: {one.text}\n    → {one.hint}")
        if not found and not known.unreadable:
            click.echo(f"nothing is wrong with {name or 'any plugin'}")
    if known.settings.safe:
        click.echo("cunli: safe mode: plugins were not loaded, only looked at from outside", err=True)
    if known.unreadable:
        click.echo(f"cunli: tables and switches were not checked: {known.unreadable}", err=True)
    raise SystemExit(1 if found or known.unreadable else 0)


def _as_dict(found: Problem) -> dict[str, str]:
    return {"id": found.id, "plugin": found.plugin, "text": found.text, "hint": found.hint}
