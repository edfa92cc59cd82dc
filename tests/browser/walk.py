"""One walk over every page, which writes down whatever the tests of the pages ask about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, ViewportSize

from .every_page import found_keys, go, look
from .place import Place

TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
EVERY_RULE: Final = {"runOnly": TAGS, "resultTypes": ["violations"]}
COLOURS: Final = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "resultTypes": ["violations"]}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
NARROW: Final[ViewportSize] = {"width": 320, "height": 800}
DESK: Final[ViewportSize] = {"width": 1280, "height": 800}
TARGET, INLINE, ELDER_TARGET = 44, 24, 60

RUN_AXE: Final = """async options => (await axe.run(options)).violations.map(v =>
  `${v.id}: ${v.help}: ` + v.nodes.slice(0, 3).map(n => `${n.target} ${n.any[0]?.message ?? ''}`).join(' | '))"""
TOO_WIDE: Final = """() => {
  const most = document.documentElement.clientWidth;
  if (document.scrollingElement.scrollWidth <= most) return [];
  const out = [...document.querySelectorAll('body *')].filter(e => {
    const r = e.getBoundingClientRect();
    return r.width && r.right > most + 1 && !e.closest('.vh, .tabs');
  });
  return out.slice(0, 4).map(e => `${e.tagName}.${e.className} ends at ${Math.round(e.getBoundingClientRect().right)} of ${most}`)
    .concat(out.length ? [] : ['wider than the window']);
}"""
# What a finger must hit: the whole row of a choice, the line box of a link inside a sentence.
TOO_SMALL: Final = """([least, inline]) => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary')].flatMap(e => {
  if (e.closest('.vh, .skip') || !e.checkVisibility({visibilityProperty: true})) return [];
  const whole = e.closest('label') ?? e;
  const box = whole.getBoundingClientRect();
  if (!box.width) return [];
  const style = getComputedStyle(e);
  const sentence = style.display === 'inline' && !e.querySelector('img, svg');
  const high = sentence ? Math.max(box.height, parseFloat(getComputedStyle(e.parentElement).lineHeight)) : box.height;
  const ok = sentence ? high >= inline : high >= least - .5 && box.width >= least - .5;
  return ok ? [] : [`${e.tagName}.${e.className} “${(e.innerText || e.name || '').trim().slice(0, 12)}” ${Math.round(box.width)}×${Math.round(high)}`];
})"""


@dataclass
class Seen:
    """What was found on one page; every list is empty on a good one."""

    html: bytes = b""
    axe: dict[str, list[str]] = field(default_factory=dict)
    wide: dict[str, list[str]] = field(default_factory=dict)
    small: dict[str, list[str]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)


def axe(page: Page, options: dict[str, Any] = EVERY_RULE) -> list[str]:
    """What axe finds, one line for each rule."""
    if not page.evaluate("typeof axe === 'object'"):
        page.evaluate(Axe().axe_script)
    found: list[str] = page.evaluate(RUN_AXE, options)
    return found


def too_wide(page: Page) -> list[str]:
    found: list[str] = page.evaluate(TOO_WIDE)
    return found


def too_small(page: Page, least: int = TARGET) -> list[str]:
    found: list[str] = page.evaluate(TOO_SMALL, [least, INLINE])
    return found


def _as(page: Page, name: str, value: str) -> None:
    """Colours alone differ in these modes, so the page that stands there can be switched."""
    page.evaluate("([name, value]) => document.documentElement.setAttribute(name, value)", [name, value])


def _standard(page: Page, place: Place, keys: dict[str, str], seen: Seen) -> None:
    page.set_viewport_size(PHONE)
    seen.html = go(page, place, keys).body()
    seen.axe["standard"] = axe(page)
    seen.small["standard"] = too_small(page)
    _as(page, "data-theme", "dark")
    seen.axe["dark"] = axe(page, COLOURS)
    page.evaluate("document.documentElement.removeAttribute('data-theme')")
    _as(page, "data-contrast", "more")
    seen.axe["contrast"] = axe(page, COLOURS)
    page.evaluate("document.documentElement.removeAttribute('data-contrast')")
    page.set_viewport_size(NARROW)
    seen.wide["320 px"] = too_wide(page)
    page.set_viewport_size(PHONE)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    seen.wide["200 %"] = too_wide(page)
    page.evaluate("document.documentElement.style.fontSize = ''")
    page.set_viewport_size(DESK)
    seen.axe["desk"] = axe(page)


def _elder(page: Page, place: Place, keys: dict[str, str], seen: Seen) -> None:
    page.set_viewport_size(PHONE)
    go(page, place, keys)
    seen.axe["elder"] = axe(page)
    seen.small["elder"] = too_small(page, ELDER_TARGET)
    page.set_viewport_size(NARROW)
    seen.wide["elder at 320 px"] = too_wide(page)


def listen(page: Page, url: str, seen: Seen) -> None:
    """Write down errors of scripts and of the content policy, and requests that leave for another host."""
    page.on("pageerror", lambda error: seen.said.append(str(error)))
    page.on(
        "console",
        lambda m: (
            seen.said.append(m.text) if m.type == "error" and "responded with a status of 4" not in m.text else None
        ),
    )
    page.on("request", lambda r: seen.outside.append(r.url) if not r.url.startswith((url, "data:", "blob:")) else None)


def walk(
    made: dict[str, BrowserContext], url: str, places: Sequence[Place], moved: Callable[[], None]
) -> dict[str, Seen]:
    """Go to every place twice: as it is, and in 大字版, whose pages are built differently. `moved` is called after each page."""
    keys, found = found_keys(made), {place.name: Seen() for place in places}
    for way, value in ((_standard, "..."), (_elder, ".elder..")):
        for context in made.values():
            look(context, url, value)
        for place in places:
            page = made[place.who].new_page()
            listen(page, url, found[place.name])
            way(page, place, keys, found[place.name])
            page.close()
            moved()
    return found
