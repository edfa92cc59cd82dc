"""What a festival brings, what lies around a place, and who is told that it gets crowded."""

from __future__ import annotations

import pytest
from hosting import day
from lodging import T, V, booked, offer_at, place_of, soon

from cunli import Reach, VillageInReach, unit
from cunli.testing.live import LiveSite
from cunli_tourism import around, board_pages, figures, moments, moving, outings
from cunli_tourism.models import Booking, Place
from cunli_tourism.outings import OutingForm
from cunli_tourism.states import Who
from cunli_tourism.where import Spot


def festival(**more: object) -> OutingForm:
    values = {"kind": "festival", "name": "油菜花节", "about": "", "since": soon(5), "until": soon(9), "shown": True}
    return OutingForm(**{**values, **more})  # type: ignore[arg-type]


@unit
async def today(outing_id: int, *keys: str) -> None:
    """These began on its page, and are for today, as a board looks back only."""
    await Booking.filter(key__in=keys).update(outing_id=outing_id, since=soon(0))


async def test_bookings_that_begin_on_the_page_of_a_festival_are_counted_for_it(plugin_site: LiveSite) -> None:
    host, official = await plugin_site.villager("主人"), await plugin_site.village_admin()
    with plugin_site.inside():
        place = await place_of(host.id)
        it = await offer_at(place, count=9)
        blossom = await outings.write(festival(), None, actor=official.id)
        hidden = await outings.write(festival(name="还没说的节", shown=False), None, actor=official.id)
        await outings.add_stop(blossom, place, it, "看花", actor=official.id)
        await outings.add_stop(blossom, place, None, "路过", actor=official.id)
    guest = await plugin_site.sign_in(await plugin_site.stranger("许先生"))
    page = await guest.open(f"{T}/outings/{blossom.key}")
    assert "从这一页订的" not in page.text, "for the office only"
    links = [str(one.get("href")) for one in page.all("ol.list a.li")]
    assert len(links) == 2
    assert all(f"via={blossom.key}" in one for one in links)
    seen = await guest.open(links[0])
    asked = await seen.form("form[method='get'][action*='/places/']").fill(people="2").send()
    to_quote = next(str(one.get("href")) for one in asked.all(".bar a.btn--go"))
    assert f"via={blossom.key}" in to_quote, "not lost when somebody looks at the prices"
    assert all(f"via={blossom.key}" in str(one.get("href")) for one in asked.all("a.p-tourism-day"))
    form = (await guest.open(to_quote)).form("form[action*='/book?']")
    done = await form.fill(name="许先生", phone="13900000000").send()
    for wrong in (hidden.key, "x" * 22, "'; --", ""):
        again = await guest.open(f"{T}/places/{place.key}/book?in={day(20)}&via={wrong}")
        await again.form("form[action*='/book?']").fill(name="许先生", phone="13900000000").send()
    with plugin_site.inside():
        rows = await Booking.all().order_by("id")
        assert [one.outing_id for one in rows] == [blossom.id, None, None, None, None]
        assert rows[0].key == done.url.rsplit("/", 1)[-1]
        with moments.as_of(moments.at(rows[0].since, 15)):
            await moving.do(rows[0].key, "arrive", {Who.HOST}, actor=host.id, url=T, taken_fen=16800)
        found = (await figures.brought(Booking.filter(outing_id=blossom.id)))[blossom.id]
        assert (found.bookings, found.guests, found.income_fen) == (1, 2, 16800)
        gone = await booked(place, it, (await plugin_site.stranger("别人")).id)
        await today(blossom.id, rows[0].key, gone.key)
        await moving.do(gone.key, "cancel", {Who.GUEST}, actor=None, url=T)
        later = (await figures.brought(Booking.filter(outing_id=blossom.id)))[blossom.id]
        assert later == found, "what was called off brought nobody"
    desk = await plugin_site.sign_in(official)
    shown = (await desk.open(f"{T}/outings/{blossom.key}")).text
    assert "从这一页订的" in shown
    assert "¥168" in shown
    board = await desk.open(f"{T}/board?days=30")
    assert "路线和节会引来的" in board.text
    assert "油菜花节" in board.words(".tbl--cards th[scope='row']")
    with plugin_site.inside():
        village = plugin_site["heping"]
        two = [
            VillageInReach(id=n, name=name, url=V, region_id=0, township_id=0, chain=())
            for n, name in ((village.id, village.name), (0, "别村"))
        ]
        assert await board_pages._brought(Reach(tuple(two)), soon(-30), soon(0)) == [
            (f"{village.name} · 油菜花节", found)
        ]


@pytest.mark.parametrize(
    ("lat", "lng", "towards", "metres"),
    [(29.11, 109.9, "北", 1112), (29.1, 109.91, "东", 972), (29.09, 109.89, "西南", 1477), (29.1, 109.9, "北", 0)],
)
def test_how_far_and_in_which_direction(lat: float, lng: float, towards: str, metres: int) -> None:
    here = Place(lat6=29_100_000, lng6=109_900_000)
    (found,) = around.nearest(here, [Place(lat6=round(lat * 1e6), lng6=round(lng * 1e6)), Place()])
    assert str(found.towards) == towards
    assert abs(found.metres - metres) <= 2
    assert around.nearest(Place(), [here]) == []
    drawn = around.sketch([found])
    assert (drawn is None) == (metres == 0)
    if drawn:
        ((x, y),) = drawn.dots
        assert 0 < x < around.WIDTH
        assert 0 < y < around.HEIGHT
        assert (y < 100) == (lat > 29.1), "north is up"


async def test_a_place_shows_what_is_nearest_and_a_sketch_without_any_map(plugin_site: LiveSite) -> None:
    host = await plugin_site.villager("主人")
    with plugin_site.inside():
        here = await place_of(host.id, spot=Spot(lat=29.1, lng=109.9))
        await place_of(host.id, name="远处的山", spot=Spot(lat=29.4, lng=109.9), kind="spot")
        await place_of(host.id, name="橘园", spot=Spot(lat=29.103, lng=109.9), kind="picking")
        await place_of(host.id, name="没说在哪里", kind="walk")
        lost = await place_of(host.id, name="也没说")
    page = await plugin_site.visitor().open(f"{T}/places/{here.key}")
    assert page.words(".goods .good__t") == ["橘园", "远处的山"], "the nearest first"
    assert "走路 6 分钟" in page.text
    assert "往北，43 公里" in page.text
    assert "29.100000, 109.900000" in page.text
    assert len(page.all(".p-tourism-sketch circle")) == 2
    assert page.words(".rail .li__t") == ["橘园", "远处的山"], "beside it on a wide desk"
    plain = await plugin_site.visitor().open(f"{T}/places/{lost.key}")
    assert not plain.all(".p-tourism-sketch"), "nothing to draw from"
    assert len(plain.all(".goods .good__t")) == 4


async def test_who_keeps_a_viewpoint_hears_that_it_gets_crowded(plugin_site: LiveSite) -> None:
    host, guest, official = (
        await plugin_site.villager("主人"),
        await plugin_site.stranger("客人"),
        await plugin_site.village_admin(),
    )
    with plugin_site.inside():
        view = await place_of(host.id, name="观景台", kind="spot", capacity=10)
        it = await offer_at(view, kind="seat", slots=("23:59",), count=10, holds=1, fen=0)
        await booked(view, it, guest.id, first=soon(0), units=7, people=7)
    for one in (host, official):
        assert "观景台今天有" not in (await (await plugin_site.sign_in(one)).open(f"{T}/today")).text
    with plugin_site.inside():
        await booked(view, it, guest.id, first=soon(0), people=1)
    for one in (host, official):
        assert "观景台今天有 8 位，最多 10 位" in (await (await plugin_site.sign_in(one)).open(f"{T}/today")).text
