"""Accounts with a phone and a password for tests, where their codes arrive, and visitors from other places."""

from __future__ import annotations

import httpx2

from cunli import db
from cunli.people import accounts, codes, passwords
from cunli.people.personal import NAME
from cunli.testing.live import LiveSite
from cunli.testing.sample import SamplePerson
from cunli.testing.visitor import BROWSER_HEADERS, Opened, Visitor
from cunli.trust.numbers import Phone, parse_phone

PASSWORD = "三块田 两口塘 一棵柿"


class CodeBox:
    """A provider of sign-in codes that keeps what it was told to send. Install it with `codes.send_through`."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.broken = False

    async def send(self, phone: str, code: str, purpose: codes.Purpose) -> None:
        if self.broken:
            raise codes.SendingFailed
        self.sent.append((phone, code, purpose))

    @property
    def last(self) -> str:
        return self.sent[-1][1]


def phone(text: str) -> Phone:
    """A number that is one."""
    found = parse_phone(text)
    assert found is not None, text
    return found


async def account(
    number: str, display_name: str = "罗春秀", password: str = PASSWORD, *, name: str = ""
) -> SamplePerson:
    """An account with phone and password."""
    stored = await passwords.hashed(password) if password else ""
    person_id = await accounts.add_person(phone(number), display_name, stored, name=name)
    rows = await db.read("SELECT key FROM core_person WHERE id = ?", person_id)
    return SamplePerson(id=person_id, key=rows[0]["key"], display_name=display_name)


@db.unit
async def give_real_name(person: SamplePerson, name: str) -> None:
    """Seal a real name into a person of the sample."""
    await db.write("UPDATE core_person SET name = ? WHERE id = ?", NAME.seal(name, person.key), person.id)


def visitor_from(site: LiveSite, address: str) -> Visitor:
    """Somebody new from another address of the internet."""
    visitor = site.visitor()
    transport = httpx2.ASGITransport(app=site.app, raise_app_exceptions=False, client=(address, 4711))
    visitor.client = httpx2.AsyncClient(transport=transport, base_url=site.settings.base_url, headers=BROWSER_HEADERS)
    return visitor


async def sign_in(visitor: Visitor, number: str, password: str = PASSWORD, *, wanted: str = "") -> Opened:
    """Fill in the sign-in page; the answer, not followed."""
    page = await visitor.open("/sign-in" + (f"?next={wanted}" if wanted else ""))
    return await page.form().fill(phone=number, password=password).send(follow=False)


@db.unit
async def forget_limits() -> None:
    """Start counting tries anew."""
    await db.write("DELETE FROM core_rate_count")
