"""Every request as every role: what was answered, what was leaked, what was changed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cunli.testing.canaries import Canary, found_in
from cunli.web.tokens import new_key

from .asks import ASKS, Ask
from .roles import HERE, ROLES, Role, may_know
from .world import Answer, World

# what any request may touch: that a session is in use, and how often something was tried
BESIDES: Final = ("core_session.last_seen_at", "core_rate_count", "core_provider_record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One request of one role."""

    row: str
    route: str
    role: str
    answer: Answer
    leaks: tuple[str, ...]
    seen: tuple[str, ...]
    changed: tuple[str, ...]
    twin: str  # how the answer differs from that for something that does not exist; "-" when it was not asked

    @property
    def outcome(self) -> str:
        """Status, `sign-in` for a redirect there, and `+` when something was written."""
        leads = self.answer.headers.get("location", "")
        asked = " sign-in" if leads.startswith("/sign-in?") else ""
        return f"{self.answer.status}{asked}{' +' if self.changed else ''}"

    @property
    def refused(self) -> bool:
        return self.answer.status >= 400 or "sign-in" in self.outcome


def rows_of(only: Iterable[str] = ()) -> list[tuple[str, str, str]]:
    """Names of the table's rows, with their route and variant."""
    wanted = set(only)
    found = [(route, name) for route, variants in ASKS.items() for name in variants if not wanted or route in wanted]
    return [(f"{route} [{name}]" if name else route, route, name) for route, name in found]


async def walk(world: World, only: Iterable[str] = ()) -> list[Cell]:
    """Send every request as every role. Whatever one changed is put back before the next."""
    return [await cell(world, row, route, variant, role) for row, route, variant in rows_of(only) for role in ROLES]


async def cell(world: World, row: str, route: str, variant: str, role: Role) -> Cell:
    method = route.split(" ")[0]
    ask = ASKS[route][variant](world, role)
    answer = await world.send(role, method, ask)
    changes = await world.rows.changes(but=BESIDES)
    await world.put_back()
    mine = world.owner(role)
    seen = [c for c in found_in(answer.everything, world.canaries) if c.word not in ask.path]
    leaks = [c for c in seen if not may_know(role, c, route, own=c.owner == mine)]
    return Cell(
        row=row,
        route=route,
        role=role.id,
        answer=answer,
        leaks=tuple(sorted(f"{c.kind} of {c.slug}" for c in leaks)),
        seen=tuple(sorted({c.kind for c in seen})),
        changed=tuple(sorted(changes)),
        twin=await _twin(world, role, method, ask, answer) if _is_secret(role, route, ask, answer) else "-",
    )


def _is_secret(role: Role, route: str, ask: Ask, answer: Answer) -> bool:
    """Whether this person was refused something whose very existence is none of their business."""
    if answer.status < 400 or not ask.key:
        return False
    target = Canary(word="", kind=ask.about, slug=HERE)
    return not may_know(role, target, route, own=False)


async def _twin(world: World, role: Role, method: str, ask: Ask, answer: Answer) -> str:
    """The same request for something that was never there: status, headers and page must be the same."""
    nothing = new_key()
    missing = Ask(path=ask.path.replace(ask.key, nothing), fields=ask.fields, files=ask.files)
    other = await world.send(role, method, missing)
    await world.put_back()
    one, two = _bare(answer, ask.key), _bare(other, nothing)
    return "" if one == two else f"{answer.status} {_first_difference(one, two)}"


_RANDOM = re.compile(r'name="_form" value="[^"]*"')
_VISITOR = re.compile(r"cunli_visitor=[^;]*")


def _bare(answer: Answer, key: str) -> str:
    """The answer without what is random in any two answers, and without the key that was asked for."""
    text = _RANDOM.sub("", f"{answer.status}\n{answer.everything}".replace(key, "KEY"))
    return _VISITOR.sub("", text)


def _first_difference(one: str, two: str) -> str:
    for mine, theirs in zip(one.splitlines(), two.splitlines(), strict=False):
        if mine != theirs:
            return f"{mine[:160]!r} instead of {theirs[:160]!r}"
    return "one answer is longer"
