"""Each account of the demo signs in with the printed password and finds what it was made to try."""

from __future__ import annotations

import pytest

from cunli import db
from cunli.demo.content import accounts
from cunli.testing.live import LiveSite
from cunli.testing.sample import SamplePerson
from cunli.testing.visitor import Visitor

PASSWORD, ACCOUNTS = accounts()
PHONES = {account.id: account.phone for account in ACCOUNTS}


async def sign_in(demo: LiveSite, account: str, password: str = PASSWORD) -> Visitor:
    visitor = demo.visitor()
    page = await visitor.open("/sign-in")
    await page.form().fill(phone=PHONES[account], password=password).send()
    return visitor


async def test_everybody_signs_in_with_the_shared_password_and_with_no_other(demo_on_both: LiveSite) -> None:
    for account in PHONES:
        assert (await (await sign_in(demo_on_both, account)).open("/me", follow=False)).status == 200
    wrong = await sign_in(demo_on_both, "villager", PASSWORD + "x")
    assert (await wrong.open("/me", follow=False)).status == 303


async def test_the_first_page_is_alive(demo_on_both: LiveSite) -> None:
    page = await demo_on_both.visitor().open("/v/heping/")
    assert page.status == 200
    for words in ("禾坪村", "九垄十八坪，坪坪出好谷", "128", "望溪镇"):
        assert words in page.text
    assert "蜜橘最后一批了" in page.text, "public posts are for everybody"
    assert "想家了就回来吃饭" not in page.text, "posts for the village are not"
    inside = await (await sign_in(demo_on_both, "villager")).open("/v/heping/")
    assert "想家了就回来吃饭" in inside.text
    assert "明天上午 8 点到 11 点全村停电检修" in inside.text
    assert len(inside.all("article.post")) >= 15
    assert inside.all("article img")


async def test_photos_are_served_to_whoever_may_see_the_post(demo: LiveSite) -> None:
    villager, stranger = await sign_in(demo, "villager"), demo.visitor()
    page = await villager.open("/v/heping/")
    post = next(article for article in page.all("article.post") if "想家了就回来吃饭" in article.text_content())
    address = post.cssselect("img")[0].get("src")
    assert (await villager.open(address)).headers["content-type"].startswith("image/")
    assert (await stranger.open(address)).status == 404


async def test_the_village_admin_has_work_to_do(demo: LiveSite) -> None:
    admin = await sign_in(demo, "village")
    requests = await admin.open("/v/heping/members/requests")
    assert requests.status == 200
    assert "向小满" in requests.text
    assert "罗大海" not in requests.text
    reports = await admin.open("/v/heping/reports")
    assert "一天三百，日结" in reports.text
    assert "欠我饭钱" not in reports.text
    notices = await admin.open("/v/heping/notices")
    opened = await notices.follow("明天上午 8 点到 11 点全村停电检修")
    receipts = await admin.open(f"{opened.url.split('?')[0]}/receipts")
    assert receipts.status == 200
    assert "2-18" in receipts.text


async def test_another_villages_admin_sees_none_of_it(demo: LiveSite) -> None:
    other = await sign_in(demo, "other")
    for path in ("/v/heping/members/requests", "/v/heping/reports", "/v/heping/members"):
        assert (await other.open(path)).status == 403, path
        assert (await other.open(path.replace("heping", "chaya"))).status == 200, path


@pytest.mark.parametrize("account", ["township", "county"])
async def test_officials_above_look_after_the_village(demo: LiveSite, account: str) -> None:
    official = await sign_in(demo, account)
    assert (await official.open("/v/heping/members/requests")).status == 200
    elsewhere = (await official.open("/v/chaya/members/requests")).status
    assert elsewhere == (200 if account == "county" else 403)


async def test_the_applicant_waits_and_may_not_write(demo: LiveSite) -> None:
    applicant = await sign_in(demo, "applicant")
    assert "核对" in (await applicant.open("/v/heping/join/waiting")).text
    assert (await applicant.open("/v/heping/new")).status == 403


async def test_the_inbox_holds_unread_messages_and_as_many_as_the_badge_says(demo: LiveSite) -> None:
    villager = await sign_in(demo, "villager")
    inbox = await villager.open("/inbox")
    assert inbox.status == 200
    assert "评论了你发的动态" in inbox.text
    assert "回复了你" in inbox.text
    badge = int("".join(filter(str.isdigit, inbox.words("header em.badge, nav em.badge")[0])))
    assert badge == len(inbox.all(".li--new")) > 0
    assert len(inbox.all(".li--btn")) > badge, "older ones were read"


async def test_a_hidden_post_is_seen_by_its_author_with_the_reason_and_by_no_neighbour(demo: LiveSite) -> None:
    rows = await db.read(
        "SELECT p.key, p.hidden_reason, a.id, a.key AS person_key, a.display_name FROM core_post p"
        " JOIN core_person a ON a.id = p.author_id WHERE p.state = 'hidden'"
    )
    assert len(rows) == 1
    author = SamplePerson(id=rows[0]["id"], key=rows[0]["person_key"], display_name=rows[0]["display_name"])
    address = f"/v/heping/p/{rows[0]['key']}"
    own = await (await demo.sign_in(author)).open(address)
    assert own.status == 200
    assert rows[0]["hidden_reason"] in own.text
    assert (await (await sign_in(demo, "villager")).open(address)).status == 404
    assert (await (await sign_in(demo, "village")).open(address)).status == 200


async def test_the_elder_finds_large_print(demo: LiveSite) -> None:
    elder = await sign_in(demo, "elder")
    page = await elder.open("/v/heping/")
    assert page.one("html").get("data-mode") == "elder"
    plain = await (await sign_in(demo, "villager")).open("/v/heping/")
    assert plain.one("html").get("data-mode") is None
