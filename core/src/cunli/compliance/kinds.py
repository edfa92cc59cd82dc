"""The closed list of sensitive kinds, and how a plugin declares that it does one of them. Keeps nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cunli.web.i18n import LazyText


class Sensitive(StrEnum):
    """What laws and documents say something about, so that a plugin that does it must declare it."""

    CHECKIN = "checkin"
    RANKING = "ranking"
    VIEWING_TIME = "viewing_time"
    POPULARITY = "popularity"
    QUOTAS = "quotas"
    POINTS = "points"
    COMMERCE = "commerce"
    FUNDRAISING = "fundraising"
    MINORS = "minors"


@dataclass(frozen=True, slots=True, kw_only=True)
class SensitiveUse:
    """One sensitive thing that a plugin does. Name it in the manifest's `sensitive`.

    `does` says in a sentence for officials what the plugin does there. With `needed`, the plugin cannot work without:
    where the county's profile refuses the kind, it cannot be on. Otherwise it runs without that part: `ctx.allows(kind)`
    answers False, and menu entries, pages, fragments and tasks marked `sensitive=kind` are absent.

        sensitive=(SensitiveUse(kind=Sensitive.RANKING, does=_("给各村排名次"), needed=True),)
    """

    kind: Sensitive
    does: str | LazyText
    needed: bool = False


AskAllowed = Callable[[Sensitive], bool]


def nothing_sensitive(kind: Sensitive, /) -> bool:
    """What is allowed where nobody could have asked the profile: in a test that makes a context by hand, say."""
    return False


def contradictions(declared: object) -> Iterator[str]:
    """What is wrong with a manifest's `sensitive`, in words for its author."""
    if not isinstance(declared, tuple):
        yield "it is a tuple of SensitiveUse"
        return
    seen: set[Sensitive] = set()
    for use in declared:
        if not isinstance(use, SensitiveUse) or not isinstance(use.kind, Sensitive):
            yield f"{use!r} is not a SensitiveUse of one of cunli.Sensitive"
        elif use.kind in seen:
            yield f"{use.kind} is declared twice"
        elif not str(use.does).strip():
            yield f"{use.kind} does not say what the plugin does there (`does`): officials read it"
        else:
            seen.add(use.kind)
