"""The page of a village: its feed, the pinned notice and the day. The page that is opened all day long."""

from __future__ import annotations

import marshal
import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import HTMLResponse, Response

from cunli.clock import today
from cunli.feed import queries, rules
from cunli.feed.arranging import arranged
from cunli.feed.cards import Rendered, TopNotice, cards
from cunli.feed.frame import FrameRest, between_tokens, facts_of, frames
from cunli.feed.fresh import Fresh
from cunli.feed.kinds import Kinds, kinds_in
from cunli.feed.rules import Reader
from cunli.feed.stream import Slim, stream
from cunli.web import Visit
from cunli.web.kept import offer
from cunli.web.slots import Slots, nothing
from cunli.web.tokens import digest

KEPT_PAGES: Final = 500
KEPT_READY: Final = 200
READY_SECONDS: Final = 30.0
STALE: Final = 600  # seconds
TEMPLATE: Final = "feed/village.html"
ENTRIES: Final = "feed/entries.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the address asks for: a stretch of the feed and where it goes on."""

    tab: str
    before: str

    @classmethod
    def of(cls, visit: Visit) -> _Asked:
        if not visit.request.scope["query_string"]:
            return _PLAIN
        tab, before = visit.query.get("tab", "all"), visit.query.get("before", "")
        return cls(tab=tab if tab in rules.TABS else "all", before=before if len(before) <= 22 else "")


_PLAIN: Final = _Asked(tab="all", before="")


async def village(visit: Visit) -> Response:
    """The village page. Anonymous visitors get one that is at most a few seconds old; others a 304 when nothing changed."""
    asked = _Asked.of(visit)
    if visit.person is None and not visit.has_toast:
        return await _for_anybody(visit, asked)
    part = bool(asked.before) and visit.is_htmx
    key = _key(visit, part=part)
    ready = _ready.get(key)
    if ready is None or ready.age != _age(ready.page.newest):
        ready = await _make(visit, asked, part=part)
        if visit.has_toast:  # said once, to this visitor, who may have just signed out: nothing of it is kept
            template = ENTRIES if part else TEMPLATE
            return HTMLResponse(await visit.html(template, ready.page.context(), slots=ready.slots))
        if (
            key is not None and ready.slots is nothing
        ):  # what plugins add may be another's tomorrow without anything having been committed
            _ready.put(key, ready)
    headers = {"etag": ready.tag, "cache-control": "private, no-cache"}
    if ready.tag in visit.request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if part:
        return HTMLResponse(await visit.html(ENTRIES, ready.page.context(), slots=ready.slots), headers=headers)
    return HTMLResponse(_framed(visit, ready), headers=headers)


@dataclass(slots=True, kw_only=True)
class _Ready:
    """The page as it was made for one reader. `pieces` is its text between the form tokens, once it was asked for."""

    page: _Page
    slots: Slots
    tag: str
    age: int  # see `_age`
    pieces: tuple[bytes, ...] = ()


_ready: Final = Fresh[_Ready](seconds=READY_SECONDS, most=KEPT_READY)


def _key(visit: Visit, *, part: bool) -> Hashable:
    """What decides how the page looks, besides its age: how the database stands, who asks, where and how. None: not kept."""
    if not visit.as_of or visit.has_toast or visit.site.registry.running:
        return None
    here, look = (visit.themed.serial, visit.here, visit.here_path, part), (visit.locale, visit.look, today())
    return visit.as_of, visit.me.id, here, look


async def _make(visit: Visit, asked: _Asked, *, part: bool) -> _Ready:
    who = await queries.reader_here(visit.person, visit.here, visit.standing)
    kinds = await kinds_in(visit.site.registry, visit.here)
    entries, more = await _entries(visit, asked, who, kinds)
    visit.subjects = {"post.card": tuple([entry.id for entry in entries])}
    slots = await visit.site.slots(visit, ENTRIES if part else TEMPLATE, None)
    page = await _page(visit, asked, who, entries, slots, more=more)
    age = _age(page.newest)
    tag = "" if visit.has_toast else _etag(visit, asked, entries, page.order, age, slots, part=part)
    return _Ready(page=page, slots=slots, tag=tag, age=age)


def _age(newest: float) -> int:
    """The minute, while something on the page is younger than an hour and shows its age; else the stretch of `STALE`."""
    moment = time.time()
    return int(moment / (60 if newest > moment - 3600 else STALE))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """What the page shows, apart from what stands around it."""

    cards: Sequence[Rendered]
    order: tuple[int, ...]  # the ids of the cards where plugins have arranged them, else empty
    notice: TopNotice | None
    older_url: str
    newest: float  # when the newest entry was written, in seconds since 1970
    rest: FrameRest

    def context(self) -> dict[str, Any]:
        """The variables of the templates."""
        return {"cards": self.cards, "older_url": self.older_url, "notice": self.notice, **self.rest.context()}


async def _page(visit: Visit, asked: _Asked, who: Reader, entries: list[Slim], slots: Slots, *, more: bool) -> _Page:
    drawn = await cards(visit, entries)
    notice = drawn[0] if drawn and isinstance(drawn[0], TopNotice) else None
    found: list[Rendered] = drawn[1:] if notice else drawn
    below = await arranged(visit, found, tab=asked.tab, older=bool(asked.before))
    rest = FrameRest(
        url=visit.here.url,
        notice=(notice.url, notice.title, notice.about) if notice else None,
        tab=asked.tab,
        tabs=rules.tabs(who, queries.chain_of(visit.here)),
        day=today(),
        market_days=visit.here.market_days,
        any_cards=bool(below),
        more=more,
    )
    older_url = rules.feed_url(visit.here.url, asked.tab, found[-1].key if found else "") if more else ""
    newest = max([one.created for one in drawn[:2]], default=0.0)
    order = tuple([card.id for card in below]) if below is not found else ()
    return _Page(cards=below, order=order, notice=notice, older_url=older_url, newest=newest, rest=rest)


def _framed(visit: Visit, ready: _Ready) -> bytes:
    if not ready.pieces:
        page = ready.page
        frame = frames.draw(visit, TEMPLATE, facts_of(visit), page.rest, ready.slots)
        ready.pieces = between_tokens(frame, page.cards, ready.slots, older_url=page.older_url)
    return visit.site.signer.form_token(visit.form_binding).encode().join(ready.pieces)


async def _entries(visit: Visit, asked: _Asked, who: Reader, kinds: Kinds) -> tuple[list[Slim], bool]:
    sources = rules.sources(who, queries.chain_of(visit.here), asked.tab)
    public_only = not any(source.region_id == visit.here.region_id and not source.public_only for source in sources)
    return await stream(
        sources,
        kinds=kinds,
        person_id=who.person_id,
        before=asked.before,
        notices_of=visit.here.id if not asked.before and asked.tab == "all" else 0,
        public_only=public_only,
        as_of=visit.as_of,
    )


def _etag(
    visit: Visit, asked: _Asked, entries: list[Slim], order: tuple[int, ...], age: int, slots: Slots, *, part: bool
) -> str:
    """Everything the page shows that can change. Names and seals are not among the facts: that is what `age` is for."""
    person, standing = visit.me, visit.standing
    facts = (
        person.id,
        person.unread_count,
        [(role.kind, role.region_id) for role in person.roles],
        standing.state if standing else "",
        visit.here.seal,
        visit.locale,
        str(visit.look),
        visit.themed.static.hash,
        sorted(visit.granted),
        part,
        visit.here_path,
        asked.tab,
        today().toordinal(),
        age,
        repr(slots) if slots is not nothing else "",
        [*map(tuple, entries)],
        order,
    )
    # version 2 of marshal has no references: equal facts give equal bytes in every process
    return f'W/"{digest(marshal.dumps(facts, 2))[:27]}"'


# -- the page for anybody ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Kept:
    until: float
    etag: str
    html: bytes


_kept: dict[tuple[object, ...], _Kept] = {}


def forget_pages() -> None:
    """Make every page afresh from now on."""
    _kept.clear()
    _ready.clear()
    frames.clear()


async def _for_anybody(visit: Visit, asked: _Asked) -> Response:
    part = bool(asked.before) and visit.is_htmx
    kinds = await kinds_in(visit.site.registry, visit.here)  # in the key: switched off, they are gone at once
    key = (visit.here.id, visit.locale, str(visit.look), visit.here_path, part, visit.themed.serial, kinds)
    kept = _kept.get(key)
    if kept is None or kept.until <= time.monotonic():
        html = (await _anonymous_html(visit, asked, kinds, ENTRIES if part else TEMPLATE)).encode()
        kept = _Kept(time.monotonic() + visit.settings.page_cache_seconds, f'W/"{digest(html)[:27]}"', html)
        if set(visit.query) <= {"tab", "before"}:  # an address with more in it is one visitor's own
            if len(_kept) >= KEPT_PAGES:
                _kept.clear()
            _kept[key] = kept
    # the door asks nobody whether a plugin is still on
    if not part and kinds == rules.OWN_KINDS and set(visit.query) <= {"tab", "before"}:
        offer(visit.request.scope, kept.until)
    headers = {"etag": kept.etag, "cache-control": "private, no-cache"}
    if kept.etag in visit.request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return HTMLResponse(kept.html, headers=headers)


async def _anonymous_html(visit: Visit, asked: _Asked, kinds: Kinds, template: str) -> str:
    who = rules.ANYBODY
    entries, more = await _entries(visit, asked, who, kinds)
    visit.subjects = {"post.card": tuple(entry.id for entry in entries)}
    slots = await visit.site.slots(visit, template, None)
    page = await _page(visit, asked, who, entries, slots, more=more)
    return await visit.html(template, {**page.context(), "form_token": _no_forms}, slots=slots)


def _no_forms() -> str:
    raise RuntimeError("a page that is kept for everybody must not hold a form: its token belongs to one visitor")
