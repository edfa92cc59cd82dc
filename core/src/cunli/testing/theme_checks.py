"""What every theme promises, as checks for the theme's own tests: contrast, layers, no inline anything, files that exist.

from cunli.testing.theme_checks import problems

def test_my_theme_keeps_the_promises():
    assert problems("mytheme") == []
"""

from __future__ import annotations

import gzip
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import jinja2
from jinja2 import nodes

from cunli.web import themes
from cunli.web.stylesheets import LAYERS, LookedAt, properties, rules

FIRST_VIEW_BYTES = 44 * 1024  # with some 5 kB of HTML the first view of a village page stays under 50 kB
LAYER_STATEMENT = f"@layer {', '.join(LAYERS)};"
COLOURS = re.compile(r"#[0-9a-f]{3,8}|rgb\(", re.IGNORECASE)
DYES = ("", "teal", "night", "tea", "cinnabar")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two custom properties and the contrast they need: ordinarily, in 大字版, and with 颜色深一点."""

    front: str
    back: str
    floor: float
    elder: float = 0
    more: float = 0


_TINTS = ("field", "seal", "gold", "tea")
PAIRS = (
    Pair(front="ink", back="surface", floor=7, elder=14, more=14),
    Pair(front="ink", back="bg", floor=7, elder=12, more=14),
    Pair(front="ink", back="surface-2", floor=7, elder=12, more=14),
    Pair(front="ink-2", back="surface", floor=7, elder=7, more=14),
    Pair(front="ink-2", back="surface-2", floor=7, elder=7, more=14),
    Pair(front="ink-3", back="surface", floor=4.5, elder=7, more=7),
    Pair(front="ink-3", back="surface-2", floor=4.5, elder=7, more=7),
    Pair(front="ink-3", back="bg", floor=4.5, elder=7, more=7),
    Pair(front="on-field", back="field", floor=4.5, more=6),
    Pair(front="on-field", back="field-2", floor=4.5, more=6),
    Pair(front="on-seal", back="seal", floor=4.5, more=6),
    Pair(front="indigo", back="surface", floor=4.5, more=7),
    Pair(front="indigo", back="bg", floor=4.5, more=7),
    Pair(front="indigo", back="indigo-tint", floor=4.5, more=7),
    *(Pair(front=f"{t}-ink", back=b, floor=4.5, more=7) for t in _TINTS for b in ("surface", f"{t}-tint")),
    Pair(front="danger", back="surface", floor=4.5, more=7),
    Pair(front="danger", back="danger-tint", floor=4.5, more=7),
    Pair(front="slip-ink", back="slip", floor=7),
    Pair(front="gold", back="surface", floor=3),
    Pair(front="line-2", back="surface", floor=3, more=7),
)
CLOTH = (Pair(front="cloth-ink", back="cloth", floor=4.5), Pair(front="cloth-ink-2", back="cloth", floor=4.5))
PATTERN = 0.14  # opacity of the white pattern on cloth: text may stand on its brightest dot


def problems(theme_id: str) -> list[str]:
    """Everything that is wrong with an installed theme, in words; empty when it keeps its promises."""
    return problems_of(themes.chain(theme_id))


def problems_of(chain: Sequence[themes.Theme]) -> list[str]:
    """The same for a chain of themes that need not be installed: the chosen one first, its base last."""
    static = static_files(chain)
    found = [*style_problems(chain, static), *missing_urls(chain[0], static), *first_view(chain, static)]
    found += template_problems(chain[0].templates, static)
    return found


def static_files(chain: Sequence[themes.Theme]) -> dict[str, Path]:
    """Static names of the chain and the file that answers each."""
    files: dict[str, Path] = {}
    for theme in reversed(chain):
        files |= {p.relative_to(theme.static).as_posix(): p for p in sorted(theme.static.rglob("*")) if p.is_file()}
    return files


def stylesheets(chain: Sequence[themes.Theme], static: dict[str, Path]) -> list[str]:
    """The linked style sheets, base first."""
    return [static[name].read_text("utf-8") for theme in reversed(chain) for name in theme.stylesheets]


# -- colours -------------------------------------------------------------------------------------------------------


def contrast(front: tuple[float, ...], back: tuple[float, ...]) -> float:
    """WCAG 2 contrast ratio of two colours given as 0…255 triples."""
    light, dark = sorted((_luminance(front), _luminance(back)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: tuple[float, ...]) -> float:
    parts = [c / 255 for c in colour]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def colour(text: str) -> tuple[float, ...]:
    """`#abc` or `#aabbcc`. Raises `ValueError` for anything else: the pairs are measured on plain colours only."""
    digits = text.removeprefix("#")
    if not text.startswith("#") or len(digits) not in (3, 6):
        raise ValueError(text)
    if len(digits) == 3:
        digits = "".join(d * 2 for d in digits)
    return tuple(int(digits[i : i + 2], 16) for i in (0, 2, 4))


def _looks() -> Iterator[LookedAt]:
    for theme, system, mode, more in product(("", "light", "dark"), ("light", "dark"), ("", "elder"), ("", "more")):
        yield LookedAt(theme=theme, system=system, mode=mode, contrast=more)


def contrast_problems(sheets: Sequence[str]) -> list[str]:
    """Pairs under their floor in any look, dye by dye for cloth."""
    found: list[str] = []
    for look in _looks():
        values = properties(sheets, look)
        found += [p for pair in PAIRS if (p := _too_low(pair, values, look, dot=0))]
        if look.mode or look.contrast:
            continue
        for dye in DYES:
            dyed = LookedAt(theme=look.theme, system=look.system, dye=dye)
            found += [p for pair in CLOTH if (p := _too_low(pair, properties(sheets, dyed), dyed, dot=PATTERN))]
    return found


def _too_low(pair: Pair, values: dict[str, str], look: LookedAt, *, dot: float) -> str:
    floor = max(pair.floor, pair.elder if look.mode else 0, pair.more if look.contrast else 0)
    try:
        front, back = colour(values[pair.front]), colour(values[pair.back])
    except (KeyError, ValueError) as exc:
        return f"--{pair.front} on --{pair.back}: no plain colour ({exc}) with {look}"
    back = tuple(b + (255 - b) * dot for b in back)
    ratio = contrast(front, back)
    return "" if ratio >= floor else f"--{pair.front} on --{pair.back} is {ratio:.2f}, needs {floor:g}, with {look}"


# -- style sheets --------------------------------------------------------------------------------------------------


def style_problems(chain: Sequence[themes.Theme], static: dict[str, Path]) -> list[str]:
    """Contrast, layers, and light without dark."""
    sheets = stylesheets(chain, static)
    found = contrast_problems(sheets)
    if LAYER_STATEMENT not in sheets[0]:
        found.append(f"{chain[-1].stylesheets[0]} does not begin with “{LAYER_STATEMENT}”")
    for name in chain[0].stylesheets:
        css = static[name].read_text("utf-8")
        found += [f"{name}: {p}" for p in layer_problems(css, derived=len(chain) > 1)]
        found += [f"{name}: {p}" for p in foreign(css)]
    return found


def layer_problems(css: str, *, derived: bool) -> list[str]:
    """Rules outside the layers; a derived theme writes in `theme` only and gives every colour for light and dark."""
    allowed = ("theme",) if derived else tuple(n for n in LAYERS if n not in ("plugins", "theme"))
    found = [
        f"“{', '.join(r.selectors)[:60]}” stands in layer “{r.layer or 'none'}”, allowed: {', '.join(allowed)}"
        for r in rules(css)
        if r.layer not in allowed
    ]
    if derived:
        found += _one_sided(css)
    return found


def _one_sided(css: str) -> list[str]:
    given: dict[str, set[str]] = {
        ":root": set(),
        ':root[data-theme="dark"]': set(),
        ':root:not([data-theme="light"])': set(),
    }
    for rule in rules(css):
        for selector in set(rule.selectors) & set(given):
            given[selector] |= {n for n, v in rule.declarations.items() if n.startswith("--") and COLOURS.match(v)}
    light = given.pop(":root")
    return [f"{', '.join(sorted(light - dark))} has no value in {s}" for s, dark in given.items() if light - dark]


def foreign(text: str) -> list[str]:
    """Requests to other hosts, and imports: a theme loads nothing from elsewhere."""
    hosts = re.findall(r"""(?:url\(|@import\s+|(?:src|srcset|href|action)=)["']?\s*((?:https?:)?//[^"')\s]+)""", text)
    return [f"asks another host: {h}" for h in hosts] + (["has @import"] if "@import" in text else [])


def missing_urls(theme: themes.Theme, static: dict[str, Path]) -> list[str]:
    """`url()` in a theme's style sheets that lead to no static file of the chain."""
    found: list[str] = []
    for sheet in sorted(theme.static.rglob("*.css")):
        name = sheet.relative_to(theme.static).as_posix()
        targets = re.findall(r"""url\(["']?([^"')]+)["']?\)""", sheet.read_text("utf-8"))
        wanted = {
            t: posixpath.normpath(posixpath.join(posixpath.dirname(name), t))
            for t in targets
            if not t.startswith("data:")
        }
        found += [f"{name}: url({t}) leads nowhere" for t, file in wanted.items() if file not in static]
    return found


def first_view(chain: Sequence[themes.Theme], static: dict[str, Path]) -> list[str]:
    """Bytes that a villager's phone fetches for the first page, beside its HTML and photos."""
    names = [n for t in reversed(chain) for n in t.stylesheets]
    names += ["icons.svg", "js/gate.js", "js/htmx.min.js", "js/app.js", "cloth/plum.svg"]
    total = sum(len(gzip.compress(static[n].read_bytes(), 9)) for n in names if n in static)
    return [f"first view is {total} bytes compressed, at most {FIRST_VIEW_BYTES}"] if total > FIRST_VIEW_BYTES else []


# -- templates -----------------------------------------------------------------------------------------------------

INLINE = (
    (re.compile(r"\sstyle\s*=", re.IGNORECASE), "style attribute"),
    (re.compile(r"<style\b", re.IGNORECASE), "<style>"),
    (re.compile(r"<script\b(?![^>]*\ssrc=)", re.IGNORECASE), "inline script"),
    (re.compile(r"<script\b[^>]*>(?!</script>)", re.IGNORECASE), "script with a body"),
    (re.compile(r"""\son[a-z]+\s*=\s*["'{]""", re.IGNORECASE), "event handler attribute"),
    (re.compile(r"\s(?:data-)?hx-on\b|\bjs:|javascript:", re.IGNORECASE), "script for htmx"),
    (re.compile(r"\|\s*safe\b|\bMarkup\("), "unescaped output"),
)


def template_problems(folder: Path, static: dict[str, Path]) -> list[str]:
    """Inline style or script, other hosts, unescaped output, icons and files that do not exist, in every template below."""
    found: list[str] = []
    sources = {p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in sorted(folder.rglob("*.html"))}
    for name, source in sources.items():
        html = re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL)
        found += [f"{name}: {words}" for pattern, words in INLINE if pattern.search(html)]
        found += [f"{name}: {p}" for p in foreign(html)]
    return found + missing_pieces(sources, static)


def missing_pieces(sources: Mapping[str, str], static: dict[str, Path]) -> list[str]:
    """Icons and static files that templates name and that do not exist."""
    icons = set(re.findall(r'id="i-([a-z0-9-]+)"', static["icons.svg"].read_text("utf-8")))
    found: list[str] = []
    for name, source in sources.items():
        found += [f"{name}: no icon “{i}”" for i in sorted(icons_in(source) - icons)]
        found += [f"{name}: no static file “{f}”" for f in sorted(files_in(source) - set(static))]
    return found


def _tree(source: str) -> nodes.Template:
    return jinja2.Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"]).parse(source)  # noqa: S701 only parsed


def icons_in(source: str) -> set[str]:
    """Icon names in a template: arguments of `icon()`, `symbol=` given to macros, and macros' own defaults."""
    tree = _tree(source)
    names = {str(c.value) for call in _calls(tree, "icon") for c in _constants(call.args)}
    names |= {str(c.value) for k in tree.find_all(nodes.Keyword) if k.key == "symbol" for c in _constants([k.value])}
    for macro in tree.find_all(nodes.Macro):
        defaults = zip(reversed(macro.args), reversed(macro.defaults), strict=False)
        names |= {str(d.value) for a, d in defaults if a.name == "symbol" and isinstance(d, nodes.Const)}
    return names - {""}


def files_in(source: str) -> set[str]:
    """Static names in a template: constants given to `static()`, and `art=` given to macros."""
    tree = _tree(source)
    names = {str(a.value) for c in _calls(tree, "static") for a in c.args if isinstance(a, nodes.Const)}
    keywords = (k for k in tree.find_all(nodes.Keyword) if k.key == "art" and isinstance(k.value, nodes.Const))
    return names | {f"art/{k.value.value}.svg" for k in keywords if k.value.value}  # type: ignore[attr-defined]


def _calls(tree: nodes.Node, name: str) -> Iterator[nodes.Call]:
    return (c for c in tree.find_all(nodes.Call) if isinstance(c.node, nodes.Name) and c.node.name == name)


def _constants(given: Sequence[nodes.Node]) -> Iterator[nodes.Const]:
    """String constants a value may take: itself, or either branch of an inline condition."""
    for node in given:
        if isinstance(node, nodes.Const) and isinstance(node.value, str):
            yield node
        elif isinstance(node, nodes.CondExpr):
            yield from _constants([n for n in (node.expr1, node.expr2) if n is not None])
