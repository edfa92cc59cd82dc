"""Draw the icons of the app from the theme's own sign: `python scripts/icons.py` writes three PNG files beside it."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

STATIC = Path(__file__).resolve().parents[1] / "themes/qianmo/src/cunli_theme_qianmo/static"
DYE = "#1b4166"
# name, size in pixels, share of the square that the sign fills: maskable icons are cut to a circle of four fifths
ICONS = (("icon-192.png", 192, 1.0), ("icon-512.png", 512, 1.0), ("icon-maskable.png", 512, 0.72))


def main() -> int:
    """Draw all of them with the browser that the tests use."""
    sign = (STATIC / "favicon.svg").read_text("utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, size, share in ICONS:
            page = browser.new_page(viewport={"width": size, "height": size})
            inner = round(size * share)
            ground = DYE if share < 1 else "transparent"
            page.set_content(
                f"<style>html,body{{margin:0;height:100%;background:{ground};display:grid;place-items:center}}"
                f"svg{{width:{inner}px;height:{inner}px;display:block}}</style>{sign}"
            )
            page.screenshot(path=STATIC / "icons" / name, omit_background=True)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
