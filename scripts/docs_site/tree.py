"""The tree of pages is read from the lists of links in pages called index.md, so that no page is written for Sphinx."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

SECTION = re.compile(r"^## (.+)$", flags=re.MULTILINE)
LISTED = re.compile(r"^- \[([^\]]+)\]\(([\w./-]+)\.md\)", flags=re.MULTILINE)
HAN = re.compile(r"[\u4e00-\u9fff]")


def add_tree(_app: Sphinx, page: str, source: list[str]) -> None:
    """Give an index page the hidden tree that its lists of links describe, one part for each heading."""
    if page.rpartition("/")[2] == "index":
        source[0] += "\n" + "\n".join(trees(source[0])) + "\n"


def trees(text: str) -> Iterator[str]:
    """A directive for each section that lists pages; for the whole page where it has no sections."""
    first, *rest = SECTION.split(text)
    for caption, part in [("", first), *zip(rest[::2], rest[1::2], strict=True)]:
        pages = LISTED.findall(part)
        if pages:
            lines = [f"{words.replace('`', '')} <{page}>" for words, page in pages]
            options = [":hidden:", *([f":caption: {caption}"] if caption else [])]
            yield "\n".join(["```{toctree}", *options, "", *lines, "```"])


def is_chinese(text: str) -> bool:
    """Whether a page is written in Chinese, apart from its examples."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return len(HAN.findall(prose)) > len(re.findall(r"[A-Za-z]+", prose))
