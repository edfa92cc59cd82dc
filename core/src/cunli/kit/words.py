"""Whether every word of the plugin can be said in every language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import PoFileError, read_po
from jinja2 import nodes

from cunli.kit.pieces import parsed, templates_can_be_read
from cunli.kit.subject import Subject

KEYWORDS: Final = {"_": None, "gettext": None, "ngettext": (1, 2), "nlazy": (1, 2)}
METHODS: Final = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS: Final = {"**/templates/**.html": {"extensions": "jinja2.ext.do,jinja2.ext.loopcontrols", "trimmed": "false"}}
LOCALES: Final = ("en",)
CHINESE: Final = re.compile(r"[\u3400-\u9fff]")
_HOLE: Final = re.compile(r"%\((\w+)\)s")
_SHOWN: Final = ("label", "summary", "text", "toast", "title")


def messages(subject: Subject) -> list[str]:
    """Every message of the plugin's code and templates, once."""
    if any(templates_can_be_read(subject)):
        return []
    found = extract_from_dir(str(subject.home), METHODS, OPTIONS, KEYWORDS)
    ids = (message[0] if isinstance(message, tuple) else message for _, _, message, _, _ in found)
    return list(dict.fromkeys(one for one in ids if one))


def every_message_is_translated(subject: Subject) -> Iterator[str]:
    """Add the message to locale/en/LC_MESSAGES/messages.po (`msgid` as in the source, `msgstr` in English), not marked fuzzy."""
    for locale in LOCALES:
        known = _catalogue(subject, locale)
        for message in messages(subject):
            one = known.get(message) if known else None
            forms = [] if one is None or one.fuzzy else _forms(one)
            if not forms or not all(forms):
                yield f"no {locale} for: {message}"


def translations_keep_their_holes(subject: Subject) -> Iterator[str]:
    """The translation must have the same %(name)s as the message: another one fails when the page is made."""
    for path in _catalogues(subject):
        for message in _read(path):
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            wanted = {hole for text in ids for hole in _HOLE.findall(str(text))}
            for text in _forms(message):
                if ids[0] and text and set(_HOLE.findall(text)) != wanted:
                    yield f"{path.parent.parent.name}: {ids[0]} → {text}"


def catalogues_can_be_read(subject: Subject) -> Iterator[str]:
    """Babel cannot read the catalogue: a quote or a line is missing."""
    for path in _catalogues(subject):
        try:
            with path.open("rb") as file:
                read_po(file, abort_invalid=True)
        except (PoFileError, ValueError) as exc:
            yield f"{path.relative_to(subject.home)}: {exc}"


def templates_mark_their_words(subject: Subject) -> Iterator[str]:
    """Write {{ _("…") }} around it: words that stand bare in a template are the same in every language."""
    if any(templates_can_be_read(subject)):
        return
    for name, source in subject.templates.items():
        tree = parsed(source)
        marked = {id(arg) for call in tree.find_all(nodes.Call) if _is_message(call) for arg in call.args}
        bare = [data.data for data in tree.find_all(nodes.TemplateData)]
        bare += [c.value for c in tree.find_all(nodes.Const) if isinstance(c.value, str) and id(c) not in marked]
        yield from (f"{name}: {' '.join(text.split())[:60]}" for text in bare if CHINESE.search(text))


def code_marks_its_words(subject: Subject) -> Iterator[str]:
    """Write _("…") (`from cunli import gettext as _`) around what people read."""
    for path, tree in subject.trees.items():
        for call in (n for n in ast.walk(tree) if isinstance(n, ast.Call)):
            if ast.unparse(call.func).rpartition(".")[2] == "Capability":
                continue  # its label is for admins and plain text
            for keyword in call.keywords:
                value = keyword.value
                if keyword.arg in _SHOWN and isinstance(value, ast.Constant) and CHINESE.search(str(value.value)):
                    yield f"{path}:{value.lineno} {keyword.arg}={value.value!r}"


def _is_message(call: nodes.Call) -> bool:
    return isinstance(call.node, nodes.Name) and call.node.name in KEYWORDS


def _forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else [str(form) for form in message.string or ()]


def _catalogues(subject: Subject) -> list[Path]:
    return sorted((subject.home / "locale").glob("*/LC_MESSAGES/messages.po"))


def _catalogue(subject: Subject, locale: str) -> Catalog | None:
    path = subject.home / "locale" / locale / "LC_MESSAGES" / "messages.po"
    return _read(path) if path.exists() else None


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)
