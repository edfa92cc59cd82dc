"""Plugins fetch what the county's setting names, bounded, and nothing else."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from cunli import FetchFailed, NotYours, Setting, db, fetch, fetch_below
from cunli.doors import outside
from cunli.feed import review
from cunli.provide.calling import Way
from cunli.testing.live import LiveSite
from cunli.testing.outside import FAULTS, Asked, LocalService, Reply

WHERE = Setting(key="demo.where", label="x", help="x", default="", scope="county")
LOW = Setting(key="demo.low", label="x", help="x", default="")


class Feed(LocalService):
    def reply(self, asked: Asked) -> Reply:
        return Reply(body=b"hello", status=404 if asked.path == "/gone" else 200)


def named(address: str) -> Setting[str]:
    return Setting(key="demo.where", label="x", help="x", default=f"first {address}", scope="county", max_length=500)


async def test_what_the_county_names_is_fetched_and_nothing_else(site: LiveSite) -> None:
    async with Feed() as service:
        with site.inside():
            assert await fetch(named(f"{service.url}/a"), f"{service.url}/a") == b"hello"
            for setting, address in (
                (named(f"{service.url}/a"), f"{service.url}/b"),
                (named(f"{service.url}/a"), service.url),
                (WHERE, f"{service.url}/a"),
                (LOW, f"{service.url}/a"),
            ):
                with pytest.raises(NotYours):
                    await fetch(setting, address)
            with pytest.raises(FetchFailed):
                await fetch(named("file:///etc/passwd"), "file:///etc/passwd")
            with pytest.raises(FetchFailed):
                await fetch(named(f"{service.url}/gone"), f"{service.url}/gone")
        assert len(service.asked) == 2


async def test_below_a_site_that_the_county_names_everybody_may_name_addresses(site: LiveSite) -> None:
    async with Feed() as service:
        with site.inside():
            whole, folder = named(f"{service.url}/"), named(f"{service.url}/out/")
            assert await fetch_below(whole, f"{service.url}/a") == b"hello"
            assert await fetch_below(folder, f"{service.url}/out/a?s=1") == b"hello"
            for setting, address in (
                (folder, f"{service.url}/a"),
                (folder, f"{service.url}/out/../a"),
                (folder, f"{service.url}/out/%2e%2e/a"),
                (named(service.url), f"{service.url}/a"),
                (named(service.url), f"{service.url}.elsewhere.example/a"),
                (named("https://"), f"{service.url}/a"),
                (named("http://"), f"{service.url}/a"),
            ):
                with pytest.raises(NotYours):
                    await fetch_below(setting, address)
            with pytest.raises(NotYours):  # the control: only where the plugin asks for it
                await fetch(whole, f"{service.url}/a")
        assert len(service.asked) == 2


@pytest.mark.parametrize("fault", [one for one in FAULTS if one != "garbage"])
async def test_a_hostile_answer_is_one_failure(site: LiveSite, fault: str) -> None:
    async with LocalService(faults=[fault]) as service:  # type: ignore[list-item]
        with site.inside(), pytest.raises(FetchFailed):
            await fetch(named(f"{service.url}/a"), f"{service.url}/a", seconds=0.5, most=1000)


async def test_the_own_network_is_not_outside(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Feed() as service:
        with site.inside():
            monkeypatch.setattr(review.registry().dispatch.health, "strict", False)
            for address in (f"{service.url}/a", "http://169.254.169.254/x", "http://10.0.0.1/x", "http://[::1]/x"):
                with pytest.raises(FetchFailed):
                    await fetch(named(address), address)
            monkeypatch.setattr(outside, "_outside", _nothing)  # the planted control: without the guard it is asked
            assert await fetch(named(f"{service.url}/a"), f"{service.url}/a") == b"hello"
        assert len(service.asked) == 1


async def test_a_name_is_looked_up_once_so_that_it_cannot_lead_inside_the_second_time(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Feed() as service:
        port = service.url.rpartition(":")[2]
        loop, looked = asyncio.get_running_loop(), list[str]()
        honest = loop.getaddrinfo

        async def rebound(host: Any, *args: Any, **kwargs: Any) -> Any:
            name = host.decode() if isinstance(host, bytes) else host
            if name != "rebound.example":
                return await honest(host, *args, **kwargs)
            looked.append("203.0.114.1" if not looked else "127.0.0.1")
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (looked[-1], int(port)))]

        monkeypatch.setattr(loop, "getaddrinfo", rebound)
        address = f"http://rebound.example:{port}/a"
        with site.inside():
            monkeypatch.setattr(review.registry().dispatch.health, "strict", False)
            with pytest.raises(FetchFailed):
                await fetch(named(address), address, seconds=0.5)
            assert (looked, service.asked) == (["203.0.114.1"], [])


async def test_the_address_that_was_looked_at_is_asked_under_its_own_name(site: LiveSite) -> None:
    async with Feed() as service:
        port = service.url.rpartition(":")[2]
        address = f"http://county.example:{port}/a?b=c"
        answer = await Way.to(address, seconds=30).ask("GET", address, at="127.0.0.1")
        assert answer.body == b"hello"
        (asked,) = service.asked
        assert (asked.target, asked.headers["host"]) == ("/a?b=c", f"county.example:{port}")


async def test_nothing_is_fetched_inside_a_unit(site: LiveSite) -> None:
    async with Feed() as service:
        with site.inside(), pytest.raises(db.InsideUnit):
            await db.run_unit(fetch, named(service.url), service.url)


async def _nothing(_address: str) -> str:
    return ""
