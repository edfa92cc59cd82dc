"""What people of the tests do with letters, through the pages."""

from __future__ import annotations

from typing import Any

from cunli import unit
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor
from cunli_mailbox.models import Letter

V = "/v/heping"


async def write(who: Visitor, title: str = "三组路口的路灯坏了", **fields: Any) -> Opened:
    """Write a letter as people do: through the form. Gives the page of the letter."""
    page = await who.open(f"{V}/mailbox/write")
    filled = {"kind": "help", "title": title, "body": "晚上看不见路", **fields}
    return await page.form("form[action$='/mailbox/write']").fill(**filled).send()


async def do(who: Visitor, letter: Opened, move: str, **fields: Any) -> Opened:
    page = await who.open(f"{letter.url}/do/{move}")
    assert page.status == 200, (move, page.status)
    return await page.form(f"form[action$='/do/{move}']").fill(**fields).send()


def moves(page: Opened) -> set[str]:
    """What the page of a letter offers to do."""
    offered = [link.get("href") for link in page.all("a[href*='/do/']")]
    asked = [form.get("action") for form in page.all("form[action*='/do/']")]
    return {str(address).rsplit("/", 1)[-1] for address in [*offered, *asked]}


async def answered(
    site: LiveSite, writer: Visitor, secretary: Visitor, title: str = "水管漏了", **fields: Any
) -> Opened:
    """A letter that was answered."""
    letter = await write(writer, title, **fields)
    await do(secretary, letter, "triage", track="help", urgency="general")
    await do(secretary, letter, "reply", words="修好了", outcome="support")
    return letter


@unit
async def put(title: str, **columns: Any) -> None:
    """The row as it would stand after some days."""
    assert await Letter.filter(title=title).update(**columns)
