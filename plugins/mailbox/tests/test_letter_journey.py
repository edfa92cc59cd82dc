"""The way of a letter in a browser at 390 px, with script and without: a snapshot until its writer is content; and a paper letter, printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from doing import V
from playwright.async_api import Page

from cunli.testing.live import LiveSite
from cunli.testing.phones import fits, no_browser, phones, picture, press
from cunli.testing.photos import jpeg

pytestmark = [no_browser, pytest.mark.parametrize("plugin_site", ["sqlite"], indirect=True)]


async def act(page: Page, letter: str, move: str) -> None:
    """Open the form of a move as people do: from the letter."""
    await page.goto(letter)
    async with page.expect_navigation():
        await page.locator(f"a[href$='/do/{move}']").click()


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
async def test_a_snapshot_until_its_writer_is_content(plugin_site: LiveSite, tmp_path: Path, script: bool) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    (tmp_path / "lamp.jpg").write_bytes(jpeg((640, 480)))
    async with phones(plugin_site) as there:
        mine = await there.phone(writer, script=script)
        desk = await there.phone(secretary, script=script)
        await mine.goto(f"{V}/mailbox/write?kind=snapshot")  # the tile of 随手拍: the kind is chosen
        await mine.get_by_label("一句话说是什么事").fill("三组路口的路灯坏了")
        await mine.locator("input[type=file]").set_input_files(str(tmp_path / "lamp.jpg"))
        await fits(mine, "write")
        await press(mine, "寄出")
        letter = mine.url
        assert "已寄到" in await mine.inner_text("main")
        await mine.locator("main .photos img").first.wait_for()
        await fits(mine, "sent")
        await desk.goto(f"{V}/mailbox/desk")
        assert "路灯坏了" in await desk.inner_text("main")
        await fits(desk, "desk")
        await act(desk, letter, "triage")
        await desk.get_by_text("求助、报修", exact=True).click()
        await desk.get_by_text("一般：24 小时内派单", exact=True).click()
        await press(desk, "登记分类")
        await act(desk, letter, "assign")
        await desk.get_by_text("村（社区）", exact=True).click()
        await press(desk, "派给办理人")
        for answer, verdict in (("明天来修", "not_done"), ("换了灯泡", "confirm")):
            await act(desk, letter, "reply")
            await desk.get_by_label("答复").first.fill(answer)
            await desk.get_by_text("支持，已办", exact=True).click()
            await fits(desk, "reply")
            await press(desk, "答复")
            await mine.goto(letter)
            await fits(mine, "asked")
            if verdict == "not_done":
                await act(mine, letter, verdict)
                await mine.get_by_label("为什么").fill("还是不亮")
                await press(mine, "没办好，退回重办")
                assert "退回重办" in await mine.inner_text("main")
            else:
                await mine.get_by_label("满意", exact=True).check()
                await press(mine, "交评价，办结")
        told = await mine.inner_text("main")
        assert "写信人确认" in told
        assert "满意" in told
        await fits(mine, "closed")


async def test_a_paper_letter_of_an_old_person_is_entered_and_printed_on_one_sheet_with_its_code(
    plugin_site: LiveSite, tmp_path: Path
) -> None:
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    async with phones(plugin_site) as there:
        desk = await there.desk(secretary)
        await desk.goto(f"{V}/mailbox/write")
        await desk.locator("label:has(input[name=kind][value=help])").click()
        await desk.get_by_label("一句话说是什么事").fill("屋后排水沟堵了")
        await desk.get_by_label("详细说说").fill("一下雨就往屋里灌水。" * 30)
        await desk.get_by_text("替别人写的（电话、当面、纸信）").click()
        await desk.get_by_text("纸信", exact=True).click()
        await desk.get_by_label("替谁写的").fill("龙阿公")
        await picture(desk, "paper-letter")
        await press(desk, "寄出")
        assert "纸信" in await desk.inner_text("main")
        await desk.get_by_role("link", name="回执").click()
        await desk.locator("img.sheet__qr").wait_for()
        assert "龙" in await desk.inner_text("main")
        box = await desk.locator("img.sheet__qr").bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 120
        printed = await desk.pdf(format="A4")
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
        await desk.evaluate("document.querySelector('main h1').insertAdjacentHTML('afterend', '<p>x</p>'.repeat(200))")
        assert len(re.findall(rb"/Type\s*/Page\b", await desk.pdf(format="A4"))) > 1, (
            "the control: two sheets are counted as two"
        )


async def test_a_report_is_handed_in_on_a_phone_without_script_and_leaves_no_cookie(plugin_site: LiveSite) -> None:
    await plugin_site.department("jiwei", "县纪委监委", await plugin_site.stranger("纪检老周"))
    async with phones(plugin_site) as there:
        page = await there.phone(script=False)
        await page.goto(f"{V}/mailbox/report")
        await page.get_by_label("姓名和职务").fill("某某")
        await page.get_by_label("一句话说是什么事").fill("冒领")
        await page.get_by_label("详细说说").fill("八月份")
        await fits(page, "report")
        await press(page, "交上去")
        code = await page.inner_text(".p-mailbox-code")
        assert len("".join(code.split())) == 16
        await fits(page, "report-sent")
        assert await page.context.cookies() == []
        await page.goto(f"{V}/mailbox/report/follow")
        await page.get_by_label("回执码").fill(code)
        await press(page, "查")
        assert "正在入库" in await page.inner_text("main")
