"""Enough CSS to hold a theme to its promises: rules with their layer, and the custom properties of `:root` in each look.

Not a CSS engine: no shorthands, no inheritance below `:root` but for `[data-dye]`, no `@supports`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LAYERS = ("reset", "tokens", "base", "components", "plugins", "theme", "modes", "utilities")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_ATTRIBUTE = re.compile(r'(:not\()?\[data-([a-z]+)(?:="([a-z-]+)")?\]\)?')
_VAR = re.compile(r"var\(--([a-z0-9-]+)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One selector list with its declarations; `layer` is empty outside every `@layer`."""

    layer: str
    media: tuple[str, ...]
    selectors: tuple[str, ...]
    declarations: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """What decides the custom properties: the attributes on `<html>`, the system's colours, and one dye."""

    theme: str = ""
    mode: str = ""
    contrast: str = ""
    system: str = "light"
    dye: str = ""

    def __str__(self) -> str:
        parts = [f"{k}={getattr(self, k)}" for k in ("theme", "mode", "contrast", "dye") if getattr(self, k)]
        return " ".join([*parts, f"system={self.system}"])


@functools.lru_cache(maxsize=32)
def rules(css: str) -> tuple[Rule, ...]:
    """Every style rule of a sheet, with the layers and media around it."""
    return tuple(_rules(_COMMENT.sub("", css), "", ()))


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """Each `head { body }` at the outermost level; statements such as `@layer a, b;` have no body and are left out."""
    depth = start = opened = 0
    for at, char in enumerate(css):
        if char == "{":
            depth += 1
            opened = at if depth == 1 else opened
        elif char == "}":
            depth -= 1
            if depth == 0:
                yield css[start:opened].strip(), css[opened + 1 : at]
                start = at + 1
        elif char == ";" and depth == 0:
            start = at + 1


def _rules(css: str, layer: str, media: tuple[str, ...]) -> Iterator[Rule]:
    for head, body in _blocks(css):
        if head.startswith("@layer"):
            yield from _rules(body, head.removeprefix("@layer").strip(), media)
        elif head.startswith("@media"):
            yield from _rules(body, layer, (*media, head.removeprefix("@media").strip()))
        elif not head.startswith("@"):
            selectors = tuple(s.strip() for s in re.split(r",(?![^(]*\))", head))
            yield Rule(layer=layer, media=media, selectors=selectors, declarations=_declarations(body))


def _declarations(body: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in re.split(r";(?![^(]*\))", body) if ":" in part)
    return {name.strip(): value.strip() for name, _, value in pairs}


def properties(sheets: Sequence[str], look: LookedAt) -> dict[str, str]:
    """The custom properties, without their dashes, as the cascade settles them; `var()` is resolved."""
    won: dict[str, tuple[tuple[int, int, int], str]] = {}
    order = 0
    for sheet in sheets:
        for rule in _colouring(sheet):
            order += 1
            if not all(_media_matches(m, look) for m in rule.media) or rule.layer not in LAYERS:
                continue
            strength = max((_strength(s, look) for s in rule.selectors), default=-1)
            if strength < 0:
                continue
            rank = (LAYERS.index(rule.layer), strength, order)
            for name, value in rule.declarations.items():
                key = name.removeprefix("--")
                if name.startswith("--") and (key not in won or rank >= won[key][0]):
                    won[key] = (rank, value)
    return {name: _resolved(value, won) for name, (_, value) in won.items()}


@functools.lru_cache(maxsize=32)
def _colouring(css: str) -> tuple[Rule, ...]:
    """Only the rules that set custom properties: a few of hundreds."""
    return tuple(r for r in rules(css) if any(n.startswith("--") for n in r.declarations))


def _resolved(value: str, won: dict[str, tuple[tuple[int, int, int], str]]) -> str:
    for _ in range(8):
        found = _VAR.search(value)
        if found is None:
            return value
        value = value.replace(found[0], won[found[1]][1] if found[1] in won else "")
    return value


def _media_matches(media: str, look: LookedAt) -> bool:
    if found := re.fullmatch(r"\(prefers-color-scheme: (light|dark)\)", media):
        return found[1] == look.system
    return False  # widths, motion and print do not change colours


@functools.lru_cache(maxsize=65536)
def _strength(selector: str, look: LookedAt) -> int:
    """The specificity of a selector that reaches `<html>` (or, with a dye, an element of that dye) in this look; else -1."""
    root, _, below = selector.partition(" ")
    if below and not (look.dye and root.startswith(":root")):
        return -1
    parts = [root, below] if below else [root]
    if not root.startswith(":root") and not (look.dye and root.startswith("[data-dye")):
        return -1
    strength = 0
    for part in parts:
        found = _ATTRIBUTE.findall(part)
        plain = _ATTRIBUTE.sub("", part)
        if plain not in ("", ":root") or not all(_attribute_matches(f, look) for f in found):
            return -1
        strength += len(found) + (plain == ":root")
    # an element's own dye beats whatever it inherits from the root, whichever selector said it
    return strength + (1000 if "[data-dye" in selector else 0)


def _attribute_matches(found: tuple[str, str, str], look: LookedAt) -> bool:
    negated, name, wanted = found
    if name not in ("theme", "mode", "contrast", "dye"):
        return bool(negated)
    actual = str(getattr(look, name))
    holds = actual == wanted if wanted else bool(actual)
    return holds != bool(negated)
