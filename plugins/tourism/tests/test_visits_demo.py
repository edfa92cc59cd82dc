"""What `cunli demo` shows of the plugin: places and guests of some weeks, through the doors that real ones come through."""

from __future__ import annotations

import pytest
from lodging import T, books_agree

from cunli.demo import plugins
from cunli.testing.live import LiveSite
from cunli_tourism import demo
from cunli_tourism.models import Booking, Place, Review


async def test_the_demo_has_places_with_guests_in_every_state(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "EACH", 1.0)
    people = [await plugin_site.villager(f"乡亲{n}") for n in range(6)]
    await plugin_site.village_admin()
    assert "tourism" in plugins.that_show_themselves()
    await plugins.fill(plugin_site.app.site.registry)
    with plugin_site.inside():
        places = await Place.all()
        assert len(places) == len(demo.told()["place"])
        assert {one.state for one in places} == {"open"}
        states = {one.state for one in await Booking.all()}
        assert {"requested", "confirmed", "completed", "reviewed"} <= states, states
        assert await Review.all().count() > 3
        await books_agree()
    reader = await plugin_site.sign_in(people[0])
    assert "田家老屋" in (await reader.open(f"{T}/visit")).text
    with plugin_site.inside("donghu"):
        assert await Place.all().count() == 0, "nobody lives there"


async def test_where_business_is_refused_the_demo_shows_none(plugin_site: LiveSite) -> None:
    for n in range(6):
        await plugin_site.villager(f"乡亲{n}")
    await plugin_site.village_admin()
    await plugin_site.set_profile("cn2026")
    await plugins.fill(plugin_site.app.site.registry)
    await plugin_site.set_profile("wecun2019")
    with plugin_site.inside():
        assert await Place.all().count() == 0
