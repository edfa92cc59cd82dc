"""Personal data is asked about before it is published: pointed out, masked, or published by a stated right."""

from __future__ import annotations

import pytest

from cunli import db
from cunli.county_settings import OWN_PHONE
from cunli.deid import gate
from cunli.people.personal import PHONE as COLUMN
from cunli.testing.live import LiveSite
from cunli.testing.sample import SamplePerson
from cunli.testing.visitor import Opened, Visitor

PHONE = "13800138000"
IDENTITY = "510123199001011233"
KEPT = "看看这几处"


async def write(visitor: Visitor, body: str, place: str = "") -> Opened:
    return await (await visitor.open("/v/heping/new")).form("#post").fill(body=body, place=place).send()


async def notice(visitor: Visitor, body: str, title: str = "补贴名单") -> Opened:
    form = (await visitor.open("/v/heping/notices/new")).form('form[action$="/notices/new"]')
    return await form.fill(title=title, body=body).send()


async def stored() -> list[str]:
    rows = await db.read("SELECT title, body, place FROM core_post ORDER BY id")
    return ["|".join((row["title"], row["body"], row["place"])) for row in rows]


async def bases() -> list[str]:
    rows = await db.read("SELECT details FROM core_audit_entry WHERE action = 'content.basis'")
    return [str(row["details"]) for row in rows]


async def registers(person: SamplePerson, number: str) -> None:
    """Give somebody of the sample this number."""
    rows = await db.read("SELECT key FROM core_person WHERE id = ?", person.id)
    sealed = COLUMN.seal(f"+86{number}", rows[0]["key"])
    await db.run_unit(db.write, "UPDATE core_person SET phone = ? WHERE id = ?", sealed, person.id)


async def test_a_post_comes_back_with_what_was_found_and_is_masked_with_one_button(site: LiveSite) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    page = await write(luo, f"丢了东西\n找张三，电话{PHONE}，身份证{IDENTITY}", place="3组17号")
    assert (page.status, KEPT in page.text, "第 2 行" in page.text) == (422, True, True)
    assert page.words(".deid mark") == [PHONE, IDENTITY, "3组17号"]
    assert await stored() == []
    assert PHONE in page.one("#f-body").text_content()
    assert PHONE in (await luo.open("/v/heping/new")).one("#f-body").text_content(), "the draft is kept"
    assert not page.all(".deid [value=own]"), "another person's number is not one's own"
    assert not page.all(".deid__basis"), "villagers state no basis"
    done = await page.form("#post").send(button=("personal", "mask"))
    assert done.status == 200
    assert await stored() == ["|丢了东西\n找张三，电话138****8000，身份证5101**********1233|3组**号"]


async def test_going_back_and_changing_it_is_enough_and_another_number_is_asked_about_again(site: LiveSite) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    page = await write(luo, f"打{PHONE}")
    page = await page.form("#post").fill(body="打13900139000").send()
    assert (page.status, page.words(".deid mark")) == (422, ["13900139000"])
    assert (await page.form("#post").fill(body="到村口来").send()).status == 200
    assert await stored() == ["|到村口来|"]


async def test_villagers_cannot_claim_a_right_by_sending_the_answer_of_others(site: LiveSite) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    for answer in ("own", "basis", "yes", ""):
        fields = {"body": f"打{PHONE}", "audience": "village", "personal": answer}
        page = await luo.post("/v/heping/new", fields | {"personal_basis": "duty", "personal_why": "我要公开"})
        assert (page.status, page.words(".deid mark")) == (422, [PHONE])
    assert (await stored(), await bases()) == ([], [])


async def test_ones_own_number_may_stand_where_the_setting_says_so(site: LiveSite) -> None:
    person = await site.villager("罗春秀")
    luo, number = await site.sign_in(person), "13612345678"
    await registers(person, number)
    page = await write(luo, f"卖土鸡蛋，打{number[:3]} {number[3:7]} {number[7:]}")
    assert page.status == 422
    await page.form("#post").send(button=("personal", "own"))
    assert len(await stored()) == 1
    assert (await write(luo, f"打{number}或者{PHONE}")).all(".deid [value=own]") == []
    await site.set_value(OWN_PHONE, False)
    page = await write(luo, f"卖柴火，打{number}")
    assert page.all(".deid [value=own]") == []
    assert (await page.form("#post").send(button=("personal", "own"))).status == 422
    assert len(await stored()) == 1


async def test_officials_publish_by_a_stated_right_and_it_is_recorded(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    page = await notice(admin, f"有事打{PHONE}")
    assert (page.status, len(page.all(".deid__basis"))) == (422, 1)
    form = page.form('form[action$="/notices/new"]')
    refused = await form.send(button=("personal", "basis"))
    assert refused.status == 422, "not without a word why"
    assert await stored() == []
    form = refused.form('form[action$="/notices/new"]').fill(personal_basis="office", personal_why="村委会值班电话")
    assert (await form.send(button=("personal", "basis"))).status == 200
    assert (await stored())[0].endswith(f"有事打{PHONE}|")
    entry = (await bases())[0]
    assert ("office" in entry, "村委会值班电话" in entry, "phone" in entry, PHONE in entry) == (True, True, True, False)


async def test_an_edit_a_comment_and_the_villages_own_words_are_asked_about_too(site: LiveSite) -> None:
    admin, luo = await site.sign_in(await site.village_admin()), await site.sign_in(await site.villager("罗春秀"))
    url = (await write(luo, "来喝茶")).one("article.post .post__meta a").get("href")
    page = await (await luo.open(f"{url}/edit")).form("#post").fill(body=f"打{PHONE}").send()
    assert page.words(".deid mark") == [PHONE]
    await page.form("#post").send(button=("personal", "mask"))
    assert await stored() == ["|打138****8000|"]
    page = await (await admin.open(url)).form("#say").fill(body=f"他的身份证{IDENTITY}").send()
    assert (page.status, page.words(".deid mark"), len(page.all(".deid__basis"))) == (422, [IDENTITY], 0)
    await page.form("#say").send(button=("personal", "mask"))
    assert [row["body"] for row in await db.read("SELECT body FROM core_comment")] == ["他的身份证5101**********1233"]
    form = (await admin.open("/v/heping/settings")).form('form[action="/v/heping/settings"]')
    page = await form.fill(introduction=f"村里有事找{PHONE}", phone="028-88790000").send()
    assert page.words(".deid mark") == [PHONE]
    await page.form('form[action="/v/heping/settings"]').send(button=("personal", "mask"))
    village = (await db.read("SELECT introduction, phone FROM core_village WHERE slug = 'heping'"))[0]
    assert (village["introduction"], village["phone"]) == ("村里有事找138****8000", "028-88790000")


async def test_with_the_detector_off_it_is_published_as_it_is(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    assert (await write(luo, f"打{PHONE}")).status == 422
    monkeypatch.setattr(gate, "personal_data_in", lambda text: ())
    await write(luo, f"打{PHONE}")
    assert await stored() == [f"|打{PHONE}|"]
