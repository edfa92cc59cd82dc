"""A theme as `cunli theme new` writes it, with some files changed, installed or not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cunli.cli.theme_new import written
from cunli.web import themes
from cunli.web.themes import Theme

NAME = "lotus"
PACKAGE = f"cunli_theme_{NAME}"
Edits = Mapping[str, str]


def theme_folder(site: Path, edits: Edits = {}) -> Path:  # noqa: B006 never changed
    """The installed package of the theme, as an unpacked wheel has it; `edits` are files of it, by path."""
    for path, text in written(NAME).items():
        if path.startswith(f"src/{PACKAGE}/"):
            put(site / path.removeprefix("src/"), text)
    about = site / f"{PACKAGE}-0.1.0.dist-info"
    put(about / "METADATA", f"Metadata-Version: 2.4\nName: cunli-theme-{NAME}\nVersion: 0.1.0\n")
    put(about / "entry_points.txt", f"[cunli.themes]\n{NAME} = {PACKAGE}\n")
    for path, text in edits.items():
        put(site / PACKAGE / path, text)
    return site / PACKAGE


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def chain(folder: Path) -> tuple[Theme, ...]:
    """The theme of a folder on its base; it need not be installed."""
    return themes.based(themes.described(NAME, folder))
