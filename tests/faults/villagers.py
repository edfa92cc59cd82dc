"""People of one village with sessions, who write through HTTP with forms that carry genuine receipts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from cunli.people import sessions
from cunli.people.sessions import token_hash
from cunli.testing.live import live_site, settings_for
from cunli.testing.photos import jpeg
from cunli.web.cookies import SESSION
from cunli.web.tokens import Signer

from .served import HEADERS, NO_TLS, PATIENCE

VILLAGE = "/v/heping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One form as it is sent: sent again it is the same form, with the same receipt. `mark` is what it writes."""

    kind: str
    path: str
    fields: dict[str, str]
    mark: str


@dataclass(frozen=True, slots=True)
class Villager:
    """A verified person with a session on the served site."""

    id: int
    session: str
    signer: Signer

    def client(self, url: str) -> httpx2.AsyncClient:
        cookie = {"cookie": f"{SESSION}={self.session}"}
        return httpx2.AsyncClient(base_url=url, headers={**HEADERS, **cookie}, timeout=PATIENCE, verify=NO_TLS)

    def form(self, **fields: str) -> dict[str, str]:
        """Fields with the hidden one that every form of this person's pages carries."""
        return {"_form": self.signer.form_token(token_hash(self.session)), **fields}

    def post(self, mark: str, **fields: str) -> Act:
        given = self.form(body=mark, audience="village", **fields)
        return Act(kind="post", path=f"{VILLAGE}/new", fields=given, mark=mark)

    def comment(self, post_key: str, mark: str) -> Act:
        return Act(kind="comment", path=f"{VILLAGE}/p/{post_key}/comments", fields=self.form(body=mark), mark=mark)

    def react(self, post_key: str, do: str) -> Act:
        fields, mark = self.form(do=do), f"{post_key} {self.id} {do}"
        return Act(kind="reaction", path=f"{VILLAGE}/p/{post_key}/react", fields=fields, mark=mark)


async def send(client: httpx2.AsyncClient, act: Act) -> httpx2.Response:
    return await client.post(act.path, data=act.fields)


async def insist(client: httpx2.AsyncClient, act: Act) -> httpx2.Response:
    """Send, and again while the site is busy, as after the machine stood still: nothing was written, and one may."""
    return await _until_not_busy(lambda: send(client, act))


async def insist_on_upload(client: httpx2.AsyncClient, who: Villager) -> httpx2.Response:
    return await _until_not_busy(lambda: upload(client, who))


async def _until_not_busy(ask: Callable[[], Awaitable[httpx2.Response]]) -> httpx2.Response:
    async with asyncio.timeout(PATIENCE):
        while (answer := await ask()).status_code == 503:
            await asyncio.sleep(0.2)
        return answer


async def upload(client: httpx2.AsyncClient, who: Villager, *, padding: int = 0) -> httpx2.Response:
    """Send one photo, as the compose page does. `padding` bytes behind the picture make the file larger."""
    photo = ("IMG.jpg", jpeg((320, 240)) + bytes(padding), "image/jpeg")
    return await client.post(f"{VILLAGE}/uploads", data=who.form(), files={"photo": photo})


@dataclass
class Village:
    """Who lives on the served site."""

    people: list[Villager] = field(default_factory=list)

    def __getitem__(self, number: int) -> Villager:
        return self.people[number % len(self.people)]


async def settle(database_url: str, folder: Path, count: int = 3) -> Village:
    """Make the sample county on an empty database, with `count` verified villagers who are signed in."""
    settings = settings_for(database_url, folder)
    signer = Signer(settings)
    village = Village()
    async with live_site(settings) as site:
        for number in range(count):
            who = await site.villager(f"乡亲{number}")
            village.people.append(Villager(who.id, await sessions.open_session(who.id, device="test"), signer))
    return village
