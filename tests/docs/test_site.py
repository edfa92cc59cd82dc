"""`make docs` builds a site that needs nothing but itself: every link leads somewhere, and search works from a folder."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from scripts.docs_site.build import build
from scripts.docs_site.search import cut

from .pages import DOCS

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
LOADED = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\bsrc="([^"]+)"|<link\b[^>]*\bhref="([^"]+)"|url\(["']?([^"')]+)"""
)
HEAVIEST = 60_000  # bytes of one picture


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built once."""
    into = tmp_path_factory.mktemp("docs") / "site"
    done = build(DOCS, into)
    assert done.returncode == 0, done.stdout + done.stderr
    return into


def test_every_page_is_built_and_nothing_is_loaded_from_other_hosts(built: Path) -> None:
    pages = {p.relative_to(DOCS).with_suffix("").as_posix() for p in DOCS.rglob("*.md")}
    made = {p.relative_to(built).with_suffix("").as_posix() for p in built.rglob("*.html")}
    assert pages | {"search"} == made
    found = 0
    for path in [*built.rglob("*.html"), *built.rglob("*.css")]:
        for source in (one for groups in LOADED.findall(path.read_text("utf-8")) for one in groups if one):
            found += 1
            assert not re.match(r"(?:https?:)?//", source), f"{path.name} loads {source}"
    assert found > 100, "the control: addresses were read"


def test_pictures_are_small() -> None:
    pictures = [p for p in DOCS.rglob("*") if p.suffix in {".png", ".webp", ".jpg", ".svg"}]
    assert pictures
    assert not [f"{p.name}: {p.stat().st_size}" for p in pictures if p.stat().st_size > HEAVIEST]


def test_a_dead_link_a_missing_heading_and_a_page_that_no_list_names_fail_the_build(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    index = "# Home\n\n## Part\n\n- [A page](page.md)\n"
    (tmp_path / "docs/index.md").write_text(index)
    (tmp_path / "docs/page.md").write_text("# Page\n\n## A part\n\n[home](index.md#part), [here](#a-part)\n")
    assert build(tmp_path / "docs", tmp_path / "good").returncode == 0
    (tmp_path / "docs/index.md").write_text(index + "\n[gone](gone.md), [no part](page.md#no-part)\n")
    (tmp_path / "docs/alone.md").write_text("# Alone\n")
    done = build(tmp_path / "docs", tmp_path / "bad")
    assert done.returncode == 1
    for wrong in ("gone.md", "no-part", "alone.md"):
        assert wrong in done.stderr, done.stderr


def test_words_are_cut_alike_in_the_index_and_in_the_question() -> None:
    assert [*cut("enable 插件设置 x_1")] == ["enable", "插", "件", "设", "置", "插件", "件设", "设置", "x_1"]
    assert [*cut("")] == []


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a network."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium")
        pytest.skip("there is no Chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.mark.browser
@pytest.mark.parametrize("page", ["handbook.zh", "console.zh"])
def test_a_guide_on_paper_is_the_page_alone(built: Path, browser: Browser, page: str) -> None:
    """No more than ten sheets of A4: without the sidebars, with every picture, none wider than the sheet."""
    opened = browser.new_page()
    opened.goto((built / f"guide/{page}.html").as_uri())
    aside = ".sidebar-drawer, .toc-drawer, footer"
    assert opened.locator(aside).first.is_visible()
    pdf = opened.pdf(prefer_css_page_size=True)
    opened.set_viewport_size({"width": 673, "height": 987})  # A4 without its margins
    opened.emulate_media(media="print")
    assert not any(one.is_visible() for one in opened.locator(aside).all())
    pictures = opened.locator("article img").all()
    assert len(pictures) > 4
    assert all(0 < (one.bounding_box() or {"width": 0})["width"] <= 673 for one in pictures)
    opened.close()
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 10
    assert b"/MediaBox [0 0 594.9" in pdf


@pytest.mark.browser
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("village_enabling", "howto/removing.html"),
        ("移除", "glossary.html"),
        ("写第一个插件", "guide/first-plugin.zh.html"),
        ("migrating", "howto/tables.html"),
        ("鲸鱼火箭", ""),
    ],
)
def test_search_finds_english_and_chinese_from_a_folder(built: Path, browser: Browser, asked: str, found: str) -> None:
    page = browser.new_page()
    page.goto((built / "index.html").as_uri())
    page.fill("input[name=q]", asked)
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#search-results h2')?.innerText == 'Search Results'")
    links = [link.get_attribute("href") or "" for link in page.query_selector_all("#search-results ul.search a")]
    page.close()
    assert any(found in link for link in links) if found else not links
