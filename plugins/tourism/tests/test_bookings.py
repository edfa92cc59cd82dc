"""Bookings without pages: who may do what, papers, changed prices, vouchers, the clock, registration, and who leaves."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest
from lodging import T, booked, books_agree, ground, offer_at, place_of, soon, state_of

from cunli import unit
from cunli.testing.live import LiveSite
from cunli_tourism import booking, figures, keeping, moments, moving, registering, reviewing
from cunli_tourism.booking import Changed, NotBookable, Wish
from cunli_tourism.keeping import InUse, TooMany
from cunli_tourism.licences import Asked as Papers
from cunli_tourism.models import Booking, Guest, Offer, Place, Review, Step, Taken
from cunli_tourism.moving import Lacking, NotOpen
from cunli_tourism.pricing import Asked
from cunli_tourism.states import MOVES, State, Who, moves_of


def test_the_table_of_states_leads_everybody_out_and_nobody_back() -> None:
    over = {State.DECLINED, State.EXPIRED, State.CANCELED, State.CALLED_OFF, State.NO_SHOW, State.REVIEWED}
    for state in State:
        out = {move.to for move in MOVES if state in move.sources}
        assert bool(out) == (state not in over), state
        assert state not in out
    confirmed = {move.name for move in moves_of({Who.HOST}, State.CONFIRMED, "arrival", -1)}
    assert confirmed == {"call_off"}, "nobody arrives or is missed before the day"
    assert {move.name for move in moves_of({Who.GUEST}, State.REQUESTED, "online", -1)} == {"withdraw"}
    assert {move.name for move in moves_of({Who.CODE}, State.CONFIRMED, "arrival", 0)} == set()
    assert {move.name for move in moves_of({Who.HOST}, State.REQUESTED, "online", 0)} == {"accept", "decline"}


@unit
async def overdue(key: str) -> None:
    """The host's hours are over."""
    await Booking.filter(key=key).update(due_at=moments.now() - timedelta(seconds=1))


async def test_a_request_is_answered_by_the_host_or_runs_out(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id, instant=False)
        it = await offer_at(place, count=3)
        first, second, third = [(await booked(place, it, guest.id)).key for _n in range(3)]
        assert {await state_of(one) for one in (first, second, third)} == {"requested"}
        with pytest.raises(NotOpen):
            await moving.do(first, "agree", {Who.GUEST}, actor=guest.id, url=T)
        with pytest.raises(Lacking):
            await moving.do(second, "decline", {Who.HOST}, actor=host.id, url=T)
        tries = [moving.do(first, "agree", {Who.HOST}, actor=host.id, url=T) for _n in range(4)]
        tries += [moving.do(first, "decline", {Who.HOST}, actor=host.id, url=T, words="满了") for _n in range(4)]
        ended = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(not isinstance(one, BaseException) for one in ended) == 1, "one answer counts"
        await moving.do(second, "decline", {Who.HOST}, actor=host.id, url=T, words="走亲戚")
        await overdue(third)
    await plugin_site.run_task("tourism.tidy")
    with plugin_site.inside():
        assert await state_of(third) == "expired"
        assert await Taken.all().count() == (1 if await state_of(first) == "confirmed" else 0)
        await books_agree()


async def test_without_a_valid_paper_nobody_books(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id, papers=False)
        it = await offer_at(place)
        with pytest.raises(NotBookable, match="papers"):
            await booked(place, it, guest.id)
        given: list[tuple[str, str, date | None]] = [
            ("business", "1", None),
            ("special", "3", None),
            ("hygiene", "2", soon(12)),
        ]
        await keeping.papers(place, given, Papers(), actor=host.id, url=T)
        assert (await Place.get(id=place.id)).valid_until == soon(12)
        await booked(place, it, guest.id, first=soon(11))
        with pytest.raises(NotBookable, match="papers"):
            await booked(place, it, guest.id, first=soon(12))
        await keeping.papers(place, [("hygiene", "", None)], Papers(), actor=host.id, url=T)
        with pytest.raises(NotBookable, match="papers"):
            await booked(place, it, guest.id, first=soon(5))


async def test_only_what_the_village_has_opened_is_booked_and_at_the_price_that_was_seen(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id, opened=False)
        it = await offer_at(place, least=2)
        with pytest.raises(NotBookable, match="closed"):
            await booked(place, it, guest.id, nights=2)
        await keeping.judge(place, opened=True, reason="", actor=host.id, url=T)
        place = await Place.get(id=place.id)
        for wrong, why in (
            ({"nights": 1}, "nights"),
            ({"nights": 29}, "nights"),
            ({"first": soon(-1), "nights": 2}, "day"),
            ({"first": soon(367), "nights": 2}, "day"),
            ({"nights": 2, "people": 3}, "people"),
            ({"nights": 2, "units": 2}, "people"),
        ):
            with pytest.raises(NotBookable, match=why):
                await booked(place, it, guest.id, **wrong)
        asked = Asked(first=soon(), last=soon(12), units=1, people=1)
        wish = Wish(asked=asked, slot=0, name="许", phone="13900000000", seen_fen=1)
        with pytest.raises(Changed):
            await booking.book(place.id, it.id, wish, ground(), guest_id=guest.id)
        assert await Booking.all().count() == await Taken.all().count() == 0


async def test_a_voucher_is_accepted_once_however_many_check_it_at_once(plugin_site: LiveSite) -> None:
    host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
    with plugin_site.inside():
        place = await place_of(host.id)
        it = await offer_at(place, count=3)
        today = [await booked(place, it, guest.id, first=moments.today()) for _n in range(2)]
        later = await booked(place, it, guest.id, first=soon(3))
        codes = [(await Booking.get(key=one.key)).code for one in (*today, later)]
    desk = await plugin_site.sign_in(host)
    page = await desk.open(f"{T}/check")
    forms = [(await desk.open(f"{T}/check")).form("form[action$='/check']") for _n in range(5)]
    answers = await asyncio.gather(*(form.fill(codes=codes[0]).send() for form in forms))
    assert sum("对，请进" in one.text for one in answers) == 1, "online, five at once"
    listed = await page.form("form[action$='/check']").fill(codes="\n".join(codes) + "\nAAAAAAAA").send()
    assert listed.text.count("对，请进") == 1, "off the printed list, later: the other one of today"
    assert listed.text.count("已经用过了") == 1
    assert "还不能用" in listed.text
    assert "没有这个短码" in listed.text
    with plugin_site.inside():
        assert await Step.filter(move="arrive").count() == 2
        await books_agree()
    other = await plugin_site.sign_in(await plugin_site.villager("别家"))
    again = await (await other.open(f"{T}/check")).form("form[action$='/check']").fill(codes=codes[2]).send()
    assert "没有这个短码" in again.text, "another host's voucher is not there"


async def test_guests_are_written_down_sealed_and_are_gone_after_their_term(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id)
        it = await offer_at(place)
        key = (await booked(place, it, guest.id, first=moments.today())).key
        row = await moving.do(key, "arrive", {Who.HOST}, actor=host.id, url=T, taken_fen=16800)
        await registering.write(row, "许仙", "passport", "E12345678", foreign=True, keep_days=30, actor=host.id)
        (shown,) = await registering.of(row)
        assert "12345" not in f"{shown.name}{shown.number}{shown.row.number}{shown.row.name}"
        assert shown.report_by is not None
        assert (await registering.opened(row, reader=host.id)) == [("许仙", "passport", "E12345678")]
        await registering.reported(shown.row, actor=host.id)
        assert (await registering.of(row))[0].report_by is None
        until = row.until + timedelta(days=30)
        for day, left in ((until, 1), (until + timedelta(days=1), 0)):
            with moments.as_of(moments.at(day, 4)):
                from cunli_tourism import minding

                await minding._forget()
            assert await Guest.all().count() == left
        await books_agree()


async def test_a_review_is_written_once_by_who_stayed(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id)
        it = await offer_at(place)
        key = (await booked(place, it, guest.id, first=moments.today())).key
        row = await Booking.get(key=key)
        with pytest.raises(NotOpen):
            await reviewing.write(row, it, 5, "好", writer=guest.id, url=T)
        for move in ("arrive", "finish"):
            await moving.do(key, move, {Who.HOST}, actor=host.id, url=T)
        await reviewing.write(row, it, 4, "好", writer=guest.id, url=T)
        with pytest.raises(NotOpen):
            await reviewing.write(row, it, 1, "坏", writer=guest.id, url=T)
        assert await Review.all().count() == 1
        found = await Place.get(id=place.id)
        assert (found.stars_sum, found.stars_count) == (4, 1)


async def test_a_homestay_has_no_more_than_fourteen_rooms_and_none_is_taken_away_under_a_guest(
    plugin_site: LiveSite,
) -> None:
    from lodging import offer_form

    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id)
        it = await offer_at(place, count=10)
        await offer_at(place, count=4)
        with pytest.raises(TooMany):
            await offer_at(place, count=1)
        assert (await Place.get(id=place.id)).beds == 28
        await booked(place, it, guest.id, units=2, people=2)
        await keeping.offer(place, offer_form(count=2), it, Papers(), actor=host.id)
        it = await Offer.get(id=it.id)
        with pytest.raises(InUse):
            await keeping.offer(place, offer_form(count=1), it, Papers(), actor=host.id)


async def test_the_clock_ends_what_nobody_ended(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id)
        it = await offer_at(place, count=2)
        with moments.as_of(moments.now() - timedelta(days=5)):
            came, missed = [(await booked(place, it, guest.id, first=moments.today())).key for _n in range(2)]
            await moving.do(came, "arrive", {Who.HOST}, actor=host.id, url=T)
    await plugin_site.run_task("tourism.tidy")
    with plugin_site.inside():
        assert (await state_of(came), await state_of(missed)) == ("completed", "no_show")
        await books_agree()


async def test_the_evidence_pack_says_what_the_bookings_say(plugin_site: LiveSite) -> None:
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    with plugin_site.inside():
        host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
        place = await place_of(host.id)
        it = await offer_at(place, count=4)
        with moments.as_of(moments.now() - timedelta(days=9)):
            keys = [
                (await booked(place, it, guest.id, first=moments.today(), nights=n, people=2)).key for n in (1, 2, 3)
            ]
            for key in keys[:2]:
                row = await Booking.get(key=key)
                await moving.do(key, "arrive", {Who.HOST}, actor=host.id, url=T, taken_fen=row.total_fen)
            await moving.do(keys[2], "cancel", {Who.GUEST}, actor=guest.id, url=T)
        (found,) = (await figures.by_village(soon(-30), soon(0))).values()
        assert (found.bookings, found.guests, found.nights) == (2, 4, 3)
        taken = sum(one.taken_fen for one in await Booking.all())
        assert found.income_fen == taken == 3 * 16800
        assert found.room_days == 4 * 31
        (line,) = await figures.evidence(soon(-30), soon(0))
        assert (line.bookings, line.guests, line.income_fen) == (2, 4, taken)
    table = (await official.open(f"{T}/evidence.csv")).text
    assert "田家老屋" in table
    assert "504" in table
    assert "504" in (await official.open(f"{T}/board.csv")).text
    assert "504" in (await official.open(f"{T}/evidence")).text
    assert (await (await plugin_site.sign_in(host)).open(f"{T}/board")).status == 403


async def test_who_leaves_is_forgotten_and_the_books_stay(plugin_site: LiveSite) -> None:
    host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
    with plugin_site.inside():
        place = await place_of(host.id)
        it = await offer_at(place)
        key = (await booked(place, it, guest.id)).key
    await plugin_site.close_account(guest, remove=True)
    with plugin_site.inside():
        row = await Booking.get(key=key)
        assert (row.guest_id, bool(row.name), bool(row.phone)) == (None, True, True), "the host still expects somebody"
    await plugin_site.run_task("tourism.forget")
    with plugin_site.inside():
        assert (await Booking.get(key=key)).name, "not before it is over"
        await moving.do(key, "call_off", {Who.HOST}, actor=host.id, url=T, words="下大雪")
    await plugin_site.run_task("tourism.forget")
    with plugin_site.inside():
        row = await Booking.get(key=key)
        assert (row.guest_id, row.name, row.phone, row.note) == (None, "", "", "")
    await plugin_site.close_account(host, remove=True)
    with plugin_site.inside():
        gone = await Place.get(id=place.id)
        assert (gone.host_id, gone.phone, gone.state) == (None, "", "paused")
        await books_agree()
