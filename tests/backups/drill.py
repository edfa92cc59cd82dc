"""A village in which twelve people go on writing, the commands of whoever runs its server, and an empty machine."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cunli.testing import accounts
from cunli.testing.databases import scratch_postgres, sqlite_url
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.visitor import Opened

from ..faults.looking import looking
from ..faults.served import PATIENCE, Served
from ..faults.villagers import Village, Villager, insist, insist_on_upload, settle

WRITERS = 12
EACH = 18  # fewer than the limit of an hour; then somebody else sits down
PEOPLE = WRITERS * 8
NUMBER = "13812345678"
REAL_NAME = "罗春秀"


@dataclass
class Machine:
    """A folder with files and the address of a database; commands run there."""

    folder: Path
    database_url: str
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def media(self) -> Path:
        return self.folder / "media"

    def served(self) -> Served:
        return Served(self.database_url, self.folder, self.media, more=self.more)

    async def run(self, *arguments: str) -> tuple[int, str]:
        """`cunli …` as an operator types it; exit code and everything it said."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cunli", *arguments,
            cwd=self.folder, env={**self.served().environment(), **self.more},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
        assert process.returncode is not None
        return process.returncode, said.decode()

    async def done(self, *arguments: str) -> str:
        """The same, where it must work."""
        code, said = await self.run(*arguments)
        assert code == 0, said
        return said

    @asynccontextmanager
    async def site(self) -> AsyncIterator[LiveSite]:
        """The application on this machine's database, in this process."""
        async with live_site(settings_for(self.database_url, self.folder), sample_county=False) as live:
            yield live

    def files(self) -> dict[str, bytes]:
        """Everything in the storage."""
        return {
            str(path.relative_to(self.media)): path.read_bytes() for path in self.media.rglob("*") if path.is_file()
        }


async def inhabited(machine: Machine) -> Village:
    """Twelve villagers with sessions, one with a phone, a password and a real name."""
    village = await settle(machine.database_url, machine.folder, PEOPLE)
    async with machine.site():
        await accounts.account(NUMBER, "春秀", name=REAL_NAME)
    return village


@asynccontextmanager
async def empty_machine(kind: str, folder: Path, more: Mapping[str, str] | None = None) -> AsyncIterator[Machine]:
    """Another folder, and a database with nothing in it: no table, and on SQLite no file."""
    folder.mkdir()
    if kind == "sqlite":
        yield Machine(folder, sqlite_url(folder / "cunli.db"), more or {})
        return
    async with scratch_postgres() as url:
        yield Machine(folder, url, more or {})


@dataclass
class Writers:
    """Twelve clients that write posts and photos without a pause."""

    served: Served
    village: Village
    asked: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    stopping: bool = False

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._write(number)) for number in range(WRITERS)]
        try:
            yield
        finally:
            self.stopping = True
            await asyncio.gather(*tasks)

    async def until(self, more: int) -> None:
        """Wait until so many more were acknowledged."""
        wanted = len(self.done) + more
        async with asyncio.timeout(PATIENCE):
            while len(self.done) < wanted:
                await asyncio.sleep(0.02)

    async def _write(self, number: int) -> None:
        for seat in range(number, PEOPLE, WRITERS):
            await self._write_as(self.village[seat], f"w{seat}")
        assert self.stopping, "more people are needed"

    async def _write_as(self, who: Villager, name: str) -> None:
        async with who.client(self.served.url) as client:
            for count in range(EACH):
                if self.stopping:
                    return
                mark = f"{name}-{count}"
                self.asked.add(mark)
                photo = {"upload": (await insist_on_upload(client, who)).json()["key"]} if count % 5 == 2 else {}
                answer = await insist(client, who.post(mark, **photo))
                assert answer.status_code == 303, answer.text[:500]
                self.done.add(mark)


async def posts_of(url: str) -> set[str]:
    async with looking(url) as look:
        return set(await look.column("SELECT body FROM core_post"))


async def sees(site: LiveSite, who: Villager, path: str) -> Opened:
    """What a villager with an old session is shown."""
    from cunli.web import cookies

    visitor = site.visitor()
    visitor.set_cookie(cookies.name(site.settings, cookies.SESSION), who.session)
    page = await visitor.open(path)
    assert page.status == 200, page.text
    return page


def flipped(source: Path, target: Path, where: int) -> Path:
    """A copy of a file with one bit of one byte changed."""
    data = bytearray(source.read_bytes())
    data[where] ^= 1
    target.write_bytes(data)
    os.chmod(target, 0o600)
    return target
