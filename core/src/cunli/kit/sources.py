"""What the plugin's Python may not do: reach past the public names, hold up the loop, write its own markup."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

import cunli
from cunli.kit.subject import Subject

OUR_DATABASE: Final = (
    "tortoise.transactions",
    "tortoise.connection",
    "tortoise.backends",
    "asyncpg",
    "aiosqlite",
    "sqlite3",
)
BLOCKING: Final = ("time.sleep", "subprocess.run", "subprocess.check_output", "os.system", "urllib.request.urlopen")


def uses_public_names_only(subject: Subject) -> Iterator[str]:
    """Import from `cunli` itself: only what stands in `cunli.__all__` is promised. Ask for what is missing there."""
    for where, module, names in _imports(subject):
        if module == "cunli":
            yield from (
                f"{where} imports cunli.{name}, which is not public" for name in names if name not in cunli.__all__
            )
        elif module.startswith("cunli."):
            yield f"{where} imports {module}, which is not public"


def says_which_plugins_it_uses(subject: Subject) -> Iterator[str]:
    """Name the plugin in `requires` (it must run) or `after` (it may run) of the manifest."""
    said = {*subject.probed.get("requires", ()), *subject.probed.get("after", ())}
    packages = subject.probed.get("packages", {})
    for where, module, _ in _imports(subject):
        top = module.partition(".")[0]
        other = packages.get(top) or (top.removeprefix("cunli_") if top.startswith("cunli_") else "")
        if other and top != subject.package and other not in said:
            yield f"{where} imports {top}, and the manifest does not name “{other}”"


def leaves_the_database_to_cunli(subject: Subject) -> Iterator[str]:
    """Write inside `@cunli.unit` and read through your models: a connection of your own knows no village and no unit."""
    for where, module, names in _imports(subject):
        for name in (module, *(f"{module}.{n}" for n in names)):
            if any(name == ours or name.startswith(f"{ours}.") for ours in OUR_DATABASE):
                yield f"{where} imports {name}"
                break


def never_holds_up_the_loop(subject: Subject) -> Iterator[str]:
    """Nothing that waits may stand in an `async def`: await it, or do it in a task."""
    for where, node in _nodes(subject):
        if isinstance(node, ast.AsyncFunctionDef):
            for call in ast.walk(node):
                if isinstance(call, ast.Call) and (name := ast.unparse(call.func)) in BLOCKING:
                    yield f"{where} {node.name}() calls {name}"


def never_catches_everything(subject: Subject) -> Iterator[str]:
    """Name the errors that can happen: a bare except also swallows the server's request to stop."""
    for where, node in _nodes(subject):
        if isinstance(node, ast.ExceptHandler):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or ast.unparse(kind) in ("BaseException", "Exception") for kind in kinds):
                yield f"{where} catches everything"


def builds_no_markup_from_values(subject: Subject) -> Iterator[str]:
    """Write Markup("<b>{}</b>").format(value): format escapes the value, joining does not. Or use a template."""
    for where, node in _nodes(subject):
        if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] != "Markup":
            continue
        if node.args and not isinstance(node.args[0], ast.Constant):
            yield f"{where} builds Markup from {ast.unparse(node.args[0])[:60]}"


def _nodes(subject: Subject) -> Iterator[tuple[str, ast.AST]]:
    for name, tree in subject.trees.items():
        for node in ast.walk(tree):
            yield f"{name}:{getattr(node, 'lineno', 0)}", node


def _imports(subject: Subject) -> Iterator[tuple[str, str, list[str]]]:
    for where, node in _nodes(subject):
        if isinstance(node, ast.Import):
            yield from ((where, alias.name, []) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield where, node.module or "", [alias.name for alias in node.names]
