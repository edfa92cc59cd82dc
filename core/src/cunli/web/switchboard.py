"""A router that looks an address up instead of trying one route after the other: seventy tries cost more than many a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.routing import Match, Route, Router
from starlette.types import Receive, Scope, Send

Key = tuple[int, str, str]  # how many segments, the first, the third: `/v/{village}/notices` is (3, "v", "notices")


class Switchboard(Router):
    """Starlette's router, asked only when the address is not one of a route's shape (which is a 404 or a missing slash)."""

    def __init__(self, routes: Sequence[Route], **more: Any) -> None:
        super().__init__(routes=routes, **more)
        shapes = [(route, _segments(route.path)) for route in routes]
        keys = {_key(segments) for _route, segments in shapes}
        self._table = {key: [route for route, segments in shapes if _may_be(segments, key)] for key in keys}

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request to the first route that takes the whole address, in the order they were declared."""
        if scope["type"] == "http":
            for route in self._table.get(_key(scope["path"].split("/")[1:]), ()):
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope["router"] = self
                    scope.update(found)
                    await route.handle(scope, receive, send)
                    return
        await super().app(scope, receive, send)


def _segments(path: str) -> list[str]:
    return path.split("/")[1:]


def _key(segments: Sequence[str]) -> Key:
    return len(segments), segments[0], segments[2] if len(segments) > 2 else ""


def _may_be(segments: Sequence[str], key: Key) -> bool:
    """Whether a route's pattern may take an address with this key. Parameters stand in braces; `:path` takes many segments."""
    first, third = segments[0], segments[2] if len(segments) > 2 else ""
    endless = any(":path}" in segment for segment in segments)
    return (
        (endless or len(segments) == key[0])
        and ("{" in first or first == key[1])
        and (endless or "{" in third or third == key[2])
    )
