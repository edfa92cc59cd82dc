"""What was begun in a form is there another day and on another phone, for its writer alone, until it is sent or thrown away."""

from __future__ import annotations

from cunli import db
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor

KEEP = ("draft_do", "keep")


async def stored() -> str:
    return str([tuple(row) for row in await db.read("SELECT * FROM core_form_draft")])


async def keep(page: Opened, **fields: str) -> Opened:
    """Write, and press 先存着; without script."""
    return await page.form("main form[data-keep]").fill(**fields).send(button=KEEP, to="/v/heping/drafts")


async def fields(visitor: Visitor, path: str) -> dict[str, list[str]]:
    return (await visitor.open(path)).form("main form[data-keep]").fields


async def test_a_notice_that_was_begun_is_gone_on_with_and_gone_when_it_is_sent(site: LiveSite) -> None:
    admin, other = await site.sign_in(await site.village_admin()), await site.sign_in(await site.village_admin("田二"))
    path = "/v/heping/notices/new"
    page = await keep(await admin.open(path), title="停水", body="明天八点\n到十点")
    assert ("草稿已保存" in page.text, page.url) == (True, path)
    again = await site.sign_in(admin.person)  # type: ignore[attr-defined]
    page = await again.open(path)
    assert "上次没写完的接着写" in page.text
    assert (await fields(again, path))["body"] == ["明天八点\n到十点"]
    assert (await fields(other, path))["body"] == [""]
    assert "停水" not in await stored(), "sealed"
    assert (await page.form("main form[data-keep]").send()).status == 200
    assert await stored() == "[]"
    assert len(await db.read("SELECT 1 FROM core_post")) == 1
    assert (await fields(again, path))["title"] == [""]


async def test_an_application_is_kept_by_the_script_too_and_can_be_thrown_away(site: LiveSite) -> None:
    who = await site.sign_in(await site.stranger("新来的"))
    path = "/v/heping/join"
    form = (await who.open(path)).form("main form[data-keep]").fill(name="张桂秀", head_name="张大山", away="1")
    answer = await who.post("/v/heping/drafts", form.fields)
    assert (answer.status, answer.html) == (204, "")
    page = await who.open(path)
    assert ((await fields(who, path))["name"], (await fields(who, path))["away"]) == (["张桂秀"], ["1"])
    assert "张桂秀" not in await stored()
    page = await page.form("main form:not([data-keep])").send(button=("draft_do", "drop"))
    assert ("草稿扔掉了" in page.text, await stored()) == (True, "[]")
    assert (await fields(who, path))["head_name"] == [""]


async def test_only_forms_that_there_are_are_kept_and_only_for_people(site: LiveSite) -> None:
    who = await site.sign_in(await site.stranger())
    form = (await who.open("/v/heping/join")).form("main form[data-keep]").fill(name="张桂秀", other="x" * 100)
    assert (await who.post("/v/heping/drafts", {**form.fields, "draft": "nothing"})).status == 404
    assert (await who.post("/v/heping/drafts", {**form.fields, "name": "张" * 90_000})).status in (204, 413)
    assert len(await stored()) < 60_000
    assert (await site.visitor().post("/v/heping/drafts", form.fields)).status == 401
    await who.post(
        "/v/heping/drafts",
        {**form.fields, "name": "", "display_name": "", "group": "", "away": "", "draft_at": "//evil.example/"},
    )
    assert await stored() == "[]", "an empty form is none"
    sent = {**form.fields, "name": "张桂秀", "draft_do": "keep", "draft_at": "//evil.example/"}
    assert (await who.post("/v/heping/drafts", sent, follow=False)).headers["location"] == "/v/heping/"
