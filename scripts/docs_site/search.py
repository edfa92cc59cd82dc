"""Search that finds Chinese without a dictionary: pairs of neighbouring characters, in the index and in the question alike.

Sphinx's own Chinese search cuts the pages with jieba and the question not at all, so that a question of two words finds
nothing. Pairs need no dictionary, and both sides cut the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from sphinx.search.en import SearchEnglish

LANGUAGE: Final = "en-zh"
HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff"
PARTS: Final = re.compile(rf"[{HAN}]+|[^\W{HAN}]+")
IS_HAN: Final = re.compile(rf"[{HAN}]")


def cut(text: str) -> Iterator[str]:
    """The words of a page: English ones whole, of Chinese every character and every pair."""
    for part in PARTS.findall(text):
        if IS_HAN.match(part):
            yield from part
            yield from (part[i : i + 2] for i in range(len(part) - 1))
        else:
            yield part


class Words(SearchEnglish):
    """English words by their stem; Chinese by pairs of characters, and single characters where one is asked for."""

    lang = LANGUAGE
    language_name = "English"  # names the stemmer in the page
    js_splitter_code = """
var splitQuery = (query) => {
  const words = [];
  for (const part of query.match(/[\\u3400-\\u4dbf\\u4e00-\\u9fff]+|(?:(?![\\u3400-\\u4dbf\\u4e00-\\u9fff])[\\p{Letter}\\p{Number}_])+/gu) || []) {
    if (!/^[\\u3400-\\u4dbf\\u4e00-\\u9fff]/.test(part) || part.length === 1) words.push(part);
    else for (let i = 0; i + 1 < part.length; i++) words.push(part.slice(i, i + 2));
  }
  return words;
};
"""

    def split(self, input: str) -> list[str]:
        return list(cut(input))
