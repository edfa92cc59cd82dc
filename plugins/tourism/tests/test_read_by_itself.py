"""A calendar elsewhere is read by itself: from where the county lets it, and an outage there loses nothing here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hosting import opened_place
from lodging import T, V, booked, books_agree, soon
from test_elsewhere import calendar, nights

from cunli import fetch_below
from cunli.testing.live import LiveSite
from cunli.testing.outside import FAULTS, Asked, LocalService, Reply
from cunli.testing.visitor import Opened, Visitor
from cunli.testing.working import PATIENCE
from cunli_tourism import moments, reading
from cunli_tourism.models import Listing, Offer, Place, Taken
from cunli_tourism.rooms import Full
from cunli_tourism.settings import CALENDARS


@dataclass
class Elsewhere(LocalService):
    """Another site, with the nights that are gone there."""

    body: bytes = field(default_factory=calendar)
    status: int = 200

    def reply(self, asked: Asked) -> Reply:
        return Reply(content_type="text/calendar", body=self.body, status=self.status)


async def kept(site: LiveSite) -> tuple[Visitor, str]:
    """A host with a room and one calendar elsewhere, and the address of the calendar's page."""
    host = await site.sign_in(await site.villager("田大姐"))
    official = await site.sign_in(await site.village_admin())
    key = (await opened_place(site, host, official)).rsplit("/", 1)[-1]
    desk = await host.open(f"{T}/host/{key}")
    days = next(str(one.get("href")) for one in desk.all("a") if str(one.get("href")).endswith("/days"))
    page = await (await host.open(days)).form("form[action$='/calendars']").fill(elsewhere="途家", units="2").send()
    return host, page.url


async def write(site: LiveSite, host: Visitor, url: str, address: str) -> Opened:
    """What comes back; once it is stored, after the first reading, which is a job of its own."""
    page = await (await host.open(url)).form("form[action$='/address']").fill(address=address).send()
    async with asyncio.timeout(PATIENCE):
        while page.status == 200 and address and not await tried(site):
            await asyncio.sleep(0.05)
    return page


async def tried(site: LiveSite) -> bool:
    with site.inside():
        one = await Listing.get()
        return one.tried_at is not None or not one.address


async def turn(site: LiveSite, **ahead: float) -> None:
    with moments.as_of(moments.now() + timedelta(**ahead)):
        await site.run_task("tourism.calendars")


async def gone(site: LiveSite) -> list[str]:
    with site.inside():
        await books_agree()
        return sorted({str(one.day) for one in await Taken.exclude(listing_id=None)})


def iso(*days: int) -> list[str]:
    return [soon(one).isoformat() for one in days]


async def test_what_is_gone_there_is_gone_here_with_the_next_reading(plugin_site: LiveSite) -> None:
    site = plugin_site
    host, url = await kept(site)
    assert not (await host.open(url)).all("form[action$='/address']"), "the county names no site, so nothing is offered"
    async with Elsewhere(body=calendar(nights(soon(5), soon(7)))) as service:
        await site.set_value(CALENDARS, f"{service.url}/ical/")
        page = await write(site, host, url, f"{service.url}/ical/17.ics?s=secret")
        assert page.status == 200
        assert "s=secret" in page.html, "the host sees it"
        with site.inside():
            assert "secret" not in (await Listing.get()).address, "and the table keeps it sealed"
        assert await gone(site) == iso(5, 6)
        with site.inside():
            offer = await Offer.get()
            place, guest = await Place.get(), await site.stranger("许先生")
            with pytest.raises(Full):
                await booked(place, offer, guest.id, first=soon(5))
        service.body = calendar(nights(soon(6), soon(8)))
        await turn(site, hours=1)
        assert await gone(site) == iso(5, 6), "every two hours"
        await turn(site, hours=2, minutes=1)
        assert await gone(site) == iso(6, 7)
        assert [one.path for one in service.asked] == ["/ical/17.ics"] * 2
        assert "上次读到是" in (await host.open(url)).text
        await write(site, host, url, "")
        await turn(site, hours=9)
        assert len(service.asked) == 2
        assert await gone(site) == iso(6, 7), "what was taken stays until it is given free"


async def test_only_sites_that_the_county_names_are_asked_and_only_for_the_host(plugin_site: LiveSite) -> None:
    site = plugin_site
    host, url = await kept(site)
    other = await site.sign_in(await site.villager("别人"))
    async with Elsewhere() as service:
        await site.set_value(CALENDARS, f"{service.url}/ical/")
        for wrong in (
            f"{service.url}/admin",
            "http://169.254.169.254/latest",
            "file:///etc/passwd",
            "x",
            f"{service.url}/ical",
        ):
            page = await write(site, host, url, wrong)
            assert (page.status, "县里只开了这些网站" in page.text) == (422, True), wrong
        assert (await other.post(f"{url}/address", {"address": f"{service.url}/ical/1"})).status == 404
        await write(site, host, url, f"{service.url}/ical/../admin")
        assert service.asked == []
        await write(site, host, url, f"{service.url}/ical/1")
        await site.set_value(CALENDARS, "https://elsewhere.example/")
        await turn(site, hours=3)
        assert len(service.asked) == 1, "while it was named"
        assert "县里现在不让读这个网站" in (await host.open(url)).text


@pytest.mark.parametrize("fault", [*FAULTS, "404", "a page", "cut off"])
async def test_an_outage_takes_nothing_away_and_is_said_plainly(
    plugin_site: LiveSite, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = plugin_site
    host, url = await kept(site)
    async with Elsewhere(body=calendar(nights(soon(5), soon(7)))) as service:
        await site.set_value(CALENDARS, f"{service.url}/")
        await write(site, host, url, f"{service.url}/17.ics")
        monkeypatch.setattr(reading, "SECONDS", 0.5)
        service.status = 404 if fault == "404" else 200
        service.body = {"a page": b"<html>Sign in</html>", "cut off": service.body[:-30]}.get(fault, service.body)
        if fault in FAULTS:
            service.faults[:] = [fault] * 9
        for hours in (3, 30, 31, 40):
            await turn(site, hours=hours)
        assert await gone(site) == iso(5, 6)
        assert "没读到" in (page := await host.open(url)).text
        assert "占的日子没有动" in page.text
        assert (await host.open("/inbox")).text.count("一天多没读到了") == 1
        service.faults.clear()
        monkeypatch.setattr(reading, "SECONDS", 20.0)
        service.status, service.body = 200, calendar(nights(soon(9), soon(10)))
        await turn(site, hours=50)
        assert await gone(site) == iso(9)
        assert "没读到" not in (await host.open(url)).text


async def test_an_address_that_is_changed_while_it_is_read_counts_no_more(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = plugin_site
    host, url = await kept(site)

    async def slow(*asked: Any, **more: Any) -> bytes:
        body = await fetch_below(*asked, **more)
        with site.inside():
            await reading.set_address(await Listing.get(), "", actor=host.person.id)  # type: ignore[attr-defined]
        return body

    async with Elsewhere(body=calendar(nights(soon(5), soon(7)))) as service:
        await site.set_value(CALENDARS, f"{service.url}/")
        monkeypatch.setattr(reading, "fetch_below", slow)
        await write(site, host, url, f"{service.url}/17.ics")
        await turn(site)
        assert len(service.asked) == 1
    assert await gone(site) == []
    assert V in url
