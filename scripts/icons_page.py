"""The page of the reference that shows the icons of the theme, made from its sprite. See `scripts/docs.py`."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Final

PICTURE: Final = "pictures/icons.svg"
COLUMNS: Final = 6
WIDTH: Final = 160
HEIGHT: Final = 64
_SYMBOL: Final = re.compile(r'<symbol id="i-([a-z0-9-]+)" viewBox="0 0 24 24">(.*?)</symbol>', re.DOTALL)


def icons() -> dict[str, str]:
    """Every icon of the default theme by its name, with its drawing."""
    sprite = files("cunli_theme_qianmo") / "static" / "icons.svg"
    return dict(sorted(_SYMBOL.findall(sprite.read_text("utf-8"))))


def icons_picture() -> str:
    """One picture of all of them, each above its name."""
    drawn = []
    known = icons()
    for number, (name, drawing) in enumerate(known.items()):
        x, y = number % COLUMNS * WIDTH, number // COLUMNS * HEIGHT
        fill = 'fill="#234" stroke="none"' if name.endswith("-filled") else 'fill="none" stroke="#234"'
        style = f'{fill} stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
        drawn.append(f'<g transform="translate({x + WIDTH // 2 - 12} {y + 10})" {style}>{drawing}</g>')
        drawn.append(f'<text x="{x + WIDTH // 2}" y="{y + 52}">{name}</text>')
    size = f"{COLUMNS * WIDTH} {-(-len(known) // COLUMNS) * HEIGHT}"
    style = "<style>text{font:12px sans-serif;text-anchor:middle;fill:#234}</style>"
    paper = '<rect width="100%" height="100%" fill="#fff"/>'
    return "\n".join(
        [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}">{style}{paper}', *drawn, "</svg>", ""]
    )


def icons_page() -> str:
    """Their names in words, to be looked through and copied."""
    names = list(icons())
    lines = [
        "# Icons",
        "",
        "The icons of the theme, for `icon(…)` in templates, `FeedKind.icon` and `MenuItem.icon`. An icon never stands alone: a word is",
        "beside it. A name that ends in `-filled` is drawn filled. Another theme draws the same names.",
        "",
        "![Every icon above its name](../pictures/icons.svg)",
        "",
    ]
    for letter in sorted({name[0] for name in names}):
        lines += [", ".join(f"`{name}`" for name in names if name[0] == letter), ""]
    return "\n".join(lines)
