"""`cunli plugin key`: a key with which an author signs what the check found."""

from __future__ import annotations

from pathlib import Path

import click

from cunli.cli.context import fail


@click.command("key")
@click.argument("file", type=click.Path(path_type=Path))
def key(file: Path) -> None:
    """Write a new private key to FILE and print the public one, which directories are told to trust.

    Keep FILE to yourself and out of the repository. `cunli plugin check --sign FILE` uses it.
    """
    from cunli.kit.signing import make_key

    try:
        click.echo(make_key(file))
    except FileExistsError:
        fail(f"{file} is there already: nothing was changed")
    except OSError as exc:
        fail(f"{file} cannot be written: {exc.strerror}")
