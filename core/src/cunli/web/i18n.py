"""Words: lazy texts, catalogues and the locale of the running request. Chinese (simplified) strings are the message ids."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator, Mapping
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
    """Messages of one locale, merged from every package that has a `locale/` folder.

    What a plugin says is looked up in its own messages first (`own`, by the plugin's id), and `beyond` them in all others: two
    plugins may mean different things by one Chinese word.
    """

    def __init__(self, beyond: Catalogue | None = None) -> None:
        self.single: dict[str, str] = {}
        self.plural: dict[str, tuple[str, ...]] = {}
        self.beyond = beyond
        self.own: dict[str, Catalogue] = {}
        self._of: dict[str, Catalogue] = {}  # by module; begins with the packages of plugins

    def add(self, plugin: str, package: str) -> Catalogue:
        """The messages of a plugin, still empty."""
        own = self.own[plugin] = self._of[package] = Catalogue(beyond=self)
        return own

    def of(self, module: str) -> Catalogue:
        """The messages as a module says them."""
        if (found := self._of.get(module)) is None:
            found = self._of[module] = next((self._of[one] for one in _within(module) if one in self._of), self)
        return found

    def seal(self) -> str:
        """Stands for the content: templates compiled with one catalogue must not serve another."""
        own = tuple((name, one.seal()) for name, one in self.own.items())
        return format(hash((tuple(self.single.items()), tuple(self.plural.items()), own)) & 0xFFFFFFFFFFFF, "x")

    def gettext(self, text: str) -> str:
        return self.single.get(text) or (self.beyond.gettext(text) if self.beyond else text)

    def ngettext(self, one: str, many: str, n: int) -> str:
        forms = self.plural.get(one)
        if forms:
            return forms[0] if len(forms) == 1 or n == 1 else forms[-1]
        if self.beyond:
            return self.beyond.ngettext(one, many, n)
        return self.gettext(one if n == 1 else many)

    def take(self, key: str | tuple[str, ...], value: str | tuple[str, ...]) -> None:
        """One message more; those that are there stay."""
        if isinstance(key, tuple):
            self.plural.setdefault(key[0], (value,) if isinstance(value, str) else tuple(value))
        else:
            self.single.setdefault(key, str(value))


def _within(module: str) -> Iterator[str]:
    """A module and the packages it is in, the nearest first."""
    while module:
        yield module
        module = module.rpartition(".")[0]


_catalogues: dict[str, Catalogue] = {}


def load(plugins: Mapping[str, str]) -> None:
    """Read the catalogues of the core and of these plugins, packages by ids. None overrides what another says."""
    _catalogues.clear()
    for locale in LOCALES:
        catalogue = Catalogue()
        for key, value in _messages("cunli", locale):
            catalogue.take(key, value)
        for plugin, package in plugins.items():
            own = catalogue.add(plugin, package)
            for key, value in _messages(package, locale):
                catalogue.take(key, value)
                own.take(key, value)
        _catalogues[locale] = catalogue


def load_again(plugins: Mapping[str, str]) -> None:
    """The same with what the files say now."""
    _read.cache_clear()
    load(plugins)


@functools.cache
def _read(path: str) -> tuple[tuple[Any, Any], ...]:
    with Path(path).open("rb") as file:
        return tuple((m.id, m.string) for m in read_po(file) if m.id and m.string and not m.fuzzy)


def _messages(package: str, locale: str) -> tuple[tuple[Any, Any], ...]:
    path = Path(str(files(package))) / "locale" / locale / "LC_MESSAGES" / "messages.po"
    return _read(str(path)) if path.exists() else ()


def catalogue(locale: str | None = None) -> Catalogue:
    """The catalogue of `locale`, or of the running request."""
    return _catalogues.get(locale or _locale.get()) or _EMPTY


_EMPTY = Catalogue()


class LazyText:
    """A message that becomes text in the locale of whoever reads it, in the words of the module that says it."""

    __slots__ = ("many", "module", "msgid", "n", "params")

    def __init__(self, msgid: str, params: dict[str, Any], many: str = "", n: int = 0, module: str = "") -> None:
        self.msgid = msgid
        self.module = module
        self.params = params
        self.many = many
        self.n = n

    def __str__(self) -> str:
        words = catalogue().of(self.module)
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
    return LazyText(msgid, params, module=_speaker())


def nlazy(one: str, many: str, /, n: int, **params: Any) -> LazyText:
    """A lazy message whose words depend on `n`, which is also the parameter `n`."""
    return LazyText(one, {"n": n, **params}, many, n, _speaker())


def _speaker() -> str:
    """The module that calls whoever calls this."""
    return str(sys._getframe(2).f_globals.get("__name__", ""))


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
