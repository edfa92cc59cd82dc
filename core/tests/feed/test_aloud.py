"""A notice read out and a notice on paper: for whoever may read it, and nobody else."""

from __future__ import annotations

from cunli.testing.live import LiveSite


async def test_a_notice_is_read_out_and_printed_by_whoever_may_read_it(site: LiveSite) -> None:
    admin, luo = await site.sign_in(await site.village_admin()), await site.sign_in(await site.villager("罗春秀"))
    form = (await admin.open("/v/heping/notices/new")).form('form[action$="/notices/new"]')
    page = await form.fill(title="12月5日停电", body="8:00-11:00，共2户。\n单价￥，另议，降.5%").send()
    url = page.url.split("?")[0]
    said = await (await admin.open(url)).follow("大喇叭稿子")
    assert said.words(".aloud p")[1:3] == ["十二月五号停电。", "八点到十一点，共两户。"]
    assert "大约 1 分钟" in said.text
    paper = await (await luo.open(url)).follow("打印出来")
    assert ("12月5日停电" in paper.text, "盖章" in paper.text, len(paper.all(".paper__qr img"))) == (True, True, 1)
    for tail in ("loudspeaker", "print"):
        assert (await site.visitor().open(f"{url}/{tail}")).status == 404
        assert (await luo.open(f"{url}/{tail}")).status == 200
    form = (await luo.open("/v/heping/new")).form("#post")
    await form.fill(body="不是通知").send()
    post = (await luo.open("/v/heping/")).all("article.post .post__meta a")[0].get("href")
    assert (await luo.open(f"{post}/print")).status == 404
