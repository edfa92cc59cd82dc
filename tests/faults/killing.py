"""Villagers write through a real server, which is killed at a random moment, twenty times on the same data."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from .looking import half_done, looking
from .served import Served
from .villagers import VILLAGE, Act, Village, Villager, insist, insist_on_upload, settle

ROUNDS = 20
ENOUGH = 50
AT_ONCE = 8
PEOPLE = 8 * 22  # each writes in one round only, so that nobody reaches the limits of an hour
REACTIONS = ("like", "thank")
KINDS = ("post", "post", "comment", "comment", "reaction")


@dataclass
class Diary:
    """What was asked of the server, and what it said was done."""

    asked: dict[str, tuple[Villager, Act]] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)

    def unanswered(self) -> list[tuple[Villager, Act]]:
        return [asked for mark, asked in self.asked.items() if mark not in self.done]


class Storm:
    """The village, its server, and everything that was written so far."""

    def __init__(self, served: Served, village: Village) -> None:
        self.served = served
        self.village = village
        self.diary = Diary()
        self.known: list[str] = []
        self.round = 0
        self._random = random.Random(f"{served.fault} {served.database_url.split(':')[0]}")

    @classmethod
    async def over(cls, url: str, folder: Path, fault: str = "") -> Storm:
        village = await settle(url, folder, PEOPLE)
        return cls(Served(url, folder, folder / "media", fault), village)

    def plain_post(self) -> str:
        """The mark of an acknowledged post without photos."""
        asked = self.diary.asked
        return next(m for m in self.diary.done if asked[m][1].kind == "post" and "upload" not in asked[m][1].fields)

    async def until_killed(self) -> None:
        """One round: serve, send again what was not answered, write until enough was acknowledged, kill."""
        self.round += 1
        await self.served.start()
        await self.send_again()
        before = len(self.diary.done)
        writing = [asyncio.ensure_future(self._write(number)) for number in range(AT_ONCE)]
        while len(self.diary.done) < before + ENOUGH:
            await asyncio.sleep(0.01)
            assert not any(task.done() for task in writing), [t.exception() for t in writing if t.done()]
        await asyncio.sleep(self._random.random() * 0.15)
        await self.served.kill()
        await asyncio.gather(*writing)
        async with looking(self.served.database_url) as look:
            self.known = await look.column("SELECT key FROM core_post ORDER BY id DESC LIMIT 40")

    async def send_again(self) -> None:
        """People press the button again when a page did not come."""
        for who, act in self.diary.unanswered():
            async with who.client(self.served.url) as client:
                await self._send(client, act)

    async def _write(self, number: int) -> None:
        who = self.village[self.round * AT_ONCE + number]
        count = 0
        try:
            async with who.client(self.served.url) as client:
                while True:
                    count += 1
                    act = await self._next(client, who, number, count)
                    self.diary.asked[act.mark] = (who, act)
                    await self._send(client, act)
        except httpx2.TransportError:
            return  # the server is dead

    async def _next(self, client: httpx2.AsyncClient, who: Villager, number: int, count: int) -> Act:
        mark = f"k{self.round}-{number}-{count}"
        kind = KINDS[count % len(KINDS)] if self.known else "post"
        if count % 6 == number:
            sent = await insist_on_upload(client, who)
            assert sent.status_code == 201, sent.text
            return who.post(mark, upload=sent.json()["key"])
        if kind == "comment":
            return who.comment(self._random.choice(self.known), mark)
        if kind == "reaction":
            return who.react(self._random.choice(self.known), self._random.choice(REACTIONS))
        return who.post(mark)

    async def _send(self, client: httpx2.AsyncClient, act: Act) -> None:
        answer = await insist(client, act)
        assert answer.status_code == 303, f"{act}: {answer.status_code} {answer.text[:2000]}"
        self.diary.done.add(act.mark)


async def written(url: str) -> Counter[str]:
    """How often each mark stands in the database."""
    async with looking(url) as look:
        bodies = await look.column("SELECT body FROM core_post UNION ALL SELECT body FROM core_comment")
        reactions = await look.rows(
            "SELECT p.key, r.person_id, r.kind FROM core_reaction r JOIN core_post p ON p.id = r.post_id"
        )
    given = [f"{key} {person} {'thank' if kind == 'thanks' else kind}" for key, person, kind in reactions]
    return Counter([*bodies, *given])


async def assert_kept(storm: Storm) -> None:
    """Everything acknowledged is there, nothing twice, nothing that nobody asked for, nothing half-done."""
    there = await written(storm.served.database_url)
    lost, strange = storm.diary.done - set(there), set(there) - set(storm.diary.asked)
    twice = [mark for mark, times in there.items() if times > 1]
    assert not lost, f"acknowledged and lost: {lost}"
    assert not twice, f"written twice: {twice}"
    assert not strange, f"nobody asked for it: {strange}"
    broken = await half_done(storm.served.database_url, storm.served.media)
    assert not broken, f"half done: {broken}"


async def assert_all_answered(storm: Storm) -> None:
    """After the last round: what was not answered is sent again, other forms twice, and every event gets through."""
    await storm.served.start()
    await storm.send_again()
    assert not storm.diary.unanswered()
    await send_twice(storm, random.Random(5).sample(sorted(storm.diary.asked), 30))
    await _everything_heard(storm.served.database_url)
    assert (await storm.served.ask(f"{VILLAGE}/")).status_code == 200
    await storm.served.stop()
    await assert_kept(storm)


async def send_twice(storm: Storm, marks: Iterable[str]) -> None:
    """The same forms once more, and a page for each of them."""
    for who, act in (storm.diary.asked[mark] for mark in marks):
        async with who.client(storm.served.url) as client:
            answer = await insist(client, act)
        assert answer.status_code == 303, f"{act}: {answer.status_code}"


async def _everything_heard(url: str) -> None:
    async with asyncio.timeout(60), looking(url) as look:
        while await look.number("SELECT COUNT(*) FROM core_event WHERE delivered_at IS NULL"):
            await asyncio.sleep(0.05)


async def twenty_rounds(storm: Storm) -> None:
    for _ in range(ROUNDS):
        await storm.until_killed()
        await assert_kept(storm)
    assert len(storm.diary.done) >= ROUNDS * ENOUGH
    await assert_all_answered(storm)
