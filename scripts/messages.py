"""Catalogues: collect every message, keep the English one complete, make the traditional Chinese one with OpenCC."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import opencc
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "core/src/cunli/locale"
SOURCES = (ROOT / "core/src/cunli", *(sorted((ROOT / "themes").glob("*/src"))))
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "nlazy": (1, 2)}
METHODS = [
    ("**/testing/**", "ignore"),
    ("**/demo/**", "ignore"),
    ("**/scaffold/**", "ignore"),
    ("**/scaffold_theme/**", "ignore"),
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
]
OPTIONS = {
    "**/templates/**.html": {
        "trimmed": "false",
        "extensions": "jinja2.ext.do,jinja2.ext.loopcontrols",
        "silent": "false",
    }
}


def collect() -> Catalog:
    """Every message of the core and of the themes, with where it stands."""
    found = Catalog(project="cunli", charset="utf-8")
    for source in SOURCES:
        for name, line, message, _, context in extract_from_dir(str(source), METHODS, OPTIONS, KEYWORDS):
            if message:
                found.add(message, None, [(f"{(source / name).relative_to(ROOT).as_posix()}", line)], context=context)
    return found


def _path(locale: str) -> Path:
    return LOCALE / locale / "LC_MESSAGES" / "messages.po"


def _read(locale: str) -> Catalog:
    path = _path(locale)
    if not path.exists():
        return Catalog(locale=locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def _text(catalogue: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=0, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    return buffer.getvalue()


def updated_english(found: Catalog) -> Catalog:
    """The English catalogue with new messages added, empty where nobody has translated them yet."""
    old, new = _read("en"), Catalog(locale="en")
    for message in found:
        if message.id:
            known = old.get(message.id if isinstance(message.id, str) else message.id[0])
            new.add(message.id, known.string if known and not known.fuzzy else None)
    return new


def converted_traditional(found: Catalog) -> Catalog:
    """The traditional Chinese catalogue: OpenCC with Taiwan's phrases."""
    convert = opencc.OpenCC("s2twp").convert
    new = Catalog(locale="zh_Hant")
    for message in found:
        if message.id:
            text = message.id if isinstance(message.id, str) else message.id[0]
            new.add(message.id, convert(text) if isinstance(message.id, str) else (convert(text),))
    return new


def untranslated(catalogue: Catalog) -> list[str]:
    """Messages that have no words, or a plural that lacks a form."""
    found = []
    for message in catalogue:
        forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
        if message.id and (not forms or not all(forms)):
            found.append(str(message.id))
    return found


def main(check: bool) -> int:
    found = collect()
    wanted = {"en": updated_english(found), "zh_Hant": converted_traditional(found)}
    stale = [
        locale
        for locale, catalogue in wanted.items()
        if not _path(locale).exists() or _path(locale).read_bytes() != _text(catalogue)
    ]
    missing = untranslated(wanted["en"])
    if not check:
        for locale, catalogue in wanted.items():
            _path(locale).parent.mkdir(parents=True, exist_ok=True)
            _path(locale).write_bytes(_text(catalogue))
        print(f"{len(found)} messages, {len(missing)} without English")
        return 0
    for locale in stale:
        print(f"{_path(locale).relative_to(ROOT)} is out of date")
    for text in missing[:20]:
        print(f"no English for: {text}")
    return 1 if stale or missing else 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
