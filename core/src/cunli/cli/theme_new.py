"""`cunli theme new`: a theme that works, with its test, to be changed into what somebody wants."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

import click

from cunli.cli.context import fail
from cunli.cli.plugin_new import LONGEST, PLAIN

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
    if folder.exists() or folder.is_symlink():
        fail(f"{folder} is already there and is not touched: choose another name, or another folder with --into")
    try:
        for path, text in sorted(written(name).items()):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            with (folder / path).open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as exc:
        fail(f"{folder} cannot be written ({exc.strerror}): choose another folder with --into")
    click.echo(f"{folder}: a theme called cunli-theme-{name.replace('_', '-')}")
    click.echo(f"next: cd {folder}; pip install -e . 'cunli[testing]'; pytest; cunli theme check .")


def written(name: str) -> dict[str, str]:
    """The files of a new theme and their text. The model in the core's wheel is a real theme."""
    home = Path(str(files("cunli") / "scaffold_theme"))
    sources = (path for path in home.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {_renamed(p.relative_to(home).as_posix(), name): _renamed(p.read_text("utf-8"), name) for p in sources}


def _renamed(text: str, name: str) -> str:
    distribution = f"cunli-theme-{name.replace('_', '-')}"
    for old, put in (("gitignore.txt", ".gitignore"), (f"cunli-theme-{MODEL}", distribution), (MODEL, name)):
        text = text.replace(old, put)
    return text
