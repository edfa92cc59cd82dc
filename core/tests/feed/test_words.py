"""What people wrote, on a page: every character of it, and nothing that a browser would obey."""

from __future__ import annotations

import html5lib
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from cunli.feed import words

NASTY = [
    "<script>window.__x=1</script>",
    "<img src=x onerror=alert(1)>",
    'https://example.com/"onmouseover="alert(1)',
    "https://example.com/'><script>alert(1)</script>",
    "javascript:alert(1) http://a.b/<svg/onload=alert(1)>",
    "http://bank.example@evil.example/ https://evil.example",
    "{{7*7}} {x.__class__} %(a)s ${1}",
    '<div hx-get="/x" hx-trigger="load" hx-on:load="x">',
    "https://[::1]/ http:// https://localhost/x",
    "看 https://example.com/a。再看（https://example.com/b(c)）",
    "一行\n两行\n\n\n五行",
    "</p><p>&lt;b&gt; &amp;amp;",
]


def parsed(text: str) -> html5lib.treebuilders.base.Node:
    return html5lib.parseFragment(str(words.html(text)), namespaceHTMLElements=False)


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\x00\x0c"), max_size=300))
@settings(max_examples=1500, deadline=None)
@pytest.mark.parametrize("prefix", ["", "https://example.com/", '" onx=', "<a href="])
def test_any_text_stays_text(prefix: str, text: str) -> None:
    check(prefix + text)


@pytest.mark.parametrize("text", NASTY)
def test_known_attacks_stay_text(text: str) -> None:
    check(text)


def check(text: str) -> None:
    tree = parsed(text)
    for element in tree.iter():
        if element is tree:
            continue
        assert element.tag in ("br", "a"), element.tag
        if element.tag == "a":
            assert set(element.attrib) == {"href", "rel"}
            assert element.attrib["href"].startswith(("http://", "https://", "HTTP", "Http"))
            assert element.attrib["rel"] == "nofollow ugc noopener noreferrer"
    if "://" not in text:
        assert "".join(tree.itertext()).replace("\n", "") == text.replace("\n", "")


def test_the_control_a_renderer_that_trusts_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "escape", Markup)
    with pytest.raises(AssertionError):
        check("<script>window.__x=1</script>")


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("看 https://example.com/a。", ["https://example.com/a"]),
        ("(https://example.com/b(c))", ["https://example.com/b(c)"]),
        ("http://a.cn/x?y=1&z=2, 还有 https://b.cn!", ["http://a.cn/x?y=1&z=2", "https://b.cn"]),
        ("http://bank.example@evil.example/", []),
        ("ftp://a.cn www.a.cn javascript:alert(1) https://localhost/", []),
        ("https://[::1]/x", []),
    ],
)
def test_links_end_where_the_sentence_ends(text: str, links: list[str]) -> None:
    assert [a.attrib["href"] for a in parsed(text).iter("a")] == links


def test_lines_are_kept() -> None:
    assert str(words.html("一\n二\n\n三")) == "一<br>\n二<br>\n<br>\n三"


@example("甲" * 281)
@example("\n" * 20 + "乙")
@given(st.text(max_size=700))
def test_a_card_shows_the_beginning_of_a_long_text(text: str) -> None:
    short, cut = words.shorten(text)
    if cut:
        assert short.endswith("……")
        assert text.startswith(short.removesuffix("……"))
        assert len(short) <= words.CARD_CHARS + 2
    else:
        assert short == text


def test_a_long_text_is_cut_at_a_sentence() -> None:
    text = "这是第一句。" * 60
    short, cut = words.shorten(text)
    assert cut
    assert short.endswith("。……")
