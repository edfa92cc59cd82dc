"""The frame of a village page: everything but the cards and the form token, drawn once for all who see it alike.

A frame is rendered from `FrameFacts` alone. Its template cannot reach the request or the person, so that a frame kept for
one reader cannot hold what belongs to another: an attribute that is not a fact of the key is an error, not a leak.
"""

from __future__ import annotations

import re
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import quote

from markupsafe import Markup, escape

from cunli.feed import rules
from cunli.feed.almanac import almanac
from cunli.feed.blocks import blocks
from cunli.feed.cards import Rendered
from cunli.trust import policy
from cunli.web.forms import hidden_token
from cunli.web.look import Look
from cunli.web.slots import Slots

if TYPE_CHECKING:
    from cunli.places.queries import VillageNow
    from cunli.web.visit import Visit

MOST: Final = 500
# random for each process: nobody can write them into a motto or a title
_CARDS: Final = f"<!--cards-{secrets.token_hex(8)}-->"
_TOKEN: Final = f"token-{secrets.token_hex(8)}"
_OLDER: Final = f"/older-{secrets.token_hex(8)}"
_HERE: Final = f"/here-{secrets.token_hex(8)}"
_BLOCKS: Final = {name: f"<!--{name}-{secrets.token_hex(8)}-->" for name in ("title", "content", "bottom")}
_GAPS: Final = re.compile("(" + "|".join([_CARDS, _TOKEN, _OLDER, _HERE, *_BLOCKS.values()]) + ")")
Frame = tuple[bytes, ...]  # what stands as it is, and the three marks where they are


@dataclass(frozen=True, slots=True)
class FramePerson:
    """All that a frame knows of its reader."""

    unread_count: int


@dataclass(frozen=True, slots=True)
class FrameStanding:
    """Where the reader's membership stands."""

    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameFacts:
    """What a frame shows, and its key. Stands in for `visit` in the template."""

    village: VillageNow
    person: FramePerson | None
    standing: FrameStanding | None
    roles: frozenset[str]
    granted: frozenset[str]
    look: Look
    locale: str
    here_path: str
    traceless: ClassVar[bool] = False  # such a page has no frame that is kept

    @property
    def is_member(self) -> bool:
        return bool(self.roles)

    def may(self, capability: str) -> bool:
        """As `Visit.may`, for the core's capabilities and those granted."""
        rule = policy.CAPABILITIES.get(capability)
        return capability in self.granted or (rule is not None and bool(rule.roles & self.roles))


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRest:
    """What else a frame shows: the notice in words, the tabs, the day, and whether there is anything below."""

    url: str
    notice: tuple[str, str, str] | None  # url, title, about
    tab: str
    tabs: tuple[str, ...]
    day: date
    market_days: str
    any_cards: bool
    more: bool

    def context(self) -> dict[str, Any]:
        """The variables of the template that do not change with the cards."""
        tabs = self.tabs if len(self.tabs) > 2 else ()
        filters = [(rules.feed_url(self.url, t), rules.TABS[t], t == self.tab) for t in tabs]
        return {"filters": filters, "almanac": almanac(self.day, self.market_days)}


@dataclass(frozen=True, slots=True)
class _Notice:
    url: str
    title: str
    about: str


def facts_of(visit: Visit) -> FrameFacts:
    """The facts of a visit that a frame may show."""
    person, standing = visit.person, visit.standing
    return FrameFacts(
        village=visit.here,
        person=FramePerson(person.unread_count) if person else None,
        standing=FrameStanding(standing.state) if standing else None,
        roles=policy.roles_here(person, visit.village, standing) if person else frozenset(),
        granted=visit.granted,
        look=visit.look,
        locale=visit.locale,
        here_path=visit.here_path,
    )


class Frames:
    """The frames of this process, the least used one dropped first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[object, ...], Frame] = OrderedDict()

    def around(self, visit: Visit, template: str, known: Mapping[str, Any], slots: Slots) -> Frame:
        """What stands around the blocks title, content and bottom of a page, the same for all pages of this template.

        `known` are the variables that it may read besides the facts; any other is undefined there.
        """
        facts = replace(facts_of(visit), here_path=_HERE)

        def drawn(own: Slots) -> str:
            return visit.themed.templates.around(template, {**_values(facts, own), **known}, _BLOCKS)

        return self._one((visit.themed.serial, template, facts, tuple(known.items())), slots, drawn)

    def draw(self, visit: Visit, template: str, facts: FrameFacts, rest: FrameRest, slots: Slots) -> Frame:
        """The frame for these facts, kept or drawn now."""

        def drawn(own: Slots) -> str:
            return visit.themed.templates.render(template, {**_values(facts, own), **_stand_ins(rest)})

        return self._one((visit.themed.serial, template, facts, rest), slots, drawn)

    def _one(self, what: tuple[object, ...], slots: Slots, drawn: Callable[[Slots], str]) -> Frame:
        """The frame kept under `what` and what plugins add to the page as a whole; drawn with that when there is none."""
        own = tuple((key, text) for key, text in slots.filled.items() if key[1] is None)
        key = (*what, own, slots.menu)
        frame = self._kept.get(key)
        if frame is not None:
            self._kept.move_to_end(key)
            return frame
        html = drawn(Slots(dict(own), slots.menu))
        frame = self._kept[key] = tuple(piece.encode() for piece in _GAPS.split(html))
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return frame

    def clear(self) -> None:
        self._kept.clear()


frames: Final = Frames()


def _values(facts: FrameFacts, slots: Slots) -> dict[str, Any]:
    return {"visit": facts, "toast": {}, "slot": slots, "form_token": _placeholder}


def _stand_ins(rest: FrameRest) -> dict[str, Any]:
    return {
        "cards": [Rendered.of(0, Markup(_CARDS), Markup(""))] if rest.any_cards else [],  # noqa: S704 a constant of ours
        "older_url": _OLDER if rest.more else "",
        "notice": _Notice(*rest.notice) if rest.notice else None,
        **rest.context(),
    }


def _placeholder() -> Markup:
    return hidden_token(_TOKEN)


async def framed(
    visit: Visit,
    template: str,
    slots: Slots,
    *,
    frame: Mapping[str, Any],
    shows: Hashable,
    context: Callable[[], Awaitable[Mapping[str, Any]]],
) -> bytes:
    """A page drawn into the frame that all pages of its template share.

    The frame may read the variables in `frame`; `shows` and `context` are those of `blocks.blocks`.
    """
    around = frames.around(visit, template, frame, slots)
    token = visit.site.signer.form_token(visit.form_binding)
    drawn = await blocks(visit, template, tuple(_BLOCKS), slots, shows=shows, context=context, token=token)
    gaps = {mark.encode(): html for mark, html in zip(_BLOCKS.values(), drawn, strict=True)}
    gaps[_HERE.encode()] = quote(visit.here_path).encode()
    gaps[_TOKEN.encode()] = token.encode()
    return _with(gaps, around)


def between_tokens(frame: Frame, cards: Sequence[Rendered], slots: Slots, *, older_url: str) -> tuple[bytes, ...]:
    """The frame with this reader's cards in it, cut where the form token stands: put one between, and it is the page."""
    body = [_with_slot(card, slots) for card in cards] if slots.filled else [card.whole for card in cards]
    gaps = {_OLDER.encode(): escape(older_url).encode(), _CARDS.encode(): b"".join(body)}
    token, runs = _TOKEN.encode(), [list[bytes]()]
    for piece in frame:
        if piece == token:
            runs.append([])
        else:
            runs[-1].append(gaps.get(piece, piece))
    return tuple([b"".join(run) for run in runs])


def _with(gaps: Mapping[bytes, bytes], frame: Frame) -> bytes:
    return b"".join([gaps.get(piece, piece) for piece in frame])


def _with_slot(card: Rendered, slots: Slots) -> bytes:
    added = slots("post.card", card.id)
    return (card.before + added + card.after).encode() if added else card.whole
