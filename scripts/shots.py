"""`make shots`: a picture of every page in four modes and a sheet of them all, in shots/. Also the pictures of the README.

`--url` takes a running demo instead of starting one, `--only NAME` takes some pages, `--readme` renews docs/pictures/.
"""

from __future__ import annotations

import argparse
import html
import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.conftest import CHROMIUM, FLAGS, demo_county  # noqa: E402
from tests.browser.every_page import PLACES, found_keys, go, look, people  # noqa: E402
from tests.browser.place import Place  # noqa: E402

MODES: Final = {
    "phone": (390, "..."),
    "desk": (1280, "..."),
    "elder": (390, ".elder.."),
    "dark": (390, "dark..."),
}
README: Final = {"village": ("village", "..."), "elder": ("village", ".elder.."), "waiting": ("waiting", "...")}
TALLEST: Final = 3000
SHEET_CSS: Final = (
    "body{font:15px/1.5 system-ui;margin:24px;background:#888} h2{margin:32px 0 8px}"
    " .row{display:flex;gap:12px;align-items:start;overflow-x:auto} img{height:600px;width:auto;background:#fff}"
)


@contextmanager
def _served(url: str) -> Iterator[str]:
    """The address of a demo county: the given one, or one of our own for as long as this lasts."""
    if url:
        yield url.rstrip("/")
        return
    with tempfile.TemporaryDirectory() as folder, demo_county(Path(folder)) as demo:
        yield demo.url


def _shoot(browser: Browser, url: str, places: list[Place], mode: str, into: Path) -> None:
    width, value = MODES[mode]
    least = 844 if width < 800 else 800
    with people(browser, url, width=width, height=least) as made:
        keys = found_keys(made)
        pages = {who: context.new_page() for who, context in made.items()}
        for context in made.values():
            look(context, url, value)
        for place in places:
            page = pages[place.who]
            go(page, place, keys)
            # a window as tall as the page: bars at the bottom stay at the bottom, sticky heads at the top
            tall = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": width, "height": max(least, min(tall, TALLEST))})
            page.wait_for_timeout(150)
            page.screenshot(path=into / f"{place.name}.{mode}.png")
            page.set_viewport_size({"width": width, "height": least})
            print(f"{place.name}.{mode}", flush=True)


def _sheet(places: list[Place], into: Path) -> None:
    rows = []
    for place in places:
        pictures = "".join(
            f'<a href="{place.name}.{mode}.png"><img loading="lazy" src="{place.name}.{mode}.png" alt="{mode}"></a>'
            for mode in MODES
            if (into / f"{place.name}.{mode}.png").exists()
        )
        title = html.escape(f"{place.name}: {place.path} ({place.who})")
        rows.append(f'<h2 id="{place.name}">{title}</h2><div class="row">{pictures}</div>')
    page = f"<!doctype html><meta charset=utf-8><title>shots</title><style>{SHEET_CSS}</style>{''.join(rows)}"
    (into / "index.html").write_text(page, "utf-8")


def _readme(browser: Browser, url: str) -> None:
    """What a phone shows first,."""
    into = ROOT / "docs/pictures"
    into.mkdir(parents=True, exist_ok=True)
    places = {place.name: place for place in PLACES}
    with people(browser, url) as made:
        keys = found_keys(made)
        for name, (place, value) in README.items():
            context = made[places[place].who]
            look(context, url, value)
            page = context.new_page()
            go(page, places[place], keys)
            page.wait_for_timeout(300)
            picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
            picture.quantize(256, dither=Image.Dither.NONE).save(into / f"{name}.png", optimize=True)
            page.close()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", default="", help="a demo county that is served already")
    options.add_argument("--only", action="append", default=[], help="name of a page; may be given again")
    options.add_argument("--mode", action="append", default=[], choices=list(MODES))
    options.add_argument("--into", type=Path, default=ROOT / "shots")
    options.add_argument("--readme", action="store_true", help="renew docs/pictures/ and nothing else")
    asked = options.parse_args()
    places = [place for place in PLACES if not asked.only or place.name in asked.only]
    unknown = set(asked.only) - {place.name for place in places}
    if unknown or CHROMIUM is None:
        print(
            f"no such page: {', '.join(sorted(unknown))}" if unknown else "no Chromium (Debian: apt install chromium)"
        )
        return 1
    asked.into.mkdir(parents=True, exist_ok=True)
    with _served(asked.url) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        if asked.readme:
            _readme(browser, url)
            return 0
        for mode in asked.mode or MODES:
            _shoot(browser, url, places, mode, asked.into)
        _sheet(list(PLACES), asked.into)
    print(f"open {asked.into / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
