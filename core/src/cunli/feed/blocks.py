"""The blocks of a page (title, content, bottom), drawn once for all who are shown the same and kept for a minute.

Blocks are rendered from `BlockFacts` and the page's own variables. They cannot reach the request or the person: an attribute
that is not a fact is an error in the template, not a leak. Form tokens, and what plugins add, are marks that are filled in for
each answer. Names and seals may change under kept blocks; that is what the minute is for.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from cunli.feed.fresh import Fresh
from cunli.web.forms import hidden_token
from cunli.web.look import Look
from cunli.web.slots import Slots

if TYPE_CHECKING:
    from cunli.places.queries import VillageNow
    from cunli.web.menu import Door
    from cunli.web.visit import Visit

SECONDS: Final = 60.0
MOST: Final = 500
# random for each process: nobody can write them into a comment
_TOKEN: Final = f"token-{secrets.token_hex(8)}"
_SLOT: Final = f"slot-{secrets.token_hex(8)}"
_GAPS: Final = re.compile(f"({_TOKEN}|<!--{_SLOT} [^>]*-->)")


@dataclass(frozen=True, slots=True)
class BlockFacts:
    """All that blocks know of the visit. Stands in for `visit` in the template."""

    village: VillageNow
    look: Look
    locale: str


@dataclass(frozen=True, slots=True)
class _Marks:
    """Stands in for `slot`: leaves a mark where plugins add something."""

    menu: tuple[Door, ...]

    def __call__(self, name: str, subject: int | None = None) -> Markup:
        return Markup("<!--{} {} {}-->").format(_SLOT, name, "" if subject is None else subject)


@dataclass(frozen=True, slots=True)
class _Gap:
    """What is filled in for each answer: a plugin's slot, or the form token where `slot` is empty."""

    slot: str = ""
    subject: int | None = None


Block = Sequence[bytes | _Gap]


_kept: Final = Fresh[Sequence[Block]](seconds=SECONDS, most=MOST)


def forget_blocks() -> None:
    """Draw afresh from now on; for tests that change names under what is shown."""
    _kept.clear()


async def blocks(
    visit: Visit,
    template: str,
    names: Sequence[str],
    slots: Slots,
    *,
    shows: Hashable,
    context: Callable[[], Awaitable[Mapping[str, Any]]],
    token: str,
) -> list[bytes]:
    """These blocks of a village page's template, with this reader's token and slots filled in.

    `shows` is everything that decides how they look and can change: equal values give equal blocks. None draws them for
    this answer alone. `context` makes the variables, and is called only when nothing is kept.
    """
    facts = BlockFacts(visit.here, visit.look, visit.locale)
    key = (visit.themed.serial, template, facts, slots.menu, shows)
    kept = _kept.get(key) if shows is not None else None
    if kept is None:
        kept = _draw(visit, template, names, facts, slots, await context())
        if shows is not None:
            _kept.put(key, kept)
    text = token.encode()
    return [b"".join([p if isinstance(p, bytes) else _filled(p, slots, text) for p in block]) for block in kept]


def _filled(gap: _Gap, slots: Slots, token: bytes) -> bytes:
    return slots(gap.slot, gap.subject).encode() if gap.slot else token


def _draw(
    visit: Visit, template: str, names: Sequence[str], facts: BlockFacts, slots: Slots, context: Mapping[str, Any]
) -> list[Block]:
    values = {"visit": facts, "form_token": _stand_in, "slot": _Marks(slots.menu), "toast": {}, **context}
    return [[*map(_piece, _GAPS.split(html))] for html in visit.themed.templates.blocks(template, values, names)]


def _stand_in() -> Markup:
    return hidden_token(_TOKEN)


def _piece(text: str) -> bytes | _Gap:
    if text == _TOKEN:
        return _Gap()
    if not text.startswith(f"<!--{_SLOT} "):
        return text.encode()
    _, name, subject = text.removesuffix("-->").split(" ")
    return _Gap(name, int(subject) if subject else None)
