"""Attributes for htmx in the words of people ask for nothing: the words are escaped, and htmx does not read them either (CS-3)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from markupsafe import Markup
from playwright.sync_api import Browser, Page, expect

from cunli.feed import words
from cunli.testing.stored_texts import TextColumn

from ..permissions import showing
from ..permissions.world import World
from .conftest import PATIENCE
from .payloads import payloads
from .stage import CAUGHT, Stage, stage

pytestmark = pytest.mark.browser
FOR_HTMX = [text for text in payloads() if "hx-" in text]
# Those that stay inside the element they stand in; the others are for words that end it.
ASKING = "\n".join(text for text in FOR_HTMX if CAUGHT in text and text.startswith("<b "))
EVERYTHING = "\n".join([ASKING, *FOR_HTMX])
OBEYED = {"GET /caught/get", "GET /caught/data-get", "POST /caught/post"}
POST = "/v/heping/p/{}"


def for_htmx(at: TextColumn, n: int) -> str:
    return f"{at.mark}{EVERYTHING}{n}"


@pytest.fixture(scope="module")
def forged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The site with attributes for htmx in every stored text."""

    async def prepare(world: World) -> None:
        await showing.say_everything(world, for_htmx)

    with stage(tmp_path_factory.mktemp("forged"), prepare) as made:
        yield made


def stay(page: Page) -> None:
    """Look at the whole page, until whatever htmx would do by itself has been done."""
    expect(page.locator("html")).to_have_attribute("data-live", "yes")
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(300)


def caught(stage: Stage) -> list[str]:
    """What was asked for since the last time, each once."""
    found = sorted(set(stage.around.caught))
    stage.around.caught.clear()
    return found


def post_of(stage: Stage) -> str:
    return POST.format(stage.world.here.posts["public"])


def test_nothing_is_asked_for_whatever_people_write(forged: Stage, browser: Browser) -> None:
    assert len(ASKING.splitlines()) > 10
    with forged.people(browser, "verified", "author", "admin") as people:
        for name, path in (
            ("verified", "/v/heping/"), ("verified", post_of(forged)), ("author", "/inbox"), ("author", "/v/heping/new"),
            ("admin", "/v/heping/members"), ("admin", "/admin/review"), ("admin", "/v/heping/about"),
        ):  # fmt: skip
            page = people[name].new_page()
            page.goto(path, wait_until="load")
            stay(page)
            page.close()
    assert caught(forged) == []


def test_nothing_is_asked_for_by_what_comes_in_after_the_page(forged: Stage, browser: Browser) -> None:
    """A comment that was just written, a like that htmx swaps in, the answer of the search as one types."""
    with forged.people(browser, "verified") as people:
        page = people["verified"].new_page()
        page.goto(post_of(forged), wait_until="load")
        page.fill("[name=body]", ASKING[:400])
        page.locator(".bar--say .btn--go").click()
        expect(page.locator(".cmts").get_by_text("/caught/get").last).to_be_visible()
        stay(page)
        with page.expect_response("**/react"):
            page.locator(".acts .act").first.click()
        stay(page)
        page.goto("/find", wait_until="load")
        with page.expect_response("**/find?*"):
            page.type("#q", "heping")
        expect(page.locator("#hits")).to_contain_text("/caught/get")
        stay(page)
    assert caught(forged) == []


def test_the_fence_alone_holds_and_without_it_the_words_would_be_obeyed(
    forged: Stage, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Escaping is switched off; then the fence as well."""
    monkeypatch.setattr(words, "escape", Markup)
    forged.run(showing.say_everything(forged.world, lambda at, n: f"{at.mark}{ASKING}{n}"))
    with forged.people(browser, "verified") as people:
        page = people["verified"].new_page()
        page.goto(post_of(forged), wait_until="load")
        expect(page.locator(".ugc b[data-hx-get]").first).to_be_attached()
        stay(page)
        assert caught(forged) == []
        with forged.theme("ui.html", (" data-hx-ignore>", ">")):
            page.goto(post_of(forged), wait_until="load")
            wait_until(lambda: set(forged.around.caught) >= OBEYED, page)
    forged.around.caught.clear()


def wait_until(so: Callable[[], bool], page: Page) -> None:
    deadline = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < deadline, "htmx read nothing in words without a fence"
        page.wait_for_timeout(50)
