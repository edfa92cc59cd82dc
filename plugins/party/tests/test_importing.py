"""What comes in from elsewhere: feeds that fail in every way, hostile HTML, a course as a folder, a table."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

import pytest
from party_journeys import QUIZ, P, answer, branch, member, send

from cunli.testing.live import LiveSite
from cunli.testing.outside import FAULTS, Asked, LocalService, Reply
from cunli_party.importing import feeds
from cunli_party.importing.courses import Unreadable, read_folder
from cunli_party.models import Course, Item, Lesson, Source
from cunli_party.school.texts import from_html
from cunli_party.settings import FEEDS

RSS = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>测试</title>
<item><title>惠农政策 &lt;b&gt;问答&lt;/b&gt;</title><link>https://news.example/1?utm_source=rss</link><pubDate>Mon, 02 Nov 2026 08:00:00 +0800</pubDate>
<description><![CDATA[<p>第一段</p><script>alert(1)</script><img src=x onerror=alert(2)><a href="javascript:alert(3)">点我</a>]]></description></item>
<item><title>坏链接</title><link>javascript:alert(4)</link><description>x</description></item>
<item><title></title><link>https://news.example/2</link></item>
</channel></rss>"""
ENTITIES = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><item><title>&b;&x;</title><link>https://news.example/3</link></item></channel></rss>'


@dataclass
class Feeds(LocalService):
    body: str = RSS

    def reply(self, asked: Asked) -> Reply:
        return Reply(content_type="application/rss+xml", body=self.body.encode())


async def test_a_feed_fills_the_library_once_and_harmlessly(plugin_site: LiveSite) -> None:
    leader, _address = await branch(plugin_site)
    async with Feeds() as service:
        await plugin_site_setting(plugin_site, f"共产党员网 {service.url}/rss policy 转载注明来源\n坏行\n")
        await plugin_site.run_task("party.look", None)
        await plugin_site.run_task("party.look", None)
        assert len(service.asked) == 2, "once for each look, however many villages"
    with plugin_site.inside():
        (item,) = await Item.all()
    assert (item.title, item.source, item.licence, item.public) == (
        "惠农政策 问答",
        "共产党员网",
        "转载注明来源",
        False,
    )
    assert "alert" not in item.body
    assert "第一段" in item.body
    page = await leader.open(f"{P}/items/{item.key}")
    assert "javascript:" not in page.html
    assert "onerror" not in page.html
    assert "共产党员网" in (await leader.open(f"{P}/sources")).text


@pytest.mark.parametrize("fault", [*FAULTS, "entities", "not xml", "empty", "half"])
async def test_a_dead_slow_huge_or_malformed_feed_harms_nothing(plugin_site: LiveSite, fault: str) -> None:
    from cunli_party.importing import fetching

    leader, _address = await branch(plugin_site)
    bodies = {"entities": ENTITIES, "not xml": "PK\x03\x04", "empty": "", "half": RSS[:300]}
    async with Feeds(body=bodies.get(fault, RSS), faults=[] if fault in bodies else [fault]) as service:  # type: ignore[list-item]
        await plugin_site_setting(plugin_site, f"源 {service.url}/rss policy 无")
        was = fetching.SECONDS
        fetching.SECONDS = 0.7
        try:
            await plugin_site.run_task("party.look", None)
        finally:
            fetching.SECONDS = was
    assert (await leader.open(f"{P}/school")).status == 200
    with plugin_site.inside():
        source = await Source.get()
        items = await Item.all()
    assert source.asked_at is not None
    assert source.trouble or len(items) <= 1
    assert all("root:" not in one.title and len(one.title) <= 80 for one in items)


async def plugin_site_setting(site: LiveSite, value: str) -> None:
    """The county says where things come from."""
    from cunli import plugin_values

    await plugin_values.set_value(FEEDS, site["heping"].county_id, value, by="command")


@pytest.mark.parametrize(
    "markup",
    [
        "<script>x()</script>安全",
        "<svg/onload=alert(1)>安全",
        "<<script>script>alert(1)<</script>/script>安全",
        "&lt;script&gt;alert(1)&lt;/script&gt;安全",
        "<a href='data:text/html,x'>安全</a>",
        "<style>*{display:none}</style><b>安全",
        "<p" * 50_000 + "安全",
    ],
)
def test_hostile_html_is_words(markup: str) -> None:
    words = from_html(markup)
    assert "<svg" not in words
    assert "display" not in words
    assert len(words) <= 20_000


def test_lines_of_the_setting() -> None:
    text = "甲 https://a.example/rss policy 许可 说明\n乙 ftp://x policy x\n丙 https://c nothing x\n丁 https://d.example farming"
    assert [(one.name, one.licence) for one in feeds.feeds_of(text)] == [("甲", "许可 说明"), ("丁", "")]


def packed(files: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


async def test_a_course_of_ten_lessons_is_brought_taken_and_finished(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    _person, own = await member(plugin_site, leader, address, "麻建国")
    files: dict[str, str | bytes] = {"果树/course.md": "# 冬季果园\n十节课"}
    for number in range(1, 11):
        files[f"果树/{number:02d}-课.md"] = f"# 第{number}节\n课文\n\n## 随堂题\n{QUIZ}"
    page = await leader.open(f"{P}/import-course")
    made = (
        await page.form("main form[method=post]").attach("file", ("果树.zip", packed(files), "application/zip")).send()
    )
    assert "冬季果园" in made.text, made.words(".errsum")
    await made.form("form[action$='/show']").send()
    url = made.url.removesuffix("/keep")
    for _lesson in range(10):
        await answer(own, await own.open(url))
    assert (await own.open(f"{url}/certificate.pdf")).status == 200
    with plugin_site.inside():
        assert await Course.all().count() == 1
        assert [one.title for one in await Lesson.all().order_by("number")] == [f"第{n}节" for n in range(1, 11)]


@pytest.mark.parametrize(
    "content",
    [
        b"not a zip",
        packed({"readme.txt": "x"}),
        packed({"a.md": "0" * 300_000}),
        packed({f"{n}.md": "x" for n in range(101)}),
        packed({"a.md": b"\xff\xfe\x00\x81"}),
        packed({"a.md": "# 课\n## 随堂题\n只有题目"}),
        packed({"a.md": "# 课"})[:-30],
        b"",
    ],
    ids=["no zip", "no lesson", "long", "many", "not utf-8", "half a question", "cut off", "empty"],
)
def test_a_folder_that_cannot_be_read_says_why(content: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        read_folder(content)
    assert str(refused.value.args[0])


async def test_a_table_of_things_is_put_in_and_wrong_lines_are_said(plugin_site: LiveSite) -> None:
    leader, _address = await branch(plugin_site)
    rows = "标题,网址,类别,日期\n甲,https://a.example/1,党的政策,2026-11-01\n乙,javascript:x,policy,\n丙,https://a.example/1/,policy,\n,,policy,\n丁,,policy,去年\n"
    page = await send(leader, f"{P}/import-items", rows=rows)
    assert "放进了 1 条，4 行有错没放" in page.text
    with plugin_site.inside():
        assert [one.title for one in await Item.all()] == ["甲"]
