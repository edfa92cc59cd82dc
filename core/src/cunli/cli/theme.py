"""`cunli theme`: what is installed and where it is worn, choosing, and the kit for authors."""

from __future__ import annotations

import click

from cunli.cli.theme_check import check
from cunli.cli.theme_new import new
from cunli.cli.theme_use import list_themes, use


@click.group()
def theme() -> None:
    """Look at themes, say where each is worn, and write new ones."""


for command in (list_themes, use, new, check):
    theme.add_command(command)
