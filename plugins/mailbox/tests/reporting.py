"""What people of the tests do with sealed reports, and what an attacker would look at."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest
from doing import V

from cunli.testing.live import LiveSite
from cunli.testing.photos import photo_file
from cunli.testing.rows import Rows
from cunli.testing.visitor import Opened, Visitor
from cunli_mailbox import reports

SECRET = "低保冒领三万六"
IDLE = ("core_schedule", "core_event", "core_job")
QUIET = f"{V}/mailbox/report"


async def changed(before: Rows) -> dict[str, Any]:
    """Which rows are new since, but for what the clock of the site writes by itself."""
    return {table: change for table, change in (await before.changes(but=IDLE)).items() if change.new}


async def office(site: LiveSite, *more: Any) -> Visitor:
    """Somebody of the discipline office, who has nothing to do with the village."""
    officer = await site.stranger("纪检老周")
    await site.department("jiwei", "县纪委监委", officer, *more)
    return await site.sign_in(officer)


async def report(who: Visitor, *, photo: bool = False, **fields: str) -> Opened:
    form = (await who.open(QUIET)).form("form[action$='/mailbox/report']")
    form.fill(**{"who": "某某", "title": SECRET, "body": "八月份的事", **fields})
    return await (form.attach("photos", photo_file()) if photo else form).send()


def code_on(page: Opened) -> str:
    return "".join(page.words(".p-mailbox-code")[0].split())


async def gather(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if all the runs of the clock were over that it takes for every slip."""
    monkeypatch.setattr(reports, "CHANCE", 1.1)
    await site.run_task("mailbox.gather")


async def follow(who: Visitor, code: str) -> Opened:
    return await (await who.open(f"{QUIET}/follow")).form("form[action$='/follow']").fill(code=code).send()


async def first_report(officer: Visitor) -> Opened:
    listed = await officer.open("/mailbox/reports")
    return await officer.open(str(listed.all(".list a")[0].get("href")))


@contextmanager
def guard_off(site: LiveSite) -> Iterator[None]:
    """The planted control: the pages of reports as pages like all others."""
    own = [page for plugin, page in site.app.site.pages if plugin == "mailbox" and page.traceless]
    try:
        for page in own:
            object.__setattr__(page, "traceless", False)
        yield
    finally:
        for page in own:
            object.__setattr__(page, "traceless", True)


async def stored(site: LiveSite, table: str, column: str) -> list[str]:
    """A column in the order in which the rows lie on the disk, as a copy of the database tells it."""
    url = site.settings.database_url
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///"), timeout=60) as copy:
            return [row[0] for row in copy.execute(f"SELECT {column} FROM {table} ORDER BY rowid")]
    connection = await asyncpg.connect(url.split("?")[0])
    try:
        return [row[0] for row in await connection.fetch(f"SELECT {column} FROM {table} ORDER BY ctid")]
    finally:
        await connection.close()
