"""`cunli migrate`: the tables of the core and of every plugin, brought up to date under one lock."""

from __future__ import annotations

import json

import click

from cunli.cli import run
from cunli.cli.context import load_settings
from cunli.web.site import Site


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 when migrations are waiting.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list of migrations.")
def migrate(check: bool, as_json: bool) -> None:
    """Bring the database's tables up to date. Safe to run twice, and from two machines at once."""
    raise SystemExit(run(_migrate(check, as_json)))


async def _migrate(check: bool, as_json: bool) -> int:
    from cunli.db import migrations

    site = Site(load_settings())
    url, apps = site.settings.database_url, site.apps()
    if check:
        waiting = [str(m) for m in await migrations.pending(url, apps)]
        click.echo(json.dumps(waiting) if as_json else "\n".join(waiting) or "up to date")
        return 1 if waiting else 0
    done = await migrations.migrate(url, apps, progress=_quiet if as_json else _say)
    click.echo(json.dumps(done) if as_json else f"{len(done)} migrations applied" if done else "up to date")
    return 0


def _quiet(label: str, name: str) -> None:
    """Say nothing while a script reads the output."""


def _say(label: str, name: str) -> None:
    click.echo(f"  {label} {name}")
