"""Every page of the demo county that a person can reach: its name, its address, and who goes there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import APIRequestContext, Browser, BrowserContext, Page, Response

ACCOUNTS: Final = {
    "villager": "13800000001",
    "village": "13800000004",
    "county": "13800000007",
    "applicant": "13800000008",
    "nobody": "13800000009",
}
DEMO_PASSWORD: Final = "shaigu-46-tanzi"
HOME: Final = "/v/heping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One page. `path` may hold `{post}` and the like, see `found_keys`; `press` is clicked once the page is there."""

    name: str
    path: str
    who: str = "visitor"
    status: int = 200
    press: str = ""


def _at(name: str, path: str, who: str = "visitor", status: int = 200, press: str = "") -> Place:
    return Place(name=name, path=path, who=who, status=status, press=press)


OPEN: Final = (
    _at("home", "/"),
    _at("find", "/find"),
    _at("find-drill", "/find?region={region}"),
    _at("find-results", "/find?q=heping"),
    _at("find-nothing", "/find?q=没有这个村"),
    _at("sign-in", "/sign-in"),
    _at("sign-in-errors", "/sign-in", press=".btn--go"),
    _at("sign-in-code", "/sign-in/code"),
    _at("invite-code", "/i"),
    _at("invite-code-errors", "/i", press=".btn--go, main form .btn"),
    _at("look", "/me/look", "villager"),
    _at("village-visitor", f"{HOME}/"),
    _at("village-quiet", "/v/yueliangtian/"),
    _at("post-visitor", f"{HOME}/p/{{post}}"),
    _at("share", f"{HOME}/p/{{post}}/share"),
    _at("notices", f"{HOME}/notices"),
    _at("about", f"{HOME}/about"),
    _at("search", f"{HOME}/search"),
    _at("search-results", f"{HOME}/search?q=水"),
    _at("search-nothing", f"{HOME}/search?q=没有这样的话"),
    _at("not-found", "/nowhere", status=404),
    _at("no-village", "/v/nowhere/", status=404),
    _at("no-post", f"{HOME}/p/AAAAAAAAAAAAAAAAAAAAAA", status=404),
)
VILLAGER: Final = (
    _at("village", f"{HOME}/", "villager"),
    _at("village-more", f"{HOME}/?before={{before}}", "villager"),
    _at("post", f"{HOME}/p/{{talked}}", "villager"),
    _at("post-reply", f"{HOME}/p/{{talked}}?reply={{comment}}", "villager"),
    _at("post-comment-errors", f"{HOME}/p/{{talked}}", "villager", press=".bar--say .btn--go"),
    _at("notice", f"{HOME}/p/{{notice}}", "villager"),
    _at("own-post", f"{HOME}/p/{{own}}", "villager"),
    _at("edit", f"{HOME}/p/{{own}}/edit", "villager"),
    _at("delete", f"{HOME}/p/{{own}}/delete", "villager"),
    _at("report", f"{HOME}/p/{{talked}}/report", "villager"),
    _at("report-comment", f"{HOME}/c/{{comment}}/report", "villager"),
    _at("compose", f"{HOME}/new", "villager"),
    _at("compose-errors", f"{HOME}/new", "village", press=".bar__go"),
    _at("inbox", "/inbox", "villager"),
    _at("me", "/me", "villager"),
    _at("security", "/me/security", "villager"),
    _at("my-data", "/me/data", "villager"),
    _at("close-account", "/me/data/close", "villager"),
    _at("close-account-errors", "/me/data/close", "villager", press=".btn--danger"),
    _at("security-errors", "/me/security", "villager", press=".btn--go"),
    _at("forbidden", f"{HOME}/members", "villager", status=403),
)
JOINING: Final = (
    _at("me-nobody", "/me", "nobody"),
    _at("inbox-empty", "/inbox", "nobody"),
    _at("village-welcome", f"{HOME}/", "nobody"),
    _at("join", f"{HOME}/join", "nobody"),
    _at("join-errors", f"{HOME}/join", "nobody", press=".btn--go"),
    _at("waiting", f"{HOME}/join/waiting", "applicant"),
    _at("village-applicant", f"{HOME}/", "applicant"),
    _at("me-applicant", "/me", "applicant"),
)
OFFICE: Final = (
    _at("village-admin", f"{HOME}/", "village"),
    _at("me-admin", "/me", "village"),
    _at("close-account-office", "/me/data/close", "village"),
    _at("requests", f"{HOME}/members/requests", "village"),
    _at("request", f"{HOME}/members/{{request}}", "village"),
    _at("members", f"{HOME}/members", "village"),
    _at("members-none", f"{HOME}/members?q=没有这个人", "village"),
    _at("member", f"{HOME}/members/{{member}}", "village"),
    _at("invites", f"{HOME}/invites", "village"),
    _at("invite-print", f"{HOME}/invites/{{invite}}/print", "village"),
    _at("invited", "/i/{invite}"),
    _at("officials", f"{HOME}/officials", "county"),
    _at("plugins", "/admin/plugins", "county"),
    _at("profile", "/admin/profile", "county"),
    _at("profile-change", "/admin/profile/wecun2019", "county"),
    _at("profile-errors", "/admin/profile/wecun2019", "county", press=".btn--go"),
    _at("themes", "/admin/themes", "county"),
    _at("village-county", f"{HOME}/", "county"),
    _at("reports", f"{HOME}/reports", "village"),
    _at("held", f"{HOME}/held", "village"),
    _at("reports-none", "/v/yunpan/reports", "county"),
    _at("hide", f"{HOME}/p/{{post}}/hide", "village"),
    _at("notice-edit", f"{HOME}/p/{{notice}}/notice", "village"),
    _at("notice-new", f"{HOME}/notices/new", "village"),
    _at("notice-new-errors", f"{HOME}/notices/new", "village", press=".btn--go"),
    _at("notice-admin", f"{HOME}/p/{{notice}}", "village"),
    _at("receipts", f"{HOME}/p/{{notice}}/receipts", "village"),
    _at("settings", f"{HOME}/settings", "village"),
    _at("households", f"{HOME}/households", "village"),
    _at("household", f"{HOME}/households/{{household}}", "village"),
)
PLACES: Final = OPEN + VILLAGER + JOINING + OFFICE


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
            base_url=url, viewport={"width": width, "height": height}, locale="zh-CN", reduced_motion="reduce"
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
    posts = list(dict.fromkeys(_all(villager, f"{HOME}/", rf'href="{HOME}/p/([\w-]+)"')))
    notice = _all(villager, f"{HOME}/notices", rf'href="{HOME}/p/([\w-]+)')[0]
    posts = [post for post in posts if post != notice]
    talked = _first_with(villager, posts, r"\?reply=([\w-]+)")
    own = _first_with(villager, posts, rf"{HOME}/p/([\w-]+)/edit")
    member = _all(village, f"{HOME}/members", rf'href="{HOME}/members/([\w-]{{22}})"')
    invites = _all(village, f"{HOME}/invites", rf"{HOME}/invites/([\w-]+)/print")
    return {
        "region": _all(made["visitor"].request, "/find", r"region=(\d+)")[0],
        "before": _all(villager, f"{HOME}/", r"before=([\w.%-]+)")[0],
        "post": _all(made["visitor"].request, f"{HOME}/", r'id="p-([\w-]+)"')[0],
        "talked": talked[0],
        "comment": talked[1],
        "own": own[0],
        "notice": notice,
        "request": _all(village, f"{HOME}/members/requests", rf'href="{HOME}/members/([\w-]{{22}})"')[0],
        "member": member[0],
        "invite": invites[0] if invites else _new_invite(made["village"]),
        "household": _all(village, f"{HOME}/households", rf'href="{HOME}/households/([\w-]+)"')[0],
    }


def _all(client: APIRequestContext, path: str, pattern: str) -> list[str]:
    answer = client.get(path)
    assert answer.ok, f"{path}: {answer.status}"
    return re.findall(pattern, answer.text())


def _first_with(client: APIRequestContext, posts: list[str], pattern: str) -> tuple[str, str]:
    """The first post whose page holds the pattern, and what the pattern caught."""
    for post in posts:
        caught = _all(client, f"{HOME}/p/{post}", pattern)
        if caught:
            return post, caught[0]
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
    with page.expect_navigation(wait_until="load") as came:
        page.locator(place.press).first.click()
    assert came.value is not None, f"{place.name}: nothing came after the button"
    assert came.value.status == 422, f"{place.name}: the empty form was accepted with {came.value.status}"
    return came.value
