"""Which slots a template has, with its parents and includes: read from the syntax tree, so that only those are asked about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import jinja2
from jinja2 import nodes

from cunli import deprecation


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one template asks plugins for."""

    slots: tuple[str, ...]
    menu: bool


_known: WeakKeyDictionary[jinja2.Environment, dict[tuple[str, str | None], Wanted]] = WeakKeyDictionary()


def wanted_by(env: jinja2.Environment, template: str, block: str | None = None) -> Wanted:
    """The slots of a template, its parents and its includes, read from the syntax tree once and remembered."""
    known = _known.setdefault(env, {})
    if (wanted := known.get((template, block))) is None:
        calls = list(_uses(env, template, block, set()))
        names = tuple(dict.fromkeys(name for name in calls if name))
        wanted = known[template, block] = Wanted(slots=names, menu="" in calls)
    return wanted


def slots_in(env: jinja2.Environment, template: str) -> frozenset[str]:
    """The names of the slots a template contains, with its parents and includes."""
    return frozenset(wanted_by(env, template).slots)


def templates_of(env: jinja2.Environment, template: str) -> list[str]:
    """The template itself, its parents and its includes."""
    seen: set[str] = set()
    for _name in _uses(env, template, None, seen):
        pass
    return [template, *sorted(seen - {template})]


def _uses(env: jinja2.Environment, name: str, block: str | None, seen: set[str]) -> Iterator[str]:
    """Slot names in the order of the page; the empty name stands for the menu."""
    if name in seen or env.loader is None:
        return
    seen.add(name)
    try:
        source = env.loader.get_source(env, name)[0]
    except jinja2.TemplateNotFound:
        return  # an include that may be missing; if it may not, rendering says so
    tree: nodes.Node = env.parse(source, name)
    parents = _constants(tree.find_all(nodes.Extends))
    if block is not None:
        found = next((b for b in tree.find_all(nodes.Block) if b.name == block), None)
        if found is None:
            for parent in parents:
                yield from _uses(env, parent, block, seen)
            return
        tree, parents = found, []
    yield from _used_here(tree, name)
    imports: list[nodes.FromImport | nodes.Import] = [*tree.find_all(nodes.FromImport), *tree.find_all(nodes.Import)]
    macros = [one for one in imports if one.with_context]  # others cannot see `slot`
    for other in (*_constants(tree.find_all(nodes.Include)), *_constants(macros), *_shells(tree), *parents):
        yield from _uses(env, other, None, seen)


def _shells(tree: nodes.Node) -> Iterator[str]:
    """Templates drawn by `shell("name", …)`: parts of the page like any include."""
    for call in tree.find_all(nodes.Call):
        first = call.args[0] if call.args else None
        if isinstance(call.node, nodes.Name) and call.node.name == "shell" and isinstance(first, nodes.Const):
            yield str(first.value)


def _used_here(tree: nodes.Node, template: str) -> Iterator[str]:
    for call in tree.find_all(nodes.Call):
        first = call.args[0] if call.args else None
        if isinstance(call.node, nodes.Name) and call.node.name == "slot" and isinstance(first, nodes.Const):
            yield deprecation.slot_in_template(str(first.value), template, call.lineno)
    for attribute in tree.find_all(nodes.Getattr):
        if isinstance(attribute.node, nodes.Name) and attribute.node.name == "slot" and attribute.attr == "menu":
            yield ""


def _constants(references: Iterable[Any]) -> list[str]:
    names: list[str] = []
    for reference in references:
        chosen = reference.template
        options = chosen.items if isinstance(chosen, nodes.List | nodes.Tuple) else [chosen]
        names += [str(option.value) for option in options if isinstance(option, nodes.Const)]
    return names
