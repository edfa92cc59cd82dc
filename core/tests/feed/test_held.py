"""What is looked at before it is published: refused, held until an official has seen it, or let through."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from cunli import db
from cunli.feed import review
from cunli.moderation import Moderation, Verdict, Words
from cunli.settings import Settings, SettingsError
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor

Watched = Callable[[Moderation], None]
WAITS = "等村委会看过再发布"


class Watcher:
    """Holds what mentions money, and refuses what mentions gambling."""

    async def review(self, text: str) -> Verdict:
        if "赌" in text:
            return Verdict.refuse("赌钱的话不能发")
        return Verdict.hold("提到了转账") if "转账" in text else Verdict.allow()


@pytest.fixture
def watched(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> Watched:
    def by(moderation: Moderation) -> None:
        monkeypatch.setattr(review._process, "moderation", moderation)

    by(Watcher())
    return by


async def write(visitor: Visitor, body: str, **fields: str) -> Opened:
    return await (await visitor.open("/v/heping/new")).form("#post").fill(body=body, **fields).send()


async def comment(visitor: Visitor, url: str, body: str) -> Opened:
    return await (await visitor.open(url)).form("#say").fill(body=body).send()


async def decide(official: Visitor, do: str, reason: str = "") -> Opened:
    form = (await official.open("/v/heping/held")).form('form[action*="/admin/review/"]')
    return await form.fill(reason=reason).send(button=("do", do))


async def told() -> list[str]:
    """The kinds of the events that left, in their order, but for what inboxes heard."""
    rows = await db.read("SELECT kind FROM core_event WHERE kind <> 'core.person.told' ORDER BY id")
    return [row["kind"] for row in rows]


async def counted() -> tuple[int, int]:
    village = await db.read("SELECT post_count FROM core_village WHERE slug = 'heping'")
    comments = await db.read("SELECT COALESCE(SUM(comment_count), 0) AS n FROM core_post")
    return int(village[0]["post_count"]), int(comments[0]["n"])


async def test_what_is_refused_comes_back_with_the_reason_and_nothing_is_lost(site: LiveSite, watched: Watched) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    page = await write(luo, "来赌一把", place="村口")
    assert (page.status, "赌钱的话不能发" in page.text) == (422, True)
    assert ("来赌一把" in page.one("#post").text_content(), 'value="村口"' in page.html) == (True, True)
    assert await db.read("SELECT 1 FROM core_post") == []
    after = await write(luo, "来喝茶")
    edited = await luo.open(after.one("article.post .post__meta a").get("href") + "/edit")
    page = await edited.form("#post").fill(body="来赌一把").send()
    assert (page.status, "赌钱的话不能发" in page.text) == (422, True)
    assert [row["body"] for row in await db.read("SELECT body FROM core_post")] == ["来喝茶"]


async def test_what_is_held_waits_for_an_official_and_is_then_published_as_if_written_now(
    site: LiveSite, watched: Watched
) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    admin = await site.sign_in(await site.village_admin())
    own = await write(luo, "转账给我", audience="public")
    assert (WAITS in own.text, "提到了转账" in own.text) == (True, True)
    assert [(await who.open(own.url)).status for who in (shi, site.visitor(), admin)] == [404, 404, 200]
    for who in (luo, shi, admin, site.visitor()):
        assert "转账给我" not in (await who.open("/v/heping/")).text
    assert (await told(), await counted()) == ([], (0, 0))
    assert "有一条内容等你看过再发布" in (await admin.open("/inbox")).text
    desk = await admin.open("/v/heping/held")
    assert ("转账给我" in desk.text, "提到了转账" in desk.text) == (True, True)
    assert [(await who.open("/v/heping/held")).status for who in (luo, site.visitor())] == [403, 200]

    assert "发布了" in (await decide(admin, "release")).text
    assert "转账给我" in (await shi.open("/v/heping/")).text
    assert (await told(), await counted()) == (["core.post.published"], (1, 0))
    assert "已经发布" in (await luo.open("/inbox")).text
    actions = [row["action"] for row in await db.read("SELECT action FROM core_audit_entry ORDER BY id")]
    assert actions == ["content.approve"]
    assert await db.read("SELECT 1 FROM core_held") == []


async def test_what_an_official_refuses_stays_with_its_author_and_may_still_be_published(
    site: LiveSite, watched: Watched
) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    admin = await site.sign_in(await site.village_admin())
    own = await write(luo, "转账给我")
    page = await decide(admin, "refuse")
    assert (page.status, "转账给我" in page.text) == (422, True), "not without a reason"
    await decide(admin, "refuse", "先把账号去掉")
    assert "先把账号去掉" in (await luo.open(own.url)).text
    assert "先把账号去掉" in (await luo.open("/inbox")).text
    assert (await shi.open(own.url)).status == 404
    assert "转账给我" not in (await admin.open("/v/heping/held")).text
    assert (await told(), await counted()) == ([], (0, 0))
    await (await admin.open(f"{own.url}/hide")).form().send(button=("do", "show"))
    assert (await shi.open(own.url)).status == 200
    assert (await told(), await counted()) == (["core.post.published"], (1, 0))


async def test_an_edit_that_is_held_takes_the_post_out_of_sight_until_it_is_approved(
    site: LiveSite, watched: Watched
) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    admin = await site.sign_in(await site.village_admin())
    url = (await write(luo, "来喝茶")).one("article.post .post__meta a").get("href")
    page = await (await luo.open(f"{url}/edit")).form("#post").fill(body="来喝茶，先转账").send()
    assert WAITS in page.text
    assert ((await shi.open(url)).status, await counted()) == (404, (0, 0))
    await decide(admin, "release")
    assert "先转账" in (await shi.open(url)).text
    assert (await told(), await counted()) == (
        ["core.post.published", "core.post.changed", "core.post.changed"],
        (1, 0),
    )


async def test_a_held_comment_is_the_authors_alone_until_it_is_approved(site: LiveSite, watched: Watched) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    admin = await site.sign_in(await site.village_admin())
    url = (await write(luo, "来喝茶")).one("article.post .post__meta a").get("href")
    assert "提到了转账" in (await comment(shi, url, "转账多少")).text
    assert "转账多少" not in (await luo.open(url)).text
    assert "评论了你" not in (await luo.open("/inbox")).text
    assert await counted() == (1, 0)
    await decide(admin, "release")
    assert "转账多少" in (await luo.open(url)).text
    assert "评论了你" in (await luo.open("/inbox")).text
    assert (await told(), await counted()) == (["core.post.published", "core.comment.published"], (1, 1))
    page = await comment(shi, url, "赌不赌")
    assert (page.status, "赌钱的话不能发" in page.text, "赌不赌" in page.html) == (422, True, True)


async def test_a_held_post_that_was_deleted_and_taken_back_is_held_again(site: LiveSite, watched: Watched) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    own = await write(luo, "转账给我")
    page = await (await luo.open(f"{own.url}/delete")).form('form[action$="/delete"]').send()
    assert page.status == 200
    await page.form('form[action$="/restore"]').send()
    assert WAITS in (await luo.open(own.url)).text
    assert ((await shi.open(own.url)).status, await told(), await counted()) == (404, [], (0, 0))


async def test_nobody_approves_what_they_wrote_themselves_and_a_held_notice_is_told_when_it_is_published(
    site: LiveSite, watched: Watched
) -> None:
    admin, luo = await site.sign_in(await site.village_admin()), await site.sign_in(await site.villager("罗春秀"))
    form = (await admin.open("/v/heping/notices/new")).form('form[action$="/notices/new"]')
    assert WAITS in (await form.fill(title="收费", body="转账到村里").send()).text
    assert await db.read("SELECT 1 FROM core_job WHERE task = 'feed.tell_notice'") == []
    desk = await admin.open("/v/heping/held")
    key = (await db.read("SELECT key FROM core_review_case"))[0]["key"]
    assert desk.all('form[action*="/admin/review/"]') == []
    assert (await admin.post(f"/admin/review/{key}", {"do": "release", "reason": ""})).status == 403
    township = await site.sign_in(await site.township_admin())
    await decide(township, "release")
    assert len(await db.read("SELECT 1 FROM core_job WHERE task = 'feed.tell_notice'")) == 1
    assert "收费" in (await luo.open("/v/heping/")).text


async def test_a_service_that_fails_or_does_not_answer_in_time_holds_and_one_that_allows_does_not(
    site: LiveSite, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = asyncio.Event()

    class Failing:
        async def review(self, text: str) -> Verdict:
            raise ConnectionError

    class Hanging:
        async def review(self, text: str) -> Verdict:
            await let_go.wait()
            return Verdict.allow()

    luo = await site.sign_in(await site.villager("罗春秀"))
    watched(Failing())
    assert "自动检查没有做完" in (await write(luo, "来喝茶")).text
    monkeypatch.setattr(review, "DEADLINE", 0.05)
    watched(Hanging())
    assert "自动检查没有做完" in (await write(luo, "来吃饭")).text
    let_go.set()
    monkeypatch.setattr(review, "DEADLINE", 60.0)
    watched(Watcher())
    assert "发出去了" in (await write(luo, "来打牌")).text
    states = [row["state"] for row in await db.read("SELECT state FROM core_post ORDER BY id")]
    assert states == ["held", "held", "visible"]


# -- the file of words -------------------------------------------------------------------------------------------------


def words(folder: Path, text: str) -> Words:
    (folder / "words.txt").write_text(text, "utf-8")
    return Words(Settings.model_validate({"moderation_words": str(folder / "words.txt")}))


@pytest.mark.parametrize(
    ("said", "verdict"),
    [("来喝茶", "allow"), ("办假 证", "hold"), ("ＡＢＣ网", "refuse"), ("假-证和abc网", "refuse"), ("", "allow")],
)
async def test_words_are_found_whatever_stands_between_their_letters(tmp_path: Path, said: str, verdict: str) -> None:
    found = await words(tmp_path, "# 来自镇里\n假证 hold\n\nabc网 refuse\n").review(said)
    assert found.says == verdict
    assert bool(str(found.reason)) == (verdict != "allow")


@pytest.mark.parametrize(
    ("text", "said"),
    [("假证", "line 1"), ("# x\n假证 maybe", "line 2"), (" hold", "line 1"), ("、 hold", "line 1")],
)
def test_a_file_of_words_that_cannot_be_used_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        words(tmp_path, text)
    with pytest.raises(SettingsError, match="cannot be read"):
        Words(Settings.model_validate({"moderation_words": str(tmp_path / "nothing.txt")}))
    with pytest.raises(SettingsError, match="moderation_words"):
        Words(Settings.model_validate({}))


def test_a_verdict_against_somebody_says_why() -> None:
    with pytest.raises(ValueError, match="says why"):
        Verdict.hold(" ")
    with pytest.raises(ValueError, match="at most"):
        Verdict.refuse("x" * 201)
