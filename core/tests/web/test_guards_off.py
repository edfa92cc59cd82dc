"""What the guards of this room are worth: each is switched off once, and what it guards against is seen (AZ-1, SC-2)."""

from __future__ import annotations

import re
import traceback

import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cunli.places import villages
from cunli.testing.live import LiveSite
from cunli.testing.raw import raw
from cunli.testing.visitor import Opened
from cunli.web import forms
from cunli.web.app import UnguardedRoute, seal
from cunli.web.door import Door

INSIDES = ("Traceback", "CANARY", "RuntimeError", ".py", "site-packages", "SELECT", "starlette", "uvicorn", "cunli.")


def inside_of(page: Opened) -> list[str]:
    """What an answer tells of the program behind it."""
    told = page.html + "".join(f"{name}: {text}\n" for name, text in page.headers.items() if name != "set-cookie")
    return [word for word in INSIDES if word in told]


async def failures(odd: LiveSite) -> list[Opened]:
    visitor = odd.visitor()
    broken = {"content-type": "application/json"}
    return [
        await visitor.open("/odd/boom"),
        await visitor.open("/nothing/here"),
        await visitor.open("/v/heping/p/no"),
        await visitor.post("/odd/echo", headers=broken),
        await visitor.post("/odd/full"),
        await visitor.open("/odd/busy"),
    ]


async def test_no_failure_tells_what_the_program_is_made_of(odd: LiveSite) -> None:
    pages = await failures(odd)
    assert [page.status for page in pages] == [500, 404, 404, 400, 507, 503]
    assert [inside_of(page) for page in pages] == [[]] * 6


async def test_a_debugging_door_would_tell(odd: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    async def tells(self: Door, scope: object, exc: Exception) -> Response:
        return PlainTextResponse("".join(traceback.format_exception(exc)), 500)

    monkeypatch.setattr(Door, "_failed", tells)
    assert {"Traceback", "CANARY", "RuntimeError", ".py"} <= set(inside_of((await failures(odd))[0]))


async def test_without_the_seal_a_forgotten_route_would_answer(odd: LiveSite) -> None:
    stray = Route("/stray", lambda request: PlainTextResponse("for anybody"))
    odd.app.router.routes.append(stray)
    assert (await odd.visitor().open("/stray")).html == "for anybody"
    with pytest.raises(UnguardedRoute, match="/stray"):
        seal(odd.app.router)
    odd.app.router.routes.remove(stray)


ADDRESSED = ((b"host", b"127.0.0.1:8000"),)


async def test_without_the_door_doubtful_headers_and_addresses_would_come_in(
    odd: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LD-5 and LD-6: what the door refuses would be answered, or be a failure inside."""
    huge = [*ADDRESSED, (b"x", b"a" * 200_000)]
    assert [(await raw(odd.app, headers=huge))[0], (await raw(odd.app, "/v/\ud800/"))[0]] == [431, 400]
    monkeypatch.setattr(Door, "_doubt", lambda self, scope: None)
    monkeypatch.setattr(villages, "_ADDRESS", re.compile(".*"))
    assert [(await raw(odd.app, headers=huge))[0], (await raw(odd.app, "/v/\ud800/"))[0]] == [200, 500]


async def test_without_cleaning_control_characters_would_be_kept(
    odd: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LD-4."""
    hostile, shown = {"words": "水\x07渠\u202e"}, []
    for _ in range(2):
        shown.append((await odd.visitor().post("/odd/echo", hostile)).html)
        monkeypatch.setattr(forms, "clean", lambda text, *_, **__: text)
    assert ["\x07" in html or "\u202e" in html for html in shown] == [False, True]
