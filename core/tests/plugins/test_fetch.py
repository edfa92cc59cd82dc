"""Plugins fetch what the county's setting names, bounded, and nothing else."""

from __future__ import annotations

import pytest

from cunli import FetchFailed, NotYours, Setting, db, fetch
from cunli.doors import outside
from cunli.feed import review
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
            monkeypatch.setattr(
                outside, "_refuse_inside", _nothing
            )  # the planted control: without the guard it is asked
            assert await fetch(named(f"{service.url}/a"), f"{service.url}/a") == b"hello"
        assert len(service.asked) == 1


async def test_nothing_is_fetched_inside_a_unit(site: LiveSite) -> None:
    async with Feed() as service:
        with site.inside(), pytest.raises(db.InsideUnit):
            await db.run_unit(fetch, named(service.url), service.url)


async def _nothing(_address: str) -> None:
    return
