"""What somebody could try, or learn on the way, who is not meant to: closing for others, titles in lists of choices, counts, numbers, rubbish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from doing import V, answered, do, moves, put, write

from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor
from cunli_mailbox import move_pages
from cunli_mailbox.models import Letter, Supporter

pytestmark = pytest.mark.both_databases

LETTERS = f"{V}/mailbox/letters"
NASTY = ("%00", "a%00b", "%ED%A0%80", "99999999999", "9" * 400, "-1", "１２", "%27%22%3C", "a" * 3000, "%F0%9F%98%80")


async def number_on(page: Opened) -> str:
    return page.words(".p-mailbox-head .mute")[0].split("·")[0].strip()


async def test_whoever_wrote_a_paper_letter_down_may_handle_it_and_never_says_that_it_is_done(
    plugin_site: LiveSite,
) -> None:
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    township = await plugin_site.sign_in(await plugin_site.township_admin())
    letter = await write(secretary, "屋后沟堵了", channel="paper", whom="龙阿公")
    await do(secretary, letter, "triage", track="help", urgency="general")
    page = await do(secretary, letter, "reply", words="挖通了", outcome="support")
    assert not moves(page) & {"confirm", "withdraw", "call_back"}
    for move in ("confirm", "withdraw", "call_back"):
        await secretary.post(f"{letter.url}/do/{move}", {"satisfaction": "3", "words": "很好"})
    with plugin_site.inside():
        assert (await Letter.get()).state == "replied"
    assert "not_done" in moves(await secretary.open(letter.url)), "they may say that the old man is not content"
    closed = await do(township, letter, "call_back", words="他说好了", satisfaction="3")
    assert "回访确认" in closed.text


async def test_the_writer_is_asked_on_the_letter_itself_and_once(plugin_site: LiveSite) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    neighbour = await plugin_site.sign_in(await plugin_site.villager("李有田"))
    letter = await answered(plugin_site, writer, secretary, public="1")
    for other in (secretary, neighbour):
        assert not (await other.open(letter.url)).all("form[action$='/do/confirm']")
        answer = await other.post(f"{letter.url}/do/confirm", {"satisfaction": "3"})
        assert "已办结" not in answer.text
    form = (await writer.open(letter.url)).form("form[action$='/do/confirm']")
    assert (await form.send()).status == 422, "nothing is chosen for anybody"
    done = await form.fill(satisfaction="2", words="还行").send()
    assert "写信人确认" in done.text
    assert not done.all("form[action$='/do/confirm']")
    await form.fill(satisfaction="3").send()
    with plugin_site.inside():
        assert (await Letter.get()).satisfaction == 2


async def ask_to_merge(who: Visitor, letter: Opened) -> str:
    """Both ways to the form of merging: asked for, and answered to an empty one."""
    return (await who.open(f"{letter.url}/do/merge")).html + (await who.post(f"{letter.url}/do/merge", {})).html


async def test_the_choices_of_a_form_tell_nobody_of_letters_that_they_may_not_open(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    other = await plugin_site.sign_in(await plugin_site.villager("龙阿婆"))
    neighbour = await plugin_site.sign_in(await plugin_site.villager("李有田"))
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    public = await write(writer, "路灯坏了", public="1")
    await write(other, "写给镇里的私信", office="2")
    await write(other, "村里的私信")
    await write(other, "大家的水管", public="1")
    told = await ask_to_merge(secretary, public)
    assert "大家的水管" in told, "the control: there is a choice"
    assert "写给镇里的私信" not in told, "the village does not read what is for the township"
    assert "村里的私信" not in told, "its answer would not reach whoever wrote this one"
    for who in (neighbour, writer):
        assert "大家的水管" not in await ask_to_merge(who, public)

    async def open_to_all(*_anything: object) -> bool:
        return True

    monkeypatch.setattr(move_pages, "_open", open_to_all)
    assert "大家的水管" in await ask_to_merge(neighbour, public), "the planted control"


async def test_whoever_wrote_a_letter_that_was_merged_follows_the_other_one(plugin_site: LiveSite) -> None:
    first = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    person = await plugin_site.villager("李有田")
    second = await plugin_site.sign_in(person)
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    into = await write(first, "路灯坏了", public="1")
    hidden = await write(first, "我家的事")
    same = await write(second, "灯不亮，晚上看不见", anyway="1")
    with plugin_site.inside():
        ids = {one.title: str(one.id) for one in await Letter.all()}
    refused = await secretary.post(f"{same.url}/do/merge", {"into": ids["我家的事"]})
    assert refused.status == 422
    await do(secretary, same, "merge", into=ids["路灯坏了"])
    page = await second.open(same.url)
    assert [one.get("href") for one in page.all("main a") if "路灯坏了" in one.text_content()] == [
        into.url.removeprefix("http://testserver")
    ] or "路灯坏了" in page.text
    with plugin_site.inside():
        assert await Supporter.filter(person_id=person.id).count() == 1
        assert (await Letter.get(title="路灯坏了")).supporters == 1
    await do(secretary, into, "triage", track="help", urgency="general")
    await do(secretary, into, "reply", words="换了灯泡", outcome="support")
    assert "你的信有了新进展：路灯坏了" in (await second.open("/inbox")).text
    assert (await second.open(hidden.url)).status == 404


async def test_a_letter_about_somebody_of_the_county_is_not_kept_where_nobody_could_read_it(
    plugin_site: LiveSite,
) -> None:
    head = await plugin_site.county_admin()
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    page = await writer.open(f"{V}/mailbox/write")
    assert not page.all(f"select[name=about] option[value='{head.id}']")
    fields = {"kind": "complaint", "title": "反映局长", "body": "写一写", "about": str(head.id), "office": "1"}
    answer = await writer.post(f"{V}/mailbox/write", fields)
    assert answer.status == 422
    assert "市里" in answer.text
    with plugin_site.inside():
        assert await Letter.all().count() == 0


async def test_what_is_overdue_elsewhere_is_listed_for_those_who_may_open_it(plugin_site: LiveSite) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    township = await plugin_site.sign_in(await plugin_site.township_admin())
    county = await plugin_site.sign_in(await plugin_site.county_admin())
    await write(writer, "镇里的私信", office="2")
    await write(writer, "村里的私信")
    with plugin_site.inside():
        late = datetime.now(UTC) - timedelta(hours=2)
        await put("镇里的私信", due_at=late)
        await put("村里的私信", due_at=late)
    seen = {name: (await who.open("/mailbox/supervised")).text for name, who in [("v", secretary), ("t", township)]}
    assert "村里的私信" in seen["v"]
    assert "镇里的私信" not in seen["v"]
    assert "镇里的私信" in seen["t"]
    assert "村里的私信" in seen["t"]
    assert "镇里的私信" in (await county.open("/mailbox/supervised")).text


def counted(page: Opened) -> list[str]:
    return page.words(".kpis .kpi")


async def test_figures_and_numbers_do_not_tell_a_cadre_of_a_letter_about_him(plugin_site: LiveSite) -> None:
    cadre = await plugin_site.village_admin()
    secretary = await plugin_site.sign_in(cadre)
    township = await plugin_site.sign_in(await plugin_site.township_admin())
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    pages = (f"{V}/mailbox/desk", "/mailbox/board", "/mailbox/board.csv", "/mailbox/supervised", f"{V}/")
    first = await write(writer, "路灯坏了", public="1")
    before = [(await secretary.open(path)).text for path in pages]
    towns = (await township.open("/mailbox/board.csv")).text
    about = await write(writer, "他多占了低保", kind="complaint", about=str(cadre.id))
    with plugin_site.inside():
        await put("他多占了低保", due_at=datetime.now(UTC) - timedelta(days=1))
    assert [(await secretary.open(path)).text for path in pages] == before
    assert (await township.open("/mailbox/board.csv")).text != towns, "the control: it is counted for those above"
    assert "反映村干部" in (await township.open("/mailbox/board")).text
    second = await write(writer, "水管漏了", public="1", anyway="1")
    numbers = [int((await number_on(page)).split("-")[1]) for page in (first, second)]
    assert numbers[1] == numbers[0] + 1, "no gap in the book"
    assert int((await number_on(about)).split("-")[1]) >= 100_000


async def test_an_office_hears_of_what_is_given_to_it_and_the_first_one_keeps_an_eye_on_it(
    plugin_site: LiveSite,
) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    township = await plugin_site.sign_in(await plugin_site.township_admin())
    letter = await write(writer, "河堤裂了")
    assert "河堤裂了" not in (await township.open("/inbox")).text
    await do(secretary, letter, "triage", track="help", urgency="general")
    await do(secretary, letter, "hand_over", office="2", reason="归镇里管")
    assert "河堤裂了" in (await township.open("/inbox")).text
    desk = await secretary.open(f"{V}/mailbox/desk")
    assert "河堤裂了" in desk.one("section[aria-label^='转出去的']").text_content()
    before = (await secretary.open("/inbox")).text.count("河堤裂了")
    await do(township, letter, "object", reason="是村里的堤")
    assert (await secretary.open("/inbox")).text.count("河堤裂了") > before


async def test_letters_are_found_by_kind_group_and_place(plugin_site: LiveSite) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    neighbour = await plugin_site.sign_in(await plugin_site.villager("李有田"))
    lamp = await write(writer, "路灯坏了", public="1", kind="snapshot", area="三组", place="李家湾路口")
    await write(writer, "水管漏了", public="1", kind="help", area="一组", anyway="1")
    await write(writer, "家里的事", kind="help", area="三组", anyway="1")
    page = await neighbour.open(LETTERS)
    chips = page.words(".p-mailbox-chips a")
    assert "三组 · 1 封在办" in chips, "what is private is not counted"
    assert "二组" in chips
    assert {"路灯坏了", "水管漏了"} <= set(page.words(".li__t"))
    assert (await neighbour.open(f"{LETTERS}?area={quote('三组')}")).words(".li__t") == ["路灯坏了"]
    assert (await neighbour.open(f"{LETTERS}?kind=help")).words(".li__t") == ["水管漏了"]
    nothing = await neighbour.open(f"{LETTERS}?kind=help&area={quote('三组')}")
    assert "没有这样的信" in nothing.text
    there = await (await neighbour.open(lamp.url)).follow("李家湾路口")
    assert there.words(".li__t") == ["路灯坏了"]
    assert "只看在“李家湾路口”的信" in there.text
    refused = await writer.post(f"{V}/mailbox/write", {"kind": "help", "title": "x", "body": "y", "area": "九组"})
    assert refused.status == 422


async def test_rubbish_in_addresses_is_answered_and_never_an_error(plugin_site: LiveSite) -> None:
    """`plugin_site` raises what a site would answer with 500."""
    county = await plugin_site.sign_in(await plugin_site.county_admin())
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    letter = await write(writer, public="1")
    key = letter.url.rsplit("/", 1)[-1]
    for text in NASTY:
        asked = (
            *(f"{LETTERS}?{name}={text}" for name in ("list", "before", "kind", "area", "place")),
            f"{LETTERS}/{text}",
            f"{LETTERS}/{key}/photo/{text}",
            f"{LETTERS}/{key}/do/{text}",
            f"{LETTERS}/{key}/do/reply?phrase={text}",
            f"{V}/mailbox/write?kind={text}",
            f"{V}/mailbox/reports/{text}",
            f"{V}/search?q={text}",
            f"/mailbox/board?months={text}",
            f"/mailbox/petitions?since={text}",
        )
        for path in asked:
            for who in (county, writer):
                assert (await who.open(path)).status < 500, path


async def test_rubbish_in_forms_is_answered_and_never_an_error(plugin_site: LiveSite) -> None:
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    township = await plugin_site.sign_in(await plugin_site.township_admin())
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    letter = await write(writer, public="1")
    values = ("\x00", "a\x00b", "9" * 400, "-1", "１２", "字" * 9000, "\u202e‮", "99999999999")
    names: tuple[str, ...] = (
        "kind",
        "title",
        "body",
        "place",
        "area",
        "office",
        "about",
        "channel",
        "whom",
        "what",
        "words",
        "reason",
    )
    names += ("route", "outcome", "track", "urgency", "rule", "amount", "into", "satisfaction", "drop", "code", "on")
    targets = (
        f"{V}/mailbox/write",
        f"{V}/mailbox/write/keep",
        f"{V}/mailbox/duty",
        f"{V}/mailbox/phrases",
        f"{V}/mailbox/petitions",
        f"{V}/mailbox/report/follow",
        f"{letter.url}/support",
        *(f"{letter.url}/do/{move}" for move in ("triage", "merge", "extend", "assign", "confirm")),
    )
    for value in values:
        for target in targets:
            for who in (secretary, township, writer):
                assert (await who.post(target, dict.fromkeys(names, value))).status < 500, (target, value)
