"""What plugins may import, and what that costs those who do not."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cunli
from cunli import hooks

SOURCE = Path(cunli.__file__ or "")


def told_by_types() -> set[str]:
    """The names that the type checker sees: those imported under TYPE_CHECKING."""
    tree = ast.parse(SOURCE.read_text())
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and (n.module or "").startswith("cunli.")]
    return {alias.asname or alias.name for found in imports for alias in found.names}


def test_every_promised_name_is_there_and_is_what_the_types_say() -> None:
    assert told_by_types() | {"__version__"} == set(cunli.__all__)
    assert len(set(cunli.__all__)) == len(cunli.__all__)
    for name in cunli.__all__:
        assert getattr(cunli, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'Manager'"):
        _ = cunli.Manager


def test_importing_the_package_loads_neither_web_nor_database() -> None:
    code = (
        "import sys, cunli; print([m for m in sys.modules if m.split('.')[0] in ('starlette', 'tortoise', 'jinja2')])"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert told.strip() == "[]"


def test_every_hook_is_documented_has_one_context_and_a_deadline_if_pages_wait_for_it() -> None:
    for name in hooks.ALL:
        hook = getattr(hooks.HookSpecs, name)
        assert hook.__doc__, name
        arguments = list(hook.__annotations__)
        assert arguments in (["return"], ["ctx", "return"], ["ctx", "items", "return"]), name
        assert (name in hooks.RULES) == ("ctx" in arguments), name


def test_plugin_code_is_called_in_one_module_only() -> None:
    """Nobody else reaches for pluggy's own call, which stops at the first failure and names nobody."""
    root = SOURCE.parent
    for path in root.rglob("*.py"):
        text = path.read_text()
        if path.name != "registry.py":
            assert "PluginManager" not in text, path
        assert not calls_through_pluggy(text), path
    assert calls_through_pluggy("self._hooks.hook.menu_items(ctx=ctx)"), "the control"
    assert not calls_through_pluggy("config.hook.pytest_deselected(items=left)"), "pytest's own hooks are not ours"


def calls_through_pluggy(source: str) -> list[str]:
    calls = [n.func for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call)]
    methods = [call for call in calls if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Attribute)]
    ours = [method for method in methods if not method.attr.startswith("pytest_")]
    return [method.attr for method in ours if ast.unparse(method.value).endswith(".hook")]
