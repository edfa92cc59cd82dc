"""A person's own pages, and what of a person others see."""

from __future__ import annotations

from cunli import db
from cunli.people.models import MembershipState as State
from cunli.people.queries import faces, session_by_token
from cunli.people.sessions import open_session
from cunli.places.queries import find_by_address
from cunli.testing.accounts import PASSWORD, CodeBox, account, sign_in
from cunli.testing.live import LiveSite
from cunli.testing.sample import member, office
from cunli.web import cookies


async def counts(site: LiveSite, slug: str = "heping") -> tuple[int, int]:
    row = (await db.read("SELECT verified_count, away_count FROM core_village WHERE id = ?", site[slug].id))[0]
    return row["verified_count"], row["away_count"]


async def test_the_name_changes_and_is_checked(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    page = await visitor.open("/me")
    changed = await page.form("form[action='/me']").fill(display_name="春秀").send()
    assert "名字改好了" in changed.text
    assert "春秀" in changed.words("h1")
    for bad in ("", "x" * 21, "\u200b\u202e"):
        answer = await page.form("form[action='/me']").fill(display_name=bad).send()
        assert answer.status in (422,), bad


async def test_going_away_and_coming_back_moves_the_village_s_number(site: LiveSite) -> None:
    """S03: whoever is away stays a verified member with every right."""
    who = await site.villager("罗春秀")
    visitor = await site.sign_in(who)
    page = await visitor.open("/me")
    form = page.form("form[action='/me/away']")
    assert (await form.fill(away="1").send()).status == 422
    away = await form.fill(away="1", away_city="东莞", away_since="2024-02-20").send()
    assert "现在在东莞" in away.text
    assert await counts(site) == (1, 1)
    await form.fill(away="1", away_city="佛山").send()
    assert await counts(site) == (1, 1)
    session = await session_by_token(await open_session(who.id), site["heping"].id)
    assert session is not None
    assert session.standing is not None
    assert (session.standing.verified, session.standing.away) == (True, True)
    back = await form.fill(away="").send()
    assert "现在在村里" in back.text
    assert await counts(site) == (1, 0)
    row = (await db.read("SELECT away_city, away_since FROM core_membership"))[0]
    assert (row["away_city"], row["away_since"]) == ("", None)


async def test_whereabouts_in_a_village_one_does_not_belong_to_change_nothing(site: LiveSite) -> None:
    await site.villager("别人", "donghu")
    visitor = await site.sign_in(await site.villager("罗春秀", state=State.APPLIED))
    for slug in ("heping", "donghu"):
        answer = await visitor.post("/me/away", {"village": str(site[slug].id), "away": "1", "away_city": "东莞"})
        assert answer.status == 404
        assert (await counts(site, slug))[1] == 0
    assert (await visitor.post("/me/home", {"village": str(site["donghu"].id)})).status == 404


async def test_one_of_several_villages_is_home(site: LiveSite) -> None:
    who = await site.villager("罗春秀")
    await member(who, site["donghu"])
    visitor = await site.sign_in(who)
    page = await visitor.open("/me")
    assert len(page.all("article")) == 2
    moved = await page.form("form[action='/me/home']").send()
    assert "登录后先到这个村" in moved.text
    assert (await db.read("SELECT home_village_id FROM core_person WHERE id = ?", who.id))[0][0] == site["donghu"].id


async def test_leaving_the_home_village_makes_the_other_one_home(site: LiveSite) -> None:
    who = await site.villager("罗春秀", away=True)
    await member(who, site["donghu"])
    visitor = await site.sign_in(who)
    page = await visitor.open("/me")
    left = await page.form(f"#village-{site['heping'].id} form[action='/me/leave']").send()
    assert "已经退出禾坪村" in left.text
    assert await counts(site) == (0, 0)
    assert (await db.read("SELECT home_village_id FROM core_person WHERE id = ?", who.id))[0][0] == site["donghu"].id
    assert (await visitor.post("/me/leave", {"village": str(site["heping"].id)})).status == 404


async def test_an_admin_does_not_just_leave(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.village_admin("田守义"))
    answer = await visitor.post("/me/leave", {"village": str(site["heping"].id)})
    assert (answer.status, "还是这个村的管理员" in answer.text) == (409, True)
    assert await counts(site) == (1, 0)


# ---- password ------------------------------------------------------------------------------------------------------


async def test_a_weak_or_wrong_password_is_not_taken(site: LiveSite) -> None:
    await account("13800138000", "罗春秀")
    visitor = site.visitor()
    await sign_in(visitor, "13800138000")
    form = (await visitor.open("/me/security")).form("form[action='/me/security']")
    good = "五月 插秧 八月 收"
    for fields, words in (
        ({"current": PASSWORD, "new": "短短短", "again": "短短短"}, "至少 8 位"),
        ({"current": PASSWORD, "new": "12345678", "again": "12345678"}, "太多人用"),
        ({"current": PASSWORD, "new": "13800138000x!", "again": "13800138000x!"}, "别用自己的手机号"),
        ({"current": PASSWORD, "new": "x" * 129, "again": "x" * 129}, "最多 128 个字"),
        ({"current": PASSWORD, "new": good, "again": good + "了"}, "两遍写得不一样"),
        ({"current": "不是这个", "new": good, "again": good}, "现在的密码不对"),
        ({"new": good, "again": good}, "现在的密码不对"),
    ):
        answer = await form.fill(current=None, new=None, again=None).fill(**fields).send(button=("do", "save"))
        assert (answer.status, words in answer.text) == (422, True), words
        assert good not in answer.html
    assert (await sign_in(site.visitor(), "13800138000")).status == 303


async def test_a_long_sentence_with_spaces_is_a_password(site: LiveSite) -> None:
    await account("13800138000")
    visitor = site.visitor()
    await sign_in(visitor, "13800138000")
    form = (await visitor.open("/me/security")).form("form[action='/me/security']")
    long = "  屋后 三棵柿子树 左边那棵最甜 " * 5
    answer = await form.fill(current=PASSWORD, new=long, again=long).send(button=("do", "save"))
    assert "密码改好了" in answer.text
    assert len(long) > 64
    assert (await sign_in(site.visitor(), "13800138000", long)).status == 303


async def test_whoever_has_no_password_sets_one_with_a_code_on_their_own_phone(site: LiveSite, outbox: CodeBox) -> None:
    who = await account("13877665544", password="")
    visitor = await site.sign_in(who)
    page = await visitor.open("/me/security")
    assert not page.all("input[name=current]")
    assert "138****5544" in page.text
    assert "13877665544" not in page.html
    new = "五月 插秧 八月 收"
    asked = await page.form("form[action='/me/security']").send(button=("do", "send"))
    assert outbox.sent[0][0] == "+8613877665544"
    form = asked.form("form[action='/me/security']")
    wrong = await form.fill(new=new, again=new, code=f"{(int(outbox.last) + 1) % 10**6:06d}").send(
        button=("do", "save")
    )
    assert wrong.status == 422
    done = await form.fill(code=outbox.last).send(button=("do", "save"))
    assert "密码改好了" in done.text
    assert (await sign_in(site.visitor(), "13877665544", new)).status == 303


# ---- look ----------------------------------------------------------------------------------------------------------


async def test_the_look_is_kept_for_this_browser_and_the_next_one(site: LiveSite) -> None:
    """S04: large letters persist per person."""
    who = await site.villager("罗春秀")
    visitor = await site.sign_in(who)
    page = await visitor.open("/me/look")
    changed = (
        await page.form("form[action='/me/look']")
        .fill(mode="elder", size="xl", theme="dark", contrast="more", locale="en")
        .send()
    )
    html = changed.one("html")
    assert [html.get(f"data-{k}") for k in ("mode", "size", "theme", "contrast")] == ["elder", "xl", "dark", "more"]
    assert html.get("lang") == "en"
    next_phone = await (await site.sign_in(who)).open("/me")
    assert next_phone.one("html").get("data-mode") == "elder"
    for bad in ({"mode": "huge", "locale": "en"}, {"locale": "xx"}, {}):
        assert (await visitor.post("/me/look", bad)).status == 422
    assert cookies.LOOK in visitor.cookies


# ---- faces ---------------------------------------------------------------------------------------------------------


async def test_a_face_shows_office_group_and_city_and_nothing_private(site: LiveSite) -> None:
    secretary = await site.village_admin("田守义", title="书记")
    away = await site.villager("罗春秀", away=True)
    guest, waiting = await site.stranger("访客"), await site.villager("小禾", state=State.APPLIED)
    chief = await site.county_admin("县里的")
    village = await find_by_address("heping")
    seen = await faces([secretary.id, away.id, guest.id, waiting.id, chief.id, chief.id], village)  # type: ignore[arg-type]
    assert seen[secretary.id].seals == (("书记", True), ("一组", False))
    assert seen[away.id].seals == (("一组", False),)
    assert seen[guest.id].seals == seen[waiting.id].seals == ()
    assert seen[chief.id].seals == (("县管理员", True),)
    assert seen[guest.id].surname == "访"
    assert await faces([], village) == {}  # type: ignore[arg-type]


async def test_an_office_elsewhere_is_no_seal_here(site: LiveSite) -> None:
    theirs = await site.village_admin("东湖书记", "donghu")
    await office(theirs, "township_admin", site["waixiang"].township_id)
    village = await find_by_address("heping")
    assert (await faces([theirs.id], village))[theirs.id].seals == ()  # type: ignore[arg-type]


async def test_a_closed_account_has_no_name_any_more(site: LiveSite) -> None:
    who = await site.villager("罗春秀")

    async def close() -> None:
        await db.write("UPDATE core_person SET state = 'closed' WHERE id = ?", who.id)

    await db.run_unit(close)
    village = await find_by_address("heping")
    assert (await faces([who.id], village))[who.id].display_name == "已注销用户"  # type: ignore[arg-type]


async def test_pages_of_ones_own_bear_the_name_of_the_home_village(site: LiveSite) -> None:
    luo, stranger = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.stranger())
    for path in ("/me", "/inbox", "/me/security"):
        assert (await luo.open(path)).words("header .slip") == ["禾坪村"]
        assert (await stranger.open(path)).words("header .slip") == ["村里"]
