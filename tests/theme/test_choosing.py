"""Themes chosen for a county, a township and a village: inherited, at once, by whoever looks after the place; nothing leaks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from click.testing import CliRunner

from cunli import db, enabling, theming
from cunli.cli.theme import theme as theme_commands
from cunli.feed import cards
from cunli.places.queries import VillageNow, find_by_address
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.templates import EmptyDatabases
from cunli.testing.visitor import Opened, Visitor
from tests.plugins.operators import Told, cunli

TERRACE = "css/terrace.css"


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def county(
    request: pytest.FixtureRequest, empty_databases: EmptyDatabases, tmp_path: Path
) -> AsyncIterator[LiveSite]:
    """Qianmo for all, terrace for whoever likes it; pages for anybody are kept for long."""
    url = await empty_databases.fresh(request.param, tmp_path)
    async with live_site(settings_for(url, tmp_path, themes=("terrace",), page_cache_seconds=60)) as live:
        yield live


def worn(page: Opened) -> str:
    """The theme of a page, by its style sheets and its footer; both must say the same."""
    assert page.status == 200, page.text
    sheet, foot = TERRACE in page.html, "foot__art" in page.html
    assert sheet == foot, f"half of {page.url} is drawn in another theme"
    return "terrace" if sheet else "qianmo"


async def look(who: Visitor, *slugs: str) -> list[str]:
    return [worn(await who.open(f"/v/{slug}/")) for slug in slugs]


async def choose(who: Visitor, region_id: int, theme: str) -> Opened:
    page = await who.open(f"/admin/themes?region={region_id}")
    return await page.form().fill(theme=theme).send()


async def test_what_is_above_counts_until_a_place_says_otherwise(county: LiveSite) -> None:
    anybody, villages = county.visitor(), ("heping", "shangba", "donghu", "waixiang")
    villager = await county.sign_in(await county.villager("张桂秀"))
    admin = await county.sign_in(await county.county_admin())
    assert await look(anybody, *villages) == ["qianmo"] * 4
    assert await look(villager, *villages) == ["qianmo"] * 4
    done = await choose(admin, county.county_id, "terrace")
    assert "澜川县换上了“梯田”" in done.text
    assert await look(anybody, *villages) == ["terrace", "terrace", "terrace", "qianmo"], "at once, kept pages too"
    assert await look(villager, *villages) == ["terrace", "terrace", "terrace", "qianmo"]
    await choose(admin, county.township_id, "qianmo")
    assert await look(anybody, *villages) == ["qianmo", "qianmo", "terrace", "qianmo"]
    await choose(admin, county["heping"].region_id, "terrace")
    assert await look(anybody, *villages) == ["terrace", "qianmo", "terrace", "qianmo"]
    page = await admin.open(f"/admin/themes?region={county.township_id}")
    assert "自己选了“梯田”" in page.text
    assert "跟着上面走，“阡陌”" in page.text
    await choose(admin, county.township_id, "")
    await choose(admin, county["heping"].region_id, "")
    assert await look(anybody, *villages) == ["terrace", "terrace", "terrace", "qianmo"]
    for path in ("/", "/find", "/sign-in"):
        assert TERRACE not in (await anybody.open(path)).html, "outside of villages the deployment's theme is worn"
    sql = "SELECT action, region_id, object_id, actor_id FROM core_audit_entry WHERE action LIKE 'core.theme.%' ORDER BY id"
    entries = await db.read(sql)
    assert [(e["action"], e["region_id"], e["object_id"]) for e in entries] == [
        ("core.theme.choose", county.county_id, "terrace"),
        ("core.theme.choose", county.township_id, "qianmo"),
        ("core.theme.choose", county["heping"].region_id, "terrace"),
        ("core.theme.inherit", county.township_id, ""),
        ("core.theme.inherit", county["heping"].region_id, ""),
    ]
    assert all(e["actor_id"] == admin.person.id for e in entries)  # type: ignore[attr-defined]


async def test_only_ones_own_place_is_dressed(county: LiveSite) -> None:
    villager = await county.sign_in(await county.villager("张桂秀"))
    village = await county.sign_in(await county.village_admin())
    township = await county.sign_in(await county.township_admin())
    mine, town, other = county["heping"].region_id, county.township_id, county["donghu"].region_id
    assert (await county.visitor().open("/admin/themes", follow=False)).status == 303
    assert (await villager.open("/admin/themes")).status == 403
    for who, own, foreign in ((village, mine, town), (township, town, other)):
        assert (await who.open("/admin/themes")).status == 200
        assert (await who.open(f"/admin/themes?region={foreign}")).status == 403
        page = await who.open(f"/admin/themes?region={own}")
        form = page.form().fill(theme="terrace")
        form.action = f"/admin/themes/{foreign}"
        assert (await form.send()).status == 403
        assert await theming.choices() == []
    for number in ("0", "999999999", "9999999999999", "x", "-1", "１"):
        assert (await village.open(f"/admin/themes?region={number}")).status == 403
    assert (await choose(village, mine, "terrace")).status == 200
    assert await look(county.visitor(), "heping", "shangba") == ["terrace", "qianmo"]
    page = await village.open(f"/admin/themes?region={mine}")
    for theme in ("nothing", "../qianmo", "lotus"):
        answer = await village.post(f"/admin/themes/{mine}", {**_token(page), "theme": theme})
        assert answer.status == 404, "the control is above: what is offered is taken"


def _token(page: Opened) -> dict[str, str]:
    return {one.get("name", ""): one.get("value", "") for one in page.all("main form input[type=hidden]")}


async def test_a_card_of_one_village_is_not_shown_in_the_theme_of_another(county: LiveSite) -> None:
    """A post for the county stands in the feeds of both villages; everything kept of it is drawn for each theme."""
    writer = await county.sign_in(await county.villager("张桂秀"))
    reader = await county.sign_in(await county.villager("李长福", "shangba"))
    await (await writer.open("/v/heping/new")).form().fill(body="田里灌水了", audience="county").send()
    await theming.choose("terrace", county["heping"].region_id, offered=county.app.site.themed)
    hashes = {one.id: one.static.hash for one in county.app.site.themed.values()}
    for who in (writer, reader, county.visitor()):
        for slug, theme, other in (("heping", "terrace", "qianmo"), ("shangba", "qianmo", "terrace")) * 2:
            page = await who.open(f"/v/{slug}/")
            assert worn(page) == theme
            assert f"/static/{hashes[theme]}/" in page.html
            assert f"/static/{hashes[other]}/" not in page.html, f"{slug} shows something drawn for {other}"
    post = (await reader.open("/v/shangba/")).one(".post")
    assert "田里灌水了" in post.text_content()


async def test_the_control_a_key_without_the_theme_shows_the_card_of_the_other(
    county: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one serial for both themes a page of the one is shown for the other: so the test above finds leaks."""
    for theme in county.app.site.themed.values():
        theme.serial = 0
    villager = await county.sign_in(await county.villager("张桂秀"))
    await (await villager.open("/v/heping/new")).form().fill(body="田里灌水了").send()
    before = (await villager.open("/v/heping/")).html
    cards.forget_cards()
    await theming.choose("terrace", county["heping"].region_id, offered=county.app.site.themed)
    after = (await villager.open("/v/heping/")).html
    qianmo = county.app.site.themed["qianmo"].static.hash
    assert f"/static/{qianmo}/" in before
    assert f"/static/{qianmo}/" in after, "drawn before the change"


async def test_static_files_are_those_of_the_village_and_an_unknown_hash_is_not_kept_for_good(county: LiveSite) -> None:
    anybody = county.visitor()
    await theming.choose("terrace", county["heping"].region_id, offered=county.app.site.themed)
    plum = {}
    for slug in ("heping", "shangba"):
        sheet = (await anybody.open(f"/v/{slug}/")).one("link[rel=stylesheet]:first-of-type").get("href", "")
        answer = await anybody.open(sheet.replace("css/tokens.css", "cloth/plum.svg"))
        assert "immutable" in answer.headers["cache-control"]
        plum[slug] = answer.html
    assert plum["heping"] != plum["shangba"]
    old = await anybody.open("/static/0123456789ab/cloth/plum.svg")
    assert (old.html, "immutable" in old.headers["cache-control"]) == (plum["shangba"], False)


async def test_one_theme_costs_no_question_and_more_cost_none_for_each_page(county: LiveSite) -> None:
    village = await _village("heping")
    await county.app.site.themed_for(village)
    asked: list[str] = []
    real = db.read

    async def counted(sql: str, *args: object, **more: object) -> object:
        asked.append(sql)
        return await real(sql, *args, **more)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "read", counted)
        patch.setattr(enabling, "GLANCE", 600.0)
        for _ in range(20):
            assert (await county.app.site.themed_for(village)).id == "qianmo"
        assert asked == []
        enabling.forget()
        await county.app.site.themed_for(village)
        assert len(asked) > 0, "the control: it is counted"
        asked.clear()
        enabling.forget()
        patch.setattr(county.app.site, "themed", {"qianmo": county.app.site.default})
        await county.app.site.themed_for(village)
        assert asked == []


async def _village(slug: str) -> VillageNow:
    found = await find_by_address(slug)
    assert isinstance(found, VillageNow)
    return found


async def test_a_choice_that_is_no_longer_offered_leaves_what_is_above(county: LiveSite) -> None:
    await theming.choose("terrace", county.county_id, offered={"terrace"})
    await theming.choose("lotus", county["heping"].region_id, offered={"lotus"})
    assert await look(county.visitor(), "heping") == ["terrace"]
    with pytest.raises(theming.NotForRegions):
        await theming.choose("lotus", county["heping"].region_id, offered=county.app.site.themed)


async def test_the_operator_chooses_lists_and_is_told_what_is_wrong(county: LiveSite, tmp_path: Path) -> None:
    async def command(*arguments: str, **settings: str) -> Told:
        told = await cunli(
            tmp_path, county.settings.database_url, "theme", *arguments, **{"themes": "terrace", **settings}
        )
        assert "Traceback" not in told.err, told.err
        return told

    anybody = county.visitor()
    assert (await command("use", "terrace", "--region", "510999001000")).out == "望溪镇 wears terrace\n"
    assert (await command("use", "qianmo", "--village", "shangba")).out == "上坝村 wears qianmo\n"
    enabling.forget()  # the command was another process
    assert await look(anybody, "heping", "shangba", "donghu") == ["terrace", "qianmo", "qianmo"]
    listed = {one["id"]: one for one in (await command("list", "--json")).json()}
    assert {name: (one["state"], one["chosen"]) for name, one in listed.items()} == {
        "qianmo": ("deployment", ["上坝村 (510999001201)"]),
        "terrace": ("offered", ["望溪镇 (510999001000)"]),
    }
    less = await command("list", themes="lotus")
    assert "terrace" in less.out
    assert "themes.W150 1 regions chose the theme" in less.out
    assert "themes.E060 the theme is not used: theme “lotus” is not installed" in less.out
    wrong = await command("use", "lotus", "--village", "heping")
    assert (wrong.code, "“lotus” is not offered here" in wrong.err) == (2, True)
    for arguments, says in ((("use", "terrace"), "say where"), (("use", "--village", "heping"), "name a theme")):
        told = CliRunner().invoke(theme_commands, arguments)
        assert (told.exit_code, says in told.output) == (2, True), told.output
    assert (await command("use", "--inherit", "--region", "510999001000")).out == "望溪镇 wears what is above it\n"
    rows = await db.read("SELECT action FROM core_audit_entry WHERE by = 'command' AND action LIKE 'core.theme.%'")
    assert len(rows) == 3
