"""A plugin in a living county: on in one village only, and no trace of it in any other."""

from __future__ import annotations

from cunli import db, enabling
from cunli.plugin_models import Mode
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor


async def notes() -> list[tuple[int, str]]:
    rows = await db.read("SELECT village_id, words FROM sample_note ORDER BY id")
    return [(row["village_id"], row["words"]) for row in rows]


async def pin(visitor: Visitor, words: str, village: str = "heping") -> Opened:
    page = await visitor.open(f"/v/{village}/sample/notes")
    return await page.form().fill(words=words).send()


async def test_its_page_shows_what_was_pinned(county: LiveSite) -> None:
    admin = await county.sign_in(await county.village_admin())
    page = await pin(admin, "<b>借梯子</b>")
    assert page.status == 200
    (number,) = [row["id"] for row in await db.read("SELECT id FROM sample_note")]
    assert page.words(".p-sample-board li") == [f"<b>借梯子</b> 第 {number} 号"]
    assert await notes() == [(county["heping"].id, "<b>借梯子</b>")]


async def test_static_files_and_words_come_along(county: LiveSite) -> None:
    visitor = county.visitor()
    page = await visitor.open("/v/heping/sample/notes", accept_language="en")
    assert page.words("form button")[-1] == "Pin it"
    sheet = await visitor.open(page.one("link[href*=sample]").get("href", ""))
    assert (sheet.status, "p-sample-board" in sheet.html) == (200, True)


async def test_core_decides_who_may_and_grants_come_on_top(county: LiveSite) -> None:
    stranger = await county.sign_in(await county.stranger())
    villager = await county.sign_in(await county.villager("张桂秀"))
    assert (await pin(villager, "我能贴")).status == 200, "verified people are granted it"
    assert (await pin(stranger, "我不能贴")).status == 403
    assert [words for _, words in await notes()] == ["我能贴"]


async def test_doors_are_hidden_from_those_who_may_not(county: LiveSite) -> None:
    admin = await county.sign_in(await county.village_admin())
    for visitor, doors in ((county.visitor(), ["告示板"]), (admin, ["告示板", "贴一张"])):
        page = await visitor.open("/v/heping/sample/notes")
        assert page.words(".navx a") == doors


async def test_county_pages_of_a_plugin_have_their_audience(county: LiveSite) -> None:
    assert "关于告示板" not in (await county.visitor().open("/sample/about")).text
    somebody = await county.sign_in(await county.stranger())
    assert "关于告示板" in (await somebody.open("/sample/about")).text


async def test_switching_off_keeps_everything_and_switching_on_shows_it_again(county: LiveSite) -> None:
    admin = await county.sign_in(await county.village_admin())
    await pin(admin, "还在")
    await enabling.switch("sample", county["heping"].region_id, Mode.OFF, village_level=True)
    assert (await admin.open("/v/heping/sample/notes")).status == 404
    await enabling.switch("sample", county["heping"].region_id, Mode.ON, village_level=True)
    assert "还在" in (await admin.open("/v/heping/sample/notes")).text
