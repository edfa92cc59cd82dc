"""What the host is asked stands on the page of today, however far ahead it is for."""

from __future__ import annotations

from lodging import T, booked, offer_at, place_of, soon

from cunli.testing.live import LiveSite


async def test_a_request_for_next_season_waits_on_the_page_of_today(plugin_site: LiveSite) -> None:
    host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
    with plugin_site.inside():
        place = await place_of(host.id, instant=False)
        key = (await booked(place, await offer_at(place), guest.id, first=soon(200))).key
    desk = await (await plugin_site.sign_in(host)).open(f"{T}/today")
    assert f"/bookings/{key}" in desk.html
    assert "等你答应" in desk.text
