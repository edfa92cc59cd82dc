"""The rules of the level excellent that open pages in a browser: what breaks each, what breaks none, and what is said without one."""

from __future__ import annotations

import json
import shutil
import sys

import pytest

from cunli.kit.rules import BEYOND
from cunli.kit.subject import IN_A_BROWSER, PAGES_SEEN, Subject
from cunli.testing import narrow
from cunli.testing.narrow import NOT_TRIED, Pages, Shown, judged

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not any(map(shutil.which, narrow.BROWSERS)), reason="NOT TESTED: no Chromium"),
]
FORM = '<form action="/x"><input name="q" type="search"><button>找</button></form>'
TOO_WIDE = {
    "a word that does not break": f"<p>{'x' * 200}</p>",
    "a fixed width": '<hr style="width:700px">',
}
DEAD = {
    "a button without a form": "<button>删</button>",
    "a button for a script": '<form action="/x"><button type="button">删</button><button>存</button></form>',
    "a field without a form": '<input name="q">',
    "a form without a button": '<form action="/x"><input name="q"></form>',
    "a link to nowhere": '<a href="#">更多</a>',
    "a link without an address": '<a class="btn">更多</a>',
    "something that is pressed": '<span role="button">更多</span>',
    "what htmx fetches": '<div data-hx-get="/x" data-hx-trigger="load">…</div>',
}
FINE = {
    "words that break": f'<p style="overflow-wrap:anywhere">{"x" * 200}</p>',
    "what scrolls by itself": '<div style="overflow-x:auto"><hr style="width:700px"></div>',
    "a form": FORM,
    "a form whose button stands elsewhere": '<form id="f" action="/x"><input name="q"></form><button form="f">找</button>',
    "what scripts bring and is hidden": '<button hidden>念</button><p style="display:none"><input></p>',
    "a link that htmx asks for": '<a href="/x" data-hx-get="/x">更多</a>',
    "a list with its next page": '<div data-hx-get="/x"><a href="/x">更多</a></div>',
    "a place on the page": '<a href="#main">回去</a><details><summary>多一点</summary>x</details>',
    "a button that may not be pressed now": '<form action="/x"><button type="button" disabled>存</button><button>找</button></form>',
}


def pages(bodies: dict[str, str]) -> Pages:
    head = '<!doctype html><html lang="zh"><meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/s.css"><main>'
    return Pages(shown=[Shown(said=said, html=head + body) for said, body in bodies.items()], static={})


def named(found: list[str]) -> set[str]:
    return {line.partition(":")[0] for line in found}


def test_each_page_that_is_too_wide_or_needs_a_script_is_named_and_no_other() -> None:
    found = judged(pages(TOO_WIDE | DEAD | FINE))
    assert named(found["kit.K906"]) == set(TOO_WIDE), found
    assert named(found["kit.K907"]) == set(DEAD), found
    assert "<p> reaches to" in found["kit.K906"][0]


def test_without_a_browser_the_rules_say_that_they_were_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    untried = {rule: [NOT_TRIED] for rule in IN_A_BROWSER}
    with monkeypatch.context() as patch:
        patch.setattr(narrow, "BROWSERS", ("false",))  # is there, and is no browser
        assert judged(pages(FINE)) == untried
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    assert judged(pages(FINE)) == untried
    assert NOT_TRIED.startswith("not tried")


def test_a_new_plugin_fits_and_needs_no_script(subject: Subject) -> None:
    """One walk for the clean pages and for the same with something planted in them."""
    assert subject.laid_out == {rule: [] for rule in IN_A_BROWSER}, subject.walked
    seen: Pages = json.loads((subject.site.parent / PAGES_SEEN).read_text("utf-8"))
    own = [one for one in seen["shown"] if "/v/heping/demo/" in one["said"]]
    assert len(own) > 2
    assert any("as nobody" in one["said"] for one in seen["shown"])
    broken = f"<pre>{'x' * 200}</pre><button>删</button></main>"
    planted = [Shown(said=one["said"], html=one["html"].replace("</main>", broken)) for one in own[:1]]
    found = judged(Pages(shown=planted, static=seen["static"]))
    assert all(found[rule] for rule in IN_A_BROWSER), found


def test_where_the_walk_died_nothing_is_passed_over(subject: Subject) -> None:
    died = Subject(subject.name, subject.module, subject.home, subject.about, subject.files)
    died.__dict__["walked"] = {"kit.K721": ["it could not be run: no module"]}
    looked = {rule.id: list(rule.look(died)) for rule in BEYOND if rule.id in IN_A_BROWSER}
    assert looked == {rule: ["not tried: the walk with it did not come to its end"] for rule in IN_A_BROWSER}
