"""`cunli search`: the index of words that searching uses."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from cunli.cli import run
from cunli.cli.context import bar, database
from cunli.feed import search_index
from cunli.feed.search_index import Compared


@click.group()
def search() -> None:
    """Build the index of words anew, or compare it with what people wrote."""


@search.command()
def rebuild() -> None:
    """Index every post and comment anew. The site goes on meanwhile; it can be stopped and begun again at any time."""
    held = run(_rebuild())
    click.echo(f"the index holds {held} posts and comments")


async def _rebuild() -> int:
    async with database():
        with bar("重建索引") as shown:

            def tell(done: int, of: int) -> None:
                shown.total = of
                shown.update(done - shown.n)

            return await search_index.rebuild(tell)


@search.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(as_json: bool) -> None:
    """Compare the index with every post and comment. Exits 1 when something is missing, stale or wrong."""
    found = run(_compare())
    if as_json:
        click.echo(json.dumps({"right": found.right, **asdict(found)}))
    else:
        _say(found)
    raise SystemExit(0 if found.right else 1)


async def _compare() -> Compared:
    async with database():
        return await search_index.compare()


def _say(found: Compared) -> None:
    click.echo(f"held: {found.held['p']} posts, {found.held['c']} comments; waiting to be indexed: {found.waiting}")
    for number, what in (
        (found.missing, "are visible and missing"),
        (found.stale, "are held and not visible any more"),
        (found.wrong, "are held with other words"),
    ):
        if number:
            click.echo(f"WRONG: {number} {what}")
    for name in found.triggers_missing:
        click.echo(f"WRONG: the trigger {name} is gone; what changes is not noted")
    if found.triggers_missing:
        click.echo("       → restore the database's schema from a backup, or ask for help before running anything else")
    elif not found.right:
        click.echo("       → cunli search rebuild")
    else:
        click.echo("the index is right")
