"""Fetching what a county's setting names, for tasks of plugins: the same way out that the core takes, and no other."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Collection
from typing import Final
from urllib.parse import unquote, urlsplit

from cunli.doors.owner import NotYours, asking
from cunli.feed import review
from cunli.plugin_setting import Setting
from cunli.plugin_values import setting_of
from cunli.provide.calling import CallFailed, Way

SECONDS: Final = 10.0
MOST: Final = 1_000_000
LONGEST: Final = (60.0, 10_000_000)  # what a plugin may ask for


class FetchFailed(Exception):
    """There is no usable answer: no connection, too slow, too long, another status than 200, an address inside. `args[0]` says
    which, and names neither address nor content."""


async def fetch(named_in: Setting[str], address: str, *, seconds: float = SECONDS, most: int = MOST) -> bytes:
    """The body that an address answers with, for a task: never for a page, whose reader would wait.

    The address stands as a word of its own in the value of `named_in` for the village in scope, a setting of your plugin with
    `scope="county"`: nobody below the county decides whom the server talks to. No redirects are followed, and no address of
    the own network is asked. Raises `FetchFailed`, and `NotYours` for an address or a setting that is not of that kind.
    """
    return await _fetched(named_in, address, seconds, most, below=False)


async def fetch_below(named_in: Setting[str], address: str, *, seconds: float = SECONDS, most: int = MOST) -> bytes:
    """As `fetch`, where the county names sites up to a “/”, such as `https://calendar.example/export/`: addresses below them may
    come from anybody who keeps something there. Raises the same."""
    return await _fetched(named_in, address, seconds, most, below=True)


async def _fetched(named_in: Setting[str], address: str, seconds: float, most: int, *, below: bool) -> bytes:
    asking(named_in.key)
    if named_in.scope != "county":
        raise NotYours(f'“{named_in.key}” may be set below the county: what names addresses has scope="county"')
    if not _is_named(address, (await setting_of(named_in)).split(), below=below):
        raise NotYours(f"the address is not in the value of “{named_in.key}”")
    if urlsplit(address).scheme not in ("https", "http"):
        raise FetchFailed("only https and http are fetched")
    # a development site asks itself
    at = "" if review.registry().dispatch.health.strict else await _outside(address)
    try:
        way = Way.to(address, seconds=min(seconds, LONGEST[0]), most=min(most, LONGEST[1]))
        answer = await way.ask("GET", address, at=at)
    except CallFailed as failed:
        raise FetchFailed(str(failed)) from None
    if answer.status != 200:
        raise FetchFailed(f"the answer is HTTP {answer.status}")
    return answer.body


def _is_named(address: str, words: Collection[str], *, below: bool) -> bool:
    """Whether the county names it, or what it lies below. The “/” ends the host's name, so no longer name begins like it."""
    if address in words:
        return True
    if not below or ".." in unquote(urlsplit(address).path) or "\\" in address:
        return False
    return any(one.count("/") >= 3 and one.endswith("/") and address.startswith(one) for one in words)


async def _outside(address: str) -> str:
    """The IP address to connect to: the own machine and network are not outside, whatever name leads there.

    It is looked up once. A name that is asked twice may lead somewhere else the second time.
    """
    parts = urlsplit(address)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            parts.hostname or "", parts.port or 443, type=socket.SOCK_STREAM
        )
    except (OSError, ValueError, UnicodeError):
        raise FetchFailed("no such host") from None
    if not found or any(not ipaddress.ip_address(str(one[4][0]).partition("%")[0]).is_global for one in found):
        raise FetchFailed("the address lies in the own network")
    return str(found[0][4][0])
