"""Seventy doors of plugins in the columns the county chose; searched, and those used last on top."""

from __future__ import annotations

import pytest

from cunli.county_settings import COLUMNS
from cunli.plugin_values import set_value
from cunli.testing.live import LiveSite
from cunli.testing.plugins import plugin_source
from cunli.testing.visitor import Opened
from cunli.web.menu import PROFILES, PURPOSES

SEVENTY = plugin_source(
    """
@hookimpl
def pages(self):
    async def view(visit):
        return await visit.render("errors/page.html", {"refused": Refused(200, "到了", "就是这里")})
    return (Page(path="/office/{n}", view=view, to=EVERYONE, scope="village"),)
@hookimpl
def menu_items(self, ctx):
    for n in range(69):
        column = ("party", "government", "village", "service")[n % 4]
        yield MenuItem(label=f"办事{n:02}", url=f"{ctx.village_url}/broken/office/{n}", column=column)
""",
    head="from cunli.web.errors import Refused",
)
FEW = plugin_source(
    """
@hookimpl
def menu_items(self, ctx):
    yield MenuItem(label="信箱", url=f"{ctx.village_url}/", column="government")
    yield MenuItem(label="赶集", url=f"{ctx.village_url}/", column="commerce")
    yield MenuItem(label="不说的", url=f"{ctx.village_url}/")
"""
)
STRANGE = plugin_source(
    """
@hookimpl
def menu_items(self, ctx):
    yield MenuItem(label="怪门", url=f"{ctx.village_url}/", column="elsewhere")
"""
)


def columns(page: Opened) -> dict[str, list[str]]:
    """The doors on the village's page, by heading."""
    found = {}
    for heading in page.all("#services h2"):
        inside = page.all(f"nav[aria-labelledby='{heading.get('id')}'] a")
        found[heading.text_content()] = [" ".join(a.text_content().split()) for a in inside]
    return found


def test_each_profile_has_a_place_for_each_purpose() -> None:
    for name in ("four", "five"):
        purposes = [purpose for column in PROFILES[name] for purpose in column.purposes]
        assert sorted(purposes) == sorted(PURPOSES), "once each"
    assert {value for value, _words in COLUMNS.choices} == set(PROFILES)


@pytest.mark.parametrize("broken", [FEW])
async def test_the_county_chooses_the_columns_and_an_empty_one_is_not_shown(county: LiveSite, broken: str) -> None:
    home = await county.visitor().open("/v/heping/")
    shown = columns(home)
    assert list(shown) == ["为服务", "为治理", "为产业"], "为党建 is empty"
    assert shown["为治理"] == ["信箱"]
    assert shown["为产业"] == ["赶集"]
    assert "不说的" in shown["为服务"], "the default"
    admin = await county.sign_in(await county.county_admin())
    page = await admin.open("/admin/settings")
    await page.form("#s-columns form").fill(columns="five").send()
    shown = columns(await county.visitor().open("/v/heping/"))
    assert list(shown) == ["政务", "商务", "服务"]
    await set_value(COLUMNS, county.county_id, "plain", by="command")
    page = await county.visitor().open("/v/heping/")
    assert columns(page) == {}
    assert {"信箱", "赶集", "不说的"} <= set(page.words("#services a"))


@pytest.mark.parametrize("broken", [SEVENTY])
async def test_seventy_doors_are_searched_and_those_used_last_come_first(county: LiveSite, broken: str) -> None:
    visitor = county.visitor()
    home = await visitor.open("/v/heping/")
    shown = columns(home)
    assert max(len(doors) for doors in shown.values()) == 9, "eight and the way to the rest"
    assert "还有" in shown["为党建"][-1]
    everything = await home.follow("项，能搜")
    assert everything.url == "/v/heping/services"
    doors = set(everything.words("main .svc a"))
    assert {f"办事{n:02}" for n in range(69)} <= doors
    assert "最近用过" not in everything.text
    for words, n in (("办事68", 1), ("banshi68", 1), ("bs68", 1), ("办 事", 69)):
        found = await visitor.open(f"/v/heping/services?q={words}")
        assert len(found.words("main .svc a")) == n, words
    assert "没有找到" in (await visitor.open("/v/heping/services?q=<b>")).text
    await visitor.open("/v/heping/broken/office/3")
    everything = await visitor.open("/v/heping/services")
    assert everything.words("main h2")[0] == "最近用过"
    other = await county.visitor().open("/v/heping/services")
    assert "最近用过" not in other.text, "on the own device only"


@pytest.mark.parametrize("broken", [SEVENTY])
async def test_what_a_browser_sends_as_used_last_is_not_believed(county: LiveSite, broken: str) -> None:
    for sent in ("../x.<b>.'", "." * 500, "broken" * 200):
        page = await county.visitor().open("/v/heping/services", cookie=f"cunli_recent={sent}")
        assert page.status == 200
        assert "最近用过" not in page.text


@pytest.mark.parametrize("broken", [STRANGE])
async def test_a_column_that_is_none_is_a_mistake_of_the_plugin(county: LiveSite, broken: str) -> None:
    page = await county.visitor().open("/v/heping/")
    assert page.status == 200
    assert "怪门" not in page.text
