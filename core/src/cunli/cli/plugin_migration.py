"""`cunli plugin migration`: write what the models of a plugin say and its migrations do not say yet."""

from __future__ import annotations

import asyncio

import click

from cunli import rooms
from cunli.cli.context import fail
from cunli.db import MigrationRefused, migrations
from cunli.kit import probe
from cunli.registry import discover


@click.command("migration")
@click.argument("plugin")
@click.option("--name", default="", help="What it is called after its number; without one, after what it does.")
@click.option(
    "--rename",
    "renames",
    multiple=True,
    metavar="OLD=NEW",
    help="A column or model has a new name: Wish.text=words, or Wish=Hope. Otherwise the old one goes with its rows.",
)
def migration(plugin: str, name: str, renames: tuple[str, ...]) -> None:
    """Write the next migration of PLUGIN into its source, if its models have changed. Needs no database and no settings.

    The plugin must be installed from its folder: pip install -e .
    """
    if plugin not in discover().installed:
        fail(f"“{plugin}” is not installed: run pip install -e . in its folder")
    registry = probe.loaded(plugin)
    if plugin not in registry.plugins:
        fail("; ".join(f"{p.id} {p.text}. {p.hint}" for p in registry.problems if p.plugin == plugin))
    if wrong := [one for one in renames if one.count("=") != 1]:
        fail(f"--rename takes OLD=NEW, such as Wish.text=words, not {wrong[0]}")
    told = dict(one.split("=") for one in renames)
    apps = {"core": rooms.APP, **registry.apps()}
    try:
        written = asyncio.run(migrations.make(apps, plugin, name=name, renames=told))
    except MigrationRefused as exc:
        fail(str(exc), 1)
    click.echo(
        f"{written}: read it, then run cunli migrate" if written else "nothing to write: the migrations say it all"
    )
