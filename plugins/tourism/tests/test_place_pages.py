"""Places, bookings and answers through pages: who sees what, who may do what, and what a mistake looks like."""

from __future__ import annotations

import asyncio
import re

from hosting import book, day, do, opened_place
from lodging import T, V, books_agree, place_of

from cunli.testing.live import LiveSite
from cunli.testing.photos import photo_file
from cunli.testing.visitor import Visitor
from cunli_tourism.models import GUEST_NAME, Booking, Place, Taken
from cunli_tourism.settings import SHELF


async def test_a_place_is_seen_when_the_village_has_looked_at_it(plugin_site: LiveSite) -> None:
    host = await plugin_site.sign_in(await plugin_site.villager("田大姐"))
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    nobody = plugin_site.visitor()
    page = await host.open(f"{T}/host/new")
    form = page.form("form[action$='/host/new']").fill(name="田家老屋", called="田大姐", phone="1", address="")
    wrong = await form.send()
    assert wrong.status == 422
    assert len(wrong.words(".f__err")) == 2
    form.fill(phone="13812345678", address="二组", spot="29.560210, 109.951320").attach("photos", photo_file())
    desk = await form.send()
    key = desk.url.rsplit("/", 1)[-1]
    assert (await nobody.open(f"{T}/places/{key}")).status == 404
    assert "还缺" in desk.text
    refused = (await official.open(f"{T}/office")).form(f"form[action$='/places/{key}/judge']")
    await refused.fill(reason="照片不清楚").send(button=("do", "refuse"))
    assert "照片不清楚" in (await host.open(f"{T}/host/{key}")).text
    again = await host.open(f"{T}/host/{key}/edit")
    await again.form("form[action$='/edit']").send()
    await (await official.open(f"{T}/office")).form(f"form[action$='/places/{key}/judge']").send(button=("do", "open"))
    seen = await nobody.open(f"{T}/places/{key}")
    assert seen.status == 200
    assert "13812345678" not in seen.html, "the phone is shown to who is signed in and asks"
    assert "uri.amap.com" in seen.html
    assert "position=109.951320,29.560210" in seen.html, "a Chinese map draws it where the host copied it from one"
    (lng,) = [float(str(one.get("content"))) for one in seen.all("meta[itemprop='longitude']")]
    assert 0.003 < 109.951320 - lng < 0.007, "some hundred metres off for the rest of the world"
    picture = next(str(one.get("src")) for one in seen.all(".gallery img"))
    assert (await nobody.client.get(picture)).headers["content-type"].startswith("image/")
    assert key in (await nobody.open(f"{T}/sitemap.xml")).html
    assert "田家老屋" in (await nobody.open(f"{T}/visit?q=老屋&kind=homestay")).text
    assert "田家老屋" not in (await nobody.open(f"{T}/visit?kind=camp")).text
    assert "田家老屋" in (await nobody.open(f"{V}/search?q=田家老屋")).text
    await plugin_site.set_value(SHELF, 1)
    assert "田家老屋" in (await nobody.open(f"{V}/")).text
    other = await plugin_site.sign_in(await plugin_site.villager("别家"))
    for path in ("", "/edit", "/offers", "/paper"):
        assert (await other.open(f"{T}/host/{key}{path}")).status == 404, path
    asked = await seen_by(other, f"{T}/places/{key}")
    assert "13812345678" in asked


async def seen_by(who: Visitor, place: str) -> str:
    page = await who.open(place)
    return str((await page.form("form[action$='/call']").send()).text)


async def test_a_guest_sees_everything_before_booking_and_the_host_sees_the_guest(plugin_site: LiveSite) -> None:
    host = await plugin_site.sign_in(await plugin_site.villager("田大姐"))
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    guest = await plugin_site.sign_in(await plugin_site.stranger("许先生"))
    place = await opened_place(plugin_site, host, official)
    assert (await plugin_site.visitor().open(f"{place}/book")).url.startswith("/sign-in")
    page = await guest.open(f"{place}/book?in={day(10)}&out={day(12)}&people=2")
    assert "¥336" in page.text
    assert "来之前取消不收钱" in page.text
    form = page.form("form[action*='/book?']").fill(name="许先生", phone="13900000000")
    first = await form.send()
    answers = await asyncio.gather(*(form.send() for _n in range(4)))
    assert {one.url for one in answers} == {first.url}, "the same form five times is one booking"
    with plugin_site.inside():
        (row,) = await Booking.all()
        assert await Taken.all().count() == 2
        assert "许先生" not in row.name
        assert GUEST_NAME.masked(row.name, row.key)
    told = await host.open(first.url)
    assert "13900000000" not in told.html
    phone = await told.form("form[action$='/phone']").send()
    assert "13900000000" in phone.text
    stranger = await plugin_site.sign_in(await plugin_site.stranger("别人"))
    assert (await stranger.open(first.url)).status == 404
    assert (await stranger.post(f"{first.url}/do/agree", {})).status == 404
    await do(host, first.url, "agree")
    voucher = await guest.open(f"{first.url}/voucher")
    assert row.code in voucher.text
    assert (await host.open(f"{first.url}/voucher")).status == 404
    listed = await host.open(f"{T}/host/{place.rsplit('/', 1)[-1]}/paper")
    assert row.code in listed.text
    assert "13900000000" in listed.text
    with plugin_site.inside():
        await books_agree()


async def test_a_price_that_changed_meanwhile_is_shown_and_nothing_is_booked(plugin_site: LiveSite) -> None:
    host = await plugin_site.sign_in(await plugin_site.villager("田大姐"))
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    guest = await plugin_site.sign_in(await plugin_site.stranger("许先生"))
    place = await opened_place(plugin_site, host, official)
    page = await guest.open(f"{place}/book?in={day(10)}&out={day(12)}&people=2")
    key = place.rsplit("/", 1)[-1]
    desk = await host.open(f"{T}/host/{key}")
    days = next(str(one.get("href")) for one in desk.all("a") if str(one.get("href")).endswith("/days"))
    season = (await host.open(days)).form("form[action$='/seasons']")
    await season.fill(name="油菜花", first=str(day(0)), last=str(day(40)), fen="200").send()
    late = await page.form("form[action*='/book?']").fill(name="许先生", phone="13900000000").send()
    assert late.status == 409
    assert "¥400" in late.text
    with plugin_site.inside():
        assert await Booking.all().count() == 0
    assert "¥400" in (await guest.open(f"{place}?in={day(10)}&out={day(12)}&people=2")).text
    blocked = (await host.open(days)).form(f"form:has(input[value='{day(10)}'])")
    await blocked.send(button=("do", "block"))
    full = await guest.open(f"{place}?in={day(10)}&out={day(12)}&people=2")
    assert "这几天不够了" in full.text


async def test_a_host_without_a_smartphone_answers_by_the_word_of_the_message(plugin_site: LiveSite) -> None:
    host = await plugin_site.sign_in(await plugin_site.villager("田大姐"))
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    guest = await plugin_site.sign_in(await plugin_site.stranger("许先生"))
    place = await opened_place(plugin_site, host, official)
    booking = (await book(guest, place)).url
    told = re.search(r"短码 ([A-Z0-9]{8}).*六位数 (\d{6})", (await host.open("/inbox")).text)
    assert told is not None
    neighbour = plugin_site.visitor()
    wrong = (await neighbour.open(f"{T}/say")).form("form[action$='/say']")
    refused = await wrong.fill(code=told[1], say=f"{(int(told[2]) + 1) % 1_000_000:06d}", do="accept").send()
    assert refused.status == 422
    assert "等主人答应" in (await guest.open(booking)).text
    right = (await neighbour.open(f"{T}/say")).form("form[action$='/say']")
    await right.fill(code=told[1], say=told[2], do="accept").send()
    assert "订好了" in (await guest.open(booking)).text
    again = (await neighbour.open(f"{T}/say")).form("form[action$='/say']")
    await again.fill(code=told[1], say=told[2], do="decline").send()
    assert "订好了" in (await guest.open(booking)).text, "the word answers once"


async def test_guessing_the_word_ends_after_ten_tries(plugin_site: LiveSite) -> None:
    host = await plugin_site.sign_in(await plugin_site.villager("田大姐"))
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    guest = await plugin_site.sign_in(await plugin_site.stranger("许先生"))
    await book(guest, await opened_place(plugin_site, host, official))
    with plugin_site.inside():
        code = (await Booking.all())[0].code
    thief = plugin_site.visitor()
    for _n in range(10):
        await (await thief.open(f"{T}/say")).form("form[action$='/say']").fill(code=code, say="000000").send()
    last = await (await thief.open(f"{T}/say")).form("form[action$='/say']").fill(code=code, say="000001").send()
    assert "试得太多了" in last.text


async def test_a_host_without_any_phone_is_kept_by_the_village(plugin_site: LiveSite) -> None:
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    deputy = await plugin_site.sign_in(await plugin_site.village_admin("副主任", title="主任"))
    guest = await plugin_site.sign_in(await plugin_site.stranger("许先生"))
    place = await opened_place(plugin_site, official, deputy, for_other=True)
    with plugin_site.inside():
        assert (await Place.all())[0].host_id is None
    booking = (await book(guest, place)).url
    await do(deputy, booking, "agree")
    assert "订好了" in (await guest.open(booking)).text
    villager = await plugin_site.sign_in(await plugin_site.villager("路人"))
    assert (await villager.open(f"{T}/host/{place.rsplit('/', 1)[-1]}")).status == 404


async def test_days_at_the_ends_of_time_end_in_no_error_page(plugin_site: LiveSite) -> None:
    host = await plugin_site.sign_in(await plugin_site.villager("田大姐"))
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    place = await opened_place(plugin_site, host, official)
    for first, last in (("9999-12-31", ""), ("0001-01-01", "9999-12-31"), ("1" * 10, "0001-01-01")):
        for address in (place, f"{place}/book"):
            page = await official.open(f"{address}?in={first}&out={last}&from={first}&people=٣")
            assert page.status == 200, (address, first, last)
    for day_ in ("9999-12-31", "0001-01-01"):
        assert (await official.open(f"{T}/visit?day={day_}")).status == 200
    desk = await host.open(f"{T}/host/{place.rsplit('/', 1)[-1]}")
    days = next(str(one.get("href")) for one in desk.all("a") if str(one.get("href")).endswith("/days"))
    offer = days.removesuffix("/days")
    for far in ("9999-12-31", "1900-01-01"):
        assert (await host.post(f"{offer}/block", {"day": far, "do": "block"})).status == 200, far
        fields = {"name": "长", "first": far, "last": "9999-12-31", "fen": "200"}
        assert (await host.post(f"{offer}/seasons", fields)).status < 500, far
    assert (await official.open(f"{place}?in={day(10)}&out={day(12)}")).status == 200
    assert (await host.open(days)).status == 200


async def test_what_waits_is_on_top_however_many_places_there_are(plugin_site: LiveSite) -> None:
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    with plugin_site.inside():
        host = (await plugin_site.villager("田大姐")).id
        first = await place_of(host, name="第一处", opened=False)
        for number in range(61):
            await place_of(host, name=f"开了{number}处", papers=False)
    page = await official.open(f"{T}/office")
    assert page.all(f"form[action$='/places/{first.key}/judge']"), "the longest waiting comes first"
    assert len(page.all(".list a[href*='/places/']")) == 60
    rest = await official.open(page.one("a[href*='page=']").get("href", ""))
    assert len(rest.all(".list a[href*='/places/']")) == 1
    listed = await official.open(f"{T}/places")
    more = await official.open(listed.one("a[href*='visit?village=']").get("href", ""))
    assert more.status == 200
    for odd in ("-1", "x", "99999", "²"):
        assert (await official.open(f"{T}/office?page={odd}")).status == 200
