"""A site full of hostile words on a real port, in a thread of this process, so that a test can look at it from both sides.

What a test may do to its answers (take headers away, change a template) is done around the product; the product has no
switch for it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import jinja2
import uvicorn
from playwright.sync_api import Browser, BrowserContext
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cunli.feed.cards import forget_cards
from cunli.testing.templates import EmptyDatabases
from cunli.web import cookies, themed
from cunli.web.render import Templates

from ..permissions.roles import BY_ID
from ..permissions.world import Answer, World, world
from ..ports import free_port

T = TypeVar("T")
CAUGHT = "/caught/"


@dataclass
class Around:
    """Stands around the application: counts what hostile words ask for, renames headers or takes them away."""

    app: ASGIApp
    caught: list[str] = field(default_factory=list)
    renamed: dict[bytes, bytes] = field(default_factory=dict)  # to nothing: taken away
    kept: dict[str, Answer] = field(default_factory=dict)  # by path: an answer to be given again

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.startswith(CAUGHT):
            self.caught.append(f"{scope['method']} {path}")

        async def changed(message: Message) -> None:
            if message["type"] == "http.response.start":
                named = [(self.renamed.get(name, name), value) for name, value in message["headers"]]
                message["headers"] = [pair for pair in named if pair[0]]
            await send(message)

        await (self._again(self.kept[path]) if path in self.kept else self.app)(scope, receive, changed)

    @staticmethod
    def _again(answer: Answer) -> ASGIApp:
        headers = {name: text for name, text in answer.headers.items() if name not in ("set-cookie", "content-length")}
        return Response(answer.body, answer.status, headers)


@dataclass
class Stage:
    """The site, its people, and the way into the thread where it runs."""

    url: str
    world: World
    around: Around
    loop: asyncio.AbstractEventLoop

    def run(self, work: Awaitable[T]) -> T:
        """Do this in the thread of the site, and wait for it."""

        async def done() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(done(), self.loop).result(120)

    @contextmanager
    def people(self, browser: Browser, *names: str) -> Iterator[dict[str, BrowserContext]]:
        """A browser context for each of these roles, signed in."""
        made = {}
        for name in names:
            made[name] = browser.new_context(base_url=self.url, viewport={"width": 390, "height": 844}, locale="zh-CN")
            made[name].set_default_timeout(60_000)
            if token := self.world.tokens.get(BY_ID[name].id):
                session = cookies.name(self.world.site.settings, cookies.SESSION)
                made[name].add_cookies([{"name": session, "value": token, "url": self.url}])
        try:
            yield made
        finally:
            for context in made.values():
                context.close()

    @contextmanager
    def headers(self, **renamed: str) -> Iterator[None]:
        """Answers with these headers under another name; under none they are taken away."""
        self.around.renamed = {a.replace("_", "-").encode(): b.replace("_", "-").encode() for a, b in renamed.items()}
        try:
            yield
        finally:
            self.around.renamed = {}

    @contextmanager
    def theme(self, template: str, *changes: tuple[str, str]) -> Iterator[None]:
        """A theme that overrides one template: the same, but for these changes."""
        site = self.world.site.app.site
        honest, loaders = site.templates, themed.loaders(site.default.chain, site.registry)
        text = jinja2.ChoiceLoader(loaders).get_source(jinja2.Environment(autoescape=True), template)[0]
        for before, after in changes:
            assert before in text, f"{template} no longer has {before!r}: plant the control elsewhere"
            text = text.replace(before, after)
        planted = [jinja2.DictLoader({template: text}), *loaders]
        site.default.templates = Templates(planted, site.static, themed.facts(site.default.chain))
        self.run(_forget())
        try:
            yield
        finally:
            site.default.templates = honest
            self.run(_forget())


async def _forget() -> None:
    forget_cards()


@contextmanager
def stage(folder: Path, prepare: Callable[[World], Awaitable[Any]]) -> Iterator[Stage]:
    """Serve the world of the permission tests on SQLite, after `prepare` has done something to it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    stack = AsyncExitStack()
    try:
        yield asyncio.run_coroutine_threadsafe(_served(stack, folder, prepare), loop).result(120)
    finally:
        asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(120)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()


async def _served(stack: AsyncExitStack, folder: Path, prepare: Callable[[World], Awaitable[Any]]) -> Stage:
    databases = EmptyDatabases(folder)
    stack.push_async_callback(databases.close)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    url = await databases.fresh("sqlite", folder)
    made = await stack.enter_async_context(world(url, folder, base_url=address))
    await prepare(made)
    around = Around(made.site.app)
    server = uvicorn.Server(
        uvicorn.Config(around, port=port, log_level="warning", lifespan="off", timeout_graceful_shutdown=2)
    )
    running = asyncio.create_task(server.serve())
    stack.push_async_callback(_end, server, running)
    while not server.started:
        await asyncio.sleep(0.02)
    return Stage(url=address, world=made, around=around, loop=asyncio.get_running_loop())


async def _end(server: uvicorn.Server, running: asyncio.Task[None]) -> None:
    server.should_exit = True
    await running
