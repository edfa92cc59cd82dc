"""Forms that come from elsewhere: refused on every route that writes, and nothing is written (CS-1)."""

from __future__ import annotations

import pytest

from cunli.web import gate
from cunli.web.tokens import Signer

from .asks import ASKS, Ask
from .matrix import BESIDES, rows_of
from .roles import BY_ID, Role
from .table import expected
from .world import World

FOREIGN: dict[str, dict[str, str | None]] = {
    "another site": {"sec_fetch_site": "cross-site"},
    "a sister host": {"sec_fetch_site": "same-site"},
    "another site, old browser": {"sec_fetch_site": None, "origin": "https://evil.example"},
    "a sandboxed frame": {"sec_fetch_site": None, "origin": "null"},
    "another port": {"sec_fetch_site": None, "origin": "http://127.0.0.1:8001"},
    "another site that names ours": {"sec_fetch_site": "cross-site", "origin": "http://127.0.0.1:8000"},
    "nowhere, without the form's token": {"sec_fetch_site": None},
}
UNSAFE = [(row, route, variant) for row, route, variant in rows_of() if route.startswith("POST ")]


def somebody_who_may(row: str) -> Role:
    """Whoever writes something with this request; then whoever is at least let in."""
    table = expected()
    of_row = {role: outcome for (request, role), outcome in table.items() if request == row}
    return BY_ID[min(of_row, key=lambda role: (not of_row[role].endswith("+"), _distance(of_row[role])))]


def _distance(outcome: str) -> int:
    return {"401": 3, "403": 2}.get(outcome, 1 if outcome >= "4" else 0)


async def crossed(world: World, ask: Ask, role: Role, headers: dict[str, str | None]) -> str:
    """How a foreign request was received, when it was not as it should be."""
    answer = await world.send(role, "POST", ask, **headers)
    changes = await world.rows.changes(but=BESIDES)
    await world.put_back()
    return "" if answer.status == 403 and not changes else f"{answer.status} {sorted(changes)}"


async def test_a_form_that_comes_from_elsewhere_does_nothing(lived_in: World) -> None:
    assert len({route for _, route, _ in UNSAFE}) > 35
    wrong = []
    for row, route, variant in UNSAFE:
        role = somebody_who_may(row)
        ask = ASKS[route][variant](lived_in, role)
        for place, headers in FOREIGN.items():
            if problem := await crossed(lived_in, ask, role, headers):
                wrong.append(f"{row} from {place}: {problem}")
    assert wrong == []


async def test_an_old_browser_may_send_our_form_but_not_one_made_for_somebody_else(lived_in: World) -> None:
    """Neither Sec-Fetch-Site nor Origin: the form's token speaks, and it belongs to one session."""
    from cunli.people.sessions import token_hash

    signer = Signer(lived_in.site.settings)
    verified, author = BY_ID["verified"], BY_ID["author"]
    mine = signer.form_token(token_hash(lived_in.tokens["verified"]))
    theirs = signer.form_token(token_hash(lived_in.tokens["author"]))
    ask = ASKS["POST /me"][""](lived_in, verified)
    for role, token, status in ((verified, mine, 303), (verified, theirs, 403), (author, mine, 403)):
        sent = Ask(path=ask.path, fields={**ask.fields, "_form": token})
        assert (await lived_in.send(role, "POST", sent, sec_fetch_site=None)).status == status
    for broken in (mine[:-1], f"{mine}x", mine.replace(".", "", 1), "", "a.b.c", "é.1.2"):
        sent = Ask(path=ask.path, fields={**ask.fields, "_form": broken})
        assert (await lived_in.send(verified, "POST", sent, sec_fetch_site=None)).status == 403


async def test_without_the_check_a_foreign_form_would_be_carried_out(
    lived_in_sqlite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "provenance", lambda headers, host: "ours")
    verified = BY_ID["verified"]
    ask = ASKS["POST /me"][""](lived_in_sqlite, verified)
    assert await crossed(lived_in_sqlite, ask, verified, FOREIGN["another site"]) == "303 ['core_person']"
