"""Opens the pages that a walk has seen in a real browser, on a narrow phone and without JavaScript, and tells in JSON what is wrong.

The pages are those of the walk, and no site runs any more: what a form would do is seen by the walk, which has no script either.
"""

from __future__ import annotations

import json
import mimetypes
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Final, TypedDict

from cunli.kit.subject import IN_A_BROWSER
from cunli.testing.evidence import Evidence

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTH: Final = 360
HEIGHT: Final = 800
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
ROLES: Final = ("nobody", "villager", "village_admin", "county_admin")
SHOWN: Final = "/shown/"
NOT_TRIED: Final = (
    'not tried: pip install playwright, and a Chromium ("apt install chromium" or "playwright install chromium")'
)
TOKEN: Final = re.compile(r'name="_form" value="[^"]*"')
MOST: Final = 3  # elements named for a page

# what is wider than the phone: the innermost elements that stick out, unless something around them scrolls by itself
WIDE: Final = """width => {
  if (document.documentElement.scrollWidth <= width) return [];
  const scrolls = e => e && e !== document.body && e !== document.documentElement &&
    (/auto|scroll|hidden|clip/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
  const right = e => e.getBoundingClientRect().left + Math.max(e.getBoundingClientRect().width, e.scrollWidth);
  const out = [...document.body.querySelectorAll("*")].filter(e =>
    e.getBoundingClientRect().width && right(e) > width + 1 && !scrolls(e) && !scrolls(e.parentElement));
  const inner = out.filter(e => !out.some(other => other !== e && e.contains(other)));
  return inner.map(e => `<${e.localName}${e.className ? ` class="${e.getAttribute("class")}"` : ""}> ` +
    `reaches to ${Math.round(right(e))} px: ${e.textContent.trim().slice(0, 20)}`)
    .concat(inner.length ? [] : [`it is ${document.documentElement.scrollWidth} px wide`]);
}"""

# what is seen and does nothing without a script
DEAD: Final = """() => {
  const seen = e => e.checkVisibility({visibilityProperty: true});
  const words = e => `<${e.localName}> ${(e.textContent.trim() || e.getAttribute("aria-label") || e.name || "").slice(0, 20)}`;
  const asks = e => [...e.attributes].some(a => /^(data-)?hx-(get|post|put|patch|delete)$/.test(a.name));
  const sends = e => e.form && (e.type === "submit" || e.type === "image");
  const main = document.querySelector("main") || document.body;
  const found = [];
  for (const e of main.querySelectorAll("*")) {
    if (!seen(e)) continue;
    if (e.matches("button, input[type=button], input[type=submit], input[type=image], input[type=reset]")) {
      if (!sends(e) && !e.disabled && e.type !== "reset" && !e.hasAttribute("popovertarget") && !e.hasAttribute("commandfor"))
        found.push(`${words(e)} sends no form`);
    } else if (e.matches("input:not([type=hidden]), select, textarea")) {
      if (!e.form) found.push(`${words(e)} stands in no form`);
    } else if (e.matches("form")) {
      if (![...e.elements].some(sends)) found.push(`<form> to ${e.getAttribute("action") || "its page"} has no button`);
    } else if (e.matches("a") ? !e.getAttribute("href")?.replace(/^#$/, "") : e.matches("[role=button], [role=link]")) {
      found.push(`${words(e)} leads nowhere`);
    }
    if (asks(e) && !e.matches("a[href], form, button, input") && !e.querySelector("a[href], form"))
      found.push(`${words(e)} is asked for by a script alone`);
  }
  return found;
}"""


class Shown(TypedDict):
    """A page as somebody got it."""

    said: str
    html: str


class Pages(TypedDict):
    """What a browser needs to show again what a walk has seen: the pages, and where the static files lie by their address."""

    shown: list[Shown]
    static: dict[str, str]


def pages_of(seen: Evidence) -> Pages:
    """The pages of a walk as those saw them who see most of them: empty ones, ones that were written on, and the village's own."""
    shown: dict[tuple[str, str], Shown] = {}
    for answer in seen.of("page", "written", "core"):
        if answer.status == 200 and "<html" in answer.html and answer.role in ROLES:
            key = (answer.path, TOKEN.sub("", answer.html))
            shown.setdefault(key, Shown(said=str(answer), html=answer.html))
    return Pages(shown=list(shown.values()), static=seen.static)


def judged(pages: Pages) -> dict[str, list[str]]:
    """What is wrong with these pages, by the id of the rule. Without a browser nothing was tried, and that is what is said."""
    found: dict[str, list[str]] = {rule: [] for rule in IN_A_BROWSER}
    with _served(pages) as address, _phone() as page:
        if page is None:
            return {rule: [NOT_TRIED] for rule in found}
        for number, one in enumerate(pages["shown"]):
            page.goto(f"{address}{SHOWN}{number}", wait_until="load")
            for rule, program in zip(found, (WIDE, DEAD), strict=True):
                said: list[str] = page.evaluate(program, WIDTH)
                found[rule] += [f"{one['said']}: {what}" for what in said[:MOST]]
    return found


@contextmanager
def _phone() -> Iterator[Page | None]:
    """A browser without JavaScript on a narrow phone, which reaches this machine and no other; None where there is no browser."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        yield None
        return
    with sync_playwright() as playwright:
        try:
            own = next((found for name in BROWSERS if (found := shutil.which(name))), None)
            browser = playwright.chromium.launch(executable_path=own, args=list(FLAGS))
        except Error:
            yield None
            return
        yield browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, java_script_enabled=False)
        browser.close()


@contextmanager
def _served(pages: Pages) -> Iterator[str]:
    """The address of a small server that has these pages and files and nothing else."""

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            file = pages["static"].get(self.path)
            if self.path.startswith(SHOWN):
                self.answer(
                    pages["shown"][int(self.path.removeprefix(SHOWN))]["html"].encode(), "text/html; charset=utf-8"
                )
            elif file is not None:
                self.answer(Path(file).read_bytes(), mimetypes.guess_type(file)[0] or "application/octet-stream")
            else:
                self.send_error(404)

        def answer(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.send_header("cache-control", "no-store" if kind.startswith("text/html") else "max-age=3600")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def main(pages: Path, told: Path) -> None:
    """Look, and write what was found."""
    told.write_text(json.dumps(judged(json.loads(pages.read_text("utf-8"))), ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
