"""The map of a place: the county's own tiles as pictures, the place in the middle, whatever coordinates the tiles are drawn in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lodging import T, place_of

from cunli import MAP_TILES, Tiles
from cunli.provide.chosen import provide_through, providers_of
from cunli.testing.live import LiveSite
from cunli_tourism import mapping
from cunli_tourism.where import Spot, chinese

HERE = Spot(lat=29.1, lng=109.9)


class Own:
    """A county's tiles."""

    def tiles(self) -> Tiles:
        return own()


def own(**more: object) -> Tiles:
    said = {
        "template": "https://tiles.example.org/{z}/{x}/{y}.png",
        "attribution": "审图号：GS(2026)0001 号",
        "max_zoom": 17,
    }
    return Tiles(**{**said, **more})  # type: ignore[arg-type]


@pytest.fixture
def with_tiles(plugin_site: LiveSite) -> Iterator[None]:
    before = dict(providers_of(MAP_TILES))
    provide_through(MAP_TILES, own=Own())
    yield
    provide_through(MAP_TILES, **before)


@given(st.floats(-80, 80), st.floats(-180, 179.9), st.integers(3, 22))
def test_the_tiles_cover_the_whole_picture(lat: float, lng: float, deepest: int) -> None:
    found = mapping.drawn(own(max_zoom=deepest), Spot(lat=lat, lng=lng), [])
    assert 1 <= len(found.pictures) <= 6
    for x, y in ((0, 0), (319, 0), (0, 199), (319, 199)):
        assert any(left <= x < left + 256 and top <= y < top + 256 for _address, left, top in found.pictures)


def test_places_around_are_marked_and_farther_ones_draw_the_map_wider() -> None:
    close, far = Spot(lat=29.103, lng=109.9), Spot(lat=29.12, lng=109.9)
    deep, wide = mapping.drawn(own(), HERE, [close]), mapping.drawn(own(), HERE, [close, far])
    assert [address.split("/")[3] for address, _x, _y in (*deep.pictures[:1], *wide.pictures[:1])] == ["15", "12"]
    ((x, y, number),) = deep.dots
    assert (x, number) == (160, 1)
    assert y < 100, "north is up"
    assert [number for _x, _y, number in wide.dots] == [1, 2]
    lost = mapping.drawn(own(), HERE, [Spot(lat=31.0, lng=109.9)])
    assert lost.dots == [], "what lies outside of the widest map is in the list alone"


def test_chinese_tiles_are_asked_for_where_chinese_maps_draw_the_place() -> None:
    plain = mapping._pixels(own(), chinese(HERE), 16)
    assert mapping._pixels(own(coordinates="gcj02"), HERE, 16) == plain
    assert mapping._pixels(own(), HERE, 16) != plain, "the control: hundreds of metres off"


async def test_a_place_shows_the_countys_map_and_the_sketch_where_there_is_none(
    plugin_site: LiveSite, with_tiles: None
) -> None:
    host = await plugin_site.villager("主人")
    with plugin_site.inside():
        here = await place_of(host.id, spot=HERE)
        await place_of(host.id, name="橘园", spot=Spot(lat=29.103, lng=109.9), kind="picking")
        lost = await place_of(host.id, name="没说在哪里")
    url = f"{T}/places/{here.key}"
    page = await plugin_site.visitor().open(url)
    pictures = [one.get("href") for one in page.all(".p-tourism-map image")]
    assert pictures
    assert all(one.startswith("https://tiles.example.org/15/") for one in pictures)
    assert "审图号：GS(2026)0001 号" in page.text, "the licence asks for it"
    assert page.words(".p-tourism-sketch li a") == ["橘园"]
    assert not (await plugin_site.visitor().open(f"{T}/places/{lost.key}")).all(".p-tourism-map")

    saver = plugin_site.visitor()
    await saver.open(f"/look?saver=on&next={url}")
    assert not (await saver.open(url)).all(".p-tourism-map"), "six pictures are many for who saves data"
    assert (await saver.open(url)).all(".p-tourism-sketch svg")


async def test_without_tiles_there_is_the_sketch(plugin_site: LiveSite) -> None:
    host = await plugin_site.villager("主人")
    with plugin_site.inside():
        here = await place_of(host.id, spot=HERE)
        await place_of(host.id, name="橘园", spot=Spot(lat=29.103, lng=109.9), kind="picking")
    page = await plugin_site.visitor().open(f"{T}/places/{here.key}")
    assert not page.all(".p-tourism-map")
    assert page.all(".p-tourism-sketch line")
