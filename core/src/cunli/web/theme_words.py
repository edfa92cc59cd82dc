"""The words that a theme's template may use. What is not named here is refused: a list of what is allowed, not of what is bad."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from jinja2 import nodes

VISIT: Final = frozenset(
    {"village", "person", "may", "look", "locale", "here_path", "is_member", "standing", "traceless"}
)
CALLS: Final = frozenset(
    {
        "_",
        "gettext",
        "ngettext",
        "icon",
        "static",
        "shell",
        "slot",
        "form_token",
        "caller",
        "super",
        "when",
        "day",
        "exact",
    }
)
METHODS: Final = frozenset(
    {"may", "items", "keys", "values", "get", "told", "isoformat", "split", "strip", "upper", "lower"}
    | {"startswith", "endswith", "cycle"}
)
FILTERS: Final = frozenset(
    {"abs", "batch", "capitalize", "count", "d", "day", "default", "e", "escape", "exact", "first", "float", "full_day"}
    | {"groupby"}
    | {"int", "iso", "items", "join", "last", "length", "list", "lower", "replace", "reverse", "round", "slice"}
    | {"sort", "string", "striptags", "sum", "title", "trim", "truncate", "unique", "upper", "urlencode", "when"}
    | {"wordcount", "select", "reject", "selectattr", "rejectattr", "map", "min", "max", "format"}
)
BY_ATTRIBUTE: Final = frozenset(
    {"selectattr", "rejectattr", "map", "sort", "sum", "unique", "min", "max", "join", "groupby"}
)
_STATEMENTS: Final = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Extends, nodes.Block, nodes.Include, nodes.Import,
    nodes.FromImport, nodes.For, nodes.If, nodes.Macro, nodes.CallBlock, nodes.FilterBlock, nodes.With, nodes.Assign,
    nodes.AssignBlock, nodes.Scope, nodes.ExprStmt, nodes.Break, nodes.Continue,
)  # fmt: skip
_EXPRESSIONS: Final = (
    nodes.Name, nodes.Const, nodes.TemplateData, nodes.Tuple, nodes.List, nodes.Dict, nodes.Pair, nodes.Keyword,
    nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Call, nodes.Getitem, nodes.Getattr, nodes.Slice, nodes.Concat,
    nodes.Compare, nodes.Operand, nodes.Add, nodes.Sub, nodes.Div, nodes.FloorDiv, nodes.And, nodes.Or, nodes.Not,
    nodes.Neg, nodes.Pos,
)  # fmt: skip


def strange(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    """What a template does beside drawing, each with its line."""
    macros = {macro.name for macro in tree.find_all(nodes.Macro)}
    modules = {one.target for one in tree.find_all(nodes.Import)}
    for brought in tree.find_all(nodes.FromImport):
        macros |= {name if isinstance(name, str) else name[1] for name in brought.names}
    for node in _below(tree):
        yield from ((getattr(node, "lineno", 0), words) for words in _words(node, macros, modules))


def _below(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _below(child)


def _words(node: nodes.Node, macros: set[str], modules: set[str]) -> Iterator[str]:
    if not isinstance(node, (*_STATEMENTS, *_EXPRESSIONS)):
        yield f"{type(node).__name__} is not for themes"
    elif isinstance(node, nodes.Extends | nodes.Include | nodes.Import | nodes.FromImport):
        if not isinstance(node.template, nodes.Const) or not isinstance(node.template.value, str):
            yield "the name of a template is not written out"
    elif isinstance(node, nodes.Getattr):
        yield from _attribute(node.node, node.attr)
    elif isinstance(node, nodes.Getitem):
        yield from _item(node)
    elif isinstance(node, nodes.Filter):
        yield from _filter(node)
    elif isinstance(node, nodes.Name | nodes.Keyword | nodes.Macro | nodes.NSRef):
        name = node.key if isinstance(node, nodes.Keyword) else node.name
        if name.startswith("__"):
            yield f"“{name}” is inside of Python"
    elif isinstance(node, nodes.Call) and not _may_call(node.node, macros, modules):
        yield "a call of something that is not a macro or a word for themes"


def _attribute(owner: nodes.Expr, name: str) -> Iterator[str]:
    if name.startswith("_"):
        yield f"“.{name}” is inside of Python"
    elif isinstance(owner, nodes.Name) and owner.name == "visit" and name not in VISIT:
        yield f"“visit.{name}” is not for themes"


def _item(node: nodes.Getitem) -> Iterator[str]:
    if isinstance(node.node, nodes.Name) and node.node.name == "visit":
        yield "visit[…] is not for themes"
    for const in (c for c in _below(node.arg) if isinstance(c, nodes.Const)):
        if isinstance(const.value, str) and const.value.startswith("_"):
            yield f"“{const.value}” is inside of Python"


def _filter(node: nodes.Filter) -> Iterator[str]:
    if node.name not in FILTERS:
        yield f"the filter “{node.name}” is not for themes"
    elif node.name in BY_ATTRIBUTE:
        given = [*node.args, *(k.value for k in node.kwargs)]
        if not all(isinstance(one, nodes.Const) for one in given) or node.dyn_args or node.dyn_kwargs:
            yield f"what “{node.name}” looks for is not written out"
        for one in given:
            if isinstance(one, nodes.Const) and any(p.startswith("_") for p in str(one.value).split(".")):
                yield f"“{one.value}” is inside of Python"
        if node.name == "map" and (node.args or [k.key for k in node.kwargs] != ["attribute"]):
            yield "“map” takes attribute= only"


def _may_call(called: nodes.Expr, macros: set[str], modules: set[str]) -> bool:
    if isinstance(called, nodes.Name):
        return called.name in CALLS | macros
    if not isinstance(called, nodes.Getattr):
        return False
    if isinstance(called.node, nodes.Name) and called.node.name in modules:
        return True
    return called.attr in METHODS
