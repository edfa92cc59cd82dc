"""A site with a few pages that misbehave, for testing the door and the gate around them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from starlette.responses import PlainTextResponse, Response

from cunli import db
from cunli.testing.live import LiveSite, settings_for
from cunli.testing.templates import EmptyDatabases
from cunli.web.app import App
from cunli.web.errors import Refused, TooMany
from cunli.web.pages import EVERYONE, MEMBER, SIGNED_IN, Page
from cunli.web.site import Site
from cunli.web.visit import Visit


async def boom(visit: Visit) -> Response:
    raise RuntimeError("CANARY-inside 13812345678")


async def busy(visit: Visit) -> Response:
    raise db.Busy("pool")


async def full(visit: Visit) -> Response:
    raise OSError(28, "No space left on device")


async def often(visit: Visit) -> Response:
    raise TooMany(90)


async def teapot(visit: Visit) -> Response:
    raise Refused(int(visit.path_params["status"]), "标题", "说明")


async def echo(visit: Visit) -> Response:
    form = await visit.form()
    words = form.text("words", "words", max_length=500, multiline=True)
    return PlainTextResponse(words if form else str(form.errors["words"]), 200 if form else 422)


async def say_hello(visit: Visit) -> Response:
    return PlainTextResponse(visit.person.display_name if visit.person else "nobody")


ODD = (
    Page(path="/odd/boom", view=boom, to=EVERYONE, scope="county"),
    Page(path="/odd/busy", view=busy, to=EVERYONE, scope="county"),
    Page(path="/odd/full", view=full, to=EVERYONE, scope="county", methods=("POST",)),
    Page(path="/odd/often", view=often, to=EVERYONE, scope="county"),
    Page(path="/odd/status/{status}", view=teapot, to=EVERYONE, scope="county"),
    Page(path="/odd/echo", view=echo, to=EVERYONE, scope="county", methods=("POST",)),
    Page(path="/odd/signed-in", view=say_hello, to=SIGNED_IN, scope="county", methods=("GET", "POST")),
    Page(path="/odd/member", view=say_hello, to=MEMBER),
    Page(path="/odd/admin", view=say_hello, to="core.member.review"),
    Page(path="/odd/nobody", view=say_hello, to="core.capability.of.nobody"),
)


@pytest_asyncio.fixture(loop_scope="session")
async def odd(
    empty_databases: EmptyDatabases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[LiveSite]:
    """The sample county on SQLite, with the odd pages beside the real ones."""
    from cunli.testing.live import live_site
    from cunli.web import app as app_module

    def with_odd_pages(settings):  # type: ignore[no-untyped-def]
        built = Site(settings)
        built.pages += [(None, page) for page in ODD]
        return App(built)

    monkeypatch.setattr(app_module, "create_app", with_odd_pages)
    url = await empty_databases.fresh("sqlite", tmp_path)
    async with live_site(settings_for(url, tmp_path)) as live:
        yield live
