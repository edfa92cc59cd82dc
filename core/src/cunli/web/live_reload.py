"""`cunli serve --reload`: what is changed in templates, static files and catalogues shows without a restart, and browsers reload.

A layer around the application that only that command puts there. Python and settings are watched by uvicorn, which
starts the process again; the browser sees by the stamp that it should look.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Iterable, Sequence
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from cunli.mistakes import OperatorMistake
from cunli.registry import GROUP
from cunli.web import themes
from cunli.web.headers import complete, policy
from cunli.web.themed import DEV_FILES

if TYPE_CHECKING:
    from cunli.settings import Settings
    from cunli.web.app import App

STAMP: Final = "/dev/stamp"
SCRIPT: Final = "/dev/reload.js"
SHOWN: Final = ("templates", "static", "locale")  # folders of a package that need no restart
_TAG: Final = f'<script src="{SCRIPT}" defer></script></head>'.encode()
_UNASKED: Final = frozenset({b"accept-encoding", b"if-none-match"})  # the page comes whole and anew, to be added to
_log = logging.getLogger("cunli.web")


def folders(settings: Settings) -> list[Path]:
    """The packages of the core, of the plugins in the settings and of the theme with its base. Nothing is imported."""
    named = {entry.name: entry.value for entry in entry_points(group=GROUP)}
    packages = ["cunli", *(named[name] for name in settings.plugins if name in named)]
    with contextlib.suppress(OperatorMistake):  # the site says what is wrong with the theme
        packages += [themes.installed()[theme.id] for theme in themes.chain(settings.theme)]
    specs = [find_spec(package.partition(":")[0].partition(".")[0]) for package in packages]
    found = [Path(place) for spec in specs if spec for place in spec.submodule_search_locations or ()]
    return list(dict.fromkeys(found))


class LiveReload:
    """The application with a stamp that changes when what it shows was changed, and a script in its pages that looks."""

    def __init__(self, app: App, watched: Sequence[Path]) -> None:
        self.app = app
        self.watched = watched
        self._boot = secrets.token_hex(4)
        self._times = 0

    @property
    def stamp(self) -> str:
        """Another one after each start and each change."""
        return f"{self._boot}.{self._times}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._watching(scope, receive, send)
        elif (own := self._own(scope)) is not None:
            await own(scope, receive, send)
        else:
            headers = [pair for pair in scope["headers"] if pair[0] not in _UNASKED]
            await self.app({**scope, "headers": headers}, receive, _Adding(send))

    def _own(self, scope: Scope) -> Response | None:
        if scope["type"] != "http" or scope["method"] != "GET":
            return None
        if scope["path"] == STAMP:
            response: Response = PlainTextResponse(self.stamp)
        elif scope["path"] == SCRIPT:
            text = (DEV_FILES / "reload.js").read_bytes()
            response = Response(text, media_type="text/javascript; charset=utf-8")
        else:
            return None
        response.headers["cache-control"] = "no-store"
        response.raw_headers = complete(response.raw_headers, secure=False, policy=policy())
        return response

    def changed(self, paths: Iterable[str]) -> None:
        """Show what these files say now. A file that cannot be read leaves everything as it was."""
        names = ", ".join(sorted(Path(path).name for path in paths))
        try:
            self.app.site.freshen()
        except (OSError, ValueError, KeyError, OperatorMistake) as exc:
            _log.error("%s changed and cannot be shown: %s: %s", names, type(exc).__name__, exc)
            return
        self._times += 1
        _log.info("%s changed and is shown", names)

    async def _watching(self, scope: Scope, receive: Receive, send: Send) -> None:
        over = asyncio.Event()
        task = asyncio.create_task(self._watch(over))
        try:
            await self.app(scope, receive, send)
        finally:
            over.set()
            await task

    async def _watch(self, over: asyncio.Event) -> None:
        from watchfiles import awatch

        async for changes in awatch(*self.watched, watch_filter=_is_shown, stop_event=over):
            self.changed(path for _, path in changes)


def _is_shown(_change: Any, path: str) -> bool:
    found = Path(path)
    return (
        found.suffix not in (".py", ".pyc")
        and not found.name.startswith(".")
        and not set(SHOWN).isdisjoint(found.parts)
    )


class _Adding:
    """Sends an answer on, with the script in the head of a page."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is not None and message["type"] == "http.response.body":
            body = message.get("body", b"").replace(b"</head>", _TAG, 1)
            await self._send({**self._start, "headers": _headers(self._start["headers"], len(body))})
            self._start = None
            await self._send({**message, "body": body})
        else:
            await self._send(message)


def _is_page(start: Message) -> bool:
    return any(name == b"content-type" and value.startswith(b"text/html") for name, value in start["headers"])


def _headers(headers: Iterable[tuple[bytes, bytes]], length: int) -> list[tuple[bytes, bytes]]:
    kept = [pair for pair in headers if pair[0] not in (b"content-length", b"cache-control", b"etag")]
    return [*kept, (b"content-length", str(length).encode()), (b"cache-control", b"no-store")]
