"""The school as people meet it."""

from __future__ import annotations

import base64
import contextlib
import io
import re
import zlib
from datetime import UTC, datetime

from party_journeys import P, V, answer, branch, course, eventually, member, send

from cunli.testing.live import LiveSite
from cunli_party.models import Completion, Done


async def test_a_course_is_completed_by_answers_and_its_certificate_checks_out(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    person, own = await member(plugin_site, leader, address, "麻建国")
    url = await course(leader, lessons=2, hours="2", pass_percent="100")
    page = await own.open(url)
    assert "0 / 2" in page.text
    wrong = await answer(own, page, "0")
    assert "没答对" in wrong.text
    assert (await own.open(f"{url}/certificate.pdf")).status == 404
    page = await answer(own, page)
    assert "1 / 2" in page.text
    page = await own.open(url)
    assert "第2课" in page.words("#nowh")[0], "it goes on where one left"
    page = await answer(own, page)
    assert "学完了" in page.text
    file = await own.open(f"{url}/certificate.pdf")
    assert file.response.headers["content-type"] == "application/pdf"
    assert file.response.content.startswith(b"%PDF-")
    with plugin_site.inside():
        held = await Completion.get(person_id=person.id)
    assert held.hours == 2
    checked = await plugin_site.visitor().open(f"{P}/check/{held.key}")
    assert "这张证书是真的" in checked.text
    assert "麻建国" not in checked.text
    assert "冬季果园" not in checked.text, "a course for members is not named to others"
    assert "冬季果园" in (await own.open(f"{P}/check/{held.key}")).text
    assert (await plugin_site.visitor().open(f"{P}/check/{'x' * 22}")).status == 404


async def test_a_lesson_with_headings_and_lists_is_a_page(plugin_site: LiveSite) -> None:
    """Words with every kind of order in them, in the lesson and in the captions of its video."""
    leader, _address = await branch(plugin_site)
    page = await send(leader, f"{P}/make-course", title="认树")
    ordered = "# 先看再剪\n弱枝细。\n\n> 看不准的先不剪\n\n- 一\n- 二\n\n1. 甲\n2. 乙"
    lesson = {
        "title": "一",
        "body": ordered,
        "video": "https://example.org/v",
        "captions": ordered,
        "proof": "discussion",
    }
    await send(leader, page.url.replace("/keep", "/add"), **lesson)
    url = page.url.removesuffix("/keep")
    key = next(link for link in (await leader.open(page.url)).links() if link.endswith("/edit") and "/lessons/" in link)
    for way in ("text", "video"):
        seen = await leader.open(f"{key.removesuffix('/edit')}?as={way}")
        assert seen.status == 200, way
        assert "先看再剪" in seen.words("main h3")
    assert (await leader.open(url)).status == 200


async def test_what_is_for_members_is_found_by_nobody_else(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    _person, own = await member(plugin_site, leader, address, "麻建国")
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    secret = await course(leader, "机密课程")
    open_ = await course(leader, "柑橘课程", public=True)
    await send(
        leader, f"{P}/add-item", category="policy", kind="article", title="机密文章", body="只给党员", shown=True
    )
    await send(
        leader,
        f"{P}/add-item",
        category="farming",
        kind="article",
        title="剪枝文章",
        body="谁都能看",
        public=True,
        shown=True,
    )
    for who, sees in ((own, True), (villager, False)):
        assert (await who.open(secret)).status == (200 if sees else 404)
        assert (await who.open(open_)).status == 200
        for path in (f"{P}/school", f"{P}/home", f"{V}/search?q=机密"):
            assert ("机密课程" in (await who.open(path)).text) is sees, path
        assert ("机密文章" in (await who.open(f"{P}/school")).text) is sees
        assert "剪枝文章" in (await who.open(f"{P}/school")).text


async def test_a_changed_rule_keeps_what_was_completed_or_judges_it_again(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    person, own = await member(plugin_site, leader, address, "麻建国")
    url = await course(leader, pass_percent="100")
    await answer(own, await own.open(url))
    asked = await leader.open(f"{url}/add")
    assert "规则变了，他们的证书怎么办" in asked.text
    unsaid = await asked.form("main form[method=post]").fill(title="加一课", body="防冻", proof="discussion").send()
    assert unsaid.status == 422, "it has to be said"
    await asked.form("main form[method=post]").fill(title="加一课", body="防冻", proof="discussion", anew="keep").send()
    assert (await own.open(f"{url}/certificate")).status == 200
    await asked.form("main form[method=post]").fill(title="又一课", body="防冻", proof="discussion", anew="anew").send()

    async def gone() -> bool:
        return (await own.open(f"{url}/certificate")).status == 404

    await eventually(gone)
    with plugin_site.inside():
        held = await Completion.get(person_id=person.id)
    assert "作废" in (await plugin_site.visitor().open(f"{P}/check/{held.key}")).text
    for _lesson in range(2):
        page = await own.open(url)
        await page.form("form[action$='/say']").fill(words="照着做，新根多了不少，谢谢老师").send()
    assert (await own.open(f"{url}/certificate")).status == 200, "the rest learnt, it stands again"


async def test_being_there_is_said_by_the_branch_and_by_nobody_of_themselves(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    person, own = await member(plugin_site, leader, address, "麻建国")
    page = await send(leader, f"{P}/make-course", title="现场课")
    url = page.url.removesuffix("/keep")
    await send(leader, f"{url}/add", title="四组橘园", proof="attendance")
    await (await leader.open(f"{url}/keep")).form("form[action$='/show']").send()
    lesson = await own.open(url)
    await lesson.form("form[action$='/say']").fill(words="我到了我到了我到了我到了").send()
    assert (await own.open(f"{url}/certificate")).status == 404
    keep = await leader.open(f"{url}/keep")
    attend = await keep.follow("谁到了")
    box = next(one for one in attend.all("input[name=who]") if "麻建国" in "".join(one.getparent().itertext()))
    assert (await own.open(attend.url)).status == 403
    await attend.form("main form[method=post]").fill(who=str(box.get("value"))).send()
    assert (await own.open(f"{url}/certificate")).status == 200
    with plugin_site.inside():
        assert (await Done.get(person_id=person.id)).by_id is not None


async def test_what_is_unclear_is_said_where_it_stands(plugin_site: LiveSite) -> None:
    leader, _address = await branch(plugin_site)
    page = await send(leader, f"{P}/make-course", title="果树")
    add = page.url.replace("/keep", "/add")
    for questions, said in (
        ("只有题目", "第 1 题要有 2 到 8 个选项"),
        ("题\n- 甲\n- 乙", "没有标出对的选项"),
        ("- 甲", "先写题目"),
        ("", "至少要有一题"),
    ):
        page = await send(leader, add, title="一", body="x", questions=questions)
        assert page.status == 422
        assert said in page.text, questions
    link = await send(
        leader, f"{P}/add-item", category="policy", kind="video", title="x", link="javascript:alert(1)", body="字幕"
    )
    assert link.status == 422


async def test_the_same_link_is_one_thing(plugin_site: LiveSite) -> None:
    leader, _address = await branch(plugin_site)
    first = {"category": "policy", "kind": "article", "title": "政策", "link": "https://example.org/a?utm_source=x"}
    assert (await send(leader, f"{P}/add-item", **first)).status == 200
    again = await send(leader, f"{P}/add-item", **{**first, "link": "https://EXAMPLE.org/a/"})
    assert again.status == 422
    assert "资料库里已经有这个网址" in again.text


def test_a_certificate_is_the_same_each_time_it_is_made() -> None:
    from cunli_party.school.certificate import certificate_pdf

    made = [
        certificate_pdf(
            village="禾坪村",
            name="麻建国",
            course="冬" * 80,
            hours=2,
            number="20261129-ABCDEF",
            day=datetime(2026, 11, 29, 20, tzinfo=UTC),
            address="https://cunli.example/v/heping/party/check/abc",
        )
        for _time in range(2)
    ]
    assert made[0] == made[1]
    assert io.BytesIO(made[0]).read(5) == b"%PDF-"
    assert len(made[0]) < 60_000, "only the letters that are used"


def _streams(content: bytes) -> list[bytes]:
    """What a PDF holds, unpacked."""
    found = []
    for packed in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        raw = packed.strip()
        with contextlib.suppress(ValueError, zlib.error):
            raw = (
                base64.a85decode(raw, adobe=False)
                if not raw.endswith(b"~>")
                else base64.a85decode(b"<~" + raw, adobe=True)
            )
        with contextlib.suppress(zlib.error):
            raw = zlib.decompress(raw)
        found.append(raw)
    return found


def test_the_letters_of_a_certificate_go_along_and_rare_ones_are_left_to_the_reader() -> None:
    from cunli_party.school.certificate import certificate_pdf

    given = {"village": "禾坪村", "course": "认树", "hours": 2, "number": "1", "address": "https://cunli.example/x"}
    made = certificate_pdf(name="麻建国", day=datetime(2026, 1, 5, tzinfo=UTC), **given)  # type: ignore[arg-type]
    assert b"/FontFile2" in made
    words = b"".join(_streams(made)).decode("latin-1").upper()
    for letter in "麻建国禾坪村认树":
        assert f"{ord(letter):04X}" in words, "copied out of the PDF, it is the same letter"
    assert f"{ord('龘'):04X}" not in words, "the control: a letter that is not in it"
    rare = certificate_pdf(name="麻龘𠮷", day=datetime(2026, 1, 5, tzinfo=UTC), **given)  # type: ignore[arg-type]
    assert b"STSong-Light" in rare


async def test_a_county_names_categories_of_its_own_beside_the_five(plugin_site: LiveSite) -> None:
    from cunli import plugin_values
    from cunli_party.school.categories import key_of
    from cunli_party.settings import CATEGORIES

    leader, _address = await branch(plugin_site)
    county = plugin_site["heping"].county_id
    own = {"kind": "article", "title": "红军桥", "body": "旧事", "shown": True, "public": True}
    page = await leader.open(f"{P}/school")
    assert len(page.all(".p-party-cats a")) == 6, "all, and the five"
    await plugin_values.set_value(CATEGORIES, county, "本县党史\n", by="command")
    await send(leader, f"{P}/add-item", category=key_of("本县党史"), **own)
    page = await leader.open(f"{P}/school?category={key_of('本县党史')}")
    assert "红军桥" in page.text
    assert "红军桥" not in (await leader.open(f"{P}/school?category=policy")).text
    await plugin_values.set_value(CATEGORIES, county, "", by="command")
    assert "红军桥" in (await leader.open(f"{P}/school")).text, "a name taken away takes nothing along"
