"""What the tests do again and again, as people do it: through pages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from lodging import T

from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor
from cunli_tourism import moments

PAPERS = ("business", "hygiene", "special", "food")


async def opened_place(site: LiveSite, host: Visitor, official: Visitor, **more: Any) -> str:
    """A host writes a place, its papers and one room; the village opens it. The address of its page."""
    page = await host.open(f"{T}/host/new")
    fields = {"name": "田家老屋", "called": "田大姐", "phone": "13812345678", "address": "二组油榨坊", **more}
    desk = await page.form("form[action$='/host/new']").fill(**fields).send()
    assert desk.status == 200, desk.words(".f__err")
    key = desk.url.rsplit("/", 1)[-1]
    ends = (moments.today() + timedelta(days=700)).isoformat()
    given = {f"number-{one}": "92433" for one in PAPERS} | {f"until-{one}": ends for one in PAPERS}
    await desk.form("form[action$='/papers']").fill(**given).send()
    await add_offer(host, key)
    office = await official.open(f"{T}/office")
    await office.form(f"form[action$='/places/{key}/judge']").send(button=("do", "open"))
    return f"{T}/places/{key}"


async def add_offer(host: Visitor, key: str, **more: Any) -> Opened:
    page = await host.open(f"{T}/host/{key}/offers")
    fields = {"kind": "room", "name": "梯田大床房", "count": "2", "holds": "2", "fen": "168", **more}
    done = await page.form("form[action$='/offers']").fill(**fields).send()
    assert done.status == 200, done.words(".f__err")
    return done


def day(ahead: int) -> date:
    return moments.today() + timedelta(days=ahead)


async def book(guest: Visitor, place: str, *, first: int = 10, nights: int = 2, **more: Any) -> Opened:
    """Book as a guest does, from the quote on. What comes back is the page of the booking, or the form again."""
    asked = f"in={day(first)}&out={day(first + nights)}&people={more.pop('people', 2)}"
    page = await guest.open(f"{place}/book?{asked}")
    form = page.form("form[action*='/book?']")
    return await form.fill(name="许先生", phone="13900000000", **more).send()


async def do(who: Visitor, address: str, move: str, **fields: Any) -> Opened:
    page = await who.open(address)
    return await page.form(f"form[action$='/do/{move}']").fill(**fields).send()
