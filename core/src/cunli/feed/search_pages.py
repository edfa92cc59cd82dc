"""Finding something: in a village, with whatever its plugins have, or in the whole county over what the reader may read there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from cunli.clock import now
from cunli.feed import found, queries, rules, search_find, search_hits
from cunli.feed.kinds import HOOK, Kinds, kinds_in
from cunli.feed.rules import Reader
from cunli.feed.search_find import Filter, Place
from cunli.feed.search_hits import Hits
from cunli.feed.search_words import Wanted, wanted
from cunli.places.search import search_villages
from cunli.web import EVERYONE, Page, Visit
from cunli.web.i18n import LazyText, _
from cunli.web.searching import ask_plugins
from cunli.web.text import clean

if TYPE_CHECKING:
    from cunli.registry import Registry

LONGEST: Final = 40
FEW: Final = 5  # of each kind while all kinds are shown
ALL, NOTICES, POSTS, COMMENTS, VILLAGES = "", "notice", "post", "comment", "village"
WHENS: Final[Mapping[str, tuple[LazyText, int]]] = {
    "": (_("不限时间"), 0),
    "week": (_("最近一周"), 7),
    "month": (_("最近一个月"), 31),
    "year": (_("最近一年"), 366),
}
KINDS: Final[Mapping[str, LazyText]] = {
    ALL: _("全部"),
    NOTICES: _("通知"),
    POSTS: _("动态"),
    COMMENTS: _("评论"),
    VILLAGES: _("村庄"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the address asks for. What it does not know means the same as nothing."""

    path: str
    words: str
    kind: str
    when: str
    before: str

    @classmethod
    def of(cls, visit: Visit, path: str, kinds: Sequence[str]) -> _Asked:
        kind, when = visit.query.get("kind", ""), visit.query.get("when", "")
        return cls(
            path=path,
            words=clean(visit.query.get("q", "")[:200])[:LONGEST],
            kind=kind if kind in kinds else ALL,
            when=when if when in WHENS else "",
            before=visit.query.get("before", ""),
        )

    def url(self, **changed: str) -> str:
        """The address of the same search with something else in it."""
        values = {"q": self.words, "kind": self.kind, "when": self.when, **changed}
        return f"{self.path}?{urlencode({key: value for key, value in values.items() if value})}"

    def wants(self, kind: str) -> bool:
        return self.kind in (ALL, kind)

    def filter(self, kind: str, before: int = 0) -> Filter:
        days = WHENS[self.when][1]
        return Filter(
            notices=None if kind == COMMENTS else kind == NOTICES,
            since=now() - timedelta(days=days) if days else None,
            before=before,
            most=search_find.PAGE if self.kind == kind or kind == POSTS else FEW,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """One kind of hits on the page."""

    kind: str
    title: LazyText
    symbol: str
    hits: Hits
    more_url: str


_SECTIONS: Final = (
    (NOTICES, _("村里通知"), "speakerphone"),
    (POSTS, _("村友圈"), "messages"),
    (COMMENTS, _("评论"), "message-circle"),
)


async def search(visit: Visit) -> Response:
    """What fits the words in `q` in a village, for this reader; the form alone without any."""
    asked = _Asked.of(visit, f"{visit.here.url}/search", (ALL, NOTICES, POSTS, COMMENTS))
    look_for = wanted(asked.words)
    groups: list[Any] = []
    sections: list[_Section] = []
    if look_for:
        who = await found.reader_of(visit)
        kinds = await kinds_in(visit.site.registry, visit.here)
        place = search_find.in_village(rules.sources(who, queries.chain_of(visit.here)), kinds)
        sections = await _sections(visit, asked, look_for, place, who, villages=False)
    if asked.words and asked.kind == ALL:
        groups = await ask_plugins(visit, asked.words.lower())
    context = _context(asked, look_for, sections, KINDS.keys() - {VILLAGES})
    context |= {
        "groups": [group for group in groups if group.hits],
        "missing": [group.label for group in groups if group.missing],
    }
    return await visit.render("feed/search.html", context, block="hits")


async def search_county(visit: Visit) -> Response:
    """The same in every village, over what this reader may read there; and villages by their names."""
    asked = _Asked.of(visit, "/search", tuple(KINDS))
    look_for = wanted(asked.words)
    sections: list[_Section] = []
    villages = []
    if asked.words and asked.wants(VILLAGES):
        villages = await search_villages(asked.words, search_find.PAGE if asked.kind == VILLAGES else FEW)
    if look_for and asked.kind != VILLAGES:
        who = await queries.reader(visit.person)
        place = await search_find.anywhere(who, _every_kind(visit.site.registry))
        sections = await _sections(visit, asked, look_for, place, who, villages=True)
    context = _context(asked, look_for, sections, KINDS.keys()) | {"villages": villages}
    return await visit.render("feed/search_county.html", context, block="hits")


def _every_kind(registry: Registry) -> Kinds:
    """The kinds of all plugins whose hook is awake; where one of them is off is asked for each hit."""
    awake = registry.dispatch.health.awake
    return (*rules.OWN_KINDS, *[kind.id for kind in registry.kinds.values() if awake(kind.plugin, HOOK)])


async def _sections(
    visit: Visit, asked: _Asked, look_for: Wanted, place: Place, who: Reader, *, villages: bool
) -> list[_Section]:
    sections: list[_Section] = []
    for kind, title, symbol in _SECTIONS:
        if not asked.wants(kind):
            continue
        ask = search_hits.comments if kind == COMMENTS else search_hits.posts
        table = "core_comment" if kind == COMMENTS else "core_post"
        before = await search_hits.id_of(table, asked.before) if asked.kind == kind else 0
        hits = await ask(visit.site.registry, look_for, place, who, asked.filter(kind, before), villages=villages)
        more = asked.url(kind=kind, before=hits.after) if hits.after else ""
        if more and asked.kind == ALL:
            more = asked.url(kind=kind)
        if hits.rows:
            sections.append(_Section(kind=kind, title=title, symbol=symbol, hits=hits, more_url=more))
    return sections


def _context(asked: _Asked, look_for: Wanted, sections: Sequence[_Section], kinds: Any) -> dict[str, Any]:
    return {
        "words": asked.words,
        "sections": sections,
        "kind": asked.kind,
        "when": asked.when,
        "kind_tabs": [(asked.url(kind=k), text, k == asked.kind) for k, text in KINDS.items() if k in kinds],
        "whens": [(key, text) for key, (text, _days) in WHENS.items()],
        "first_url": asked.url() if asked.before else "",
        "unlooked": bool(asked.words) and not look_for,
    }


PAGES: Final = (
    Page(path="/search", view=search, to=EVERYONE, name="search"),
    Page(path="/search", view=search_county, to=EVERYONE, scope="county", name="search-county"),
)
