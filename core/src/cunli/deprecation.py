"""What plugins may still use and shall not any more: one table, and a word to the author at the first use by each plugin.

A use is found where it happens: a hook when the plugin is loaded, a name of `cunli` when it is asked for, a field of a
context when it is read, a slot under its old name when something is given for it. The word is a Python warning at the
line of the plugin, a line in the log, and a problem (plugins.W160) in `cunli plugin doctor` and on the console. In the
version that the table names it is an error instead, and with the next one the entry and what it names are gone.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePath
from types import CodeType, FrameType
from typing import Any, Final, Literal

from packaging.version import Version

import cunli
from cunli.problems import Problem, problem

Kind = Literal["name", "hook", "field", "slot"]
Place = tuple[str, int]  # a file and a line
_log = logging.getLogger("cunli.plugins")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deprecated:
    """One thing that goes. `until` is the version (X.0) that makes using it an error; X.1 does not have it.

    `name` is a name of `cunli.__all__`, a hook, `Context.field`, or the former name of a slot; `instead` says what to
    write now, and for a slot is its present name.
    """

    kind: Kind
    name: str
    instead: str
    since: str
    until: str

    @property
    def over(self) -> bool:
        """Whether using it is an error by now."""
        return Version(cunli.__version__) >= Version(self.until)

    def __str__(self) -> str:
        return {"name": "cunli.", "hook": "hook ", "field": "field ", "slot": "slot "}[self.kind] + self.name


OUTDATED: Final = "plugins.W160"
TABLE: tuple[Deprecated, ...] = ()


class RemovedIn1Warning(DeprecationWarning):
    """A plugin uses what is gone in 1.1 and an error in 1.0. Raised as an error from 1.0 on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A plugin, as a warning names it, and the import package by which its code is recognised."""

    plugin: str
    package: str
    distribution: str
    version: str
    tracker: str


_BETWEEN: Final = ("cunli", "cunli.deprecation")  # from a name being asked for to whoever asks
_owners: dict[str, Owner] = {}
_found: dict[tuple[str, str], Problem] = {}
told: Callable[[str, Problem], None] | None = None  # hears of each first use; the trouble book of a running process


def know(owner: Owner) -> None:
    """A plugin is about to be loaded: its code is recognised from now on, and its first uses count anew."""
    _owners[owner.package] = owner
    for key in [key for key in _found if key[0] == owner.plugin]:
        del _found[key]


def findings() -> list[Problem]:
    """What plugins of this process were found to use."""
    return list(_found.values())


def found_of(plugin: str, entry: Deprecated) -> Problem:
    """What was found of this plugin and this entry."""
    return _found[plugin, str(entry)]


def entry_for(kind: Kind, name: str) -> Deprecated | None:
    return next((one for one in TABLE if one.kind == kind and one.name == name), None)


def use(entry: Deprecated, owner: Owner | None, place: Place) -> None:
    """Somebody uses it there. A plugin is told once; whoever is no plugin is told by Python's own rules.

    Raises the warning when the time is over.
    """
    warning = _warning(entry, owner, place)
    if owner is None:
        warnings.warn_explicit(warning, None, *place)
        return
    found = as_problem(entry, owner, place)
    if (owner.plugin, str(entry)) not in _found:
        _found[owner.plugin, str(entry)] = found
        _log.warning("%s %s", found, found.hint)
        if told is not None:
            told(str(entry), found)
        if not entry.over:
            warnings.warn_explicit(warning, None, *place)
    if entry.over:
        raise warning


def _warning(entry: Deprecated, owner: Owner | None, place: Place) -> RemovedIn1Warning:
    who = f"{owner.plugin} {owner.version} ({owner.distribution}) uses" if owner else "this uses"
    report = f"; report it to {owner.tracker}" if owner and owner.tracker else ""
    return RemovedIn1Warning(
        f"{who} {entry} at {place[0]}:{place[1]}: deprecated since {entry.since}, an error in {entry.until};"
        f" use {entry.instead} instead{report}"
    )


def as_problem(entry: Deprecated, owner: Owner, place: Place) -> Problem:
    """The same for operators: W160 while it works, E070 when it does not any more."""
    return problem(
        "plugins.E070" if entry.over else OUTDATED,
        owner.plugin,
        what=entry,
        where=_short(place, owner.package),
        version=owner.version,
        since=entry.since,
        until=entry.until,
        instead=entry.instead,
        tracker=owner.tracker or "no address given",
    )


def _short(place: Place, package: str) -> str:
    """The file from the plugin's package on: the folders above it are nobody's business."""
    parts = PurePath(place[0]).parts
    start = parts.index(package) if package in parts else len(parts) - 1
    return f"{'/'.join(parts[start:])}:{place[1]}"


# -- where uses are found ------------------------------------------------------------------------------------------------


def hook_used(plugin: str, name: str, code: CodeType) -> Problem | None:
    """A plugin has this hook. Gives the problem if that keeps it out."""
    entry, owner = entry_for("hook", name), owner_of(plugin)
    if entry is None or owner is None:
        return None
    place = (code.co_filename, code.co_firstlineno)
    if entry.over:
        return as_problem(entry, owner, place)
    use(entry, owner, place)
    return None


def name_used(name: str) -> None:
    """A name of `cunli` is asked for."""
    if TABLE and (entry := entry_for("name", name)) is not None:
        _used_by_caller(entry)


def slot_used(entry: Deprecated, plugin: str, code: CodeType) -> None:
    """A plugin gave something for a slot under its former name."""
    use(entry, owner_of(plugin), (code.co_filename, code.co_firstlineno))


def slot_in_template(name: str, template: str, line: int) -> str:
    """The present name of a slot that a template asks for."""
    entry = entry_for("slot", name) if TABLE else None
    if entry is None:
        return name
    use(entry, owner_of(template.partition("/")[0]), (template, line))
    return entry.instead


def present_name(slot: str) -> str:
    """The same without a word, while the page is made."""
    entry = entry_for("slot", slot) if TABLE else None
    return slot if entry is None else entry.instead


def former_names(slot: str) -> Iterator[Deprecated]:
    """What a slot was called before."""
    return (one for one in TABLE if one.kind == "slot" and one.instead == slot)


def watch_fields(contexts: tuple[type[Any], ...]) -> None:
    """Have deprecated fields of contexts say so when they are read. Twice does no more."""
    for entry in TABLE:
        if entry.kind == "field":
            context, _, name = entry.name.partition(".")
            kind = next(one for one in contexts if one.__name__ == context)
            if not isinstance(vars(kind)[name], Watched):
                setattr(kind, name, Watched(entry, vars(kind)[name]))


class Watched:
    """Stands in the place of a field's own descriptor."""

    def __init__(self, entry: Deprecated, field: Any) -> None:
        self.entry = entry
        self.field = field

    def __get__(self, obj: object, kind: type | None = None) -> Any:
        if obj is None:
            return self
        _used_by_caller(self.entry)
        return self.field.__get__(obj, kind)

    def __set__(self, obj: object, value: object) -> None:
        self.field.__set__(obj, value)


def _used_by_caller(entry: Deprecated) -> None:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and (_module(frame) in _BETWEEN or _module(frame).startswith("importlib")):
        frame = frame.f_back
    package = _module(frame).partition(".")[0] if frame is not None else "cunli"
    if frame is not None and package != "cunli":  # what the core itself reads is the core's to change
        use(entry, _owners.get(package), (frame.f_code.co_filename, frame.f_lineno))


def _module(frame: FrameType) -> str:
    name: str = frame.f_globals.get("__name__", "")
    return name


def owner_of(plugin: str) -> Owner | None:
    return next((one for one in _owners.values() if one.plugin == plugin), None)
