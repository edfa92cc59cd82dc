"""Writing posts, as villagers do it: in one screen, with and without script, on a line that breaks."""

from __future__ import annotations

import asyncio
import json

import pytest

from cunli import db
from cunli.testing.live import LiveSite
from cunli.testing.photos import jpeg, photo_file
from cunli.testing.visitor import Opened, Visitor


async def posts(where: str = "state = 'visible'") -> int:
    return int((await db.read(f"SELECT COUNT(*) AS n FROM core_post WHERE {where}"))[0]["n"])


async def upload(visitor: Visitor, slug: str = "heping", raw: bytes | None = None, name: str = "IMG.jpg") -> Opened:
    file = (name, raw if raw is not None else jpeg(), "image/jpeg")
    return await visitor.post(f"/v/{slug}/uploads", files=[("photo", file)])


async def write(visitor: Visitor, slug: str = "heping", **fields: str) -> Opened:
    return await (await visitor.open(f"/v/{slug}/new")).form("#post").fill(**fields).send()


async def test_a_villager_posts_and_the_village_reads_it(site: LiveSite) -> None:
    luo, shi = await site.villager("罗春秀"), await site.villager("石满仓")
    after = await write(await site.sign_in(luo), body="今天太阳好得很！", place="上垄晒场")
    assert after.url == "/v/heping/"
    assert "今天太阳好得很！" in after.text
    assert "发出去了" in after.text
    seen = await (await site.sign_in(shi)).open("/v/heping/")
    assert "今天太阳好得很！" in seen.text
    assert "上垄晒场" in seen.text
    assert "今天太阳好得很！" not in (await site.visitor().open("/v/heping/")).text
    assert (await db.read("SELECT post_count FROM core_village WHERE slug = 'heping'"))[0]["post_count"] == 1


async def test_only_verified_people_post(site: LiveSite) -> None:
    from cunli.people.models import MembershipState

    waiting = await site.sign_in(await site.villager("等待的人", state=MembershipState.APPLIED))
    neighbour = await site.sign_in(await site.villager("邻村人", "shangba"))
    verified = await site.sign_in(await site.villager("村里人"))
    for visitor, status in ((waiting, 403), (neighbour, 403), (site.visitor(), 401), (verified, 200)):
        answer = await visitor.post("/v/heping/new", {"body": "一条", "audience": "village"})
        assert answer.status == status
    assert await posts() == 1


async def test_text_and_nine_photos_go_out_without_script(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    form = (await visitor.open("/v/heping/new")).form("#post").fill(body="晒秋")
    form.attach("photo", *(photo_file(f"{n}.jpg", colour=c) for n, c in enumerate(["red", "green", "blue"] * 3)))
    after = await form.send()
    assert after.status == 200
    images = after.all("article.post .photos img")
    assert len(images) == 9
    assert all(image.get("width") == "64" and image.get("height") == "48" for image in images)
    first = await visitor.open(images[0].get("src"))
    assert first.status == 200


async def test_a_tenth_photo_is_left_out_and_nothing_else_is_lost(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    form = (await visitor.open("/v/heping/new")).form("#post").fill(body="晒秋")
    form.attach("photo", *(photo_file() for _ in range(10)))
    refused = await form.send()
    assert refused.status == 422
    assert "最多 9 张" in refused.text
    assert await posts() == 0
    assert refused.one("#f-body").text_content().strip() == "晒秋"
    assert len(refused.all("#picks .pick")) == 9
    assert (await refused.form("#post").send()).status == 200
    assert await posts() == 1


async def test_a_bad_photo_says_why_and_the_words_and_good_photos_stay(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    form = (await visitor.open("/v/heping/new")).form("#post").fill(body="看照片", audience="township")
    form.attach("photo", photo_file(), ("x.jpg", b"<html>no</html>", "image/jpeg"))
    refused = await form.send()
    assert refused.status == 422
    assert "这不是能用的照片" in refused.text
    assert refused.one("#f-body").text_content().strip() == "看照片"
    assert refused.one("#f-audience option[selected]").get("value") == "township"
    assert len(refused.all("#picks .pick")) == 1
    again = await visitor.open("/v/heping/new")  # it is also kept as a draft
    assert again.one("#f-body").text_content().strip() == "看照片"
    assert len(again.all("#picks .pick")) == 1


async def test_nothing_at_all_is_no_post_but_a_photo_alone_is(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    empty = await write(visitor, body="  \n ")
    assert empty.status == 422
    assert "写几个字，或者选一张照片" in empty.text
    form = (await visitor.open("/v/heping/new")).form("#post").attach("photo", photo_file())
    assert (await form.send()).status == 200
    assert await posts() == 1


async def test_too_many_words_are_counted_and_kept(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    refused = await write(visitor, body="字" * 5001)
    assert refused.status == 422
    assert "最多 5000 个字，现在有 5001 个" in refused.text
    assert (await write(visitor, body="字" * 5000)).status == 200


async def test_the_same_form_sent_five_times_makes_one_post(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    form = (await visitor.open("/v/heping/new")).form("#post").fill(body="网断了又连上")
    answers = await asyncio.gather(*(form.send(follow=False) for _ in range(5)))
    assert {answer.status for answer in answers} == {303}
    assert await posts() == 1
    fresh = (await visitor.open("/v/heping/new")).form("#post").fill(body="网断了又连上")  # the control: a new form
    await fresh.send()
    assert await posts() == 2


async def test_photos_are_sent_one_by_one_with_script(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    answer = await upload(visitor)
    assert answer.status == 201
    sent = json.loads(answer.html)
    assert sent == {"key": sent["key"], "url": f"/media/{sent['key']}/thumb", "width": 64, "height": 48}
    refused = await upload(visitor, raw=b"<svg onload=alert(1)>", name="../../x.svg")
    assert refused.status == 415
    assert "这不是能用的照片" in json.loads(refused.html)["error"]
    after = await write(visitor, body="一张", upload=sent["key"])
    assert [img.get("src") for img in after.all("article.post .photos img")] == [sent["url"]]


async def test_a_photo_is_used_once_and_by_its_owner_only(site: LiveSite) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    key = json.loads((await upload(luo)).html)["key"]
    stolen = await write(shi, body="偷来的照片", upload=key)
    assert stolen.status == 422
    assert "有照片已经不在了" in stolen.text
    assert (await write(luo, body="我的照片", upload=key)).status == 200
    twice = await write(luo, body="再用一次", upload=key)
    assert twice.status == 422
    assert await posts() == 1


async def test_a_draft_is_kept_on_the_server_and_gone_after_posting(site: LiveSite) -> None:
    luo = await site.villager("罗春秀")
    phone, desk = await site.sign_in(luo), await site.sign_in(luo)
    key = json.loads((await upload(phone)).html)["key"]
    saved = await phone.post("/v/heping/draft", {"body": "苞谷晒干了，", "audience": "county", "uploads": key})
    assert saved.status == 204
    page = await desk.open("/v/heping/new")
    assert page.one("#f-body").text_content().strip() == "苞谷晒干了，"
    assert page.one("#f-audience option[selected]").get("value") == "county"
    assert [pick.get("data-key") for pick in page.all("#picks .pick")] == [key]
    await page.form("#post").send()
    assert await posts("state = 'visible' AND audience = 'county'") == 1
    assert (await phone.open("/v/heping/new")).one("#f-body").text_content().strip() == ""


async def test_a_draft_is_saved_without_script_and_is_nobody_elses(site: LiveSite) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    form = (await luo.open("/v/heping/new")).form("#post").fill(body="还没写完")
    after = await form.send(button=("do", "save"))
    assert "存好了" in after.text
    assert after.one("#f-body").text_content().strip() == "还没写完"
    assert await posts() == 0
    assert "还没写完" not in (await shi.open("/v/heping/new")).html


async def test_an_edited_post_says_so_and_keeps_what_was_not_changed(site: LiveSite) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    first, second = [json.loads((await upload(luo, raw=jpeg(colour=c))).html)["key"] for c in ("red", "green")]
    page = await luo.open("/v/heping/new")
    form = page.form("#post").fill(body="错子", place="晒场")
    form.fields["upload"] = [first, second]
    posted = await form.send()
    url = posted.one("article.post .post__meta a").get("href")
    assert "改过" not in posted.text
    edit = await luo.open(f"{url}/edit")
    assert edit.one("#f-place").get("value") == "晒场"
    change = edit.form("#post").fill(body="错字改好了")
    change.fields["upload"] = [second]
    change.attach("photo", photo_file(colour="blue"))
    changed = await change.send()
    assert "错字改好了" in changed.text
    assert "改过" in changed.text
    shown = [img.get("src") for img in changed.all("article.post .photos img")]
    assert shown[0] == f"/media/{second}/thumb"
    assert len(shown) == 2
    assert (await luo.open(f"/media/{first}/thumb")).status == 404
    assert (await shi.open(f"{url}/edit")).status == 403


async def test_two_edits_at_once_do_not_overwrite_each_other(site: LiveSite) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    posted = await write(luo, body="第一稿")
    url = posted.one("article.post .post__meta a").get("href")
    one, other = (await luo.open(f"{url}/edit")).form("#post"), (await luo.open(f"{url}/edit")).form("#post")
    assert (await one.fill(body="手机上改的").send()).status == 200
    late = await other.fill(body="电脑上改的").send()
    assert late.status == 422
    assert "在别处改过了" in late.text
    assert late.one("#f-body").text_content().strip() == "电脑上改的"
    assert "手机上改的" in (await luo.open(url)).text


async def test_a_deleted_post_is_gone_and_can_be_taken_back_for_ten_minutes(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    form = (await luo.open("/v/heping/new")).form("#post").fill(body="后悔的话").attach("photo", photo_file())
    posted = await form.send()
    url = posted.one("article.post .post__meta a").get("href")
    photo = posted.one("article.post .photos img").get("src")
    assert (await shi.open(f"{url}/delete")).status == 403
    assert (await shi.post(f"{url}/delete")).status == 403
    ask = await luo.open(f"{url}/delete")
    assert "后悔的话" in ask.text
    gone = await ask.form().send()
    assert "后悔的话" not in gone.text.replace("删掉了", "")
    for visitor in (luo, shi):
        assert (await visitor.open(url)).status == 404
        assert (await visitor.open(photo)).status == 404
    assert (await db.read("SELECT post_count FROM core_village WHERE slug = 'heping'"))[0]["post_count"] == 0
    assert (await shi.post(f"{url}/restore")).status == 404
    back = await gone.form(".toast form").send()
    assert "后悔的话" in back.text
    assert (await shi.open(photo)).status == 200
    assert (await db.read("SELECT post_count FROM core_village WHERE slug = 'heping'"))[0]["post_count"] == 1
    await luo.post(f"{url}/delete")
    from datetime import timedelta

    from cunli.feed import rules

    monkeypatch.setattr(rules, "UNDO", timedelta(0))
    assert (await luo.post(f"{url}/restore")).status == 410


async def test_the_mark_of_ownership_is_not_in_the_form(site: LiveSite) -> None:
    """AZ-6: fields that the form does not have change nothing."""
    luo, shi = await site.villager("罗春秀"), await site.villager("石满仓")
    visitor = await site.sign_in(luo)
    form = (await visitor.open("/v/heping/new")).form("#post")
    extra = {
        "author_id": str(shi.id), "village_id": str(site["shangba"].id), "kind": "notice", "pinned": "1", "state": "hidden",
        "like_count": "999", "created_at": "2001-01-01", "title": "冒充通知", "region_id": "1", "version": "9", "id": "77",
    }  # fmt: skip
    await form.fill(body="老实话", **extra).send()
    row = (await db.read("SELECT * FROM core_post"))[0]
    assert (row["author_id"], row["village_id"], row["kind"], row["state"]) == (
        luo.id,
        site["heping"].id,
        "post",
        "visible",
    )
    assert (row["like_count"], row["title"], bool(row["pinned"]), row["version"]) == (0, "", False, 1)


async def test_somebody_who_writes_too_much_is_asked_to_rest(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    from cunli.feed import rules

    monkeypatch.setattr(rules, "POSTS_PER_HOUR", 2)
    visitor = await site.sign_in(await site.villager("罗春秀"))
    for number in range(2):
        assert (await write(visitor, body=f"第 {number} 条")).status == 200
    refused = await write(visitor, body="第三条")
    assert refused.status == 429
    assert await posts() == 2
    assert (await visitor.open("/v/heping/new")).one("#f-body").text_content().strip() == "第三条"  # not lost
