"""Courses of the county: there in every village, changed by the county alone, with certificates that are kept or judged again."""

from __future__ import annotations

import io
import zipfile

from party_journeys import P, V, answer, branch, eventually, member, send

from cunli import enabling
from cunli.plugin_models import Mode
from cunli.testing.live import LiveSite
from cunli.testing.photos import photo_file
from cunli.testing.visitor import Opened, Visitor
from cunli_party.models import Completion, Course, Lesson, Meeting, Member

QUIZ = "## 随堂题\n先剪哪种枝？\n- 旺枝\n* 弱枝\n"


def _packed(lessons: int) -> tuple[str, bytes, str]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("course.md", "# 全县果树课\n县农技站的课")
        for number in range(1, lessons + 1):
            archive.writestr(f"{number:02}.md", f"# 第{number}讲\n课文{number}\n{QUIZ}")
    return "course.zip", out.getvalue(), "application/zip"


async def _bring(office: Visitor, path: str, lessons: int, **fields: str | bool) -> Opened:
    page = await office.open(path)
    form = page.form("main form[method=post]").fill(category="farming", hours="2", pass_percent="60", **fields)
    return await form.attach("file", _packed(lessons)).send()


async def test_a_course_of_the_county_is_learnt_in_every_village_and_changed_in_none(plugin_site: LiveSite) -> None:
    await enabling.switch("party", plugin_site["shangba"].region_id, Mode.ON, village_level=True)
    office = await plugin_site.sign_in(await plugin_site.county_admin())
    assert (await _bring(office, "/party/courses/bring", 1, public=True)).status == 200
    assert "全县果树课" in (await office.open("/party/courses")).text
    for slug in ("heping", "shangba"):
        await plugin_site.run_task("party.spread", slug)
    for slug, name in (("heping", "张桂秀"), ("shangba", "覃女士")):
        who = await plugin_site.sign_in(await plugin_site.villager(name, slug))
        page = await who.open(f"/v/{slug}/party/school")
        assert "县里的课" in page.text
        done = await answer(who, await page.follow("全县果树课"))
        assert "学完了" in done.text
    leader, _at = await branch(plugin_site)
    with plugin_site.inside():
        copy = await Course.get(title="全县果树课")
        lesson = await Lesson.get(course_id=copy.id)
        assert await Completion.filter(course_id=copy.id).count() == 1
    url = f"{P}/courses/{copy.key}"
    for path in ("/keep", "/edit", "/add", f"/lessons/{lesson.key}/edit"):
        assert (await leader.open(url + path)).status == 404, path
    assert (await leader.open(url)).status == 200
    for someone in (await plugin_site.township_admin(), await plugin_site.village_admin()):
        visitor = await plugin_site.sign_in(someone)
        assert (await visitor.open("/party/courses")).status == 403
        assert (await visitor.open("/party/courses/bring")).status == 403


async def test_another_edition_keeps_certificates_or_judges_again_as_the_county_says(plugin_site: LiveSite) -> None:
    office = await plugin_site.sign_in(await plugin_site.county_admin())
    await _bring(office, "/party/courses/bring", 1, public=True)
    await plugin_site.run_task("party.spread")
    who = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    page = await (await who.open(f"{P}/school")).follow("全县果树课")
    await answer(who, page)
    renew = next(link for link in (await office.open("/party/courses")).links() if link.endswith("/renew"))
    assert (await _bring(office, renew, 2, anew="keep", public=False)).status == 200
    await plugin_site.run_task("party.spread")
    with plugin_site.inside():
        kept = await Completion.first()
        assert kept is not None
        assert kept.withdrawn_at is None
        assert await Lesson.all().count() == 2
        assert [one.public for one in await Course.all()] == [False]
    late = await office.open(renew)
    form = late.form("main form[method=post]").fill(anew="anew", public=True)
    assert (await form.attach("file", _packed(3)).send()).status == 200
    await plugin_site.run_task("party.spread")
    await plugin_site.run_task("party.spread")  # again: nothing more to do

    async def judged() -> bool:
        with plugin_site.inside():
            return (await Completion.get(id=kept.id)).withdrawn_at is not None

    await eventually(judged)  # two lessons are missing
    with plugin_site.inside():
        assert await Lesson.all().count() == 3
        copies = await Course.all()
        assert len(copies) == 1
    page = await office.open("/party/courses")
    await page.form("form[action$='/show']").send()
    await plugin_site.run_task("party.spread")
    assert "全县果树课" not in (await who.open(f"{P}/school")).text


async def test_a_folder_that_is_none_is_said(plugin_site: LiveSite) -> None:
    office = await plugin_site.sign_in(await plugin_site.county_admin())
    page = await office.open("/party/courses/bring")
    assert (await page.form("main form[method=post]").send()).status == 422
    form = page.form("main form[method=post]").attach("file", ("x.zip", b"no zip", "application/zip"))
    assert (await form.send()).status == 422


async def test_photos_of_a_meeting_are_for_its_branch(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    _person, own = await member(plugin_site, leader, at, "麻建国")
    plan = {"kind": "day", "title": "植树", "starts_at": "2026-01-05T09:00", "hours": "1"}
    url = (await send(leader, f"{at}/plan", **plan)).url
    assert not (await leader.open(url)).all("form[action$='/photos']"), "not before it was held"
    with plugin_site.inside():
        me = await Member.get(name="石书记")
    page = await leader.open(f"{url}/hold")
    held = await page.form("main form[method=post]").fill(**{f"m{me.id}": "person"}, minutes="种了三十棵").send()
    form = held.form("form[action$='/photos']")
    assert (await form.send()).status == 422, "none was chosen"
    shown = (
        await held.form("form[action$='/photos']")
        .attach("photos", photo_file(), photo_file("b.jpg", colour="red"))
        .send()
    )
    pictures = [str(one.get("src")) for one in shown.all(".photos img")]
    assert len(pictures) == 2
    assert (await own.open(pictures[0])).status == 200
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    assert (await villager.open(pictures[0])).status == 403
    assert not (await own.open(url)).all("form[action$='/photos']"), "whoever leads adds"
    refused = await leader.open(url)
    many = refused.form("form[action$='/photos']").attach("photos", *(photo_file(f"{n}.jpg") for n in range(5)))
    assert (await many.send()).status == 422
    left = await (await leader.open(url)).form("form[action$='/off']").send()
    assert len(left.all(".photos img")) == 1
    assert (await own.open(pictures[0])).status == 404
    with plugin_site.inside():
        assert len((await Meeting.get(title="植树")).photos.split(",")) == 1
    assert (await own.open(f"{V}/")).status == 200
