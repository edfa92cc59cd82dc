"""Every route, asked as no browser asks: no failure, nothing of the inside told, and nothing written by what was refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import urlsplit

import pytest

from cunli.web import forms

from .asks import ASKS
from .matrix import BESIDES
from .odd import FIELDS, HEADERS, TYPES, WORDS, Odd, answered, requests_of
from .roles import BY_ID
from .world import World

SOMEBODY: Final = ("author", "county_admin", "anonymous")
INSIDES: Final = ("Traceback", "site-packages", "SELECT ", 'File "', "cunli.web", "IntegrityError", "DataError")
STREAMS: Final = {"GET /live", "GET /v/{village}/live"}  # an answer without an end; core/tests/live asks them
KEPT: Final = {"core_draft", "core_form_draft"}  # what was typed into a form that comes back is not lost
LEAST: Final = 1500  # requests, or the walk was none


async def walk(world: World, turns: range, only: str = "") -> AsyncIterator[tuple[str, Odd, int, str]]:
    """Ask everything; what was changed is put back each time. Yields the route, what was sent, the status and what is wrong with it."""
    for number, (route, variants) in enumerate(ASKS.items()):
        if route in STREAMS or not route.startswith(only):
            continue
        for turn in turns:
            make = list(variants.values())[turn % len(variants)]
            for step, odd in enumerate(requests_of(route, make(world, BY_ID["author"]), number + turn)):
                role = BY_ID[SOMEBODY[(number + turn + step) % len(SOMEBODY)]]
                status, body = await answered(world, role, odd)
                told = [word for word in INSIDES if word in body]
                wrong = [f"{status}"] * (status >= 500) + told
                if await world.rows.touched():
                    changed = sorted(set(await world.rows.changes(but=BESIDES)) - KEPT)
                    wrong += [f"{status} and {changed}"] if changed and _must_not_write(odd, status) else []
                    await world.put_back()
                yield route, odd, status, ", ".join(wrong)


def _must_not_write(odd: Odd, status: int) -> bool:
    """What is refused writes nothing, nor does what only reads. A form that is looked at and comes back (422) is refused too."""
    return status >= 400 or odd.method in ("HEAD", "GET")


async def test_no_odd_request_fails_tells_or_writes_what_it_should_not(lived_in: World) -> None:
    wrong, asked, statuses = list[str](), 0, set[int]()
    async for route, odd, status, what in walk(lived_in, range(1)):
        asked += 1
        statuses.add(status)
        wrong += [f"{route}: {odd.what}: {what}"] if what else []
    assert "\n".join(wrong) == ""
    assert asked > LEAST
    assert statuses >= {200, 303, 400, 403, 404, 405, 422}
    assert len(ASKS) > max(map(len, (WORDS, FIELDS, HEADERS, TYPES))), "each list is walked round at least once"


async def test_an_address_that_is_read_without_care_is_seen(
    lived_in_sqlite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cunli.web.visit.referring_path", lambda referer: urlsplit(referer).path)
    every_header = range(len(HEADERS) // 2 + 1)  # two for each turn
    found = [(odd.what, wrong) async for _, odd, _, wrong in walk(lived_in_sqlite, every_header, "POST /me/away")]
    assert {wrong for what, wrong in found if what.startswith("referer")} >= {"500"}
    assert {wrong for what, wrong in found if not what.startswith("referer")} == {""}


async def test_text_that_cannot_be_stored_is_seen_where_it_is_let_in(
    lived_in_sqlite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    for let_in in (forms._storable, lambda fields: fields):
        monkeypatch.setattr(forms, "_storable", let_in)
        found = [
            (odd.what, wrong)
            async for _, odd, _, wrong in walk(lived_in_sqlite, range(3), "POST /v/{village}/new")
            if wrong
        ]
        seen.append({what for what, wrong in found if wrong == "500"})
    assert seen == [set(), {"halves of letters"}]
