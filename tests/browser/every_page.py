"""Every page of the demo county that a person can reach: its name, its address, and who goes there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import APIRequestContext, Browser, BrowserContext, Page, Response

from .console_pages import CONSOLE, console_keys
from .place import Place, at, caught

ACCOUNTS: Final = {
    "villager": "13800000001",
    "village": "13800000004",
    "county": "13800000007",
    "applicant": "13800000008",
    "nobody": "13800000009",
}
DEMO_PASSWORD: Final = "shaigu-46-tanzi"
HOME: Final = "/v/heping"


OPEN: Final = (
    at("home", "/"),
    at("find", "/find"),
    at("find-drill", "/find?region={region}"),
    at("find-results", "/find?q=heping"),
    at("find-nothing", "/find?q=没有这个村"),
    at("sign-in", "/sign-in"),
    at("sign-in-errors", "/sign-in", press=".btn--go"),
    at("sign-in-code", "/sign-in/code"),
    at("invite-code", "/i"),
    at("invite-code-errors", "/i", press=".btn--go, main form .btn"),
    at("look", "/me/look", "villager"),
    at("village-visitor", f"{HOME}/"),
    at("village-quiet", "/v/yueliangtian/"),
    at("post-visitor", f"{HOME}/p/{{post}}"),
    at("share", f"{HOME}/p/{{post}}/share"),
    at("notices", f"{HOME}/notices"),
    at("about", f"{HOME}/about"),
    at("services", f"{HOME}/services"),
    at("services-none", f"{HOME}/services?q=没有这件事"),
    at("search", f"{HOME}/search"),
    at("search-results", f"{HOME}/search?q=水"),
    at("search-county", "/search?q=水", "villager"),
    at("offline", "/offline"),
    at("search-nothing", f"{HOME}/search?q=没有这样的话"),
    at("not-found", "/nowhere", status=404),
    at("no-village", "/v/nowhere/", status=404),
    at("no-post", f"{HOME}/p/AAAAAAAAAAAAAAAAAAAAAA", status=404),
)
VILLAGER: Final = (
    at("village", f"{HOME}/", "villager"),
    at("village-more", f"{HOME}/?before={{before}}", "villager"),
    at("post", f"{HOME}/p/{{talked}}", "villager"),
    at("post-reply", f"{HOME}/p/{{talked}}?reply={{comment}}", "villager"),
    at("post-comment-errors", f"{HOME}/p/{{talked}}", "villager", press=".bar--say .btn--go"),
    at("notice", f"{HOME}/p/{{notice}}", "villager"),
    at("own-post", f"{HOME}/p/{{own}}", "villager"),
    at("edit", f"{HOME}/p/{{own}}/edit", "villager"),
    at("delete", f"{HOME}/p/{{own}}/delete", "villager"),
    at("report", f"{HOME}/p/{{talked}}/report", "villager"),
    at("report-comment", f"{HOME}/c/{{comment}}/report", "villager"),
    at("compose", f"{HOME}/new", "villager"),
    at("compose-errors", f"{HOME}/new", "village", press=".bar__go"),
    at("inbox", "/inbox", "villager"),
    at("me", "/me", "villager"),
    at("security", "/me/security", "villager"),
    at("my-data", "/me/data", "villager"),
    at("consent", "/me/consent", "villager"),
    at("wards", "/me/wards", "villager"),
    at("wards-errors", "/me/wards", "villager", press=".btn--go"),
    at("my-data-seen", "/me/data/seen", "villager"),
    at("keeping", "/privacy/keeping"),
    at("close-account", "/me/data/close", "villager"),
    at("close-account-errors", "/me/data/close", "villager", press=".btn--danger"),
    at("security-errors", "/me/security", "villager", press=".btn--go"),
    at("forbidden", f"{HOME}/members", "villager", status=403),
)
JOINING: Final = (
    at("me-nobody", "/me", "nobody"),
    at("inbox-empty", "/inbox", "nobody"),
    at("village-welcome", f"{HOME}/", "nobody"),
    at("join", f"{HOME}/join", "nobody"),
    at("guardian", "/me/guardian", "applicant"),
    at("join-errors", f"{HOME}/join", "nobody", press=".btn--go"),
    at("waiting", f"{HOME}/join/waiting", "applicant"),
    at("village-applicant", f"{HOME}/", "applicant"),
    at("me-applicant", "/me", "applicant"),
)
OFFICE: Final = (
    at("village-admin", f"{HOME}/", "village"),
    at("me-admin", "/me", "village"),
    at("close-account-office", "/me/data/close", "village"),
    at("mail", "/me/mail", "village"),
    at("mail-errors", "/me/mail", "village", press=".btn--go"),
    at("requests", f"{HOME}/members/requests", "village"),
    at("young", f"{HOME}/young", "village"),
    at("young-errors", f"{HOME}/young", "village", press=".btn--go"),
    at("young-paper", f"{HOME}/young/paper", "village"),
    at("young-looks", f"{HOME}/young/looks", "village"),
    at("request", f"{HOME}/members/{{request}}", "village"),
    at("members", f"{HOME}/members", "village"),
    at("members-none", f"{HOME}/members?q=没有这个人", "village"),
    at("member", f"{HOME}/members/{{member}}", "village"),
    at("invites", f"{HOME}/invites", "village"),
    at("invite-print", f"{HOME}/invites/{{invite}}/print", "village"),
    at("invited", "/i/{invite}"),
    at("officials", f"{HOME}/officials", "county"),
    at("dept", "/dept"),
    at("village-county", f"{HOME}/", "county"),
    at("moderation", f"{HOME}/moderation"),
    at("moderation-none", "/v/yunpan/moderation"),
    at("moderation-county", "/moderation"),
    at("hide", f"{HOME}/p/{{post}}/hide", "village"),
    at("notice-loudspeaker", f"{HOME}/p/{{notice}}/loudspeaker", "village"),
    at("notice-print", f"{HOME}/p/{{notice}}/print", "village"),
    at("notice-edit", f"{HOME}/p/{{notice}}/notice", "village"),
    at("notice-new", f"{HOME}/notices/new", "village"),
    at("notice-new-errors", f"{HOME}/notices/new", "village", press=".btn--go"),
    at("notice-admin", f"{HOME}/p/{{notice}}", "village"),
    at("receipts", f"{HOME}/p/{{notice}}/receipts", "village"),
    at("settings", f"{HOME}/settings", "village"),
    at("households", f"{HOME}/households", "village"),
    at("household", f"{HOME}/households/{{household}}", "village"),
)
PLACES: Final = OPEN + VILLAGER + JOINING + OFFICE + CONSOLE


def sign_in(page: Page, who: str) -> None:
    """Sign in through the form, as anybody does."""
    page.goto("/sign-in")
    page.fill("[name=phone]", ACCOUNTS[who])
    page.fill("[name=password]", DEMO_PASSWORD)
    page.click("main .btn--go")
    page.wait_for_url(re.compile(r"^(?!.*sign-in)"))


@contextmanager
def people(browser: Browser, url: str, *, width: int = 390, height: int = 844) -> Iterator[dict[str, BrowserContext]]:
    """A browser context for a visitor and for every account, signed in."""
    made = {}
    for who in ("visitor", *ACCOUNTS):
        made[who] = browser.new_context(
            base_url=url,
            viewport={"width": width, "height": height},
            locale="zh-CN",
            reduced_motion="reduce",
            service_workers="block",
        )
        made[who].set_default_timeout(60_000)
        if who != "visitor":
            page = made[who].new_page()
            sign_in(page, who)
            page.close()
    try:
        yield made
    finally:
        for context in made.values():
            context.close()


def look(context: BrowserContext, url: str, value: str) -> None:
    """Set how pages look: `theme.mode.size.contrast`."""
    context.add_cookies([{"name": "cunli_look", "value": value, "url": url}])


def found_keys(made: dict[str, BrowserContext]) -> dict[str, str]:
    """The keys that addresses of the demo hold, read from its own pages."""
    villager, village = made["villager"].request, made["village"].request
    posts = list(dict.fromkeys(caught(villager, f"{HOME}/", rf'href="{HOME}/p/([\w-]+)"')))
    notice = caught(villager, f"{HOME}/notices", rf'href="{HOME}/p/([\w-]+)')[0]
    posts = [post for post in posts if post != notice]
    talked = _first_with(villager, posts, r"\?reply=([\w-]+)")
    own = _first_with(villager, posts, rf"{HOME}/p/([\w-]+)/edit")
    member = caught(village, f"{HOME}/members", rf'href="{HOME}/members/([\w-]{{22}})"')
    invites = caught(village, f"{HOME}/invites", rf"{HOME}/invites/([\w-]+)/print")
    return {
        **console_keys(made["county"]),
        "region": caught(made["visitor"].request, "/find", r"region=(\d+)")[0],
        "before": caught(villager, f"{HOME}/", r"before=([\w.%-]+)")[0],
        "post": caught(made["visitor"].request, f"{HOME}/", r'id="p-([\w-]+)"')[0],
        "talked": talked[0],
        "comment": talked[1],
        "own": own[0],
        "notice": notice,
        "request": caught(village, f"{HOME}/members/requests", rf'href="{HOME}/members/([\w-]{{22}})"')[0],
        "member": member[0],
        "invite": invites[0] if invites else _new_invite(made["village"]),
        "household": caught(village, f"{HOME}/households", rf'href="{HOME}/households/([\w-]+)"')[0],
    }


def _first_with(client: APIRequestContext, posts: list[str], pattern: str) -> tuple[str, str]:
    """The first post whose page holds the pattern, and what the pattern caught."""
    for post in posts:
        found = caught(client, f"{HOME}/p/{post}", pattern)
        if found:
            return post, found[0]
    raise AssertionError(f"no post of the demo has {pattern}")


def _new_invite(context: BrowserContext) -> str:
    page = context.new_page()
    page.goto(f"{HOME}/invites")
    page.click(".btn--go")
    address = page.locator("a[href$='/print']").first.get_attribute("href") or ""
    page.close()
    return address.split("/")[-2]


def go(page: Page, place: Place, keys: dict[str, str]) -> Response:
    """Open the place, wait until it has loaded, and give back the answer whose page now stands."""
    answer = page.goto(place.path.format(**keys), wait_until="load")
    assert answer is not None, place.name
    assert answer.status == place.status, f"{place.name}: {answer.status}"
    if not place.press:
        return answer
    if place.fill:
        page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    for control, words in place.fill:
        if words:
            page.locator(control).first.fill(words.format(**keys))
        else:
            page.locator(control).first.check()
    with page.expect_navigation(wait_until="load") as came:
        page.locator(place.press).first.click()
    assert came.value is not None, f"{place.name}: nothing came after the button"
    assert came.value.status == place.then, f"{place.name}: the form was answered with {came.value.status}"
    return came.value
