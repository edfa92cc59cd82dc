"""The same rooms offered elsewhere: nobody has a night twice, whatever a file says, and nobody is named."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from hosting import opened_place
from icalendar import Calendar
from lodging import T, booked, books_agree, offer_at, offer_form, place_of, soon

from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor
from cunli_tourism import books, ical, keeping, listings, moments, moving, people, rooms
from cunli_tourism.ical import Found, Unreadable
from cunli_tourism.keeping import InUse
from cunli_tourism.licences import Asked as Papers
from cunli_tourism.models import Listing, Offer, Place, Taken
from cunli_tourism.rooms import Full
from cunli_tourism.states import Who

HEAD = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Elsewhere//EN\r\n"
END = b"END:VCALENDAR\r\n"


def entry(*lines: str) -> bytes:
    return "\r\n".join(("BEGIN:VEVENT", "UID:a@elsewhere", *lines, "END:VEVENT", "")).encode()


def nights(first: date, last: date) -> bytes:
    return entry(f"DTSTART;VALUE=DATE:{first:%Y%m%d}", f"DTEND;VALUE=DATE:{last:%Y%m%d}")


def calendar(*entries: bytes) -> bytes:
    return HEAD + b"".join(entries) + END


FIRST, LAST = date(2027, 1, 1), date(2028, 1, 1)


def said(*lines: str) -> Found:
    return ical.read(calendar(entry(*lines)), FIRST, LAST)


def january(*days: int) -> frozenset[date]:
    return frozenset(date(2027, 1, day) for day in days)


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        (("DTSTART;VALUE=DATE:20270105", "DTEND;VALUE=DATE:20270107"), (5, 6)),
        (("DTSTART;VALUE=DATE:20270105",), (5,)),
        (("DTSTART;VALUE=DATE:20270105", "DURATION:P3D"), (5, 6, 7)),
        (("DTSTART;TZID=Asia/Shanghai:20270105T150000", "DTEND;TZID=Asia/Shanghai:20270107T110000"), (5, 6)),
        (("DTSTART:20270104T170000Z", "DTEND:20270105T230000Z"), (5,)),  # 01:00 on the fifth there, 07:00 on the sixth
        (("DTSTART;TZID=Mars/Olympus:20270105T100000", "DTEND;TZID=Mars/Olympus:20270106T100000"), (5,)),
        (("DTSTART:20270105T100000", "DTEND:20270105T120000"), (5,)),
        (("DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20270103"), (1, 2)),
        (("DTSTART;VALUE=DATE:20270105", "DTEND;VALUE=DATE:20270107", "STATUS:CANCELLED"), ()),
        (("DTSTART;VALUE=DATE:20270105", "DTEND;VALUE=DATE:20270107", "TRANSP:TRANSPARENT"), ()),
    ],
)
def test_what_an_entry_says_of_nights(lines: tuple[str, ...], days: tuple[int, ...]) -> None:
    assert said(*lines).days == january(*days)


def test_what_came_from_here_does_not_come_back() -> None:
    body = ical.written(january(5, 6), of="abc", says="订出去了", at=moments.now())
    assert ical.read(body, FIRST, LAST).days == frozenset()
    other = body.replace(b"@tourism.cunli", b"@elsewhere")
    assert ical.read(other, FIRST, LAST).days == january(5, 6)


def test_what_repeats_counts_once_and_is_told_and_no_rule_is_ever_run() -> None:
    found = said("DTSTART;VALUE=DATE:20270105", "DTEND;VALUE=DATE:20270106", "RRULE:FREQ=SECONDLY")
    assert (found.days, found.repeated) == (january(5), 1)
    zone = (
        b"BEGIN:VTIME\r\n ZONE\r\nTZID:Mine\r\nBEGIN:STANDARD\r\nDTSTART:00010101T000000\r\nRRULE:FREQ=SECONDLY\r\n"
        b"TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    body = calendar(zone, entry("DTSTART;TZID=Mine:20270105T100000", "DTEND;TZID=Mine:20270106T100000"))
    assert ical.read(body, FIRST, LAST).days == january(5)


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART;VALUE=DATE:20271399",),
        ("DTSTART;VALUE=DATE:20270105", "DTSTART;VALUE=DATE:20270106"),
        ("DTSTART;VALUE=TIME:101010",),
        ("DTSTART;VALUE=PERIOD:20270101T000000Z/PT1H",),
        ("DTSTART;VALUE=DATE:20270105", "DTEND;VALUE=DATE:20270101"),
        ("DTSTART;VALUE=DATE:20270105", "DURATION:P9999999999999D"),
        ("DTSTART;VALUE=DATE:20270105", "DURATION:P99999999D"),
        ("SUMMARY:no day",),
    ],
)
def test_an_entry_without_a_day_is_counted_and_the_rest_is_read(lines: tuple[str, ...]) -> None:
    found = ical.read(calendar(entry(*lines), nights(date(2027, 1, 9), date(2027, 1, 10))), FIRST, LAST)
    assert (found.days, found.broken) == (january(9), 1)


UNREADABLE = {
    "nothing": b"",
    "a page": b"<html><body>Sign in</body></html>",
    "an image": bytes(range(256)) * 20,
    "cut off": calendar(nights(FIRST, LAST))[:-30],
    "only an entry": nights(FIRST, LAST),
    "two": calendar() * 2,
    "deep": b"BEGIN:VCALENDAR\r\n" * 2500 + END * 2500,
    "too long": calendar(nights(FIRST, LAST) * 4000),
    "too many": calendar(nights(FIRST, LAST) * 1001),
    "many lines": HEAD + b"X:Y\r\n" * 13_000 + END,
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_calendar_is_refused_as_such(name: str) -> None:
    with pytest.raises(Unreadable):
        ical.read(UNREADABLE[name], FIRST, LAST)


def test_a_damaged_calendar_is_read_or_refused_and_nothing_else() -> None:
    chance = random.Random(8)
    good = calendar(nights(date(2027, 1, 5), date(2027, 1, 7)), entry("DTSTART:20270104T170000Z", "DURATION:P1D"))
    for _n in range(300):
        body = bytearray(good)
        for _m in range(chance.randint(1, 6)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        try:
            assert ical.read(bytes(body), FIRST, LAST).days <= {FIRST + timedelta(days=n) for n in range(365)}
        except Unreadable:
            continue


async def world(site: LiveSite, *, count: int = 1, units: int = 1) -> tuple[Place, Offer, Listing, int]:
    host, guest = await site.villager("主人"), await site.stranger("客人")
    place = await place_of(host.id)
    offer = await offer_at(place, count=count)
    return place, offer, await listings.add(place, offer, "途家", units, actor=host.id), guest.id


def gone(days: Iterable[int]) -> Found:
    return Found(days=frozenset(soon(one) for one in days), repeated=0, broken=0)


async def take(listing: Listing, *days: int) -> Listing:
    place = await Place.get(id=listing.place_id)
    return await listings.take(listing.id, gone(days), actor=place.host_id or 0, url=T)


async def test_days_that_are_gone_elsewhere_cannot_be_booked_and_come_free_with_the_next_file(
    plugin_site: LiveSite,
) -> None:
    with plugin_site.inside():
        place, offer, listing, guest = await world(plugin_site, count=2)
        await take(listing, 5, 6)
        await booked(place, offer, guest, first=soon(5), nights=2)
        with pytest.raises(Full):
            await booked(place, offer, guest, first=soon(6))
        assert await rooms.unblock(offer, soon(5)) == 0, "what is gone elsewhere is not the host's to give free"
        await take(listing, 6)
        await booked(place, offer, guest, first=soon(5))
        with pytest.raises(Full):
            await booked(place, offer, guest, first=soon(6))
        await listings.drop(listing, actor=place.host_id or 0)
        await booked(place, offer, guest, first=soon(6))
        assert await Taken.exclude(listing_id=None).count() == 0
        await books_agree()


async def test_a_day_that_is_booked_here_and_gone_there_is_told_and_nothing_is_overwritten(
    plugin_site: LiveSite,
) -> None:
    with plugin_site.inside():
        place, offer, listing, guest = await world(plugin_site)
        kept = await booked(place, offer, guest, first=soon(5), nights=2)
        listing = await take(listing, 6, 7)
        assert listing.clashes == [soon(6).isoformat()]
        assert await Taken.filter(booking_id__isnull=False).count() == 2
        await moving.do(kept.key, "cancel", {Who.GUEST}, actor=guest, url=T)
        listing = await Listing.get(id=listing.id)
        assert (listing.clashes, listing.short) == ([], 0)
        with pytest.raises(Full):
            await booked(place, offer, guest, first=soon(6))
        await booked(place, offer, guest, first=soon(5))
        await books_agree()


async def test_a_day_that_the_host_keeps_is_no_clash_and_stays_gone_when_it_is_given_free(
    plugin_site: LiveSite,
) -> None:
    with plugin_site.inside():
        place, offer, listing, guest = await world(plugin_site)
        await rooms.block(place, offer, soon(5))
        assert (await take(listing, 5)).clashes == []
        await rooms.unblock(offer, soon(5))
        with pytest.raises(Full):
            await booked(place, offer, guest, first=soon(5))


async def test_a_room_that_is_gone_elsewhere_cannot_be_taken_away_and_one_that_the_host_keeps_can(
    plugin_site: LiveSite,
) -> None:
    with plugin_site.inside():
        place, offer, listing, _guest = await world(plugin_site, count=3, units=2)
        await rooms.block(place, offer, soon(5))
        fewer = await keeping.offer(place, offer_form(count=2), offer, Papers(), actor=place.host_id or 0)
        await take(listing, 6)
        with pytest.raises(InUse):
            await keeping.offer(place, offer_form(count=1), fewer, Papers(), actor=place.host_id or 0)
        assert (await Offer.get(id=offer.id)).count == 2


async def test_files_that_come_in_while_guests_book_never_take_a_night_twice(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        place, offer, listing, guest = await world(plugin_site, count=2)
        other = await listings.add(place, offer, "手机", 2, actor=place.host_id or 0)
        chance = random.Random(3)

        async def book() -> str:
            try:
                first = soon(chance.randint(1, 5))
                return (await booked(place, offer, guest, first=first, nights=chance.randint(1, 3))).key
            except Full:
                return ""

        for _round in range(3):
            files = [take(one, *chance.sample(range(1, 8), 3)) for one in (listing, other)]
            *_files, one, two = await asyncio.gather(*files, book(), book())
            assert await books.twice() == []
            for key in (str(one), str(two)):
                if key and chance.random() < 0.5:
                    await moving.do(key, "cancel", {Who.GUEST}, actor=guest, url=T)
            await books_agree()
        for one in await Listing.all():
            here = Taken.filter(listing_id=one.id)
            assert {row.day.isoformat() for row in await here} <= set(one.days)


async def test_without_the_lock_and_the_look_the_same_file_takes_what_a_guest_has(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    with plugin_site.inside():
        place, offer, listing, guest = await world(plugin_site)
        await booked(place, offer, guest, first=soon(5))

        async def as_if_free(of: Listing) -> None:
            await rooms.put(place, offer, 1, [soon(5)], 0, None)

        monkeypatch.setattr(rooms, "fill", as_if_free)
        with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
            await take(listing, 5)
        assert await books.twice() == []
        assert (await Listing.get(id=listing.id)).days == [], "the file was taken whole, or not at all"


async def test_a_host_who_leaves_takes_the_secret_addresses_along(plugin_site: LiveSite) -> None:
    with plugin_site.inside():
        place, _offer, listing, _guest = await world(plugin_site)
        await take(listing, 5)
        assert place.host_id is not None
        (_bookings, places, _reviews, _complaints) = await people.export(place.host_id)
        assert places.rows[0]["calendars"] == "途家"
        await people.erase(place.host_id)
        assert await Listing.all().count() == await Taken.all().count() == 0


async def calendar_page(site: LiveSite) -> tuple[Visitor, Visitor, str]:
    """A host with a room and one calendar elsewhere: the host, somebody else, and the address of the calendar's page."""
    host = await site.sign_in(await site.villager("田大姐"))
    official = await site.sign_in(await site.village_admin())
    key = (await opened_place(site, host, official)).rsplit("/", 1)[-1]
    desk = await host.open(f"{T}/host/{key}")
    days = next(str(one.get("href")) for one in desk.all("a") if str(one.get("href")).endswith("/days"))
    form = (await host.open(days)).form("form[action$='/calendars']")
    assert "最多" not in (refused := await form.fill(elsewhere="途家", units="9").send()).text
    assert refused.status == 422
    page = await form.fill(elsewhere="途家", units="1").send()
    assert page.status == 200
    return host, await site.sign_in(await site.villager("别人")), page.url


async def send(host: Visitor, url: str, body: bytes) -> tuple[int, str]:
    form = (await host.open(url)).form("form[action$='/read']")
    page = await form.attach("file", ("x.ics", body, "text/calendar")).send()
    return page.status, page.text


async def test_a_host_reads_a_file_in_and_a_bad_one_changes_nothing(plugin_site: LiveSite) -> None:
    host, other, url = await calendar_page(plugin_site)
    assert (await other.open(url)).status == 404
    for act in ("read", "renew", "drop"):
        assert (await other.post(f"{url}/{act}", {})).status == 404, act
    assert (await plugin_site.visitor().open(url)).url.startswith("/sign-in")
    status, text = await send(host, url, calendar(nights(soon(3), soon(5))))
    assert status == 200
    assert "以后有 2 天那边有人" in text
    for name in ("nothing", "a page", "cut off", "many lines"):
        status, text = await send(host, url, UNREADABLE[name])
        assert status == 422, name
        assert "以后有 2 天那边有人" in text
    with plugin_site.inside():
        assert await Taken.all().count() == 2
    huge = await host.post(f"{url}/read", {}, files=[("file", ("x.ics", b"x" * 900_000, "text/calendar"))])
    assert huge.status == 413
    status, text = await send(host, url, calendar(entry(f"DTSTART;VALUE=DATE:{soon(3):%Y%m%d}", "RRULE:FREQ=DAILY")))
    assert "有 1 条是重复的" in text
    page = await (await host.open(url)).form("form[action$='/drop']").send()
    assert page.status == 200
    assert "同一间房也放在别的网站上" in page.text
    with plugin_site.inside():
        assert await Taken.all().count() == await Listing.all().count() == 0


async def test_the_secret_address_tells_days_and_nobody_and_ends_when_it_is_renewed(plugin_site: LiveSite) -> None:
    host, _other, url = await calendar_page(plugin_site)
    with plugin_site.inside():
        guest = await plugin_site.stranger("许先生")
        offer = (await Offer.all())[0]
        place = await Place.get(id=offer.place_id)
        await booked(place, offer, guest.id, first=soon(5), nights=2, units=2, people=2)
        await rooms.block(place, offer, soon(9))
        await booked(place, offer, guest.id, first=soon(12), nights=1, units=1)
        listing = (await Listing.all())[0]
        await take(listing, 20)
    address = (await host.open(url)).all(".p-tourism-address")[0].text.strip()
    assert listing.secret in address
    path = address[address.index("/v/") :]
    robot = plugin_site.visitor()
    answer = await robot.open(path)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    body = answer.html
    found = {str(one["uid"]): one.decoded("dtstart") for one in Calendar.from_ical(body).walk("VEVENT")}
    assert set(found.values()) == {soon(5), soon(6), soon(9)}, "one of two rooms is free on the twelfth"
    again = Calendar.from_ical((await robot.open(path)).html).walk("VEVENT")
    assert {str(one["uid"]) for one in again} == set(found)
    for word in ("许", "1390", listing.secret, listing.key):
        assert word not in body
    await (await host.open(url)).form("form[action$='/renew']").send()
    assert (await robot.open(path)).status == 404
    assert (await robot.open(f"{T}/calendars/none.ics")).status == 404
