"""Without a network the app says so instead of the browser; with one, what is new arrives by itself and nothing moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from .conftest import PATIENCE, County, visiting
from .every_page import HOME, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
READY = "navigator.serviceWorker.ready.then(function () { return true; })"
KEPT = """caches.keys().then(function (names) { return Promise.all(names.map(function (name) {
  return caches.open(name).then(function (kept) { return kept.keys(); }); })); })
  .then(function (all) { return [].concat.apply([], all).map(function (request) { return new URL(request.url).pathname; }); })"""


@contextmanager
def phone(browser: Browser, county: County) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=county.url, viewport={"width": 390, "height": 844}, locale="zh-CN")
    context.set_default_timeout(PATIENCE * 1000)
    try:
        yield context
    finally:
        context.close()


def test_without_a_network_a_page_says_so_and_nothing_private_was_kept(browser: Browser, demo: County) -> None:
    with phone(browser, demo) as context:
        page = context.new_page()
        sign_in(page, "villager")
        page.goto(f"{HOME}/")
        assert page.evaluate(READY)
        page.goto(f"{HOME}/")
        page.goto("/inbox")
        kept = page.evaluate(KEPT)
        assert kept
        assert [path for path in kept if path != "/offline" and not path.startswith("/static/")] == []
        context.set_offline(True)
        page.reload()
        expect(page.locator("h1")).to_have_text("没有网络")
        expect(page.locator(".btn--go")).to_be_visible()
        assert page.locator("h1").evaluate("node => getComputedStyle(node).fontSize") != "32px", (
            "it has its style sheet"
        )
        page.goto(f"{HOME}/new")
        expect(page.locator("h1")).to_have_text("没有网络")
        context.set_offline(False)
        page.get_by_role("link", name="再试一次").click()
        expect(page.locator("#post")).to_be_visible()


def test_the_worker_is_taken_back_by_the_settings(browser: Browser, demo: County) -> None:
    """The kill switch, as a browser obeys it: the worker that goes away leaves no worker and nothing kept."""
    with phone(browser, demo) as context:
        page = context.new_page()
        page.goto(f"{HOME}/")
        assert page.evaluate(READY)
        demo.stop()
        demo.environment["CUNLI_OFFLINE_PAGE"] = "false"
        demo.start()
        try:
            assert "unregister" in context.request.get("/sw.js").text()
            page.evaluate(
                "navigator.serviceWorker.getRegistration().then(function (one) { return one && one.update(); })"
            )
            page.wait_for_function(
                "navigator.serviceWorker.getRegistrations().then(function (all) { return all.length === 0; })"
            )
            page.wait_for_function("caches.keys().then(function (names) { return names.length === 0; })")
        finally:
            demo.stop()
            del demo.environment["CUNLI_OFFLINE_PAGE"]
            demo.start()


def test_a_new_post_and_a_message_arrive_and_the_page_does_not_move(browser: Browser, demo: County) -> None:
    with visiting(browser, demo) as reading, visiting(browser, demo) as writing:
        sign_in(reading, "villager")
        sign_in(writing, "village")
        with reading.expect_request("**/live?**") as asked:
            reading.goto(f"{HOME}/")
        assert "after=" in asked.value.url
        expect(reading.locator("#fresh")).to_be_hidden()
        reading.evaluate("window.scrollTo(0, 300)")
        reading.wait_for_timeout(1500)
        first = reading.locator("article.post").first.get_attribute("id")
        writing.goto(f"{HOME}/new")
        writing.locator("#post textarea").fill("新来的一条，马上就到")
        writing.locator(".bar__go").click()
        expect(writing.get_by_text("新来的一条，马上就到")).to_be_visible()
        expect(reading.locator("#fresh")).to_contain_text("1 条新动态")
        assert reading.locator("article.post").first.get_attribute("id") == first
        assert reading.evaluate("window.scrollY") == 300
        reading.locator("#fresh a").click()
        expect(reading.get_by_text("新来的一条，马上就到")).to_be_visible()
        expect(reading.locator("#fresh")).to_be_hidden()
