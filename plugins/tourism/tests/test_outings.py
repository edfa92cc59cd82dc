"""Ways and festivals that lead to bookings; what is taken home from an orchard; the county's own invitation."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hosting import day, opened_place
from lodging import T, books_agree, ground, offer_at, place_of, soon

from cunli import unit
from cunli.testing.live import LiveSite
from cunli_tourism import booking, moments, outings
from cunli_tourism.booking import NotBookable, Wish
from cunli_tourism.models import Booking, Offer, Outing, Place
from cunli_tourism.pricing import Asked


@unit
async def one_county() -> None:
    """Close the village of the other county. Pages above several counties follow the profile of none, which refuses business."""
    await Place._meta.db.execute_query("UPDATE core_village SET state = 'closed' WHERE slug = 'waixiang'")


async def test_a_blossom_festival_leads_to_its_places_on_its_days(plugin_site: LiveSite) -> None:
    await one_county()
    host = await plugin_site.sign_in(await plugin_site.villager("田大姐"))
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    place = await opened_place(plugin_site, host, official)
    first, last = day(20), day(25)
    page = await official.open(f"{T}/outings/new")
    form = page.form("form[action$='/outings/new']")
    wrong = await form.fill(name="油菜花节", since=last.isoformat(), until=first.isoformat()).send()
    assert wrong.status == 422
    edit = await (
        wrong.form("form[action$='/outings/new']")
        .fill(name="油菜花节", about="<b>满坡</b>都是黄的", since=first.isoformat(), until=last.isoformat(), shown="1")
        .send()
    )
    with plugin_site.inside():
        offer, row = await Offer.get(), await Outing.get()
        key = (await Place.get()).key
    edit = await edit.form("form[action$='/stops']").fill(to=f"{key}:{offer.key}", words="看日出").send()
    assert edit.status == 200, edit.words(".f__err")
    visitor = plugin_site.visitor()
    for path in (f"{T}/places", f"{T}/outings", f"{T}/visit", "/tourism/visit"):
        assert "油菜花节" in (await visitor.open(path)).text, path
    shown = await visitor.open(f"{T}/outings/{row.key}")
    assert "<b>满坡</b>" not in shown.html
    assert "还有 20 天" in shown.text
    link = f"{place}?offer={offer.key}&in={first}&out={first + timedelta(days=1)}"
    assert link in shown.html.replace("&amp;", "&")
    assert (await host.open(f"{T}/outings/{row.key}/edit")).status == 403
    await (
        (await official.open(f"{T}/outings/{row.key}/edit"))
        .form("form[action$='/stops']:has([name=drop])")
        .send(button=("drop", "1"))
    )
    assert "还没有写站" in (await visitor.open(f"{T}/outings/{row.key}")).text
    with plugin_site.inside(), moments.as_of(moments.at(last + timedelta(days=1), 9)):
        assert await outings.coming(5) == [], "what is over invites nobody"


async def test_what_is_hidden_is_there_for_the_office_only(plugin_site: LiveSite) -> None:
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    page = await official.open(f"{T}/outings/new")
    edit = await page.form("form[action$='/outings/new']").fill(kind="route", name="一日走梯田", shown=None).send()
    assert edit.status == 200, edit.words(".f__err")
    with plugin_site.inside():
        row = await Outing.get()
        assert (row.since, row.until, row.shown) == (None, None, False)
    assert (await plugin_site.visitor().open(f"{T}/outings/{row.key}")).status == 404
    assert "一日走梯田" not in (await plugin_site.visitor().open(f"{T}/outings")).text
    assert (await official.open(f"{T}/outings/{row.key}")).status == 200


async def test_oranges_are_picked_and_taken_home_and_paid_with_the_visit(plugin_site: LiveSite) -> None:
    host, guest = await plugin_site.villager("石满仓"), await plugin_site.stranger("许先生")
    with plugin_site.inside():
        place = await place_of(host.id, kind="picking", name="后山橘园")
        seat = await offer_at(place, kind="seat", name="进园采摘", slots=("09:00",), count=60, holds=1, fen=2000)
        asked = Asked(first=soon(), last=soon(), units=2, people=2, takes=3)
        with pytest.raises(NotBookable, match="take"):
            await booking.quoted(place, seat, asked, ground())
        await offer_at(place, kind="take", name="一箱十斤", count=1, holds=1, fen=6000)
        assert (await Place.get(id=place.id)).from_fen == 2000, "what goes along makes no place cheap"
        seen = (await booking.quoted(place, seat, asked, ground())).total_fen
        assert seen == 2 * 2000 + 3 * 6000
        many = Asked(first=soon(), last=soon(), units=2, people=2, takes=21)
        wish = Wish(asked=many, slot=0, name="许", phone="13900000000", seen_fen=1)
        with pytest.raises(NotBookable, match="take"):
            await booking.book(place.id, seat.id, wish, ground(), guest_id=guest.id)
        await books_agree()
    visitor = await plugin_site.sign_in(guest)
    page = await visitor.open(f"{T}/places/{place.key}/book?in={soon()}&people=2&takes=3")
    assert "带走" in page.text
    done = await page.form("form[action*='/book?']").fill(name="许先生", phone="13900000000").send()
    assert "带走 3 份" in done.text
    with plugin_site.inside():
        row = await Booking.get()
        assert (row.takes, row.total_fen) == (3, 22000)
        await books_agree()
    assert (await visitor.open(f"{T}/places/{place.key}/book?in={soon()}&takes=999")).status == 200


async def test_the_county_invites_from_a_page_of_its_own(plugin_site: LiveSite) -> None:
    await one_county()
    host = await plugin_site.sign_in(await plugin_site.villager("田大姐"))
    official = await plugin_site.sign_in(await plugin_site.village_admin())
    place = await opened_place(plugin_site, host, official)
    visitor = plugin_site.visitor()
    page = await visitor.open(f"/tourism/visit?q=老屋&day={day(3)}&village=heping")
    assert place in page.html
    assert "没找到" in (await visitor.open("/tourism/visit?q=没有这样的&kind=<script>&village=%00&day=9&page=-1")).text
    found = (await visitor.open("/tourism/sitemap.xml")).html
    assert "/tourism/visit</loc>" in found
    assert place.rsplit("/", 1)[-1] in found


async def test_on_a_site_of_several_counties_each_invites_from_its_own_page(plugin_site: LiveSite) -> None:
    site = plugin_site
    official = await site.sign_in(await site.village_admin())
    place = await opened_place(site, await site.sign_in(await site.villager("田大姐")), official)
    visitor = site.visitor()
    codes = {
        row["slug"]: row["code"][:6]
        for row in await Place._meta.db.execute_query_dict(
            "SELECT v.slug AS slug, r.code AS code FROM core_village v JOIN core_region r ON r.id = v.county_id"
        )
    }
    here, there = codes["heping"], codes["waixiang"]
    only = await visitor.open("/tourism/visit")
    assert only.url == f"/tourism/visit/{here}", (
        "the other county's profile refuses business, so there is nothing to choose"
    )
    assert place in only.html
    assert (await visitor.open(f"/tourism/visit/{there}")).status == 404
    await site.set_profile("wecun2019", "waixiang")
    choice = await visitor.open("/tourism/visit")
    assert {f"/tourism/visit/{one}" for one in (here, there)} <= {str(a.get("href")) for a in choice.all("a")}
    assert place not in choice.html
    assert place in (await visitor.open(f"/tourism/visit/{here}?q=老屋")).html
    other = await visitor.open(f"/tourism/visit/{there}")
    assert (other.status, place in other.html) == (200, False)
    for wrong in ("430000", "999999", "4307240", "x"):
        assert (await visitor.open(f"/tourism/visit/{wrong}")).status == 404, wrong
    found = (await visitor.open(f"/tourism/visit/{here}/sitemap.xml")).html
    assert f"/tourism/visit/{here}</loc>" in found
    assert place in found
    assert place not in (await visitor.open(f"/tourism/visit/{there}/sitemap.xml")).html
