"""Faults that a review found, each with what went wrong."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from hosting import opened_place
from lodging import T, booked, books_agree, offer_at, offer_form, place_form, place_of, soon, state_of

from cunli.testing.live import LiveSite
from cunli.testing.payments import PaymentSandbox, payments_through
from cunli_tourism import figures, keeping, minding, moments, moving
from cunli_tourism.booking import NotBookable
from cunli_tourism.keeping import InUse
from cunli_tourism.licences import Asked as Papers
from cunli_tourism.models import Booking, Offer, Place, Taken
from cunli_tourism.states import Who

pytestmark = pytest.mark.both_databases


async def test_a_guest_who_was_let_in_by_code_pays_when_leaving_and_it_counts_as_income(plugin_site: LiveSite) -> None:
    host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
    with plugin_site.inside():
        place = await place_of(host.id)
        key = (await booked(place, await offer_at(place), guest.id, first=moments.today())).key
        await moving.do(key, "arrive", {Who.HOST}, actor=host.id, url=T)
    desk = await plugin_site.sign_in(host)
    page = await desk.open(f"{T}/bookings/{key}")
    await page.form("form[action$='/do/finish']").fill(taken="168").send()
    with plugin_site.inside():
        assert (await Booking.get(key=key)).taken_fen == 16800
        (found,) = (await figures.by_village(moments.today(), moments.today())).values()
        assert found.income_fen == 16800
        await books_agree()


async def test_cash_is_written_down_once(plugin_site: LiveSite) -> None:
    host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
    with plugin_site.inside():
        place = await place_of(host.id)
        key = (await booked(place, await offer_at(place), guest.id, first=moments.today())).key
        await moving.do(key, "arrive", {Who.HOST}, actor=host.id, url=T, taken_fen=16800)
        await moving.do(key, "finish", {Who.HOST}, actor=host.id, url=T, taken_fen=16800)
        assert (await Booking.get(key=key)).taken_fen == 16800
        await books_agree()


async def test_nobody_books_and_reviews_at_their_own_place(plugin_site: LiveSite) -> None:
    host = await plugin_site.villager("主人")
    with plugin_site.inside():
        place = await place_of(host.id)
        it = await offer_at(place)
        with pytest.raises(NotBookable, match="own"):
            await booked(place, it, host.id)
        assert await Taken.all().count() == 0
    page = await (await plugin_site.sign_in(host)).open(f"{T}/places/{place.key}/book?in={soon()}")
    assert "自己家不用订" in page.text


@pytest.mark.parametrize("asked", ["in=9999-12-31", "in=0001-01-01&out=9999-12-31", "in=2026-W48-1", "from=9999-12-31"])
async def test_days_that_nobody_can_count_on_from_are_none(plugin_site: LiveSite, asked: str) -> None:
    host, guest = await plugin_site.villager("主人"), await plugin_site.sign_in(await plugin_site.stranger("客人"))
    with plugin_site.inside():
        place = await place_of(host.id)
        await offer_at(place)
    for path in (
        f"{T}/places/{place.key}?{asked}",
        f"{T}/places/{place.key}/book?{asked}",
        f"{T}/visit?day={asked[3:13]}",
    ):
        assert (await guest.open(path)).status == 200, path


async def test_a_festival_in_the_year_9999_is_refused(plugin_site: LiveSite) -> None:
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    page = await official.open(f"{T}/outings/new")
    form = page.form("form[action$='/outings/new']")
    assert (await form.fill(name="节", since="9999-12-30", until="9999-12-31").send()).status == 422


@pytest.mark.parametrize("path", ["places/%00", "visit?q=%00", "outings/%00", "places?x=%00", "calendars/%00.ics"])
async def test_what_no_database_takes_is_not_there(plugin_site: LiveSite, path: str) -> None:
    assert (await plugin_site.visitor().open(f"{T}/{path}")).status in (200, 400, 404)


async def test_after_three_years_a_booking_no_longer_says_who_it_was(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id)
        row = await Booking.get(key=(await booked(place, await offer_at(place), guest.id)).key)
        for years, kept in ((2, True), (4, False)):
            with moments.as_of(moments.at(row.until + timedelta(days=365 * years), 4)):
                await minding._forget()
            now = await Booking.get(id=row.id)
            assert bool(now.name and now.phone) == kept
        assert now.total_fen == row.total_fen


@pytest.mark.parametrize("plugin_site", ["postgres"], indirect=True)  # SQLite has one writer at a time
async def test_no_room_is_taken_away_while_somebody_books_it(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = keeping._not_in_use
    tasks: list[asyncio.Task[Any]] = []
    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id)
        it = await offer_at(place, count=2)
        await booked(place, it, guest.id)

        async def slow(before: Offer, form: Any) -> None:
            await real(before, form)
            await asyncio.sleep(1)

        monkeypatch.setattr(keeping, "_not_in_use", slow)
        tasks.append(asyncio.create_task(keeping.offer(place, offer_form(count=1), it, Papers(), actor=host.id)))
        await asyncio.sleep(0.3)
        tasks.append(asyncio.create_task(booked(place, it, guest.id)))
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        count = (await Offer.get(id=it.id)).count
        units = {one.unit for one in await Taken.filter(offer_id=it.id)}
        assert max(units) <= count, f"{units} of {count}: {ended}"
        assert sum(isinstance(one, InUse) for one in ended) <= 1


async def test_what_the_village_refused_is_not_opened_by_an_edit_that_began_before(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        host = await plugin_site.villager("主人")
        place = await place_of(host.id)
        stale = await Place.get(id=place.id)
        await keeping.judge(place, opened=False, reason="没有消防", actor=host.id, url=T)
        await keeping.change(stale, place_form(), [], [], actor=host.id)
        assert (await Place.get(id=place.id)).state == "waiting", "looked at again, not open"


async def test_changed_papers_are_looked_at_again(plugin_site: LiveSite) -> None:
    host = await plugin_site.sign_in(await plugin_site.villager("田大姐"))
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    address = await opened_place(plugin_site, host, official)
    key = address.rsplit("/", 1)[-1]
    assert "村里核对过证件" in (await official.open(address)).text
    desk = await host.open(f"{T}/host/{key}")
    await desk.form("form[action$='/papers']").send()
    assert "村里核对过证件" in (await official.open(address)).text, "nothing was changed"
    later = date.fromordinal(moments.today().toordinal() + 900).isoformat()
    await (await host.open(f"{T}/host/{key}")).form("form[action$='/papers']").fill(**{"until-hygiene": later}).send()
    assert "村里核对过证件" not in (await official.open(address)).text
    await (await official.open(f"{T}/office")).form(f"form[action$='/places/{key}/judge']").send(button=("do", "open"))
    assert "村里核对过证件" in (await official.open(address)).text


async def test_one_payment_of_which_nothing_is_known_keeps_nobody_else_waiting(
    plugin_site: LiveSite,
) -> None:
    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id, prepay=100)
        it = await offer_at(place, count=2)
        with moments.as_of(moments.now() - timedelta(days=9)):
            held = (await booked(place, it, guest.id, first=moments.today(), online=True)).key
            missed = (await booked(place, it, guest.id, first=moments.today())).key
    with payments_through(PaymentSandbox()) as service:
        service.down = True
        await plugin_site.run_task("tourism.tidy")
        with plugin_site.inside():
            assert [await state_of(one) for one in (held, missed)] == ["held", "no_show"]
        service.down = False
        await plugin_site.run_task("tourism.tidy")
        with plugin_site.inside():
            assert await state_of(held) == "expired", "the control: the service is back, and knows of no payment"


async def test_a_family_of_four_is_not_asked_how_many_rooms_that_makes(plugin_site: LiveSite) -> None:
    host = await plugin_site.villager("主人")
    with plugin_site.inside():
        place = await place_of(host.id)
        await offer_at(place, count=3, holds=2)
    page = await plugin_site.visitor().open(f"{T}/places/{place.key}?in={soon()}&people=4")
    assert "people=4" in page.html
    assert "units=2" in page.html
    assert "¥336" in page.text.replace(" ", "")
