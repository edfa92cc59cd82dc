"""Rebuilds static/icons.svg from icons.txt and an unpacked copy of the npm package @tabler/icons 3.51.0.

npm pack @tabler/icons@3.51.0 && tar xf tabler-icons-3.51.0.tgz
python themes/qianmo/sprite.py package/icons
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
SPRITE = HERE / "src/cunli_theme_qianmo/static/icons.svg"
_FRAME = '<path stroke="none" d="M0 0h24v24H0z" fill="none" />'


def symbol(name: str, icons: Path) -> str:
    """One `<symbol>` with the paths of the icon and nothing else."""
    folder, stem = ("filled", name.removesuffix("-filled")) if name.endswith("-filled") else ("outline", name)
    source = (icons / folder / f"{stem}.svg").read_text().replace(_FRAME, "")
    paths = re.findall(r'<path\b[^>]*?\bd="([^"]+)"', source)
    if not paths:
        raise SystemExit(f"{name}: no path found")
    return f'<symbol id="i-{name}" viewBox="0 0 24 24">' + "".join(f'<path d="{d}"/>' for d in paths) + "</symbol>"


def main() -> None:
    """Write the sprite."""
    names = (HERE / "icons.txt").read_text().split()
    body = "\n".join(symbol(name, Path(sys.argv[1])) for name in sorted(set(names)))
    SPRITE.write_text(f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n')


if __name__ == "__main__":
    main()
