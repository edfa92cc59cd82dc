"""Files of the library: put there by whoever keeps it, given to whoever may see the thing, and to nobody who guesses the address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from party_journeys import P, branch, elsewhere, eventually, member, send

from cunli.testing.files import document_file, m4a, mp3, office, pdf
from cunli.testing.live import LiveSite
from cunli.testing.visitor import File, Opened, Visitor
from cunli_party.models import Item
from cunli_party.school import asking


async def add(leader: Visitor, kind: str = "document", *files: File, **fields: Any) -> Opened:
    page = await leader.open(f"{P}/add-item")
    values = {"category": "policy", "title": "村规民约", "shown": True, **fields}
    return await page.form("main form[method=post]").fill(kind=kind, **values).attach("file", *files).send()


def stored(site: LiveSite) -> int:
    folder = Path(site.settings.storage_url.removeprefix("file://"))
    return len([path for path in folder.rglob("*.bin") if path.is_file()])


async def test_a_document_is_put_into_the_library_replaced_and_taken_away(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    _person, own = await member(plugin_site, leader, address, "麻建国")
    page = await add(leader, "document", document_file("村规民约.pdf"))
    assert page.status == 200, page.text
    at = page.url
    assert "村规民约.pdf" in page.text
    assert "PDF 文件 · 1 KB" in page.text
    seen = await own.open(at)
    given = await seen.follow("下载")
    assert given.response.content == pdf()
    assert given.headers["content-disposition"].startswith("attachment; ")
    assert not seen.all("form[action*='/file']"), "a member downloads, and keeps nothing"
    form = page.form("form[action$='/file/put']")
    other = await form.attach("file", document_file("村规民约 2026.docx", office())).send()
    assert "村规民约 2026.docx" in other.text
    assert "Word 文档 · " in other.text
    assert "村规民约.pdf" not in other.text
    assert (await own.open(f"{at}/file")).response.content == office()
    kept = await other.form("form[action$='/file/off']").send()
    assert "只有这个文件" in kept.text, "nothing would be left"
    await send(leader, f"{at}/edit", link="https://example.org/rules")
    gone = await (await leader.open(at)).form("form[action$='/file/off']").send()
    assert "村规民约 2026.docx" not in gone.text
    assert (await own.open(f"{at}/file")).status == 404

    async def swept() -> bool:
        return stored(plugin_site) == 0

    await eventually(swept)


async def test_a_recording_plays_on_the_page_and_captions_go_with_a_video(plugin_site: LiveSite) -> None:
    leader, _address = await branch(plugin_site)
    page = await add(leader, "audio", document_file("党课.m4a", m4a(tag=b"+29.1+109.9/ CANARY")), title="党课录音")
    source = str(page.one("audio").get("src"))
    assert source.endswith("/file?play=1")
    played = await leader.open(source, range="bytes=0-9")
    assert (played.status, played.headers["content-type"]) == (206, "audio/mp4")
    assert b"CANARY" not in (await leader.open(source)).response.content
    captions = document_file("字幕.srt", "1\n00:00:01,000 --> 00:00:03,000\n大家好".encode())
    page = await add(leader, "video", captions, title="剪枝", link="https://example.org/v")
    assert page.status == 200, page.words(".errsum")
    assert "字幕.srt" in page.text
    assert "文本 · 1 KB" in page.text
    assert "大家好" in (await page.follow("下载字幕")).response.content.decode()


async def test_a_file_for_members_is_given_to_nobody_else_however_they_come_by_the_address(
    plugin_site: LiveSite,
) -> None:
    leader, address = await branch(plugin_site)
    _person, own = await member(plugin_site, leader, address, "麻建国")
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    neighbour = await plugin_site.sign_in(await plugin_site.villager("邻村人", "shangba"))
    stranger, _there = await elsewhere(plugin_site)
    secret = (await add(leader, "document", document_file("内部.pdf"), title="内部")).url
    open_ = (await add(leader, "document", document_file("公开.pdf"), title="公开", public=True)).url
    hidden = (await add(leader, "document", document_file("没放.pdf"), title="没放", shown=False)).url
    for who in (leader, own, stranger):
        assert (await who.open(f"{secret}/file")).status == 200
    for tail in ("/file", "/file?play=1"):
        assert (await villager.open(f"{secret}{tail}")).status == 404
        assert (await neighbour.open(f"{secret}{tail}")).status in (403, 404)
        guest = await plugin_site.visitor().open(f"{secret}{tail}")
        assert b"%PDF" not in guest.response.content
    assert (await villager.open(f"{open_}/file")).status == 200
    assert (await own.open(f"{hidden}/file")).status == 404
    assert (await leader.open(f"{hidden}/file")).status == 200
    for who in (villager, own):
        for tail in ("put", "off"):
            assert (await who.post(f"{open_}/file/{tail}", {})).status == 403
    with plugin_site.inside():
        key = (await Item.get(title="内部")).file
    for path in (f"/media/{key}/large", f"/media/{key}/whole"):
        assert (await villager.open(path)).status == 404
    await send(leader, f"{open_}/edit", public=False)
    assert (await villager.open(f"{open_}/file")).status == 404, "asked each time"


async def test_control_without_the_question_an_outsider_gets_the_file(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    leader, _address = await branch(plugin_site)
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    secret = (await add(leader, "document", document_file("内部.pdf"), title="内部")).url
    assert (await villager.open(f"{secret}/file")).status == 404

    async def everybody(_visit: object) -> bool:
        return True

    monkeypatch.setattr(asking, "whole", everybody)
    answer = await villager.open(f"{secret}/file")
    assert answer.response.content == pdf(), "the guard is off: the test above would fail"


@pytest.mark.parametrize(
    ("kind", "file", "fields", "said"),
    [
        ("document", ("网页.pdf", b"<script>alert(1)</script>", "application/pdf"), {}, "这种文件不能传"),
        ("document", document_file("录音.mp3", mp3()), {}, "这里不能放MP3 录音"),
        ("audio", document_file("讲义.pdf"), {}, "这里不能放PDF 文件"),
        ("document", document_file("麻建国13812345678.pdf"), {}, "文件名里有电话"),
        ("article", document_file("讲义.pdf"), {"body": "字"}, "文章不放文件"),
        ("document", None, {}, "要写网址，或者放一个文件"),
        ("audio", None, {}, "要写网址，或者放一个文件"),
        ("video", None, {"link": "https://example.org/v"}, "视频要有字幕"),
        ("document", document_file("讲义.pdf"), {"title": ""}, "标题"),
    ],
)
async def test_what_cannot_be_is_said_and_nothing_is_kept(
    plugin_site: LiveSite, kind: str, file: File | None, fields: dict[str, Any], said: str
) -> None:
    leader, _address = await branch(plugin_site)
    page = await add(leader, kind, *([file] if file else []), **fields)
    assert page.status == 422
    assert said in page.text
    with plugin_site.inside():
        assert not await Item.all().exists()
    assert stored(plugin_site) == 0


async def test_a_thing_with_a_file_stays_of_a_kind_that_fits(plugin_site: LiveSite) -> None:
    leader, _address = await branch(plugin_site)
    at = (await add(leader, "document", document_file("讲义.pdf"))).url
    wrong = await send(leader, f"{at}/edit", kind="audio", link="https://example.org/x")
    assert wrong.status == 422
    assert "对不上" in wrong.text
    nothing = await (await leader.open(at)).form("form[action$='/file/put']").send()
    assert nothing.status == 422
    assert "还没选文件" in nothing.text


async def test_the_same_form_sent_twice_puts_one_thing_into_the_library(plugin_site: LiveSite) -> None:
    leader, _address = await branch(plugin_site)
    page = await leader.open(f"{P}/add-item")
    form = page.form("main form[method=post]").fill(kind="document", category="policy", title="一次", shown=True)
    form = form.attach("file", document_file())
    first, second = await form.send(), await form.send()
    assert first.url == second.url
    with plugin_site.inside():
        assert await Item.all().count() == 1
