"""The project's own rules, read from the syntax tree. Each finding says what to do instead."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "core/src/cunli"
ROOMS = ("places", "people", "feed", "media", "trust", "notify", "jobs")
LONGEST_FILE = 350
LONGEST_FUNCTION = 60
# where catching everything is the very job: the last wall, plugin calls, the worker, undoing in the engines, and whatever a
# plugin raises or a theme cannot draw
CATCH_ALL = (
    "web/door.py",
    "live/hub.py",
    "dispatch.py",
    "trips.py",
    "aside.py",
    "jobs/worker.py",
    "db/",
    "notify/channels.py",
    "people/codes.py",
    "kit/probe.py",
    "provide/chosen.py",
    "testing/providers.py",
    "web/render.py",
)
# what an autoescaped template gave is joined or cut here
RENDERED = ("feed/cards.py", "feed/frame.py", "feed/kinds.py", "web/shell.py", "web/slots.py")
# the test kit builds rows directly, the demo loads them in bulk, and a merge walks every table
MODELS_OF_ANY_ROOM = ("testing/", "demo/", "rooms.py", "web/receipts.py")


def findings(path: Path, relative: str) -> Iterator[str]:
    """What one module of the core does against the rules."""
    source = path.read_text("utf-8")
    lines = source.count("\n")
    if lines > LONGEST_FILE and not relative.endswith("common_passwords.py"):
        yield f"{relative}: {lines} lines; split it before it grows (at most {LONGEST_FILE})"
    for node in ast.walk(ast.parse(source)):
        yield from _catch_all(node, relative)
        yield from _markup(node, relative)
        yield from _foreign_models(node, relative)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{relative}:{node.lineno} {node.name} has {length} lines (at most {LONGEST_FUNCTION})"


def _catch_all(node: ast.AST, relative: str) -> Iterator[str]:
    if isinstance(node, ast.ExceptHandler) and not relative.startswith(CATCH_ALL):
        kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        if any(
            kind is None or (isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException")) for kind in kinds
        ):
            yield f"{relative}:{node.lineno} catches everything; name the errors that can happen"


def _markup(node: ast.AST, relative: str) -> Iterator[str]:
    if (
        not isinstance(node, ast.Call)
        or not isinstance(node.func, ast.Name)
        or node.func.id != "Markup"
        or not node.args
    ):
        return
    if not isinstance(node.args[0], ast.Constant) and not relative.startswith(RENDERED):
        yield f"{relative}:{node.lineno} builds Markup from a value; use Markup('…{{}}…').format(value), which escapes"


def _foreign_models(node: ast.AST, relative: str) -> Iterator[str]:
    if not isinstance(node, ast.ImportFrom) or not node.module or relative.startswith(MODELS_OF_ANY_ROOM):
        return
    own = relative.split("/")[0]
    match = re.fullmatch(r"cunli\.(\w+)\.(models|pages)", node.module)
    if match and match[1] in ROOMS and match[1] != own:
        yield f"{relative}:{node.lineno} imports {node.module}; use that room's actions or queries"


def template_findings() -> Iterator[str]:
    """What templates may not do."""
    bad = (
        (re.compile(r"\|\s*safe\b"), "“|safe” switches escaping off"),
        (re.compile(r"\sstyle="), "inline style: the content policy refuses it"),
        (re.compile(r"\son[a-z]+="), "inline handler: the content policy refuses it"),
        (re.compile(r"""(?:src|href|action)=["']https?://"""), "an address of another host"),
        (re.compile(r"hx-on|hx-vals=['\"]js:"), "script in an attribute"),
    )
    for path in sorted(
        [*ROOT.glob("themes/*/src/**/*.html"), *ROOT.glob("plugins/*/src/**/*.html"), *CORE.glob("**/*.html")]
    ):
        text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
        for pattern, why in bad:
            for match in pattern.finditer(text):
                yield f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1} {why}"
        for form in re.findall(r"<form\b[^>]*method=.post.*?</form>", text, flags=re.DOTALL | re.IGNORECASE):
            if "form_token()" not in form and "caller()" not in form:
                yield f"{path.relative_to(ROOT)}: a POST form without {{{{ form_token() }}}}: {form[:60]!r}"


def plugin_line() -> Iterator[str]:
    """The core names no plugin."""
    names = [p.name for p in (ROOT / "plugins").iterdir() if p.is_dir()] if (ROOT / "plugins").exists() else []
    for name in names:
        for path in CORE.rglob("*.py"):
            if re.search(rf"\bcunli_{name}\b|[\"']{name}\.", path.read_text("utf-8")):
                yield f"{path.relative_to(ROOT)}: names the plugin {name}"


def main() -> int:
    found = [
        f
        for path in sorted(CORE.rglob("*.py"))
        if "migrations/" not in str(path)
        for f in findings(path, path.relative_to(CORE).as_posix())
    ]
    found += [*template_findings(), *plugin_line()]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
