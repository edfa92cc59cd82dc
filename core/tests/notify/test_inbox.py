"""The inbox: what people are told, in their language, and what counts as read."""

from __future__ import annotations

import asyncio

import pytest

from cunli import db
from cunli.notify import actions, queries
from cunli.notify.words import KINDS, said
from cunli.testing.live import LiveSite
from cunli.web.i18n import use_locale


async def unread(person_id: int) -> int:
    return int((await db.read("SELECT unread_count FROM core_person WHERE id = ?", person_id))[0]["unread_count"])


async def tell(person_id: int, number: int = 0) -> None:
    await actions.tell(person_id, "post.shown", url=f"/v/heping/?n={number}")


async def test_an_empty_inbox_says_what_will_stand_here(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    assert "还没有消息" in (await visitor.open("/inbox")).text
    assert (await site.visitor().open("/inbox", follow=False)).status == 303


async def test_looking_changes_nothing_opening_does(site: LiveSite) -> None:
    luo = await site.villager("罗春秀")
    visitor = await site.sign_in(luo)
    await tell(luo.id)
    await tell(luo.id, 1)
    for _ in range(2):
        page = await visitor.open("/inbox")
    assert await unread(luo.id) == 2  # CS-2: opening a page by GET marks nothing
    opened = await page.form('form[action$="/go"]').send()
    assert opened.url == "/v/heping/?n=1"
    assert await unread(luo.id) == 1
    await page.form('form[action$="/go"]').send()
    assert await unread(luo.id) == 1  # twice is once


async def test_all_seen_covers_what_was_on_the_page_only(site: LiveSite) -> None:
    luo = await site.villager("罗春秀")
    visitor = await site.sign_in(luo)
    for number in range(3):
        await tell(luo.id, number)
    page = await visitor.open("/inbox")
    await tell(luo.id, 99)
    await page.form('form[action="/inbox/seen"]').send()
    assert await unread(luo.id) == 1


async def test_nobody_opens_anothers_messages(site: LiveSite) -> None:
    luo, shi = await site.villager("罗春秀"), await site.villager("石满仓")
    await tell(luo.id)
    number = (await db.read("SELECT id FROM core_notification"))[0]["id"]
    other = await site.sign_in(shi)
    assert (await other.post(f"/inbox/{number}/go")).status == 404
    assert (await other.post("/inbox/seen", {"up_to": str(number)})).status == 200
    assert await unread(luo.id) == 1
    for strange in ("0", "-1", "x", "9" * 30, "%20"):
        assert (await other.post(f"/inbox/{strange}/go")).status == 404


async def test_the_same_fact_is_told_once(site: LiveSite) -> None:
    luo = await site.villager("罗春秀")
    told = [await actions.tell(luo.id, "post.shown", url="/", once="fact:1") for _ in range(3)]
    assert told == [True, False, False]
    assert await unread(luo.id) == 1
    await asyncio.gather(*(actions.tell(luo.id, "post.shown", url="/", once="fact:2") for _ in range(5)))
    assert await unread(luo.id) == 2


async def test_a_message_stands_or_falls_with_its_act(site: LiveSite) -> None:
    luo = await site.villager("罗春秀")

    async def act() -> None:
        await tell(luo.id)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await db.run_unit(act)
    assert await unread(luo.id) == 0
    assert await db.read("SELECT 1 FROM core_notification") == []


async def test_many_messages_are_paged(site: LiveSite) -> None:
    luo = await site.villager("罗春秀")
    visitor = await site.sign_in(luo)
    for number in range(queries.PAGE + 5):
        await tell(luo.id, number)
    page = await visitor.open("/inbox")
    assert len(page.all('form[action$="/go"]')) == queries.PAGE
    assert len((await page.follow("再看以前的")).all('form[action$="/go"]')) == 5


async def test_names_are_those_of_today_and_gone_with_an_account(site: LiveSite) -> None:
    luo, shi = await site.villager("罗春秀"), await site.villager("石满仓")
    await actions.tell(luo.id, "post.thanked", url="/", by=shi.id, excerpt="晒秋")
    visitor = await site.sign_in(luo)
    assert "石满仓向你道谢" in (await visitor.open("/inbox")).text
    await db.run_unit(db.write, "UPDATE core_person SET display_name = '石老满' WHERE id = ?", shi.id)
    assert "石老满向你道谢" in (await visitor.open("/inbox")).text
    await db.run_unit(db.write, "UPDATE core_person SET state = 'closed' WHERE id = ?", shi.id)
    page = await visitor.open("/inbox")
    assert "石老满" not in page.html
    assert "一位乡亲向你道谢" in page.text


async def test_the_village_is_named_as_it_is_called_today(site: LiveSite) -> None:
    luo = await site.villager("罗春秀")
    await actions.tell(luo.id, "membership.verified", village_id=site["heping"].id, url="/v/heping/")
    await db.run_unit(db.write, "UPDATE core_village SET name = '新禾坪村' WHERE slug = 'heping'")
    assert "新禾坪村给你盖章了" in (await (await site.sign_in(luo)).open("/inbox")).text


async def test_words_of_people_stay_words(site: LiveSite) -> None:
    luo = await site.villager("罗春秀")
    nasty = "<img src=x onerror=alert(1)> {{7*7}} %(village)s %s"
    await actions.tell(luo.id, "post.hidden", url="/", reason=nasty)
    await actions.tell(luo.id, "notice.published", url="/", village_id=site["heping"].id, title=nasty)
    page = await (await site.sign_in(luo)).open("/inbox")
    assert page.status == 200
    assert page.text.count(nasty) == 2
    assert not page.all("main img")


async def test_a_day_is_read_as_people_say_it_in_the_language_of_the_reader(site: LiveSite) -> None:
    luo = await site.villager("罗春秀")
    for said_day in ("2027-01-11", "2027-02-31", "2027-01-11前后"):
        await actions.tell(luo.id, "notice.published", url="/", village_id=site["heping"].id, title=said_day)
    page = (await (await site.sign_in(luo)).open("/inbox")).text
    assert "发了通知：2027年1月11日" in page
    assert "2027-02-31" in page, "no day, so somebody's words"
    assert "2027-01-11前后" in page
    try:
        use_locale("en")
        assert said("notice.published", {"title": "2027-01-11"})[0].endswith("11 Jan 2027")
    finally:
        use_locale("zh_Hans")


async def test_a_message_leads_only_into_this_site(site: LiveSite) -> None:
    luo = await site.villager("罗春秀")
    visitor = await site.sign_in(luo)
    for url in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        await actions.tell(luo.id, "post.shown", url=url)
        opened = await (await visitor.open("/inbox")).form('form[action$="/go"]').send(follow=False)
        assert opened.headers["location"] == "/inbox"


def test_every_kind_makes_a_sentence_in_every_language() -> None:
    everything = {"village": "禾坪村", "place": "禾坪村", "title": "书记", "reason": "r", "excerpt": "e", "answer": "a"}
    try:
        for locale in ("zh_Hans", "zh_Hant", "en"):
            use_locale(locale)
            for kind in [*KINDS, "plugin.gone"]:
                text, _quote, icon = said(kind, everything, "石满仓")
                assert text
                assert icon
                assert "%(" not in text
                assert said(kind, {}, "")[0]  # an old message without today's params
    finally:
        use_locale("zh_Hans")


def test_every_icon_is_in_the_sprite() -> None:
    from cunli.web import themes

    sprite = (themes.read("qianmo").static / "icons.svg").read_text()
    for kind in KINDS.values():
        assert f'id="i-{kind.icon}"' in sprite, kind.icon
