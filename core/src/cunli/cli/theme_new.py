"""`cunli theme new`: a theme that works, with its test, to be changed into what somebody wants."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from cunli.cli.context import fail
from cunli.cli.plugin_new import LONGEST, PLAIN, copied, put

MODEL: Final = "newtheme"


@click.command("new")
@click.argument("name")
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder to write it into."
)
def new(name: str, into: Path) -> None:
    """Write a new theme into a folder of its own: colours, one template drawn another way, and its test.

    NAME is its id: regions remember it when they choose the theme.
    """
    from cunli.web.themes import CORE

    if not PLAIN.fullmatch(name) or not 2 <= len(name) <= LONGEST or name == CORE:
        rule = f"2 to {LONGEST} lower-case letters, digits and single underscores, a letter first, and not {CORE}"
        fail(f"“{name}” cannot be the id of a theme: ids are {rule}")
    folder = into / name
    put(folder, written(name))
    click.echo(f"{folder}: a theme called cunli-theme-{name.replace('_', '-')}")
    click.echo(f"next: cd {folder}; pip install -e . 'cunli[testing]'; pytest; cunli theme check .")


def written(name: str) -> dict[str, str]:
    """The files of a new theme and their text. The model in the core's wheel is a real theme."""
    return copied("scaffold_theme", {f"cunli-theme-{MODEL}": f"cunli-theme-{name.replace('_', '-')}", MODEL: name})
