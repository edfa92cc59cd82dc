"""Answers kept at the door: for visitors without a cookie alone, never one that belongs to somebody."""

from __future__ import annotations

import time
from typing import Any

import pytest

from cunli.web import kept as module
from cunli.web.kept import Kept, key_of, offer

HEADERS = ((b"host", b"village.example"), (b"accept-language", b"zh-CN"), (b"accept-encoding", b"gzip, br"))


def asked(*more: tuple[bytes, bytes], method: str = "GET", path: str = "/v/heping/") -> dict[str, Any]:
    return {"method": method, "path": path, "query_string": b"", "headers": [*HEADERS, *more]}


def answer(*more: tuple[bytes, bytes]) -> tuple[dict[str, Any], dict[str, Any]]:
    start = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html"), *more]}
    return start, {"type": "http.response.body", "body": b"page"}


async def sent_for(kept: Kept, scope: dict[str, Any]) -> list[Any]:
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    key = key_of(scope)
    if key is not None:
        await kept.answered(key, send)
    return messages


def kept_for(scope: dict[str, Any], until: float, *headers: tuple[bytes, bytes]) -> Kept:
    kept, key = Kept(), key_of(scope)
    assert key is not None
    offer(scope, until)
    kept.keep(key, scope, *answer(*headers))
    return kept


async def test_what_is_offered_is_answered_to_the_same_question_until_its_time() -> None:
    kept = kept_for(asked(), time.monotonic() + 3600)
    assert [m["type"] for m in await sent_for(kept, asked())] == ["http.response.start", "http.response.body"]
    assert await sent_for(kept_for(asked(), time.monotonic() - 0.001), asked()) == []
    kept.clear()
    assert await sent_for(kept, asked()) == []


@pytest.mark.parametrize(
    "other",
    [
        asked((b"cookie", b"cunli_session=x")),
        asked((b"cookie", b"cunli_look=.elder..")),
        asked((b"if-none-match", b'W/"x"')),
        asked((b"hx-request", b"true")),
        asked((b"range", b"bytes=0-1")),
        asked((b"authorization", b"x")),
        asked(method="POST"),
        asked(method="HEAD"),
        asked(path="/v/shangba/"),
        asked() | {"query_string": b"tab=village"},
        asked() | {"headers": [(b"accept-language", b"en"), (b"accept-encoding", b"gzip")]},
        asked() | {"headers": [(b"accept-language", b"zh-CN"), (b"accept-encoding", b"identity")]},
    ],
    ids=lambda scope: f"{scope['method']} {scope['path']}{scope['query_string'].decode()} {scope['headers'][-1]}",
)
async def test_another_question_and_one_persons_own_are_not_answered_from_it(other: dict[str, Any]) -> None:
    kept = kept_for(asked(), time.monotonic() + 3600)
    assert await sent_for(kept, other) == []


async def test_an_answer_that_sets_a_cookie_or_was_not_offered_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    later = time.monotonic() + 3600
    assert await sent_for(kept_for(asked(), later, (b"set-cookie", b"cunli_visitor=x")), asked()) == []
    key, plain = key_of(asked()), Kept()
    assert key is not None
    plain.keep(key, asked(), *answer())
    assert await sent_for(plain, asked()) == []
    start, body = answer()
    offered = asked()
    offer(offered, later)
    plain.keep(key, offered, start, {**body, "more_body": True})
    assert await sent_for(plain, asked()) == []
    # the control: were cookies not a reason to stay away, somebody would get another's page
    monkeypatch.setattr(module, "_PERSONAL", frozenset())
    assert await sent_for(kept_for(asked(), later), asked((b"cookie", b"cunli_session=x"))) != []


async def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    kept = Kept()
    for n in range(10):
        scope = asked(path=f"/v/cun{n}/")
        offer(scope, time.monotonic() + 3600)
        key = key_of(scope)
        assert key is not None
        kept.keep(key, scope, *answer())
        assert len(kept._answers) <= 3


async def test_one_visitor_draws_a_page_anew_while_the_others_get_the_old_one_for_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment = 1000.0
    monkeypatch.setattr(module, "monotonic", lambda: moment)
    kept = kept_for(asked(), 1003.0)
    moment = 1003.1
    assert await sent_for(kept, asked()) == []  # this one draws it
    assert [await sent_for(kept, asked()) != [] for _ in range(5)] == [True] * 5
    moment = 1003.0 + module.RENEWAL  # whoever was to draw it has failed: nobody gets the old page any more
    assert [await sent_for(kept, asked()) for _ in range(3)] == [[], [], []]


@pytest.mark.parametrize("name", [b"accept-language", b"accept-encoding"])
def test_a_header_that_is_said_twice_keeps_an_answer_away_from_others(name: bytes) -> None:
    """The page heeds one of them, and whoever sent the other would get it: nothing is kept of such a request."""
    assert key_of(asked()) is not None
    assert key_of(asked((name, b"en"))) is None
