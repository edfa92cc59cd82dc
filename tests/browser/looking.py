"""Looks at a page full of hostile words in Chromium: what ran, what the policy stopped, what became an element."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from playwright.sync_api import BrowserContext, Error, Page

from ..permissions.showing import Shown
from .payloads import CALL
from .stage import Stage

# Before anything else on every page and in every frame: what a payload calls, and what the policy says about it.
LISTEN: Final = f"""window.{CALL} = number => {{ window.tell(`ran: ${{number}}`); }};
document.addEventListener('securitypolicyviolation', e => {{
  window.tell(`policy: ${{e.effectiveDirective}} ${{e.blockedURI}} ${{e.sample}}`);
}});"""
# What our pages never hold: handlers, addresses that run, frames, styles and scripts of others, attributes for htmx in words.
FOREIGN: Final = """async () => {
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 20))));
  const ours = url => !url || /^\\/(?!\\/)/.test(url);
  const found = [];
  const runs = /^[\\s\\x00-\\x20]*(j\\s*a\\s*v\\s*a\\s*s\\s*c\\s*r\\s*i\\s*p\\s*t|vbscript|data)\\s*:/i;
  for (const e of document.querySelectorAll('*')) {
    const tag = e.localName;
    if (/^(iframe|frame|object|embed|base|portal|marquee|applet|style|animate|set|math|template|plaintext|xmp)$/.test(tag)) found.push(tag);
    if (tag === 'script' && (e.textContent || !(e.getAttribute('src') ?? '').startsWith('/static/'))) found.push(`script ${e.src}`);
    if (tag === 'meta' && e.httpEquiv) found.push(`meta ${e.httpEquiv}`);
    if (tag === 'form' && !ours(e.getAttribute('action') ?? '')) found.push(`form ${e.getAttribute('action')}`);
    for (const a of e.attributes) {
      const where = `${tag}[${a.name}=${a.value.slice(0, 60)}]`;
      if (a.name.startsWith('on') || a.name === 'style' || a.name === 'srcdoc' || a.name === 'ping') found.push(where);
      if (tag !== 'img' && /^(href|src|action|formaction|data|xlink:href)$/.test(a.name) && runs.test(a.value)) found.push(where);
      if (/^(data-)?hx-/.test(a.name) && a.name !== 'data-hx-ignore' && e.closest('.ugc')) found.push(where);
    }
  }
  return found.slice(0, 5);
}"""


@dataclass
class Seen:
    """What was wrong, by page; what was asked of other hosts, and of our own by hostile words."""

    wrong: dict[str, list[str]] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)
    caught: list[str] = field(default_factory=list)
    opened: int = 0
    now: str = ""

    def note(self, what: str) -> None:
        self.wrong.setdefault(self.now, []).append(what)

    @property
    def nothing(self) -> bool:
        return not (self.wrong or self.outside or self.caught)


def look_at(stage: Stage, people: dict[str, BrowserContext], shown: Sequence[Shown]) -> Seen:
    """Open each of these pages as its person."""
    seen, pages = Seen(caught=stage.around.caught), {}
    seen.caught.clear()
    for name, context in people.items():
        context.expose_binding("tell", lambda source, what: seen.note(str(what)))
        pages[name] = context.new_page()
        _listen(pages[name], stage.url, seen)
    for each in shown:
        seen.now = f"{each.row} as {each.role.id}"
        _look(pages[each.role.id], each.ask.path, each.answer.status, seen)
    for page in pages.values():
        page.close()
    stage.around.caught = []
    return seen


def _listen(page: Page, url: str, seen: Seen) -> None:
    page.add_init_script(LISTEN)
    page.on("request", lambda r: seen.outside.append(r.url) if not r.url.startswith((url, "data:", "blob:")) else None)


def _look(page: Page, path: str, status: int, seen: Seen) -> None:
    answer = page.goto(path, wait_until="load")
    assert answer is not None
    assert answer.status == status, f"{seen.now}: {answer.status}"
    try:
        found: list[str] = page.evaluate(FOREIGN)
    except Error as exc:
        found = [f"the page went away: {exc.message[:80]}"]
    for what in found:
        seen.note(what)
    seen.opened += 1
