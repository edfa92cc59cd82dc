"""`cunli plugin new`: a plugin that works, with tests and translations, to be changed into what somebody wants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

import click

import cunli
from cunli.cli.context import fail

MODEL: Final = "newplugin"
PLAIN: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST: Final = 31


@click.command("new")
@click.argument("name")
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder to write it into."
)
def new(name: str, into: Path) -> None:
    """Write a new plugin into a folder of its own: a page with a form, a table, a slot, a menu item, words and tests.

    NAME is its id: it stands in addresses, tables and capabilities, and cannot be changed later without moving data.
    """
    if wrong := wrong_name(name):
        fail(wrong)
    folder = into / name
    put(folder, written(name))
    click.echo(f"{folder}: a plugin called {distribution(name)}")
    click.echo(f"next: cd {folder}; pip install -e . 'cunli[testing]'; pytest; cunli plugin check .")


def put(folder: Path, texts: Mapping[str, str]) -> None:
    """Write files below a folder that is not there yet; ends the command when it is, or cannot be written."""
    if folder.exists() or folder.is_symlink():
        fail(f"{folder} is already there and is not touched: choose another name, or another folder with --into")
    try:
        for path, text in sorted(texts.items()):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            with (folder / path).open("x", encoding="utf-8") as file:
                file.write(text)
    except OSError as exc:
        fail(f"{folder} cannot be written ({exc.strerror}): choose another folder with --into")


def wrong_name(name: str) -> str:
    """Why a plugin cannot be called so, and what would be right; empty when it can."""
    from cunli.inspection import TAKEN
    from cunli.web.site import core_pages

    if not PLAIN.fullmatch(name) or not 2 <= len(name) <= LONGEST:
        rule = f"2 to {LONGEST} lower-case letters, digits and single underscores, a letter first"
        return f"“{name}” cannot be the id of a plugin: ids are {rule}{_instead(name)}"
    if name.startswith("theme_"):
        return f"“{name}” would be a package called {distribution(name)}, and those are themes{_instead(name[6:])}"
    if name in TAKEN | {page.path.split("/")[1] for page in core_pages() if "/" in page.path}:
        return f"“{name}” is a word of the core, or the beginning of its addresses{_instead(f'our_{name}')}"
    return ""


def _instead(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_").removeprefix("cunli_").lstrip("0123456789_")
    plain = plain[:LONGEST].rstrip("_")
    return f". Try: {plain}" if PLAIN.fullmatch(plain) and len(plain) > 1 else ""


def distribution(name: str) -> str:
    """What the plugin's package is called where it is installed from."""
    return f"cunli-{name.replace('_', '-')}"


def written(name: str) -> dict[str, str]:
    """The files of a new plugin and their text. The model in the core's wheel is a real plugin, so that the linters see it."""
    return copied("scaffold", {f"cunli-{MODEL}": distribution(name), "NewPlugin": class_name(name), MODEL: name})


def copied(model: str, words: Mapping[str, str]) -> dict[str, str]:
    """The files of a model in the core's wheel, with these words of it replaced in names and texts, in this order."""
    home = Path(str(files("cunli") / model))
    kept = ((path, path.relative_to(home).parts) for path in home.rglob("*") if path.is_file())
    sources = (path for path, parts in kept if not any(part.startswith((".", "__pycache__")) for part in parts))
    every = {"gitignore.txt": ".gitignore", **words}
    return {
        _renamed(path.relative_to(home).as_posix(), every): _renamed(path.read_text("utf-8"), every) for path in sources
    }


def _renamed(text: str, words: Mapping[str, str]) -> str:
    for old, new in words.items():
        text = text.replace(old, new)
    return text


def class_name(name: str) -> str:
    """The class of the plugin, never one that its own module imports."""
    camel = "".join(part.capitalize() for part in name.split("_"))
    return f"{camel}Plugin" if camel in {*cunli.__all__, "Iterable", "Mapping", "Sequence"} else camel
