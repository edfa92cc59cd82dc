"""What plugins are promised, one line per promise: the names of `cunli` and what they hold, hooks, slots, problems.

Of what the core builds itself (`Visit`, `Form`) only what it holds is promised, not how it is built. A type that stands
in a line and not in `cunli.__all__` is itself no promise, and neither are the texts of problems.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import time, timedelta
from enum import Enum
from typing import Any

import cunli
from cunli import deprecation, hooks, problems

PLAIN = (str, int, float, bool, type(None), tuple, timedelta, time)


def lines(slots: Iterable[str]) -> list[str]:
    """Every promise, sorted."""
    found = [line for name in cunli.__all__ for line in _named(f"cunli.{name}", getattr(cunli, name))]
    found += [_function(f"hook {name}", getattr(hooks.HookSpecs, name)) for name in hooks.ALL]
    found += [f"slot {name}" for name in slots]
    found += [f"problem {kind}" for kind in problems.KINDS]
    found += [_going(one) for one in deprecation.TABLE]
    return sorted(set(found))  # a subclass of an event says its `kind` again


def _going(one: deprecation.Deprecated) -> str:
    name = f"cunli.{one.name}" if one.kind in ("name", "field") else one.name
    return f"deprecated since {one.since}, an error in {one.until}, {one.kind} {name}: {one.instead}"


def name_of(line: str) -> str:
    """What a line is about: what stands before its arguments, type or value."""
    words = line.split("(")[0].split(":")[0].split(" = ")[0]
    return words.rpartition(" ")[2]


def _named(name: str, what: Any) -> Iterator[str]:
    if inspect.isclass(what):
        yield f"{name}: class"
        for base in reversed(what.__mro__):
            if (
                base.__module__.split(".")[0] == "cunli" and base is not hooks.HookSpecs
            ):  # hooks have lines of their own
                yield from _members(name, base, what)
    elif inspect.isfunction(what):
        yield _function(name, what)
    else:
        yield f"{name}: {type(what).__name__}"


def _members(name: str, base: type, whole: type) -> Iterator[str]:
    own = inspect.get_annotations(base)
    declared = {f.name: f for f in fields(base)} if is_dataclass(base) else {}
    for field in (declared[f] for f in own if f in declared):
        yield f"{name}.{field.name}: {field.type}{_default(field)}"
    for attribute in (a for a in own if a not in declared and not a.startswith("_")):
        value = getattr(whole, attribute, None)
        yield f"{name}.{attribute}: {own[attribute]}" + (f" = {value!r}" if value and isinstance(value, str) else "")
    if "__init__" in vars(base) and not is_dataclass(base):
        yield from (f"{name}.{attribute}" for attribute in _kept(base))
    for attribute, member in vars(base).items():
        if attribute.startswith("_") or attribute in own:
            continue
        if isinstance(member, classmethod | staticmethod):
            yield _function(f"{name}.{attribute}", member.__func__)
        elif inspect.isfunction(member):
            yield _function(f"{name}.{attribute}", member)
        elif getter := getattr(member, "fget", None) or getattr(member, "func", None):
            yield f"{name}.{attribute}: {inspect.signature(getter).return_annotation}"


def _kept(of: type) -> Iterator[str]:
    """What an object keeps for everybody to read: `self.locale: str = …` in its constructor."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(of.__init__)))):  # type: ignore[misc]
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self" and target.attr[0] != "_":
                kind = f": {ast.unparse(node.annotation)}" if isinstance(node, ast.AnnAssign) else ""
                yield target.attr + kind


def _default(field: Field[Any]) -> str:
    if not field.init:
        return " (worked out)"
    if field.default_factory is not MISSING:
        return " = …"
    return "" if field.default is MISSING else f" = {_value(field.default)}"


def _function(name: str, function: Any) -> str:
    signature = inspect.signature(function)
    told = [_parameter(one) for one in signature.parameters.values()]
    kinds = [one.kind for one in signature.parameters.values()]
    if inspect.Parameter.POSITIONAL_ONLY in kinds:
        told.insert(kinds.count(inspect.Parameter.POSITIONAL_ONLY), "/")
    if inspect.Parameter.KEYWORD_ONLY in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
        told.insert(len(told) - _after_the_star(kinds), "*")
    colour = ", async" if inspect.iscoroutinefunction(function) else ""
    return f"{name}({', '.join(told)}) -> {signature.return_annotation}{colour}"


def _after_the_star(kinds: list[Any]) -> int:
    return len(kinds) - kinds.index(inspect.Parameter.KEYWORD_ONLY)


def _parameter(one: inspect.Parameter) -> str:
    stars = "*" * (one.kind is inspect.Parameter.VAR_POSITIONAL) + "**" * (one.kind is inspect.Parameter.VAR_KEYWORD)
    kind = "" if one.annotation is inspect.Parameter.empty else f": {one.annotation}"
    default = "" if one.default is inspect.Parameter.empty else f" = {_value(one.default)}"
    return f"{stars}{one.name}{kind}{default}"


def _value(value: object) -> str:
    """The same on every version of Python; what has no plain value is only said to be there."""
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    return repr(value) if isinstance(value, PLAIN) else "…"
