"""`cunli plugin messages`: collect what a plugin says into its catalogues, and say what nobody has translated yet."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import PoFileError, read_po, write_po

from cunli.cli.context import fail
from cunli.kit.words import KEYWORDS, METHODS, OPTIONS

WANTED: Final = "en"
MOST: Final = 20  # messages named for a catalogue
SOURCE: Final = "zh_Hans"  # what the source is written in: such a catalogue says what the source says


@click.command("messages")
@click.argument("path", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--locale", "more", multiple=True, metavar="LOCALE", help="Begin a catalogue for another language, too.")
@click.option(
    "--check",
    is_flag=True,
    help="Change nothing; exit 1 when a catalogue is out of date or a message is not translated.",
)
def messages(path: Path, more: tuple[str, ...], check: bool) -> None:
    """Bring the catalogues of the plugin in PATH up to date: new messages are added, those that are gone are taken out.

    English is always kept; `locale/zh_Hant` and others are, where they are there. What is translated stays as it is.
    """
    home = _package(path.resolve())
    found = _collected(home)
    there = {p.parent.parent.name for p in home.glob("locale/*/LC_MESSAGES/messages.po")}
    wrong = 0
    for locale in sorted({WANTED, *there, *more}):
        file = home / "locale" / locale / "LC_MESSAGES" / "messages.po"
        text, waiting = _updated(file, locale, found)
        stale = not file.exists() or file.read_bytes() != text
        if stale and not check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text)
        said = "out of date" if stale and check else "written" if stale else "up to date"
        click.echo(f"{file.relative_to(path.resolve())}: {len(found)} messages, {len(waiting)} to translate, {said}")
        for message in waiting[:MOST]:
            click.echo(f"  {message}")
        if len(waiting) > MOST:
            click.echo(f"  … and {len(waiting) - MOST} more")
        wrong += check and (stale or bool(waiting))
    if wrong:
        raise SystemExit(1)


def _package(path: Path) -> Path:
    """The import package of the plugin in a folder."""
    found = sorted(
        p.parent for p in (*path.glob("src/*/__init__.py"), *path.glob("*/__init__.py")) if p.parent.name != "tests"
    )
    if len(found) != 1:
        names = ", ".join(str(p.relative_to(path)) for p in found) or "none"
        fail(
            f"{path} should hold one package (src/cunli_…), and holds {names}: name the folder with the pyproject.toml"
        )
    return found[0]


def _collected(home: Path) -> Catalog:
    found = Catalog(charset="utf-8")
    try:
        for _, _, message, _, context in extract_from_dir(str(home), METHODS, {**OPTIONS}, KEYWORDS):
            if message:
                found.add(message, None, context=context)
    except SyntaxError as exc:
        fail(f"{exc.filename or home} line {exc.lineno}: {exc.msg}", 1)
    return found


def _updated(file: Path, locale: str, found: Catalog) -> tuple[bytes, list[str]]:
    """The catalogue with today's messages, and those that have no words."""
    try:
        old = (
            read_po(io.BytesIO(file.read_bytes()), locale=locale, abort_invalid=True)
            if file.exists()
            else Catalog(locale=locale)
        )
    except (PoFileError, ValueError) as exc:
        fail(f"{file} cannot be read: {exc}. A quote or a line is missing", 1)
    new, waiting = Catalog(locale=locale), []
    for message in found:
        if not message.id:
            continue
        first = message.id if isinstance(message.id, str) else message.id[0]
        known = old.get(first)
        words = known.string if known is not None and not known.fuzzy else None
        if locale == SOURCE:
            words = message.id if isinstance(message.id, str) else (first,)
        forms = [words] if isinstance(words, str) else list(words or ())
        if not forms or not all(forms):
            waiting.append(first)
        new.add(message.id, words)
    out = io.BytesIO()
    write_po(out, new, width=0, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    return b'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n' + out.getvalue(), waiting
