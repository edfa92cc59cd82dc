"""People who go on reading and writing through the proxy, whatever happens behind it; what each was answered, and how soon."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2

from cunli.settings import TEST_SECRET
from cunli.testing.live import DATA_KEY
from scripts.cluster.cluster import Cluster

from ..faults.villagers import VILLAGE, Act, Village, Villager, send, upload

WRITERS = 4
READERS = 3
EACH = 18  # acts of one person: fewer than the limit of an hour
PEOPLE = WRITERS * 24
PACE = 0.25
LONG = 45.0  # nobody waits so long; the time-out of whoever asks, after which something hangs
KEYS = {"CUNLI_SECRET": TEST_SECRET, "CUNLI_DATA_KEY": DATA_KEY}
REFUSED = 0  # the connection was refused or broken off


@dataclass(frozen=True, slots=True)
class Answer:
    """One request: what for, when it began, the status (0 without an answer), how long it took in seconds."""

    kind: str
    began: float
    status: int
    seconds: float


@dataclass
class Load:
    """The people, what they have sent, and what is known to be done."""

    made: Cluster
    village: Village
    answers: list[Answer] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    stopping: bool = False

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._write(number)) for number in range(WRITERS)]
        tasks += [asyncio.create_task(self._read(number)) for number in range(READERS)]
        try:
            yield
        finally:
            self.stopping = True
            async with asyncio.timeout(120):
                await asyncio.gather(*tasks)

    async def _read(self, number: int) -> None:
        """One page after the other; the first reader has no account."""
        who = self.village[number]
        async with who.client(self.made.url) as client:
            if number == 0:
                client.headers.pop("cookie")
            while not self.stopping:
                await self._timed("page", client.get(f"{VILLAGE}/"))
                await asyncio.sleep(PACE)

    async def _write(self, number: int) -> None:
        for seat in range(number, PEOPLE, WRITERS):
            who = self.village[seat]
            async with who.client(self.made.url) as client:
                for count in range(EACH):
                    if self.stopping:
                        return
                    await self._insist(client, who.post(f"c{seat}-{count}"))
                    await asyncio.sleep(PACE)
        assert self.stopping, "more people are needed"

    async def _insist(self, client: httpx2.AsyncClient, act: Act) -> None:
        """As people do: the same form again until it is answered."""
        while True:
            answer = await self._timed("post", send(client, act))
            if answer.status == 303:
                self.done.append(act.mark)
                return
            assert answer.status in (REFUSED, 502, 503, 504), answer
            await asyncio.sleep(PACE)

    async def _timed(self, kind: str, asking) -> Answer:  # type: ignore[no-untyped-def]
        began = time.monotonic()
        try:
            async with asyncio.timeout(LONG):
                status = (await asking).status_code
        except httpx2.TransportError:
            status = REFUSED
        answer = Answer(kind, began, status, time.monotonic() - began)
        self.answers.append(answer)
        return answer

    async def photo(self) -> Answer:
        """Somebody sends a photo."""
        who: Villager = self.village[PEOPLE - 1]
        async with who.client(self.made.url) as client:
            return await self._timed("upload", upload(client, who))

    async def until_well(self, more: int = 6) -> None:
        """Wait until so many more forms were carried out and pages are there again."""
        wanted, since = len(self.done) + more, time.monotonic()
        async with asyncio.timeout(LONG):
            while len(self.done) < wanted or not any(
                answer.status == 200 and answer.began > since for answer in self.answers if answer.kind == "page"
            ):
                await asyncio.sleep(0.05)

    def since(self, moment: float) -> list[Answer]:
        return [answer for answer in self.answers if answer.began >= moment]
