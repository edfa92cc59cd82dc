"""Words: lazy texts, catalogues and the locale of the running request. Chinese (simplified) strings are the message ids."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.resources import files
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

LOCALES: dict[str, str] = {"zh_Hans": "简体中文", "zh_Hant": "繁體中文", "en": "English"}
HTML_LANG = {"zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant", "en": "en"}
_ALIASES = {
    "zh": "zh_Hans",
    "zh-cn": "zh_Hans",
    "zh-sg": "zh_Hans",
    "zh-tw": "zh_Hant",
    "zh-hk": "zh_Hant",
    "zh-mo": "zh_Hant",
}
_locale: ContextVar[str] = ContextVar("locale", default="zh_Hans")


class Catalogue:
    """Messages of one locale, merged from every package that has a `locale/` folder."""

    def __init__(self) -> None:
        self.single: dict[str, str] = {}
        self.plural: dict[str, tuple[str, ...]] = {}

    def seal(self) -> str:
        """Stands for the content: templates compiled with one catalogue must not serve another."""
        return format(hash((tuple(self.single.items()), tuple(self.plural.items()))) & 0xFFFFFFFFFFFF, "x")

    def gettext(self, text: str) -> str:
        return self.single.get(text) or text

    def ngettext(self, one: str, many: str, n: int) -> str:
        forms = self.plural.get(one)
        if forms:
            return forms[0] if len(forms) == 1 or n == 1 else forms[-1]
        return self.gettext(one if n == 1 else many)


_catalogues: dict[str, Catalogue] = {}


def load(packages: Iterable[str]) -> None:
    """Read the catalogues of these packages; a later package never overrides an earlier one."""
    _catalogues.clear()
    for locale in LOCALES:
        catalogue = Catalogue()
        for package in packages:
            _merge(catalogue, package, locale)
        _catalogues[locale] = catalogue


def load_again(packages: Iterable[str]) -> None:
    """The same with what the files say now."""
    _read.cache_clear()
    load(packages)


@functools.cache
def _read(path: str) -> tuple[tuple[Any, Any], ...]:
    with Path(path).open("rb") as file:
        return tuple((m.id, m.string) for m in read_po(file) if m.id and m.string and not m.fuzzy)


def _merge(catalogue: Catalogue, package: str, locale: str) -> None:
    path = Path(str(files(package))) / "locale" / locale / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return
    for key, value in _read(str(path)):
        if isinstance(key, tuple):
            catalogue.plural.setdefault(key[0], tuple(value) if not isinstance(value, str) else (value,))
        else:
            catalogue.single.setdefault(key, value)


def catalogue(locale: str | None = None) -> Catalogue:
    """The catalogue of `locale`, or of the running request."""
    return _catalogues.get(locale or _locale.get()) or _EMPTY


_EMPTY = Catalogue()


class LazyText:
    """A message that becomes text in the locale of whoever reads it."""

    __slots__ = ("many", "msgid", "n", "params")

    def __init__(self, msgid: str, params: dict[str, Any], many: str = "", n: int = 0) -> None:
        self.msgid = msgid
        self.params = params
        self.many = many
        self.n = n

    def __str__(self) -> str:
        words = catalogue()
        text = words.ngettext(self.msgid, self.many, self.n) if self.many else words.gettext(self.msgid)
        return text % {k: str(v) for k, v in self.params.items()} if self.params else text

    def __html__(self) -> str:
        from markupsafe import escape

        return str(escape(str(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LazyText) and (self.msgid, self.params, self.n) == (other.msgid, other.params, other.n)

    def __hash__(self) -> int:
        return hash((self.msgid, self.n))

    def __repr__(self) -> str:
        return f"LazyText({self.msgid!r})"


def _(msgid: str, /, **params: Any) -> LazyText:
    """A lazy message with `%(name)s` placeholders."""
    return LazyText(msgid, params)


def nlazy(one: str, many: str, /, n: int, **params: Any) -> LazyText:
    """A lazy message whose words depend on `n`, which is also the parameter `n`."""
    return LazyText(one, {"n": n, **params}, many, n)


def use_locale(locale: str) -> None:
    """Set the locale of the running request or job."""
    _locale.set(locale)


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Inside, messages become text in this locale."""
    token = _locale.set(locale)
    try:
        yield
    finally:
        _locale.reset(token)


def current_locale() -> str:
    return _locale.get()


@functools.lru_cache(maxsize=512)
def choose(preferred: str, accept_language: str, default: str) -> str:
    """The locale for a request: the person's choice, else the browser's first known language, else the default."""
    if preferred in LOCALES:
        return preferred
    for part in accept_language.split(",")[:8]:
        tag = part.split(";")[0].strip().lower()
        if found := _match(tag):
            return found
    return default


def _match(tag: str) -> str:
    if tag in _ALIASES:
        return _ALIASES[tag]
    if tag.startswith("zh-hant"):
        return "zh_Hant"
    if tag.startswith("zh"):
        return "zh_Hans"
    return "en" if tag.split("-")[0] == "en" else ""
