"""What anybody can send: half letters, NUL, huge numbers, fields twice, addresses that are none. Never a 500, nothing lost to the next."""

from __future__ import annotations

import io
import zipfile

import pytest
from party_journeys import P, branch, course, member, send

from cunli.testing.live import LiveSite
from cunli_party.importing.feeds import Unreadable, entries_of, feeds_of
from cunli_party.models import Item, Member, Step, Transfer
from cunli_party.papers import Wrong
from cunli_party.school.asking import address, followable
from cunli_party.school.texts import from_html

ODD = (
    "%00",
    "%ED%A0%80",
    "0001-01",
    "9999-12",
    "99999999999999999999",
    "-1",
    "%E0%A5%A7",
    "2026-13",
    "'%3B--",
    "%F0%9F%99%82" * 50,
)


async def test_odd_words_in_addresses_are_answered(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    paths = (
        *(f"{P}/diaries?{name}=" for name in ("month", "before")),
        *(f"{P}/school?{name}=" for name in ("q", "category", "before", "courses")),
        *(f"{at}/members?{name}=" for name in ("which", "q", "after")),
        *(f"{at}/{one}" for one in ("notices?before=", "leads?before=", "dues?after=")),
        *(f"{P}/{one}" for one in ("away?page=", "serve?after=")),
    )
    for path in paths:
        for odd in ODD:
            assert (await leader.open(path + odd)).status == 200, path + odd


async def test_a_day_at_the_end_of_the_calendar_is_refused_and_breaks_no_page(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    _person, own = await member(plugin_site, leader, at, "麻建国")
    away = {"reason": "work", "place": "义乌", "fixed": True}
    page = await send(own, f"{P}/away/tell", since="9999-12-01", until="9999-12-31", **away)
    assert page.status == 422
    assert (await own.open(f"{P}/away")).status == 200
    page = await send(own, f"{P}/away/tell", since="2100-12-01", until="2100-12-31", **away)
    assert page.status == 200


async def test_links_that_are_none_are_refused(plugin_site: LiveSite) -> None:
    strange = (
        "https://[",
        "https://[::1",
        "https://a℀b/",
        "javascript:alert(1)",
        "https://me:{}@x/".format("word"),
        "//x",
        "http://",
    )
    for odd in strange:
        assert not followable(odd), odd
        with pytest.raises(Wrong):
            address(odd, "link")
    assert feeds_of("坏的 https://[ policy 许可\n好的 https://x.example/feed policy 许可")[0].name == "好的"
    leader, _at = await branch(plugin_site)
    item = {"category": "policy", "kind": "article", "title": "文", "body": "字", "link": "https://["}
    assert (await send(leader, f"{P}/add-item", **item)).status == 422


def test_a_feed_with_halves_of_letters_gives_words_a_database_takes() -> None:
    for inside in ("&#0;", "&#xD800;", "&#55296;", "&#x110000;", "&#99999999999;"):
        item = f"<title>标题{inside}</title><link>https://x.example/a</link><description>正文{inside}</description>"
        feed = f"<rss version='2.0'><channel><item>{item}</item></channel></rss>"
        try:
            found = entries_of(feed.encode())
        except Unreadable:
            continue
        for one in found:
            assert "\x00" not in one.title + one.body + one.link
            (one.title + one.body + one.link).encode()


async def test_tables_and_folders_with_nul_are_read_without_it(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    page = await leader.open(f"{at}/table")
    table = "姓名,工作\n龙\x00阿公,木\x00匠\n".encode()
    form = page.form("main form[method=post]").attach("file", ("m.csv", table, "text/csv"))
    assert (await form.send(button=("do", "import"))).status == 200
    page = await leader.open(f"{P}/import-items")
    things = "标题,网址,类别,日期\n甲\x00乙,https://x.example/1,policy,\n丙,https://[,policy,\n丁,,policy,9999-99-99\n".encode()
    form = page.form("main form[method=post]").attach("file", ("t.csv", things, "text/csv"))
    assert (await form.send()).status == 200
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("course.md", "# 课\x00程\n介绍")
        archive.writestr("01.md", "# 一\n课\x00文")
    page = await leader.open(f"{P}/import-course")
    form = page.form("main form[method=post]").attach("file", ("c.zip", packed.getvalue(), "application/zip"))
    assert (await form.send()).status == 200
    with plugin_site.inside():
        assert await Member.filter(name="龙阿公").exists()
        assert {one.title for one in await Item.all()} == {"甲乙"}, "the rest is said line by line"


async def test_of_two_who_change_a_member_at_once_the_second_is_told(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    person, own = await member(plugin_site, leader, at, "麻建国")
    with plugin_site.inside():
        key = (await Member.get(person_id=person.id)).key
    first = await leader.open(f"{P}/members/{key}/edit")
    second = await own.open(f"{P}/members/{key}/edit")
    assert (await second.form("main form[method=post]").fill(work="果农").send()).status == 200
    late = await first.form("main form[method=post]").fill(work="木匠", duty="值班").send()
    assert late.status == 422
    assert "有人改过" in late.text
    with plugin_site.inside():
        assert (await Member.get(key=key)).work == "果农", "what was written first is not lost unseen"
    assert (await late.form("main form[method=post]").send()).status == 200
    with plugin_site.inside():
        assert (await Member.get(key=key)).work == "木匠", "said again, it is kept"
        assert await Step.filter(member__key=key, what="profile").count() == 2


async def test_fields_sent_twice_and_offices_that_the_branch_cannot_give(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    person, _own = await member(plugin_site, leader, at, "麻建国")
    with plugin_site.inside():
        found = await Member.get(person_id=person.id)
    page = await leader.open(f"{P}/members/{found.key}/change")
    form = page.form("main form[method=post]")
    assert "secretary" not in {str(one.get("value")) for one in page.all("select[name=role] option")}
    sent = {"role": ["secretary", "secretary"], "status": ["full", "full"], "branch": str(found.branch_id)}
    refused = await leader.post(page.url, form.fields | sent)
    assert refused.status == 422, "who is secretary, an office says"
    with plugin_site.inside():
        assert (await Member.get(id=found.id)).role == ""


async def test_a_certificate_stays_when_the_course_is_put_away(plugin_site: LiveSite) -> None:
    from party_journeys import answer

    leader, at = await branch(plugin_site)
    _person, own = await member(plugin_site, leader, at, "麻建国")
    url = await course(leader)
    await answer(own, await own.open(url))
    await (await leader.open(f"{url}/keep")).form("form[action$='/show']").send()
    assert (await own.open(url)).status == 404
    assert (await own.open(f"{url}/certificate.pdf")).status == 200
    assert (await leader.open(f"{url}/certificate.pdf")).status == 404, "another's"


@pytest.mark.parametrize("how", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
async def test_a_folder_that_is_broken_inside_is_said(plugin_site: LiveSite, how: int) -> None:
    leader, _at = await branch(plugin_site)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", how) as archive:
        archive.writestr("01.md", "# 一\n" + "课文" * 2000)
    raw = bytearray(packed.getvalue())
    start = raw.index(b"01.md") + 5
    for at in range(start + 6, start + 40):  # the data, not the names
        raw[at] ^= 0xFF
    page = await leader.open(f"{P}/import-course")
    form = page.form("main form[method=post]").attach("file", ("c.zip", bytes(raw), "application/zip"))
    sent = await form.send()
    assert sent.status == 422
    assert "不是 ZIP" in sent.text


async def test_who_is_secretary_an_office_says_and_nobody_of_the_branch(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    person, deputy = await member(plugin_site, leader, at, "麻建国")
    with plugin_site.inside():
        other = await Member.get(person_id=person.id)
        secretary = await Member.get(name="石书记")
    await send(leader, f"{P}/members/{other.key}/change", role="deputy")
    page = await deputy.open(f"{P}/members/{secretary.key}/change")
    fields = page.form("main form[method=post]").fields
    assert (await deputy.post(page.url, fields | {"role": "deputy"})).status == 422
    assert (await send(deputy, f"{P}/members/{secretary.key}/leave", reason="不要了")).status == 422
    with plugin_site.inside():
        assert (await Member.get(id=secretary.id)).role == "secretary"
        assert (await Member.get(id=secretary.id)).standing == "verified"


async def test_nobody_makes_themselves_a_full_member(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    person, deputy = await member(plugin_site, leader, at, "麻建国")
    with plugin_site.inside():
        key = (await Member.get(person_id=person.id)).key
    await send(leader, f"{P}/members/{key}/change", role="deputy", status="probationary")
    assert (await send(deputy, f"{P}/members/{key}/change", status="full")).status == 422
    assert (await send(leader, f"{P}/members/{key}/change", status="full")).status == 200


async def test_a_letter_takes_nobody_in_who_left_meanwhile_and_says_what_somebody_is_now(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    person, _own = await member(plugin_site, leader, at, "麻建国")
    with plugin_site.inside():
        key = (await Member.get(person_id=person.id)).key
    await (await leader.open(f"{P}/members/{key}")).form("form[action$='/letter']").send()
    with plugin_site.inside():
        letter = await Transfer.get()
    twice = await send(leader, f"{at}/take", key=letter.key, name="麻建国")
    assert "已经在本支部" in twice.text
    await send(leader, f"{P}/members/{key}/change", status="probationary")
    with plugin_site.inside():
        assert (await Transfer.get()).status == "probationary"
    await send(leader, f"{P}/members/{key}/leave", reason="出党")
    with plugin_site.inside():
        assert await Transfer.all().count() == 0
    assert "没有这封介绍信" in (await send(leader, f"{at}/take", key=letter.key, name="麻建国")).text


async def test_names_from_a_file_hold_no_marks_that_turn_the_reading(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    page = await leader.open(f"{at}/table")
    table = "姓名,工作\n龙\u202e阿公,木\u2066匠\n".encode()
    form = page.form("main form[method=post]").attach("file", ("m.csv", table, "text/csv"))
    assert (await form.send(button=("do", "import"))).status == 200
    page = await leader.open(f"{P}/import-items")
    things = "标题,网址,类别,日期\n甲\u202e乙,https://x.example/1,policy,\n".encode()
    await page.form("main form[method=post]").attach("file", ("t.csv", things, "text/csv")).send()
    with plugin_site.inside():
        assert await Member.filter(name="龙阿公", work="木匠").exists()
        assert [one.title for one in await Item.all()] == ["甲乙"]


def test_words_of_a_feed_keep_their_spaces_and_lose_what_nobody_sees() -> None:
    assert from_html("<p>一\t二\u202e三</p>\r<p>四</p>") == "一 二三\n\n四"
