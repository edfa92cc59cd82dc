"""The router that looks addresses up answers exactly as the one that tries them all."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from cunli.testing.live import LiveSite
from cunli.web.switchboard import Switchboard

PATTERNS = (
    "/",
    "/static/{hash}/{path:path}",
    "/v/{village}/",
    "/v/{village}/new",
    "/v/{village}/p/{key}",
    "/v/{village}/p/{key}/edit",
    "/v/{village}/{plugin}/desk",
    "/v/{village}/{kind}",
    "/find",
    "/find/{code}",
    "/{page}",
    "/{page}/x/{rest:path}",
)


def named(pattern: str) -> Route:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse(f"{pattern} {sorted(scope['path_params'].items())}")(scope, receive, send)

    class Endpoint:
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await answer(scope, receive, send)

    return Route(pattern, Endpoint(), methods=None)


ROUTES = [named(pattern) for pattern in PATTERNS]
TRIES, LOOKS_UP = Router(routes=ROUTES), Switchboard(ROUTES)
SEGMENTS = ("", "v", "cun1", "p", "new", "desk", "edit", "static", "find", "x", "k1")


async def asked(router: Router, path: str) -> tuple[int, bytes, Any]:
    seen: dict[str, Any] = {"body": b""}

    async def send(message: Any) -> None:
        seen.update({k: v for k, v in message.items() if k in ("status", "headers")})
        seen["body"] += message.get("body", b"")

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": [(b"host", b"x")]}
    scope |= {"scheme": "http", "server": ("x", 80), "root_path": ""}
    await router(scope, receive, send)
    return seen["status"], seen["body"], seen["headers"]


@given(st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=6))
async def test_both_routers_give_the_same_answer(segments: list[str]) -> None:
    path = "/" + "/".join(segments)
    assert await asked(LOOKS_UP, path) == await asked(TRIES, path)


async def test_every_short_address_is_answered_alike() -> None:
    for segments in product(SEGMENTS, repeat=3):
        path = "/" + "/".join(segments)
        assert await asked(LOOKS_UP, path) == await asked(TRIES, path), path


async def test_the_table_really_answers(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with the slow way blocked, pages still come, and only what no route has needs it."""

    async def blocked(*_: object) -> None:
        raise AssertionError("tried one after the other")

    visitor = site.visitor()
    monkeypatch.setattr(Router, "app", blocked)
    assert (await visitor.open("/v/heping/")).status == 200
    assert (await visitor.open("/find")).status == 200
    assert (await visitor.open("/nothing-here")).status == 500
