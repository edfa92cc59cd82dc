"""A router that looks an address up instead of trying one route after the other: seventy tries cost more than many a page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from starlette.routing import Match, Route, Router
from starlette.types import Receive, Scope, Send

Key = tuple[int, str, str]  # how many segments, the first, the third: `/v/{village}/notices` is (3, "v", "notices")


class Switchboard(Router):
    """Starlette's router, asked only when the address is not one of a route's shape (which is a 404 or a missing slash)."""

    def __init__(self, routes: Sequence[Route], **more: Any) -> None:
        super().__init__(routes=routes, **more)
        patterns = [(route, _pattern(route.path)) for route in routes]
        keys = {pattern.key for _route, pattern in patterns}
        self._table = {key: [route for route, pattern in patterns if pattern.may_be(key)] for key in keys}

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


class _Pattern(NamedTuple):
    """What a route's address looks like. `first` and `third` are None where anything may stand; endless: `:path` takes many segments."""

    key: Key
    first: str | None
    third: str | None
    endless: bool

    def may_be(self, key: Key) -> bool:
        """Whether an address with this key may be of this pattern."""
        return (
            (self.endless or self.key[0] == key[0])
            and (self.first is None or self.first == key[1])
            and (self.endless or self.third is None or self.third == key[2])
        )


@cache
def _pattern(path: str) -> _Pattern:
    """The pattern of a route's path. Parameters stand in braces."""
    key = _key(path.split("/")[1:])
    first, third = (None if "{" in segment else segment for segment in key[1:])
    return _Pattern(key, first, third, endless=":path}" in path)


def _key(segments: Sequence[str]) -> Key:
    return len(segments), segments[0], segments[2] if len(segments) > 2 else ""
