"""Everybody at once at a site whose database is in trouble: strangers, members, writers, and whoever watches its health."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field

import httpx2

from .looking import half_done, looking
from .served import PATIENCE, Served
from .villagers import VILLAGE, Act, Village, Villager, insist, send

LIMIT = 12.0  # the product means two seconds, or six; after this long whoever waits is kept waiting
LONGER = 30.0  # for those who are answered: the rest is for a machine that stands still
EACH = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody got, and after how long."""

    who: str
    status: int
    seconds: float
    text: str


@dataclass
class Visited:
    """A served village and the forms that were sent there."""

    served: Served
    village: Village
    forms: dict[str, tuple[Villager, Act]] = field(default_factory=dict)
    limit: float = LIMIT

    async def page(self) -> Answer:
        return await timed("stranger", self.served.ask(f"{VILLAGE}/"))

    async def health(self) -> Answer:
        return await timed("health", self.served.ask("/healthz"))

    async def member(self, number: int) -> Answer:
        async with self.village[number].client(self.served.url) as client:
            return await timed("member", client.get(f"{VILLAGE}/"))

    async def post(self, number: int) -> Answer:
        who, mark = self.village[number], secrets.token_hex(8)
        self.forms[mark] = who, who.post(mark)
        async with who.client(self.served.url) as client:
            return await timed("writer", send(client, self.forms[mark][1]))

    async def everybody(self) -> list[Answer]:
        visits = [one for n in range(EACH) for one in (self.page(), self.health(), self.member(n), self.post(n))]
        return await within_limit(visits, self.limit)

    async def recovers(self) -> None:
        """Without a restart, and soon: health is green, pages are there, and every form that is sent again is carried out once."""
        began, process = time.monotonic(), self.served.pid
        while (await self.health()).status != 200:
            assert time.monotonic() - began < PATIENCE, "the site does not recover"
            await asyncio.sleep(0.05)
        assert (await self.page()).status == 200
        assert (await self.member(0)).status == 200
        for who, act in self.forms.values():
            async with who.client(self.served.url) as client:
                assert (await insist(client, act)).status_code == 303
        assert self.served.pid == process
        async with looking(self.served.database_url) as look:
            bodies = await look.column("SELECT body FROM core_post")
        assert sorted(bodies) == sorted(self.forms), "each form once"
        assert await half_done(self.served.database_url, self.served.media) == []


async def timed(who: str, asking: Awaitable[httpx2.Response]) -> Answer:
    began = time.monotonic()
    answer = await asking
    return Answer(who=who, status=answer.status_code, seconds=time.monotonic() - began, text=answer.text)


async def within_limit(visits: Sequence[Awaitable[Answer]], limit: float = LIMIT) -> list[Answer]:
    """All answers; fails when somebody is kept waiting."""
    tasks = [asyncio.ensure_future(visit) for visit in visits]
    done, waiting = await asyncio.wait(tasks, timeout=limit)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert not waiting, f"{len(waiting)} of {len(tasks)} were kept waiting for more than {limit:g} s"
    return [task.result() for task in done]


def assert_sent_away_kindly(answers: list[Answer]) -> None:
    """503 for each, with a page in plain words."""
    assert {answer.status for answer in answers} == {503}
    for answer in answers:
        assert "请稍等一下" in answer.text
        assert "Traceback" not in answer.text
