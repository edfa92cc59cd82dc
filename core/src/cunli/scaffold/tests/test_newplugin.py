"""The wall as people meet it: on each database, with the plugin on in `heping` and off in `shangba`."""

from __future__ import annotations

from cunli.testing.live import LiveSite

from cunli_newplugin.settings import SHOWN

WALL = "/v/heping/newplugin/wishes"


async def test_a_villager_hangs_up_a_wish_and_a_stranger_only_reads(plugin_site: LiveSite) -> None:
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    page = await (await villager.open(WALL)).form().fill(words="<b>一座桥</b>").send()
    assert "<b>一座桥</b>" in page.text
    stranger = await plugin_site.visitor().open(WALL)
    assert "<b>一座桥</b>" in stranger.text
    assert not stranger.all("main form")
    assert (await plugin_site.visitor().post(WALL, {"words": "x"})).status == 401


async def test_an_empty_wish_comes_back_with_a_word_about_it(plugin_site: LiveSite) -> None:
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    page = await (await villager.open(WALL)).form().fill(words=" ").send()
    assert page.status == 422
    assert "“心愿”还没写" in page.text


async def test_the_door_leads_to_the_wall_where_the_plugin_is_on(plugin_site: LiveSite) -> None:
    visitor = plugin_site.visitor()
    assert "心愿墙" in (await visitor.open("/v/heping/")).text
    assert "心愿墙" not in (await visitor.open("/v/shangba/")).text
    assert (await visitor.open("/v/shangba/newplugin/wishes")).status == 404


async def test_the_village_decides_how_many_wishes_hang_there(plugin_site: LiveSite) -> None:
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    for words in ("一座桥", "一盏灯"):
        await (await villager.open(WALL)).form().fill(words=words).send()
    assert (await villager.open(WALL)).words("main li") == ["一盏灯", "一座桥"]
    await plugin_site.set_value(SHOWN, 1)
    assert (await villager.open(WALL)).words("main li") == ["一盏灯"]


async def test_a_wish_is_found_by_its_words_where_the_plugin_is_on(plugin_site: LiveSite) -> None:
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    await (await villager.open(WALL)).form().fill(words="一座桥").send()
    found = await (await villager.open("/v/heping/search?q=桥")).follow("一座桥")
    assert found.words("main li") == ["一座桥"]
    assert "一座桥" not in (await villager.open("/v/shangba/search?q=桥")).text


async def test_it_speaks_english(plugin_site: LiveSite) -> None:
    page = await plugin_site.visitor().open(WALL, accept_language="en")
    assert page.words("h1") == ["Wishes"]
