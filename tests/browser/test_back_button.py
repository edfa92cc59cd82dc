"""After signing out the back button shows the sign-in page, never the private page that stood there (HD-3)."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Error, Page

from cunli.people import sessions
from cunli.web import cookies

from ..permissions.world import World
from .conftest import CHROMIUM, FLAGS
from .stage import Stage, stage

pytestmark = pytest.mark.browser
# The village page may lie in the browser's cache, and so may the pictures; see docs/decisions/0005-web.md.
VILLAGE = "/v/heping/"
PRIVATE = (
    VILLAGE,
    "/inbox",
    "/v/heping/new",
    "/v/heping/p/{post}",
    "/v/heping/p/{post}/edit",
    "/v/heping/join/waiting",
)
SECRET = re.compile(r"CANARY(PostVillage|PostNotice|Draft|Message|CommentVillage)\w*")
LOADS_WITHIN = 60  # seconds


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    async def prepare(world: World) -> None:
        """What lives in every village of these tests is enough."""

    with stage(tmp_path_factory.mktemp("back"), prepare) as made:
        yield made


@pytest.fixture(scope="module")
def remembering(browser: Browser) -> Iterator[Browser]:
    """Chromium as people have it: Playwright's own flags forbid it to keep a left page as it stood."""
    launched = browser.browser_type.launch(
        executable_path=CHROMIUM, args=FLAGS, ignore_default_args=["--disable-back-forward-cache"]
    )
    yield launched
    launched.close()


def secrets_on(page: Page) -> set[str]:
    """Private words of the village on the page as it stands."""
    return {found[0] for found in SECRET.finditer(page.content())}


def loaded(page: Page) -> None:
    """Until the page that stands there now is whole. Asked from here: a script of its own would wait for ever in a page that is put aside."""
    until = time.monotonic() + LOADS_WITHIN
    while time.monotonic() < until:
        with contextlib.suppress(Error):  # it is being replaced by the next
            if page.evaluate("document.readyState") == "complete":
                return
        time.sleep(0.02)
    raise AssertionError("the page never was whole")


def after_signing_out(stage: Stage, browser: Browser, path: str) -> tuple[set[str], Page]:
    """Open the page as the author of all that is private on it, sign out on the next page, and go back to it."""
    author = stage.world.people["author"].id
    token = stage.run(sessions.open_session(author, device="shared"))
    context = browser.new_context(base_url=stage.url, locale="zh-CN")
    context.set_default_timeout(60_000)
    context.add_cookies(
        [{"name": cookies.name(stage.world.site.settings, cookies.SESSION), "value": token, "url": stage.url}]
    )
    page = context.new_page()
    opened = path.format(post=stage.world.here.posts["village"])
    page.goto(opened, wait_until="load")
    before = secrets_on(page)
    page.goto("/me", wait_until="load")
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url(lambda url: not url.endswith("/me"))
    for _ in range(2):
        page.go_back(wait_until="commit")  # a page that was kept as it stood does not load again
        loaded(page)
    return before, page


@pytest.mark.parametrize("path", PRIVATE)
def test_the_back_button_shows_nothing_private_after_signing_out(
    lived_in: Stage, remembering: Browser, path: str
) -> None:
    before, page = after_signing_out(lived_in, remembering, path)
    assert before or path.endswith("waiting")
    assert secrets_on(page) == set()
    assert "/sign-in" in page.url or "登录" in page.locator("body").inner_text()
    if "/p/" not in path and path != VILLAGE:
        assert "/sign-in?next=" in page.url
    page.context.close()


def still_there(stage: Stage, browser: Browser, path: str) -> bool:
    """Whether going back shows what stood there. A browser may drop a page it kept whenever memory is short, so it is asked thrice."""
    for _ in range(3):
        before, page = after_signing_out(stage, browser, path)
        after = secrets_on(page)
        page.context.close()
        assert before
        if after == before:
            return True
    return False


@pytest.mark.parametrize("path", [VILLAGE, "/inbox"])
def test_without_the_headers_the_private_page_would_be_there_again(
    lived_in: Stage, remembering: Browser, path: str
) -> None:
    with lived_in.headers(clear_site_data="", cache_control="", vary=""):  # without Vary no changed cookie hides it
        assert still_there(lived_in, remembering, path)


def test_the_village_page_alone_needs_the_cache_to_be_cleared(lived_in: Stage, remembering: Browser) -> None:
    with lived_in.headers(clear_site_data=""):
        assert still_there(lived_in, remembering, VILLAGE)
        assert not still_there(lived_in, remembering, "/inbox")


KEPT = "() => Object.keys(localStorage).filter(name => name.startsWith('cunli.'))"


@pytest.mark.parametrize("with_script", [True, False])
def test_signing_out_takes_along_the_words_that_were_begun(
    lived_in: Stage, browser: Browser, with_script: bool
) -> None:
    """What did not reach the server lies in the browser. Without the script that takes it along the next one has it: the control."""
    who = lived_in.world.people["verified"].id
    token = lived_in.run(sessions.open_session(who, device="shared"))
    context = browser.new_context(base_url=lived_in.url, locale="zh-CN", service_workers="block")
    context.set_default_timeout(60_000)
    session = cookies.name(lived_in.world.site.settings, cookies.SESSION)
    context.add_cookies([{"name": session, "value": token, "url": lived_in.url}])
    page = context.new_page()
    page.route("**/heping/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    if not with_script:
        page.route("**/js/leave.js", lambda route: route.abort())
    page.goto("/v/heping/new", wait_until="load")
    page.locator("textarea[name=body]").fill("还没写完的话")
    page.wait_for_function(f"({KEPT})().length === 1")
    page.goto("/me", wait_until="load")
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url(lambda url: not url.endswith("/me"))
    assert len(page.evaluate(KEPT)) == (0 if with_script else 1)
    context.close()
