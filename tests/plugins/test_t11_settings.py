"""T11: one declaration gives form, default, inheritance and protection; what no declaration takes is reported, never deleted."""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from cunli import db, enabling, jobs, plugin_values
from cunli.feed.events import PostPublished
from cunli.places import queries as places
from cunli.plugin_models import Mode
from cunli.plugin_setting import Setting
from cunli.plugin_values import NotItsToSay, WrongValue
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.plugins import Install
from cunli.testing.templates import EmptyDatabases
from cunli.testing.visitor import Opened, Visitor
from cunli.testing.working import settled
from cunli.trust import policy

KNOBS = """
import json
from starlette.responses import JSONResponse
from cunli import (EVERYONE, Capability, Fragment, Manifest, MenuItem, Page, Plugin, PostPublished, Setting, Subscription,
                   Task, hookimpl, setting_of)

OPEN = Setting(key="knobs.open", label="开门", help="关了就不收信", default=True)
LIMIT = Setting(key="knobs.limit", label="一天几封", help="多了明天再写", default=3, minimum=1, maximum=10)
NOTE = Setting(key="knobs.note", label="门口的话", help="写在信箱上面", default="你好", max_length=20)
WORDS = Setting(key="knobs.words", label="办事须知", help="一行一条", default="", max_length=200, multiline=True)
STYLE = Setting(key="knobs.style", label="样子", help="信箱的样子", default="plain", choices=(("plain", "素的"), ("warm", "暖的")))
PRICE = Setting(key="knobs.price", label="邮票钱", help="单位是分", default=80, scope="township")
TOKEN = Setting(key="knobs.token", label="接口密码", help="发短信用", default="", scope="county", secret=True)
ALL = (OPEN, LIMIT, NOTE, WORDS, STYLE, PRICE, TOKEN)
told = []

async def say(visit):
    return JSONResponse({one.name: visit.setting(one) for one in ALL} | {"may": visit.may("knobs.write")})

async def work(ctx):
    told.append(("task", ctx.village_id, ctx.setting(LIMIT), ctx.setting(TOKEN)))

async def hear(event):
    told.append(("event", event.village_id, await setting_of(LIMIT)))

class Knobs(Plugin):
    manifest = Manifest(label="信箱", summary="", settings=ALL,
                        capabilities=(Capability(id="knobs.write", roles=frozenset(), label="写"),))

    @hookimpl
    def pages(self):
        return [Page(path="/say", view=say, to=EVERYONE), Page(path="/all", view=say, to=EVERYONE, scope="county")]

    @hookimpl
    def tasks(self):
        return [Task(name="knobs.work", run=work)]

    @hookimpl
    def subscriptions(self):
        return [Subscription(name="knobs.hear", event=PostPublished, run=hear)]

    @hookimpl
    def menu_items(self, ctx):
        return [MenuItem(label=f"信箱收{ctx.setting(LIMIT)}封", url=f"{ctx.village_url}/knobs/say")]

    @hookimpl
    async def slot_fragments(self, ctx):
        return {None: [Fragment(text=f"门口写着{ctx.setting(NOTE)}")]} if ctx.slot == "village.sidebar" else {}

    @hookimpl
    async def grants(self, ctx):
        return frozenset({"knobs.write"}) if ctx.setting(OPEN) else frozenset()

plugin = Knobs()
"""
SECRET = "sk-鹂-7f3a91"
HOME = "/admin/plugins/knobs/settings"


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def site(
    request: pytest.FixtureRequest,
    databases_with_sample: EmptyDatabases,
    sample: Path,
    install: Install,
    unhurried: None,
    tmp_path: Path,
) -> AsyncIterator[LiveSite]:
    """The county with a plugin that has a setting of every kind, on in heping and in shangba of the same township."""
    install("knobs", KNOBS)
    url = await databases_with_sample.fresh(request.param, tmp_path)
    async with live_site(settings_for(url, tmp_path, plugins=("sample", "knobs"))) as live:
        for slug in ("heping", "shangba"):
            await enabling.switch("knobs", live[slug].region_id, Mode.ON, village_level=True)
        yield live


def knob(name: str) -> Setting[Any]:
    found: Setting[Any] = getattr(sys.modules["cunli_knobs"], name.upper())
    return found


def told() -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = sys.modules["cunli_knobs"].told
    return found


async def put(name: str, region: int, value: Any) -> None:
    await plugin_values.set_value(knob(name), region, value)


async def said(site: LiveSite, slug: str = "heping", who: Visitor | None = None) -> dict[str, Any]:
    """What the plugin's view reads."""
    page = await (who or site.visitor()).open(f"/v/{slug}/knobs/say")
    values: dict[str, Any] = page.response.json()
    return values


async def stored() -> list[tuple[int, str, str]]:
    rows = await db.read("SELECT region_id, key, value FROM core_plugin_setting ORDER BY id")
    return [(row["region_id"], row["key"], row["value"]) for row in rows]


async def audited() -> list[dict[str, Any]]:
    rows = await db.read("SELECT * FROM core_audit_entry WHERE action LIKE 'core.plugin.%set' ORDER BY id")
    details = [row["details"] if isinstance(row["details"], dict) else json.loads(row["details"]) for row in rows]
    return [{**dict(row), "details": said} for row, said in zip(rows, details, strict=True)]


# -- what counts -------------------------------------------------------------------------------------------------------


async def test_t11_the_nearest_region_that_says_something_counts_and_else_the_default(site: LiveSite) -> None:
    here, township, county = site["heping"].region_id, site.township_id, site.county_id
    expected = {"open": True, "limit": 3, "note": "你好", "words": "", "style": "plain", "price": 80, "token": ""}
    assert {k: v for k, v in (await said(site)).items() if k != "may"} == expected
    for region, value in ((county, 4), (township, 5), (here, 6)):
        await put("limit", region, value)
        assert (await said(site))["limit"] == value, "at once, in this process"
    assert [(await said(site, slug))["limit"] for slug in ("heping", "shangba")] == [6, 5]
    await plugin_values.unset("knobs.limit", here)
    assert (await said(site))["limit"] == 5
    await plugin_values.unset("knobs.limit", township)
    assert (await said(site))["limit"] == 4


async def test_t11_every_place_of_a_plugin_reads_the_same(site: LiveSite) -> None:
    for name, value in (("limit", 7), ("note", "进来坐"), ("open", False)):
        await put(name, site["heping"].region_id, value)
    villager = await site.sign_in(await site.villager("张桂秀"))
    page = await villager.open("/v/heping/")
    assert "信箱收7封" in page.text, "a plain hook, without I/O"
    assert "门口写着进来坐" in page.text
    assert (await said(site, who=villager))["may"] is False
    assert (await said(site, "shangba", villager))["may"] is True, "the control"
    told().clear()
    for slug in ("heping", "shangba"):
        await jobs.enqueue("knobs.work", {}, village_id=site[slug].id)
        await jobs.emit(PostPublished(village_id=site[slug].id, post_id=1, author_id=1, post_kind="post", audience=""))
    await settled()
    here, beside = site["heping"].id, site["shangba"].id
    assert sorted(told()) == [("event", here, 7), ("event", beside, 3), ("task", here, 7, ""), ("task", beside, 3, "")]


async def test_t11_pages_and_tasks_of_the_county_read_what_the_only_county_set(site: LiveSite) -> None:
    await put("limit", site.county_id, 9)
    await put("token", site.county_id, SECRET)
    read = (await site.visitor().open("/knobs/all")).response.json()
    assert (read["limit"], read["token"]) == (3, ""), "two counties are at hand: neither speaks for both"
    await db.run_unit(db.write, "UPDATE core_village SET state = 'closed' WHERE slug = 'waixiang'")
    places.forget_all()
    told().clear()
    await jobs.enqueue("knobs.work", {})
    await settled()
    assert told() == [("task", None, 9, SECRET)]


async def test_t11_reading_asks_the_database_nothing_until_something_changes(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enabling, "GLANCE", 3600.0)
    village = await places.find_by_address("heping")
    assert isinstance(village, places.VillageNow)
    await plugin_values.values_for(village)
    asked: list[str] = []
    read = db.read

    async def watched(sql: str, *values: Any, **more: Any) -> Any:
        asked.append(sql)
        return await read(sql, *values, **more)

    monkeypatch.setattr(db, "read", watched)
    values = await plugin_values.values_for(village)
    assert [values(one) for one in (knob("limit"), knob("open")) * 50] == [3, True] * 50
    assert asked == []
    await put("limit", site["heping"].region_id, 8)
    asked.clear()
    assert (await plugin_values.values_for(village))(knob("limit")) == 8
    assert asked, "the control: a change is read"


async def test_t11_a_change_of_another_process_counts_when_its_epoch_is_seen(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enabling, "GLANCE", 3600.0)
    village = await places.find_by_address("heping")
    assert isinstance(village, places.VillageNow)
    assert (await plugin_values.values_for(village))(knob("limit")) == 3
    monkeypatch.setattr(enabling, "forget", lambda: None)
    await put("limit", site["heping"].region_id, 8)
    assert (await plugin_values.values_for(village))(knob("limit")) == 3, "the control: it has not looked yet"
    monkeypatch.setattr(enabling, "GLANCE", 0)
    assert (await plugin_values.values_for(village))(knob("limit")) == 8


async def test_t11_what_does_not_fit_and_what_is_not_theirs_to_say_is_not_stored(site: LiveSite) -> None:
    here = site["heping"].region_id
    wrong = {
        "limit": (0, 11, "3", True, 2.0, None),
        "open": (1, "on", None),
        "note": ("长" * 21, 5),
        "style": ("cold", 1),
    }
    for name, values in wrong.items():
        for value in values:
            with pytest.raises(WrongValue):
                await put(name, here, value)
    for name, region in (("price", here), ("token", here), ("token", site.township_id)):
        with pytest.raises(NotItsToSay):
            await put(name, region, knob(name).default)
    assert (await stored(), await audited()) == ([], [])
    await put("price", site.township_id, 120)
    assert (await said(site))["price"] == 120, "the control"


# -- what is reported --------------------------------------------------------------------------------------------------


async def test_t11_values_of_removed_settings_and_those_that_no_longer_fit_are_reported_and_kept(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, here = site.app.site.registry, site["heping"].region_id
    for name, region, value in (("limit", here, 10), ("note", here, "门口"), ("style", site.township_id, "warm")):
        await put(name, region, value)
    assert await plugin_values.unused(registry) == [], "the control"
    insert = "INSERT INTO core_plugin_setting (region_id, plugin, key, value, row_key) VALUES (?, ?, ?, ?, ?)"
    for number, (key, value) in enumerate((("gone", "1"), ("open", "[rubbish"), ("token", '"not sealed"'))):
        await db.run_unit(db.write, insert, site.county_id, "knobs", f"knobs.{key}", value, f"k{number}")
    await db.run_unit(db.write, insert, here, "knobs", "knobs.price", "500", "k9")
    await db.run_unit(db.write, "UPDATE core_plugin_setting SET value = '11' WHERE \"key\" = 'knobs.limit'")
    enabling.forget()
    before = await stored()
    found = {p.text.split("“")[1].split("”")[0]: p for p in await plugin_values.unused(registry)}
    assert sorted(found) == ["gone", "limit", "open", "price", "token"]
    assert {p.id for p in found.values()} == {"plugins.W106"}
    assert "what 澜川县 (510999000000) set for “gone” is not used: there is no such setting" in found["gone"].text
    assert "cunli plugin unset knobs gone --region 510999000000 --level county" in found["gone"].hint
    assert "it is not a whole number from 1 to 10" in found["limit"].text
    assert "only a township or above may set it" in found["price"].text
    read = await said(site)
    assert (read["limit"], read["open"], read["price"], read["token"], read["note"]) == (3, True, 80, "", "门口")
    assert await stored() == before, "nothing was deleted"


async def test_t11_an_official_sees_that_a_value_no_longer_counts_and_takes_it_back(site: LiveSite) -> None:
    await put("limit", site["heping"].region_id, 10)
    admin, url = await site.sign_in(await site.village_admin()), f"{HOME}/{site['heping'].region_id}"
    assert "现在不能用了" not in (await admin.open(url)).text, "the control"
    await db.run_unit(db.write, "UPDATE core_plugin_setting SET value = '11'")
    enabling.forget()
    page = await admin.open(url)
    assert "现在不能用了" in page.one("#s-limit").text_content()
    page = await page.form("#s-limit form[action$=inherit]").send()
    assert ("现在不能用了" in page.text, await stored()) == (False, [])


# -- the form ----------------------------------------------------------------------------------------------------------


def unlabelled(page: Opened) -> list[str]:
    """Names of visible fields that no label names."""
    named = {label.get("for") for label in page.all("label[for]")}
    fields = [f for f in page.all("main input, main textarea, main select") if f.get("type") != "hidden"]
    return [f.get("name") or "" for f in fields if f.get("id") not in named and f.getparent().tag != "label"]


async def test_t11_the_form_has_a_label_and_help_for_each_setting(site: LiveSite) -> None:
    admin = await site.sign_in(await site.county_admin())
    page = await admin.open(f"{HOME}/{site.county_id}")
    assert page.status == 200
    names = ["open", "limit", "note", "words", "style", "price", "token"]
    assert list(dict.fromkeys(f.get("name") for f in page.all("main form [name]") if f.get("name") != "_form")) == names
    assert unlabelled(page) == []
    for name in names:
        section = page.one(f"#s-{name}").text_content()
        assert str(knob(name).label) in section
        assert str(knob(name).help) in section
    spoilt = page.html.replace('<label for="f-limit"', "<label")
    page.html = spoilt
    assert unlabelled(page) == ["limit"], "the control"


async def test_t11_what_the_township_set_is_shown_as_inherited_until_the_village_says_otherwise(site: LiveSite) -> None:
    township = await site.sign_in(await site.township_admin())
    page = await township.open(f"{HOME}/{site.township_id}")
    assert "谁也没有定过，用默认的：3" in page.one("#s-limit").text_content()
    page = await page.form("#s-limit form").fill(limit="5").send()
    assert "这里自己定的" in page.one("#s-limit").text_content()

    admin = await site.sign_in(await site.village_admin())
    url = f"{HOME}/{site['heping'].region_id}"
    page = await admin.open(url)
    assert "沿用望溪镇的设置：5" in " ".join(page.one("#s-limit").text_content().split())
    assert "这里自己定的" not in page.text
    page = await page.form("#s-limit form").fill(limit="２").send()
    assert "这里自己定的" in page.one("#s-limit").text_content()
    assert (await said(site))["limit"] == 2
    assert (await said(site, "shangba"))["limit"] == 5
    assert "改回沿用望溪镇的：5" in page.one("#s-limit").text_content()
    page = await page.form("#s-limit form[action$=inherit]").send()
    assert "沿用望溪镇的设置：5" in " ".join(page.one("#s-limit").text_content().split())
    assert (await said(site))["limit"] == 5
    entries = [(e["action"], e["region_id"], e["details"]) for e in await audited()]
    here = site["heping"].region_id
    assert entries == [
        ("core.plugin.set", site.township_id, {"setting": "knobs.limit", "value": 5}),
        ("core.plugin.set", here, {"setting": "knobs.limit", "value": 2}),
        ("core.plugin.unset", here, {"setting": "knobs.limit"}),
    ]
    assert [e["actor_id"] for e in await audited()] == [township.person.id, admin.person.id, admin.person.id]  # type: ignore[attr-defined]


async def test_t11_every_kind_is_set_by_its_form(site: LiveSite) -> None:
    admin = await site.sign_in(await site.county_admin())
    typed = {"open": "off", "limit": "10", "note": "<b>来</b>", "words": "一\n二", "style": "warm", "price": "0"}
    for name, text in typed.items():
        page = await admin.open(f"{HOME}/{site.county_id}")
        page = await page.form(f"#s-{name} form").fill(**{name: text}).send()
        assert page.status == 200, page.text
    read = await said(site)
    expected = {"open": False, "limit": 10, "note": "<b>来</b>", "words": "一\n二", "style": "warm", "price": 0}
    assert {name: read[name] for name in typed} == expected
    page = await admin.open(f"{HOME}/{site['heping'].region_id}")
    assert "沿用澜川县的设置：<b>来</b>" in " ".join(page.one("#s-note").text_content().split()), "shown, not obeyed"
    assert "沿用澜川县的设置：暖的" in " ".join(page.one("#s-style").text_content().split())


async def test_t11_a_wrong_value_comes_back_beside_its_field_with_what_was_typed(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    for name, typed, words in (
        ("limit", "99", "“一天几封”要在 1 到 10 之间"),
        ("limit", "很多", "“一天几封”要填数字"),
        ("note", "长" * 30, "“门口的话”最多 20 个字"),
        ("style", "cold", "“样子”请选一个"),
        ("open", "", "“开门”请选一个"),
    ):
        page = await admin.open(f"{HOME}/{site['heping'].region_id}")
        page = await page.form(f"#s-{name} form").fill(**{name: typed}).send()
        assert page.status == 422
        assert words in page.one(f"#s-{name} .f__err").text_content()
        assert len(page.all(".f__err")) == 1, "beside this field and no other"
        if knob(name).kind in ("text", "number"):
            assert page.one(f"#f-{name}").get("value") == typed
    assert await stored() == []


async def test_t11_a_form_sent_twice_counts_once(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    form = (await admin.open(f"{HOME}/{site['heping'].region_id}")).form("#s-limit form").fill(limit="4")
    assert [(await form.send()).status for _ in range(2)] == [200, 200]
    assert len(await audited()) == 1


async def people(site: LiveSite) -> dict[str, Visitor]:
    return {
        "visitor": site.visitor(),
        "villager": await site.sign_in(await site.villager("张桂秀")),
        "village": await site.sign_in(await site.village_admin()),
        "other village": await site.sign_in(await site.village_admin("罗三", "shangba")),
        "township": await site.sign_in(await site.township_admin()),
        "other township": await site.sign_in(await site.township_admin("东湖乡", "donghu")),
        "county": await site.sign_in(await site.county_admin()),
        "other county": await site.sign_in(await site.county_admin("外江县", "waixiang")),
    }


ALLOWED = {
    "heping": {"village", "township", "county"},
    "township": {"township", "county"},
    "county": {"county"},
}


async def got_in(site: LiveSite, everybody: dict[str, Visitor]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """By place: who was shown its settings, and whose form was taken."""
    regions = {"heping": site["heping"].region_id, "township": site.township_id, "county": site.county_id}
    shown: dict[str, set[str]] = {place: set() for place in regions}
    taken: dict[str, set[str]] = {place: set() for place in regions}
    for who, visitor in everybody.items():
        for place, region in regions.items():
            if (await visitor.open(f"{HOME}/{region}", follow=False)).status == 200:
                shown[place].add(who)
            before = len(await audited())
            statuses = {(await visitor.post(f"{HOME}/{region}/limit", {"limit": "6"}, follow=False)).status}
            statuses.add((await visitor.post(f"{HOME}/{region}/limit/inherit", {}, follow=False)).status)
            if len(await audited()) > before:
                taken[place].add(who)
                assert statuses == {303}
            else:
                assert statuses <= {401, 403}
    return shown, taken


async def test_t11_officials_set_what_they_govern_and_nothing_else(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody = await people(site)
    assert await got_in(site, everybody) == (ALLOWED, ALLOWED)
    monkeypatch.setattr(policy, "may_over", lambda *_, **__: True)
    shown, taken = await got_in(site, everybody)
    assert "other county" in shown["heping"] & taken["heping"], "the control"


async def test_t11_a_setting_of_the_township_is_shown_to_the_village_and_not_set_by_it(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    url = f"{HOME}/{site['heping'].region_id}"
    page = await admin.open(url)
    assert page.all("#s-price form, #s-token form") == []
    assert "这一项由县里和镇里定" in page.one("#s-price").text_content()
    for name in ("price", "token"):
        assert (await admin.post(f"{url}/{name}", {name: "1"})).status == 403
    assert await stored() == []
    township = await site.sign_in(await site.township_admin())
    page = await township.open(f"{HOME}/{site.township_id}")
    assert (await page.form("#s-price form").fill(price="90").send()).status == 200, "the control"


async def test_t11_an_official_is_led_to_the_place_they_are_in_charge_of(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    assert (await admin.open(HOME)).url == f"{HOME}/{site['heping'].region_id}"
    county = await site.sign_in(await site.county_admin())
    page = await (await (await county.open(HOME)).follow("望溪镇")).follow("禾坪村")
    assert page.url == f"{HOME}/{site['heping'].region_id}"
    assert (await page.follow("望溪镇")).url == f"{HOME}/{site.township_id}"
    for path in ("/admin/plugins/nothing/settings", f"/admin/plugins/nothing/settings/{site.county_id}", f"{HOME}/x"):
        assert (await county.open(path)).status == (403 if path.endswith("/x") else 404)
    for region in ("0", "99999999999999999999", "-1", "４"):
        assert (await county.open(f"{HOME}/{region}")).status == 403
    assert (await county.post(f"{HOME}/{site.county_id}/nothing", {"nothing": "1"})).status == 404
    english = await county.open(f"{HOME}/{site.county_id}", accept_language="en")
    assert "Set it here" in english.text


# -- secrets -----------------------------------------------------------------------------------------------------------


async def test_t11_a_secret_reaches_the_plugin_and_is_never_shown(
    site: LiveSite, caplog: pytest.LogCaptureFixture
) -> None:
    admin = await site.sign_in(await site.county_admin())
    url = f"{HOME}/{site.county_id}"
    seen = [await (await admin.open(url)).form("#s-token form").fill(token=SECRET).send()]
    await (await admin.open(url)).form("#s-note form").fill(note="看得见").send()
    seen += [await admin.open(url), await admin.open(f"{HOME}/{site['heping'].region_id}")]
    refused = await (await admin.open(url)).form("#s-token form").fill(token=SECRET * 40).send()
    assert refused.status == 422
    assert (await said(site))["token"] == SECRET
    for page in (*seen, refused):
        assert SECRET not in page.html
    assert "填好了，不显示" in seen[1].one("#s-token").text_content()
    kept = json.dumps([await stored(), [{**e, "at": ""} for e in await audited()]], ensure_ascii=False, default=str)
    village = await places.find_by_address("heping")
    assert isinstance(village, places.VillageNow)
    values = await plugin_values.values_for(village)
    for text in (kept, caplog.text, repr(values), repr(await enabling.look())):
        assert SECRET not in text
    assert all(page.html.count("看得见") for page in seen[1:]), "the control: what is no secret is shown"
    assert "看得见" in kept
    page = await (await admin.open(url)).form("#s-token form[action$=inherit]").send()
    assert "还没填" in page.one("#s-token").text_content()
    assert (await said(site))["token"] == ""


async def test_t11_a_sealed_value_is_bound_to_its_row(site: LiveSite) -> None:
    await put("token", site.county_id, SECRET)
    assert await plugin_values.unused(site.app.site.registry) == [], "the control"
    await db.run_unit(db.write, "UPDATE core_plugin_setting SET row_key = 'another'")
    enabling.forget()
    assert [p.id for p in await plugin_values.unused(site.app.site.registry)] == ["plugins.W106"]
    assert (await said(site))["token"] == ""
