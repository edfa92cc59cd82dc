"""The bazaar beside it: on, switched off in the village, and taken out of the site. Bookings do not notice."""

from __future__ import annotations

from pathlib import Path

import pytest
from hosting import book, do, opened_place
from lodging import T, V, books_agree

from cunli import enabling
from cunli.plugin_models import Mode
from cunli.testing.bench import Bench, patience
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli_tourism.models import Booking

pytest.importorskip("cunli_market", reason="the bazaar is not installed here")


async def stays(site: LiveSite, name: str) -> None:
    """A place is opened and somebody's booking of it confirmed."""
    host = await site.sign_in(await site.villager(f"{name}大姐"))
    official = await site.sign_in(await site.village_admin(f"{name}书记"))
    guest = await site.sign_in(await site.stranger(f"{name}先生"))
    place = await opened_place(site, host, official, name=f"{name}家老屋")
    booking = (await book(guest, place)).url
    await do(host, booking, "agree")
    assert "订好了" in (await guest.open(booking)).text


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_the_bazaar_comes_and_goes_and_bookings_do_not_notice(tmp_path: Path, kind: str) -> None:
    bench = Bench("tourism", Path(__file__).parents[1])
    bench.plugins = ("market", "tourism")
    try:
        url = await bench.fresh(kind, tmp_path)
        async with bench.site(url, tmp_path) as site:
            assert (await site.visitor().open(f"{V}/market/goods")).status == 200
            await stays(site, "田")
            await enabling.switch("market", site["heping"].region_id, Mode.OFF, village_level=True)
            assert (await site.visitor().open(f"{V}/market/goods")).status == 404
            await stays(site, "彭")
            with site.inside():
                assert await Booking.filter(state="confirmed").count() == 2
                await books_agree()
        settings = settings_for(url, tmp_path, plugins=("tourism",))
        with patience():
            async with live_site(settings, sample_county=False) as without:
                assert (await without.visitor().open(f"{V}/market/goods")).status == 404
                shown = (await without.visitor().open(f"{T}/visit")).text
                assert "田家老屋" in shown
                assert "彭家老屋" in shown
    finally:
        await bench.close()
