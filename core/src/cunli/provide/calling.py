"""The one way out: requests of the core to services that the settings name. Nothing here is reached with an address that people
give. No redirects, no proxies of the environment, bounded in time and size, and never inside a unit.
"""

from __future__ import annotations

import asyncio
import json
import random
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

from cunli import db

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")
SECONDS: Final = 4.0  # for one request: two of them and a pause end before a page gives up
MOST: Final = 256 * 1024
_PORTS: Final = {"https": 443, "http": 80}


class CallFailed(Exception):
    """There is no usable answer. `unsure`: the other side may have done what was asked, so asking again may do it twice.

    Its words name neither address nor content.
    """

    def __init__(self, what: str, *, unsure: bool = False) -> None:
        super().__init__(what)
        self.unsure = unsure


class NotListed(Exception):
    """The address is none of those that the settings name. A mistake in the program, never somebody's bad luck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def mapping(self) -> dict[str, Any]:
        """The JSON object in the body, whatever its content type says: WeChat sends text/plain. Raises `CallFailed`."""
        try:
            found = json.loads(self.body.decode("utf-8"))
        except (ValueError, RecursionError):
            raise CallFailed(f"the answer (HTTP {self.status}) is not JSON", unsure=True) from None
        if not isinstance(found, dict):
            raise CallFailed(f"the answer (HTTP {self.status}) is not a JSON object", unsure=True)
        return found


@dataclass(frozen=True, slots=True)
class Way:
    """A way to a few services: `origins` are `https://host[:port]` of the addresses in the settings."""

    origins: frozenset[tuple[str, str, int]]
    seconds: float = SECONDS
    most: int = MOST

    @classmethod
    def to(cls, *addresses: str, seconds: float = SECONDS, most: int = MOST) -> Way:
        return cls(frozenset(_origin(address) for address in addresses), seconds, most)

    async def ask(
        self,
        method: str,
        address: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        at: str = "",
    ) -> Answer:
        """One request, one answer of any status but a redirect. Raises `CallFailed`, `NotListed`, and `InsideUnit`.

        `at` is the IP address to connect to: who has looked where a name leads goes there, and nobody looks a second time.
        Certificate and `Host` are those of the name.
        """
        db.refuse_in_unit("a request to another server")
        if _origin(address) not in self.origins:
            raise NotListed(f"{urlsplit(address).hostname} is not among the services of the settings")
        import httpx2  # costs a tenth of a second, and most commands ask nobody

        given = {"accept-encoding": "identity", "user-agent": "cunli", **(headers or {})}
        try:
            async with asyncio.timeout(self.seconds), _client(self.seconds) as client:  # no database below it
                request = client.build_request(
                    method, address, params=dict(query) if query else None, headers=given, content=content
                )
                if at:
                    request.extensions = {**request.extensions, "sni_hostname": request.url.host}
                    request.url = request.url.copy_with(host=at)
                response = await client.send(request, stream=True)
                return await self._read(response)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as exc:
            raise CallFailed(f"no connection ({type(exc).__name__})") from None
        except (TimeoutError, httpx2.HTTPError, httpx2.StreamError) as exc:
            raise CallFailed(f"no answer in time or a broken one ({type(exc).__name__})", unsure=True) from None

    async def _read(self, response: httpx2.Response) -> Answer:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise CallFailed("the answer is packed although that was not asked for", unsure=True)
        if 300 <= response.status_code < 400:
            raise CallFailed(
                f"the answer leads elsewhere (HTTP {response.status_code}); it is not followed", unsure=True
            )
        body = bytearray()
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > self.most:
                raise CallFailed(f"the answer is longer than {self.most} bytes", unsure=True)
        return Answer(status=response.status_code, body=bytes(body), headers=dict(response.headers))


def _client(seconds: float) -> httpx2.AsyncClient:
    import httpx2

    return httpx2.AsyncClient(verify=_trust(), timeout=seconds, trust_env=False, follow_redirects=False)


@lru_cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def _origin(address: str) -> tuple[str, str, int]:
    parts = urlsplit(address)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)


@dataclass(slots=True)
class Breaker:
    """After `most` failures in a row nobody asks for `rest` seconds; then one asks, and the others follow when that went well.

    Of this process only: it spares people the waiting, and decides nothing.
    """

    most: int = 5
    rest: float = 30.0
    clock: Callable[[], float] = time.monotonic
    _failed: int = 0
    _until: float = 0.0

    def admit(self) -> None:
        """Raises `CallFailed` while the service rests."""
        if self._failed >= self.most:
            if self.clock() < self._until:
                raise CallFailed("the service did not answer just now; it is given a rest")
            self._until = self.clock() + self.rest  # this one asks, the next ones wait for how it went

    def worked(self) -> None:
        self._failed = 0

    def failed(self) -> None:
        self._failed += 1
        self._until = self.clock() + self.rest


async def persistently(
    work: Callable[[], Awaitable[T]], *, again: Callable[[CallFailed], bool], tries: int = 2, pause: float = 0.3
) -> T:
    """`work`, tried again after a pause of random length while `again` says that this does no harm."""
    for left in range(tries - 1, -1, -1):
        try:
            return await work()
        except CallFailed as exc:
            if not left or not again(exc):
                raise
            await asyncio.sleep(pause * (0.5 + random.random()))  # noqa: S311 spreads callers, hides nothing
    raise AssertionError("tries is at least 1")


def surely_not_done(exc: CallFailed) -> bool:
    """Whether asking again cannot do the thing twice."""
    return not exc.unsure
