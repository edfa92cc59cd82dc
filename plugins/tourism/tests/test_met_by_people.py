"""What people met who used the pages: the word by code, the phone of the host, a day that was chosen, what is searched for."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta

from hosting import book, day, do, opened_place
from lodging import T, V, booked, offer_at, place_of, soon

from cunli import unit
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened
from cunli_tourism import complaining, figures, moments, moving, outings
from cunli_tourism.models import Booking, Offer, Place, Review, Step
from cunli_tourism.outings import OutingForm
from cunli_tourism.states import Who


async def test_what_is_accepted_by_code_is_not_told_as_declined(plugin_site: LiveSite) -> None:
    host = await plugin_site.sign_in(await plugin_site.villager("田大姐"))
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    guest = await plugin_site.sign_in(await plugin_site.stranger("许先生"))
    place = await opened_place(plugin_site, host, official)
    near = plugin_site.visitor()
    assert f"{T}/say" in (await near.open(f"{T}/places")).html, "the page of answers can be found"
    for what, then in (("accept", "订好了"), ("decline", "主人接不了")):
        address = (await book(guest, place)).url
        inbox = await host.open("/inbox")
        told = re.search(r"短码 ([A-Z0-9]{8})，六位数 (\d{6})", inbox.text)
        assert told is not None, inbox.text
        form = (await near.open(f"{T}/say?code={told[1]}")).form("form[action$='/say']")
        assert form.fields["code"] == [told[1]], "the address in the message brings the code along"
        said = await form.fill(say=told[2], do=what).send()
        assert "客人收到消息了" in said.text
        seen = await guest.open(address)
        assert then in seen.text
        assert ("接不了" in seen.text) == (what == "decline")
        assert (await host.open(f"{T}/say?code={told[1]}")).url == address, "who is signed in needs no word"
    with plugin_site.inside():
        assert [one.words for one in await Step.filter(move__in=["agree", "accept"])] == [""]


async def test_a_guest_who_is_expected_can_ring_the_host(plugin_site: LiveSite) -> None:
    host = await plugin_site.sign_in(await plugin_site.villager("田大姐"))
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    guest = await plugin_site.sign_in(await plugin_site.stranger("许先生"))
    place = await opened_place(plugin_site, host, official)
    seen = await plugin_site.visitor().open(place)
    assert any(one.get("href") == f"/sign-in?next={place}" for one in seen.all("a.btn")), (
        "who has no account is told the way"
    )
    address = (await book(guest, place)).url
    page = await guest.open(address)
    assert "13812345678" not in page.html, "shown to who asks"
    asked = await page.form("form[action$='/phone']").send()
    assert "13812345678" in asked.text
    assert "田大姐" in asked.text
    await do(host, address, "agree")
    voucher = (await guest.open(f"{address}/voucher")).text
    assert "13812345678" in voucher, "paper rings without a network"
    assert "田大姐" in voucher
    await do(guest, address, "cancel")
    over = await guest.open(address)
    assert not over.all("form[action$='/phone']")
    assert (await guest.post(f"{address}/phone", {})).status == 404


async def test_a_checked_voucher_leads_to_what_is_left_to_do(plugin_site: LiveSite) -> None:
    host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
    with plugin_site.inside():
        place = await place_of(host.id)
        key = (await booked(place, await offer_at(place), guest.id, first=soon(0))).key
        code = (await Booking.get(key=key)).code
    desk = await plugin_site.sign_in(host)
    done = await (await desk.open(f"{T}/check?code={code}")).form("form[action$='/check']").send()
    assert "还要收 168 元" in done.text
    assert any(one.get("href") == f"{T}/bookings/{key}" for one in done.all("a.li"))
    again = await (await desk.open(f"{T}/check?code={code}")).form("form[action$='/check']").send()
    assert not again.all("a.li"), "what is refused leads nowhere"


def links(page: Opened) -> list[str]:
    return [str(one.get("href")) for one in page.all("a.good")]


async def test_the_day_that_was_chosen_is_not_asked_again(plugin_site: LiveSite) -> None:
    host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
    with plugin_site.inside():
        place = await place_of(host.id, kind="picking")
        it = await offer_at(place, kind="seat", slots=("09:00",), count=2)
    visitor = plugin_site.visitor()
    found = await visitor.open(f"{T}/visit?day={day(10)}")
    assert links(found) == [f"{T}/places/{place.key}?in={day(10)}"]
    assert "那天满了" not in found.text
    assert f"in={day(10)}" in (await visitor.open(links(found)[0])).html
    assert links(await visitor.open(f"{T}/visit?day=1999-01-01")) == [f"{T}/places/{place.key}"]
    with plugin_site.inside():
        for _n in range(2):
            await booked(place, it, guest.id, first=date.fromisoformat(str(day(10))))
    assert "那天满了" in (await visitor.open(f"{T}/visit?day={day(10)}")).text, "seats run out, too"
    assert "那天满了" not in (await visitor.open(f"{T}/visit?day={day(11)}")).text
    with plugin_site.inside():
        for one in await Booking.all():
            await moving.do(one.key, "cancel", {Who.GUEST}, actor=guest.id, url=T)
    assert "那天满了" not in (await visitor.open(f"{T}/visit?day={day(10)}")).text


async def test_a_place_is_found_by_what_its_host_tells(plugin_site: LiveSite) -> None:
    host = await plugin_site.villager("主人")
    with plugin_site.inside():
        await place_of(host.id, name="田家老屋", story="五间吊脚楼，推窗就是梯田")
        await place_of(host.id, name="后山橘园", kind="picking", story="")
    visitor = plugin_site.visitor()
    for words, found in (("吊脚楼", "田家老屋"), ("采摘", "后山橘园"), ("民宿", "田家老屋"), ("橘园", "后山橘园")):
        for path in (f"{T}/visit?q={words}", f"{V}/search?q={words}"):
            page = (await visitor.open(path)).text
            assert found in page, path
            assert ({"田家老屋", "后山橘园"} - {found}).pop() not in page, path
    assert "没找到" in (await visitor.open(f"{T}/visit?q=没有这样的")).text
    assert "来村里住两天" not in (await visitor.open(f"{T}/visit")).words("h1")[0], "the county is named"


async def test_the_pack_says_capacity_papers_nights_and_complaints_of_each_place(plugin_site: LiveSite) -> None:
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
    with plugin_site.inside():
        inn, view = await place_of(host.id), await place_of(host.id, name="观景台", kind="spot", capacity=200)
        it = await offer_at(inn, count=3)
        await offer_at(view, kind="seat", slots=("09:00",), count=200, holds=1, fen=0)
        with moments.as_of(moments.now() - timedelta(days=9)):
            key = (await booked(inn, it, guest.id, first=moments.today(), nights=3, people=2)).key
            await moving.do(key, "arrive", {Who.HOST}, actor=host.id, url=T)
            row = await Booking.get(key=key)
            await complaining.complain(row, inn, "被子是湿的", person=guest.id, url=T)
        lines = {one.place.name: one for one in await figures.evidence(soon(-30), soon(0))}
        (whole,) = (await figures.by_village(soon(-30), soon(0))).values()
        assert (lines["田家老屋"].nights, lines["田家老屋"].complaints, lines["田家老屋"].settled) == (3, 1, 0)
        assert sum(one.nights for one in lines.values()) == whole.nights
        assert sum(one.complaints for one in lines.values()) == whole.complaints
        for first in (-29, -89, -364):
            drawn = await figures.over_time(soon(first), soon(0))
            assert sum(guests for _day, guests in drawn) == 2, "every span draws everybody once"
            assert 10 < len(drawn) < 32
            assert drawn[0][0] == soon(first)
    ends = soon(800).isoformat()
    (head, *rows) = list(csv.reader(io.StringIO((await official.open(f"{T}/evidence.csv")).html.lstrip("\ufeff"))))
    table = {row[1]: dict(zip(head, row, strict=True)) for row in rows}
    assert table["观景台"]["一天最多接待"] == "200"
    assert ends in table["田家老屋"]["证照"]
    assert (table["田家老屋"]["间夜"], table["田家老屋"]["投诉"], table["田家老屋"]["办了的投诉"]) == ("3", "1", "0")
    sheet = (await official.open(f"{T}/evidence?days=365")).text
    for words in (f"{soon(-364).year}年", f"{soon(0).year}年", "一天 200 位", "1 件，办了 0 件", ends):
        assert words in sheet, words
    board = await official.open(f"{T}/board")
    assert "来了多少客人" in board.text, "one village has something to draw, too"


async def test_the_village_answers_for_a_host_with_an_account_and_without_a_smartphone(plugin_site: LiveSite) -> None:
    host = await plugin_site.sign_in(await plugin_site.villager("田大姐"))
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    guest = await plugin_site.sign_in(await plugin_site.stranger("许先生"))
    address = (await book(guest, await opened_place(plugin_site, host, official))).url
    office = await official.open(f"{T}/office")
    assert "等主人答应" in office.text
    assert any(one.get("href") == address for one in office.all("a.li")), (
        "nobody has to know the address of the booking"
    )
    await do(official, address, "agree")
    assert "等主人答应" not in (await official.open(f"{T}/office")).text
    assert "订好了" in (await guest.open(address)).text


async def test_the_village_closes_a_place_and_says_why(plugin_site: LiveSite) -> None:
    host = await plugin_site.sign_in(await plugin_site.villager("田大姐"))
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    guest = await plugin_site.sign_in(await plugin_site.stranger("许先生"))
    place = await opened_place(plugin_site, host, official)
    booked_already = (await book(guest, place)).url
    for who in (host, guest):
        assert not (await who.open(place)).all("form[action$='/judge']")
    form = (await official.open(place)).form("form[action$='/judge']")
    await form.fill(reason="灶房没有灭火器").send(button=("do", "refuse"))
    assert (await guest.open(place)).status == 404
    assert "灶房没有灭火器" in (await host.open(f"{T}/host/{place.rsplit('/', 1)[-1]}")).text
    assert (await guest.open(booked_already)).status == 200, "what is booked is for people to arrange"


async def test_what_guests_said_goes_on_after_twenty(plugin_site: LiveSite) -> None:
    host, guest = await plugin_site.villager("主人"), await plugin_site.stranger("客人")
    with plugin_site.inside():
        place = await place_of(host.id)
        it = await offer_at(place, kind="seat", slots=("09:00",), count=30, holds=1)
        for n in range(21):
            key = (await booked(place, it, guest.id)).key
            await said(key, it, place, f"第{n}位说好")
    visitor = plugin_site.visitor()
    first = await visitor.open(f"{T}/places/{place.key}")
    assert "第20位说好" in first.text
    assert "第0位说好" not in first.text
    (more,) = [str(one.get("href")) for one in first.all("a.btn") if "said=" in str(one.get("href"))]
    last = await visitor.open(more)
    assert "第0位说好" in last.text
    assert "第20位说好" not in last.text
    assert not [one for one in last.all("a.btn") if "said=" in str(one.get("href"))]


@unit
async def said(key: str, it: Offer, place: Place, words: str) -> None:
    """A review of somebody who came, some weeks on."""
    row = await Booking.get(key=key)
    await Review.create(booking_id=row.id, place_id=place.id, stars=5, words=words, stayed=it.name, at=moments.now())


async def test_festivals_are_searched_and_mapped(plugin_site: LiveSite) -> None:
    official = await plugin_site.village_admin()
    days = {"since": soon(5), "until": soon(9)}
    with plugin_site.inside():
        shown = await outings.write(
            OutingForm(kind="festival", name="油菜花节", about="满坡都是黄的", shown=True, **days),
            None,
            actor=official.id,
        )
        await outings.write(
            OutingForm(kind="festival", name="还没说的油菜花", about="", shown=False, **days), None, actor=official.id
        )
    visitor = plugin_site.visitor()
    for words in ("油菜花", "满坡"):
        found = await visitor.open(f"{V}/search?q={words}")
        assert "油菜花节" in found.text
        assert "还没说的" not in found.text
    invitation = await visitor.open(f"{T}/visit")
    (where,) = [str(one.get("href")) for one in invitation.all("link[rel='sitemap']")]
    listed = (await visitor.open(where)).html
    assert listed.count("/outings/") == 1
    assert shown.key in listed
