"""The one way out: only to services of the settings, only so long, only so much, never inside a unit, and never somewhere else (SS-1, SS-2, DG-3)."""

from __future__ import annotations

import resource
import time
from dataclasses import replace
from functools import partial

import pytest

from cunli import db
from cunli.provide.calling import Breaker, CallFailed, NotListed, Way, persistently, surely_not_done
from cunli.provide.section import web_address
from cunli.settings import Settings, SettingsError
from cunli.testing.live import LiveSite
from cunli.testing.outside import FAULTS, LocalService

ELSEWHERE = (
    "http://127.0.0.1:{other}/",
    "http://127.1:{port}/",
    "http://localhost:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://[::1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://0:{port}/",
    "http://127.0.0.1:{port}@169.254.169.254/",
    "http://169.254.169.254/latest/meta-data/",
    "https://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "",
)


def port_of(service: LocalService) -> int:
    return int(service.url.rpartition(":")[2])


async def test_only_services_of_the_settings_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with LocalService() as service, LocalService() as canary:
        way = Way.to(service.url + "/base")
        assert (await way.ask("GET", service.url + "/x?y=1")).mapping() == {"asked": "/x?y=1"}
        for form in ELSEWHERE:
            with pytest.raises(NotListed):
                await way.ask("GET", form.format(port=port_of(service), other=port_of(canary)))
        assert (len(service.asked), canary.asked) == (1, [])
        unguarded = replace(way, origins=way.origins | Way.to(canary.url).origins)  # the guard is the list alone
        await unguarded.ask("GET", canary.url)
        assert len(canary.asked) == 1


async def test_what_the_environment_says_of_proxies_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with LocalService() as service, LocalService() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        await Way.to(service.url).ask("GET", service.url)
        assert (len(service.asked), proxy.asked) == (1, [])


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_hostile_answer_ends_soon_and_small(fault: str) -> None:
    """Without the guards the same answers are read to their end: see the one below."""
    async with LocalService(faults=[fault]) as service:  # type: ignore[list-item]
        way, before = Way.to(service.url, seconds=0.6), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.monotonic()
        if fault == "500":
            assert (await way.ask("POST", service.url, content=b"x")).status == 500
        elif fault == "garbage":
            with pytest.raises(CallFailed, match="not JSON"):
                (await way.ask("POST", service.url)).mapping()
        else:
            with pytest.raises(CallFailed) as failed:
                await way.ask("POST", service.url, content=b"x")
            assert service.url.rpartition(":")[2] not in str(failed.value)
        assert time.monotonic() - started < 5
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50 * 1024
        assert len(service.asked) == 1, "a redirect is not followed and nothing is tried again by itself"


async def test_planted_control_without_the_caps_the_long_answer_is_read() -> None:
    async with LocalService(faults=["huge"]) as service:
        assert len((await Way.to(service.url, most=1 << 30).ask("GET", service.url)).body) > 2 << 20


async def test_a_service_that_is_not_there_is_surely_not_done_and_one_that_is_silent_may_be() -> None:
    async with LocalService(faults=["hang"]) as service:
        with pytest.raises(CallFailed) as failed:
            await Way.to(service.url, seconds=0.3).ask("GET", service.url)
        assert failed.value.unsure
    with pytest.raises(CallFailed) as failed:
        await Way.to(service.url).ask("GET", service.url)
    assert not failed.value.unsure


async def test_nothing_is_asked_inside_a_unit(site: LiveSite) -> None:
    async with LocalService() as service:
        with pytest.raises(db.InsideUnit):
            await db.run_unit(Way.to(service.url).ask, "GET", service.url)
        assert service.asked == []


async def test_trying_again_stops_where_it_could_do_harm() -> None:
    calls = []

    async def fails(*, unsure: bool) -> None:
        calls.append(unsure)
        raise CallFailed("x", unsure=unsure)

    for unsure, times in ((False, 3), (True, 1)):
        calls.clear()
        with pytest.raises(CallFailed):
            await persistently(partial(fails, unsure=unsure), again=surely_not_done, tries=3, pause=0)
        assert len(calls) == times


def test_a_breaker_opens_rests_and_lets_one_try() -> None:
    clock = [0.0]
    breaker = Breaker(most=3, rest=10, clock=lambda: clock[0])
    for _ in range(3):
        breaker.admit()
        breaker.failed()
    with pytest.raises(CallFailed):
        breaker.admit()
    clock[0] = 10.0
    breaker.admit()
    with pytest.raises(CallFailed):
        breaker.admit()
    breaker.worked()
    breaker.admit()


@pytest.mark.parametrize("address", ["http://host", "ftp://host", "https://u:p@host", "https://host/?q", "host", ""])
def test_in_production_only_https_addresses_are_taken(address: str) -> None:
    with pytest.raises(SettingsError, match="https"):
        web_address(Settings.model_validate({}), "x", "endpoint", address)
    assert web_address(Settings.model_validate({}), "x", "endpoint", "https://host/") == "https://host"
