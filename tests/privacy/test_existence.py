"""Refused and never there: the same answer to the last byte, and the same work behind it (AZ-5).

Time is not measured, because machines are busy; what costs time is the database, and its statements are counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

import pytest

from cunli import db
from cunli.db import postgres, sqlite
from cunli.feed import found, queries, rules
from cunli.testing.canaries import Canary
from cunli.web.errors import Forbidden
from cunli.web.tokens import new_key
from cunli.web.visit import Visit

from ..permissions.asks import ASKS, Ask
from ..permissions.matrix import rows_of
from ..permissions.roles import BY_ID, HERE, Role, may_know
from ..permissions.world import World

# nobody, somebody of the next village, an official of another township: whoever has no business here in three ways
OUTSIDERS = [BY_ID[name] for name in ("anonymous", "elsewhere", "other_township_admin")]
RANDOM = re.compile(r'(?<=name="_form" value=")[^"]*|(?<=cunli_visitor=)[^;]*')
WAYS = ("read", "write", "execute_query", "execute_query_dict", "execute_insert")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What somebody outside can learn from one answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    length: int
    body: str
    statements: tuple[str, ...]


_heard: ContextVar[bool] = ContextVar("heard", default=False)


async def _asked_always(self: postgres.Client, snapshot: str, query: str, values: Sequence[Any]) -> list[Any]:
    """Without the memory for what was asked before: whether it holds hangs on who else commits on this server just then."""
    return await self.read(query, values)


@contextmanager
def listening(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement that reaches the database, on any way, but for those of the worker, which reads its queue meanwhile."""
    said: list[str] = []
    mine = _heard.set(True)

    def noting(real: Any) -> Any:
        def noted(first: Any, *rest: Any, **named: Any) -> Any:
            if _heard.get():
                said.append(first if isinstance(first, str) else rest[0])
            return real(first, *rest, **named)

        return noted

    with monkeypatch.context() as patch:
        patch.setattr(db, "read", noting(db.read))
        patch.setattr(postgres.Client, "read_as_of", _asked_always)
        for kind in (sqlite.Client, sqlite.UnitConnection, postgres.Client, postgres.UnitConnection):
            for way in WAYS:
                if way in vars(kind):
                    patch.setattr(kind, way, noting(vars(kind)[way]))
        yield said
    _heard.reset(mine)


async def seen(world: World, role: Role, method: str, ask: Ask, said: list[str]) -> Seen:
    await world.put_back()
    said.clear()
    answer = await world.send(role, method, ask)
    body = RANDOM.sub("", answer.body.replace(ask.key, "KEY"))
    headers = sorted((n, RANDOM.sub("", text).replace(ask.key, "KEY")) for n, text in answer.headers.multi_items())
    statements = tuple(said)
    return Seen(status=answer.status, headers=tuple(headers), length=len(answer.body), body=body, statements=statements)


async def told_apart(world: World, monkeypatch: pytest.MonkeyPatch, only: list[str]) -> tuple[int, list[str]]:
    """How many refusals were compared, and those that say whether the thing is there."""
    wrong, compared = [], 0
    with listening(monkeypatch) as said:
        for role in OUTSIDERS:
            for row, route, variant in rows_of(only):
                ask = ASKS[route][variant](world, role)
                secret = Canary(word="", kind=ask.about, slug=HERE)
                if not ask.key or may_know(role, secret, route, own=False):
                    continue
                compared += 1
                if told := await _difference(world, role, route.split(" ")[0], ask, said):
                    wrong.append(f"{row} as {role.id}: {told}")
    return compared, wrong


async def _difference(world: World, role: Role, method: str, ask: Ask, said: list[str]) -> str:
    """How a refusal and nothing at all can be told apart; three times, because some answers are remembered for seconds."""
    nothing = new_key()
    missing = replace(ask, path=ask.path.replace(ask.key, nothing), key=nothing)
    found_out = ""
    for _ in range(3):
        denied = await seen(world, role, method, ask, said)
        absent = await seen(world, role, method, missing, said)
        if denied == absent:
            return ""
        found_out = difference(denied, absent)
    return found_out


def difference(one: Seen, other: Seen) -> str:
    fields = [f for f in ("status", "headers", "length", "body") if getattr(one, f) != getattr(other, f)]
    if one.statements != other.statements and not fields:
        more = Counter(one.statements)
        more.subtract(other.statements)
        return f"{len(one.statements)} statements instead of {len(other.statements)}: {dict(+more)}"[:300]
    return ", ".join(fields)


async def test_a_refusal_costs_and_says_what_nothing_at_all_does(
    lived_in: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared, wrong = await told_apart(lived_in, monkeypatch, [])
    assert compared > 150
    assert wrong == []


async def test_a_refusal_of_its_own_kind_is_noticed(lived_in_sqlite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = found.post_here

    async def tells(visit: Visit) -> found.Found:
        if await db.read("SELECT 1 FROM core_post WHERE key = ?", visit.path_params["key"]) and visit.person is None:
            raise Forbidden
        return await honest(visit)

    with monkeypatch.context() as patch:
        patch.setattr(found, "post_here", tells)
        _, wrong = await told_apart(lived_in_sqlite, monkeypatch, ["GET /v/{village}/p/{key}"])
    assert "GET /v/{village}/p/{key} [village] as anonymous: status, headers, length, body" in wrong


async def test_work_that_only_a_hidden_thing_costs_is_noticed(
    lived_in_sqlite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answers are the same, but a post that is there takes one statement more: a stop watch would see it."""
    honest = queries.find_post

    async def careless(key: str, village_id: int, who: rules.Reader, **_: str) -> queries.PostNow | None:
        if rows := await db.read("SELECT id FROM core_post WHERE key = ?", key):
            await db.read("SELECT 1 FROM core_post_photo WHERE post_id = ?", rows[0]["id"])
        return await honest(key, village_id, who)

    with monkeypatch.context() as patch:
        patch.setattr(queries, "find_post", careless)
        _, wrong = await told_apart(lived_in_sqlite, monkeypatch, ["GET /v/{village}/p/{key}"])
    assert any("statements instead of" in line for line in wrong)
