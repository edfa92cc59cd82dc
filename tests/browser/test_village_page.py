"""The village page on a weak phone and an odd browser: how much it weighs, and that each part works without the next."""

from __future__ import annotations

import re
from typing import Any

import brotli
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from .conftest import County, visiting
from .every_page import ACCOUNTS, HOME, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MOST = 50_000
OLD_BROWSER = "delete Element.prototype.replaceChildren"
ACTS = "article.post .acts"


def _transferred(page: Page) -> dict[str, int]:
    """Bytes over the wire of each text that the page loads, as the browser's own network log counts them."""
    session = page.context.new_cdp_session(page)
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}
    session.send("Network.enable")

    def answered(event: dict[str, Any]) -> None:
        kinds[event["requestId"]] = f"{event['type']} {event['response']['url']}"

    def finished(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = int(event["encodedDataLength"])

    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", finished)
    page.goto(f"{HOME}/", wait_until="networkidle")
    return {kind: sizes[key] for key, kind in kinds.items() if key in sizes}


def test_the_first_view_weighs_at_most_50_kb_and_brings_no_font(browser: Browser, demo: County) -> None:
    with visiting(browser, demo) as page:
        sizes = _transferred(page)
    text = {name: size for name, size in sizes.items() if name.startswith(("Document", "Stylesheet", "Script"))}
    assert len(text) >= 5, f"not everything was counted: {sizes}"
    assert any("htmx.min.js" in name for name in text)
    assert sum(text.values()) <= MOST, text
    assert not [name for name in sizes if name.startswith("Font")]


def test_the_texts_are_compressed_on_the_way(browser: Browser, demo: County) -> None:
    with visiting(browser, demo) as page:
        sizes = _transferred(page)
        sheet = page.locator("link[rel=stylesheet]").nth(1).get_attribute("href") or ""
        whole = page.request.get(sheet).body()
    (sent,) = [size for name, size in sizes.items() if name.endswith(sheet)]
    assert sent < len(brotli.compress(whole, quality=1)) + 2000 < len(whole)


def test_the_page_stands_when_fonts_and_pictures_are_blocked(browser: Browser, demo: County) -> None:
    with visiting(browser, demo) as page:
        blocked: list[str] = []

        def refuse(route: Route) -> None:
            blocked.append(route.request.url)
            route.fulfill(status=404)

        page.route(re.compile(r"/media/|\.(woff2?|ttf|otf)(\?|$)"), refuse)
        page.goto(f"{HOME}/", wait_until="load")
        expect(page.get_by_role("heading", level=1)).to_have_text("禾坪村")
        expect(page.locator("article.post").first).to_be_visible()
        assert blocked, "no picture was asked for, so none was blocked"
        assert not [url for url in blocked if "/media/" not in url], "the page asks for a font"


def test_no_private_page_comes_back_after_signing_out(browser: Browser, demo: County) -> None:
    with visiting(browser, demo) as page:
        sign_in(page, "villager")
        page.goto("/inbox")
        expect(page.get_by_text("评论了你发的动态").first).to_be_visible()
        page.goto("/me")
        page.get_by_role("button", name="退出登录").click()
        page.wait_for_load_state("load")
        for _ in range(3):
            page.go_back(wait_until="load")
            assert "罗春秀" not in page.locator("main").inner_text(), page.url
            assert "评论了你发的动态" not in page.content(), page.url


def test_the_fragment_is_what_the_full_page_shows(browser: Browser, demo: County) -> None:
    with visiting(browser, demo) as page:
        sign_in(page, "villager")
        page.goto(f"{HOME}/")
        before = re.search(r"before=[\w-]+", page.content())
        assert before is not None
        address = f"{HOME}/?{before[0]}"
        part = page.request.get(address, headers={"HX-Request": "true"}).text()
        whole = page.request.get(address).text()
    assert "<html" not in part
    assert part.count('<article class="post"') >= 5
    assert _plain(part) in _plain(whole)


def _plain(markup: str) -> str:
    return re.sub(r"\s+", " ", markup).strip()


def test_older_posts_are_added_without_leaving_the_page(browser: Browser, demo: County) -> None:
    with visiting(browser, demo) as page:
        sign_in(page, "villager")
        page.goto(f"{HOME}/")
        expect(page.locator("html")).to_have_attribute("data-live", "yes")
        shown = page.locator("article.post").count()
        page.locator("#more a").scroll_into_view_if_needed()
        expect(page.locator("article.post").nth(shown)).to_be_attached()
        assert page.url.endswith(f"{HOME}/")


@pytest.mark.parametrize("live", [True, False], ids=["htmx", "a browser that htmx cannot use"])
def test_a_like_works_with_htmx_and_in_a_browser_that_falls_through(browser: Browser, demo: County, live: bool) -> None:
    with visiting(browser, demo) as page:
        if not live:
            page.add_init_script(OLD_BROWSER)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        sign_in(page, "villager")
        page.goto(f"{HOME}/")
        expect(page.locator("html")).to_have_attribute("data-live", "yes" if live else "no")
        assert any("htmx.min.js" in url for url in asked) is live
        asked.clear()
        button = page.locator(ACTS).first.locator(".act").first
        pressed = button.get_attribute("aria-pressed")
        button.click()
        expect(page.locator(ACTS).first.locator(".act").first).not_to_have_attribute("aria-pressed", str(pressed))
        expect(page).to_have_url(re.compile(r"/v/heping/$" if live else r"#p-"))
        assert any(url.endswith("/react") for url in asked)


def test_htmx_reads_nothing_in_the_words_of_people(browser: Browser, demo: County) -> None:
    """Attributes of ours carry their data- prefix; inside words of people neither spelling is read."""
    with visiting(browser, demo) as page:
        page.goto(f"{HOME}/")
        expect(page.locator("html")).to_have_attribute("data-live", "yes")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        with page.expect_request("**/healthz?ours"):
            page.evaluate("""() => {
          const plant = (host, name) => {
            const one = document.createElement('i');
            one.setAttribute('data-hx-get', '/healthz?' + name);
            one.setAttribute('data-hx-trigger', 'load');
            host.append(one);
            htmx.process(one);
          };
          plant(document.querySelector('.ugc'), 'words');
          plant(document.querySelector('main'), 'ours');
        }""")
        page.wait_for_timeout(300)  # time enough for the other, which was planted first
        assert [url.partition("?")[2] for url in asked] == ["ours"]


def test_the_accounts_of_the_walk_are_those_of_the_demo(demo: County) -> None:
    said = demo.command("demo", "load")
    assert all(phone in said for phone in ACCOUNTS.values())
