"""What no theme may hold beside its templates: code, style sheets that ask elsewhere or cover pages, pictures with script."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cunli.web.theme_case import Case
from cunli.web.themes import CORE, KEYS

KINDS: Final = frozenset({".css", ".svg", ".png", ".jpg", ".jpeg", ".webp", ".avif", ".ico", ".woff2", ".txt", ".md"})
_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_URL: Final = re.compile(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"']*))\s*\)""", re.IGNORECASE)
_INLINE_PICTURE: Final = re.compile(r"data:image/(?:svg\+xml|png|webp|gif|jpeg)[;,]", re.IGNORECASE)
_COVERING: Final = (
    (re.compile(r"position\s*:\s*(?:fixed|sticky)", re.IGNORECASE), "position: fixed or sticky"),
    (
        re.compile(r"\[\s*(?:value|name|href|action|formaction)\b", re.IGNORECASE),
        "a selector on what people typed or where links lead",
    ),
    (re.compile(r"\b(?:expression\s*\(|behavior\s*:|-moz-binding)", re.IGNORECASE), "script in a style sheet"),
)
_IN_PICTURES: Final = (
    (
        re.compile(r"<\s*(?:[\w-]+:)?(?:script|foreignObject|iframe|embed|object|handler|set)\b", re.IGNORECASE),
        "an element that can run or bring something in",
    ),
    (re.compile(r"[\s\"'/]on[a-z]+\s*=", re.IGNORECASE), "an event handler"),
    (re.compile(r"javascript\s*:", re.IGNORECASE), "a javascript: address"),
    (re.compile(r"<!(?:DOCTYPE|ENTITY)|<\?(?!xml\s)", re.IGNORECASE), "a DOCTYPE, entity or processing instruction"),
    (re.compile(r"""\bhref\s*=\s*["'](?!#)(?!data:image/)""", re.IGNORECASE), "a reference to another file"),
    (re.compile(r"@import|url\(\s*[\"']?(?!#)", re.IGNORECASE), "a style that asks for another file"),
    (re.compile(r"""attributeName\s*=\s*["'](?:xlink:)?href""", re.IGNORECASE), "an animated reference"),
)


def says_what_it_is(case: Case) -> Iterator[str]:
    """theme.toml names the theme as its entry point does, with a label in zh and en, and style sheets and a preview that exist."""
    theme, said = case.theme, case.theme.described
    if said.get("name") != theme.id:
        yield f"theme.toml calls it “{said.get('name', '')}”, and its entry point “{theme.id}”"
    yield from (f"theme.toml: unknown key “{key}”" for key in sorted(set(said) - KEYS))
    yield from (f"theme.toml: no label in {one}" for one in ("zh", "en") if not theme.label.get(one, "").strip())
    named = [*theme.stylesheets, *([theme.preview] if theme.preview else [])]
    yield from (f"theme.toml: no file static/{name}" for name in named if not _is_inside(theme.static, name))


def _is_inside(folder: Path, name: str) -> bool:
    path = (folder / name).resolve()
    return path.is_file() and path.is_relative_to(folder.resolve())


def stands_on_the_cores_theme(case: Case) -> Iterator[str]:
    """Write `base = "qianmo"`, or the id of a theme that stands on it: the pages of the core are written for its templates."""
    if not case.base or case.base[-1].id != CORE:
        yield f"its base does not lead to {CORE}"


def holds_no_code(case: Case) -> Iterator[str]:
    """A theme is data: one empty __init__.py and no other Python, nothing compiled, no links to elsewhere."""
    for path in sorted(case.theme.folder.rglob("*")):
        name = path.relative_to(case.theme.folder).as_posix()
        if path.is_symlink():
            yield f"{name} is a link"
        elif name == "__init__.py":
            if not _says_nothing(path):
                yield "__init__.py is not empty"
        elif "__pycache__" in path.parts:
            continue  # Python's own, of the empty module
        elif path.suffix in (".py", ".pyc", ".pyi", ".so", ".pyd", ".pth", ".dll", ".js", ".mjs", ".wasm"):
            yield f"{name} is code"


def _says_nothing(path: Path) -> bool:
    try:
        body = ast.parse(path.read_text("utf-8", errors="replace")).body
    except (SyntaxError, ValueError):
        return False
    return all(isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant) for one in body)


def holds_known_kinds_of_files(case: Case) -> Iterator[str]:
    """templates/ holds .html, and static/ style sheets, pictures, fonts (.woff2) and texts; beside them only theme.toml."""
    for path in sorted(p for p in case.theme.folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts):
        name = path.relative_to(case.theme.folder).as_posix()
        inside = name.partition("/")[0] if "/" in name else ""
        known = {
            "templates": path.suffix == ".html",
            "static": path.suffix in KINDS,
            "": name in ("theme.toml", "__init__.py", "py.typed"),
        }
        code = path.suffix in (".py", ".pyc", ".js", ".mjs", ".pth")  # said by the rule above
        if not known.get(inside, False) and not code:
            yield f"{name}: what is this for?"


# -- style sheets and pictures -----------------------------------------------------------------------------------------


def _sheets(case: Case) -> Iterator[tuple[str, str]]:
    for path in sorted(case.theme.static.rglob("*.css")):
        text = _COMMENT.sub(" ", path.read_text("utf-8", errors="replace"))
        yield path.relative_to(case.theme.static).as_posix(), text


def styles_ask_no_other_host(case: Case) -> Iterator[str]:
    """url("…") of a file in the theme's own static/, by a relative path: no @import, no other host, nothing spelt with backslashes."""
    for name, css in _sheets(case):
        if re.search(r"@import\b", css, re.IGNORECASE):
            yield f"{name}: @import"
        if "\\" in re.sub(r"""(?:content|quotes)\s*:\s*(?:"[^"\n]*"|'[^'\n]*')""", "", css):
            yield f"{name}: a backslash, which can hide any word"
        for found in _URL.finditer(css):
            target = "".join(found.groups(default="")).strip()
            if not _INLINE_PICTURE.match(target) and _leads_away(target):
                yield f"{name}: url({target[:60]})"
        if re.search(r"\b(?:-webkit-)?(?:image-set|cross-fade|image|src)\s*\(", css, re.IGNORECASE):
            yield f"{name}: image-set(), image() or src(): use url()"
        bare = _URL.sub(" ", css)
        if re.search(r"url\(|//|https?:", bare, re.IGNORECASE):
            yield f"{name}: an address outside of url(“…”)"


def _leads_away(target: str) -> bool:
    return target.startswith(("/", "\\")) or re.match(r"[a-z][a-z0-9+.-]*:", target, re.IGNORECASE) is not None


def styles_cover_nothing(case: Case) -> Iterator[str]:
    """Nothing is laid over pages of others (a false sign-in form, say), and nothing is chosen by what people typed."""
    for name, css in _sheets(case):
        yield from (f"{name}: {words}" for pattern, words in _COVERING if pattern.search(css))


def pictures_hold_no_script(case: Case) -> Iterator[str]:
    """Save the picture as plain SVG: shapes, colours and gradients, and references (#…) to its own parts."""
    for path in sorted(case.theme.static.rglob("*.svg")):
        text = path.read_text("utf-8", errors="replace")
        name = path.relative_to(case.theme.static).as_posix()
        yield from (f"{name}: {words}" for pattern, words in _IN_PICTURES if pattern.search(text))
