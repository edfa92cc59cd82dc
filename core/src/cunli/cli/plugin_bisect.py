"""`cunli plugin bisect`: which plugin breaks a page, found by asking for it with fewer and fewer of them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

import click

from cunli.cli import run
from cunli.cli.context import database, fail, load_settings
from cunli.cli.phones import person_with, phone_in
from cunli.people import sessions
from cunli.people.queries import session_by_token
from cunli.registry import Registry
from cunli.settings import Settings
from cunli.web import cookies
from cunli.web.app import App
from cunli.web.site import Site

Broken = Callable[[Sequence[str]], Awaitable[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """What is asked for, and as whom. `cookie` is empty for somebody who has not signed in."""

    path: str
    query: str
    cookie: str = ""


@click.command()
@click.argument("path", metavar="PATH")
@click.option("--as", "phone", default="", metavar="PHONE", help="Ask as the person with this number.")
def bisect(path: str, phone: str) -> None:
    """Find the plugin that breaks the page at PATH, such as /v/heping/.

    The page is asked for in this process with all plugins of the settings, with none, and then with fewer and fewer:
    a page is broken when it answers with an error, or when a plugin fails on it. Nothing is changed; with --as a
    session is opened and ended again. Exits 1 when the page is broken, whoever is to blame.
    """
    run(_bisect(path, phone))


async def _bisect(path: str, phone: str) -> None:
    settings = load_settings().model_copy(update={"jobs": "worker", "safe": False})
    if not path.startswith("/"):
        fail(f"“{path}” is not a path of the site: it begins with “/”")
    logging.getLogger("cunli").setLevel(logging.CRITICAL)  # what fails here is told below
    parts = urlsplit(path)
    visitor = Visitor(path=unquote(parts.path), query=parts.query)
    async with database(settings) as site:
        needs = {name: plugin.manifest.requires for name, plugin in site.registry.plugins.items()}
        person = await person_with(phone_in(phone)) if phone else 0
        token = await sessions.open_session(person, device="cunli plugin bisect") if person else ""
    if token:
        visitor = replace(visitor, cookie=f"{cookies.name(settings, cookies.SESSION)}={token}")
    try:
        culprits = await _found(settings, visitor, needs)
    finally:
        if token:
            async with database(settings):
                opened = await session_by_token(token)
                if opened is not None:
                    await sessions.end_session(opened.id, person)
    if culprits is not None:
        together = " together" if len(culprits) > 1 else ""
        click.echo(
            f"{' and '.join(culprits)} break{'' if together else 's'} it{together}. What is wrong: cunli plugin doctor,"
        )
        click.echo("and the plugin's page of the console. Until it is mended, switch it off: cunli plugin disable")
        raise SystemExit(1)


async def _found(settings: Settings, visitor: Visitor, needs: Mapping[str, tuple[str, ...]]) -> list[str] | None:
    async def broken(names: Sequence[str]) -> bool:
        with_needs = [name for name in needs if name in _closed(names, needs)]
        said = await _asked(settings, visitor, with_needs)
        click.echo(
            f"{'broken' if said else 'well  '}  with {', '.join(with_needs) or 'no plugin'}{said and f': {said}'}"
        )
        return bool(said)

    running = list(needs)
    if not await broken(running):
        click.echo("nothing breaks this page")
        return None
    if await broken([]):
        click.echo(
            "it is broken without any plugin: the core is to blame, or the settings. See `cunli doctor` and the log"
        )
        raise SystemExit(1)
    return await smallest(running, broken)


def _closed(names: Iterable[str], needs: Mapping[str, tuple[str, ...]]) -> set[str]:
    """These plugins and all that they require."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            waiting += needs.get(name, ())
    return found


async def smallest(names: Sequence[str], broken: Broken) -> list[str]:
    """A part of `names` that still breaks, of which none can be spared. `broken(names)` must hold."""
    kept, size = list(names), max(1, len(names) // 2)
    while True:
        for start in range(0, len(kept), size):
            fewer = kept[:start] + kept[start + size :]
            if fewer and len(fewer) < len(kept) and await broken(fewer):
                kept = fewer
                break
        else:
            if size == 1:
                return kept
            size = max(1, size // 2)
            continue
        size = min(size, max(1, len(kept) // 2))


async def _asked(settings: Settings, visitor: Visitor, names: Iterable[str]) -> str:
    """What is wrong with the page when only these plugins run; empty when nothing is."""
    registry = Registry.load(tuple(names))
    site = Site(settings.model_copy(update={"plugins": tuple(names)}), registry)
    app = App(site)
    async with app.running():
        status = await _status(app, visitor)
    failed = [f"{found.id} {found.plugin}" for found in registry.dispatch.health.problems()]
    return ", ".join([*([f"status {status}"] if status >= 500 else []), *dict.fromkeys(failed)])


async def _status(app: App, visitor: Visitor) -> int:
    host = urlsplit(app.site.settings.base_url).netloc.encode()
    headers = [(b"host", host), (b"accept", b"text/html")]
    if visitor.cookie:
        headers.append((b"cookie", visitor.cookie.encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": visitor.path,
        "raw_path": visitor.path.encode(),
        "query_string": visitor.query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 80),
    }
    status = 0

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: object) -> None:
        nonlocal status
        if isinstance(message, dict) and message["type"] == "http.response.start":
            status = message["status"]

    await app(scope, receive, send)
    return status
