"""Kinds of entry that plugins bring into the feed: as a post is, where the plugin is on; nowhere where it is off."""

from __future__ import annotations

import json
import sys

import pytest

from cunli import db, enabling
from cunli.feed.entries import Entry, Reviewed, change_entry, publish_entry, review_entry, withdraw_entry
from cunli.feed.stream import _sql
from cunli.feed.village_page import forget_pages
from cunli.people.models import MembershipState
from cunli.plugin_models import Mode
from cunli.problems import problem
from cunli.registry import Registry
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor
from cunli.web.errors import Forbidden

BOARD = "/v/heping/sample/notes"


async def pin(visitor: Visitor, words: str, audience: str = "village") -> Opened:
    return await (await visitor.open(BOARD)).form().fill(words=words, audience=audience).send()


async def switched(county: LiveSite, mode: Mode, slug: str = "heping") -> None:
    await enabling.switch("sample", county[slug].region_id, mode, village_level=True)


async def entry_url() -> str:
    rows = await db.read("SELECT key FROM core_post WHERE kind = 'sample.note' ORDER BY id DESC")
    return f"/v/heping/p/{rows[0]['key']}"


async def test_an_entry_stands_in_the_feed_as_a_post_does(county: LiveSite) -> None:
    luo, shi = (
        await county.sign_in(await county.villager("罗春秀")),
        await county.sign_in(await county.villager("石满仓")),
    )
    await pin(luo, "<b>修桥</b> https://example.org/")
    feed = await shi.open("/v/heping/")
    card = feed.one("article.post")
    assert "告示板" in feed.one("article.post .tag.hue-field").text_content()
    assert feed.words(".p-sample-letters") == ["30 个字"]
    assert "<b>修桥</b>" in card.text_content()
    assert BOARD in feed.links()
    url = await entry_url()
    page = await shi.open(url)
    assert page.words(".p-sample-letters") == ["30 个字，告示板上有新条子"]
    assert not page.all(f'a[href="{url}/edit"]')
    await page.form("#say").fill(body="好事").send()
    assert "评论了你" in (await luo.open("/inbox")).text
    assert (await db.read("SELECT comment_count FROM core_post"))[0]["comment_count"] == 1
    assert (await db.read("SELECT kind FROM core_event WHERE kind = 'core.post.published'")) != []
    assert (await db.read("SELECT post_count FROM core_village WHERE slug = 'heping'"))[0]["post_count"] == 1


async def test_where_the_plugin_is_off_nothing_of_it_is_shown_and_switching_on_shows_it_again(county: LiveSite) -> None:
    luo, shi = (
        await county.sign_in(await county.villager("罗春秀")),
        await county.sign_in(await county.villager("石满仓")),
    )
    admin, other = (
        await county.sign_in(await county.village_admin()),
        await county.sign_in(await county.villager("邻村人", "shangba")),
    )
    await pin(luo, "修桥铺路", "township")
    url = await entry_url()
    comment = (await (await shi.open(url)).form("#say").fill(body="好事").send()).one("#comments li").get("id")
    comment_url = f"/v/heping/c/{str(comment).removeprefix('c-')}"
    await (await shi.open(f"{url}/report")).form().fill(reason="fraud").send()
    assert "修桥铺路" not in (await other.open("/v/shangba/")).text, "it is off there"
    seen = (luo, f"{url}"), (shi, comment_url), (luo, f"{url}/delete"), (shi, f"{url}/share"), (shi, f"{url}/report")
    on = [(await who.open(address)).status for who, address in seen]
    await switched(county, Mode.OFF)
    off = [(await who.open(address)).status for who, address in seen]
    for who in (luo, shi, admin):
        for address in ("/v/heping/", "/inbox", "/v/heping/notices"):
            assert "修桥铺路" not in (text := (await who.open(address)).text), (who, address)
            assert "评论了你" not in text
    assert (await luo.post(f"{url}/delete", {})).status == 404
    assert (await shi.post(f"{url}/react", {"do": "like"})).status == 404
    await switched(county, Mode.ON)
    again = [(await who.open(address)).status for who, address in seen]
    assert (on, off, again) == ([200] * 5, [404] * 5, [200] * 5)
    assert "修桥铺路" in (await shi.open("/v/heping/")).text
    assert "评论了你" in (await luo.open("/inbox")).text
    await switched(county, Mode.ON, "shangba")
    assert "修桥铺路" in (await other.open("/v/shangba/")).text, "the control: it was for the township"


@pytest.mark.parametrize("county", ["sqlite"], indirect=True)
async def test_an_entry_of_a_plugin_that_rests_or_is_gone_is_not_shown(
    county: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    luo = await county.sign_in(await county.villager("罗春秀"))
    await pin(luo, "修桥铺路")
    url, health = await entry_url(), county.app.site.registry.dispatch.health

    async def shown() -> tuple[int, bool]:
        return (await luo.open(url)).status, "修桥铺路" in (await luo.open("/v/heping/")).text

    health.held("sample", "feed_kinds", 300.0, problem("plugins.W104", "sample", hook="feed_kinds", failures=5))
    assert await shown() == (404, False)
    health.forgive("sample", "feed_kinds")
    assert await shown() == (200, True)
    monkeypatch.setattr(county.app.site, "registry", Registry())  # as in safe mode
    assert await shown() == (404, False)


@pytest.mark.parametrize("county", ["sqlite"], indirect=True)
async def test_a_page_that_is_kept_for_everybody_shows_it_no_longer_than_it_is_on(county: LiveSite) -> None:
    site = county.app.site
    site.settings = site.settings.model_copy(update={"page_cache_seconds": 60.0})
    forget_pages()
    await pin(await county.sign_in(await county.villager("罗春秀")), "修桥铺路", "public")
    stranger = county.visitor()
    for _ in range(2):
        assert "修桥铺路" in (await stranger.open("/v/heping/")).text
    await switched(county, Mode.OFF)
    assert "修桥铺路" not in (await stranger.open("/v/heping/")).text


async def test_plugins_arrange_the_feed_and_the_way_to_older_ones_stays(county: LiveSite) -> None:
    luo = await county.sign_in(await county.villager("罗春秀"))
    await pin(luo, "修桥铺路")
    for number in range(19):
        await luo.post("/v/heping/new", {"body": f"第{number}条", "audience": "village"})
    feed = await luo.open("/v/heping/")
    assert feed.words(".post__t")[:2] == ["修桥铺路", "第18条"]
    for number in (19, 20):
        await luo.post("/v/heping/new", {"body": f"第{number}条", "audience": "village"})
    first = await luo.open("/v/heping/")
    second = await luo.open(next(url for url in first.links() if "before=" in url))
    shown = [*first.words(".post__t"), *second.words(".post__t")]
    assert sorted(shown) == sorted(["修桥铺路", *(f"第{n}条" for n in range(21))])


async def entry(county: LiveSite, author: int, **said: object) -> Entry:
    known = {"kind": "sample.note", "village_id": county["heping"].id, "author_id": author, "data": {"letters": 2}}
    return Entry(**{**known, **said})  # type: ignore[arg-type]


async def test_an_entry_is_changed_and_withdrawn_by_its_plugin(county: LiveSite) -> None:
    author = await county.villager("罗春秀")
    luo = await county.sign_in(author)
    key = await publish_entry(await review_entry(await entry(county, author.id, title="旧的", body="旧话")))
    assert await change_entry(key, await review_entry(await entry(county, author.id, title="新的", body="新话")))
    feed = await luo.open("/v/heping/")
    assert (feed.words(".post__h"), feed.words(".post__t")) == (["新的"], ["新话"])
    held = await review_entry(await entry(county, author.id, title="新的", body="转账"))
    assert held.held
    assert await change_entry(key, held)
    assert (await luo.open("/v/heping/")).words(".post__h") == []
    assert not await change_entry(key, held), "while it waits"
    place = {"kind": "sample.note", "village_id": county["heping"].id}
    assert await withdraw_entry(key, **place)  # type: ignore[arg-type]
    assert not await withdraw_entry(key, **place)  # type: ignore[arg-type]
    assert (await luo.open(f"/v/heping/p/{key}")).status == 404
    refused = await review_entry(await entry(county, author.id, title="野味", body="野生动物"))
    assert "野生动物不能卖" in str(refused.refused)
    with pytest.raises(ValueError, match="was refused"):
        await publish_entry(refused)


WRONG: dict[str, dict[str, object]] = {
    "a kind nobody has": {"kind": "sample.nothing"},
    "a kind of the core": {"kind": "post"},
    "nothing to read": {"title": "x" * 61},
    "too long": {"body": "x" * 5001},
    "no such audience": {"audience": "world"},
    "another's page": {"path": "//evil.example"},
    "a way up": {"path": "/../x"},
    "too much data": {"data": {"x": "村" * 1400}},
    "no JSON": {"data": {"x": object()}},
}


@pytest.mark.parametrize("county", ["sqlite"], indirect=True)
async def test_what_cannot_be_an_entry_is_refused_before_anything_is_written(county: LiveSite) -> None:
    author = (await county.villager("罗春秀")).id
    for what, said in WRONG.items():
        wrong = await entry(county, author, **{"title": "一条", **said})
        with pytest.raises(ValueError, match="entry|kind"):
            pytest.fail(f"{what}: {await review_entry(wrong)}")
    with pytest.raises(ValueError, match="is not shown in village"):
        await review_entry(await entry(county, author, title="一条", village_id=county["shangba"].id))
    assert isinstance(await review_entry(await entry(county, author, title="一条", path="/notes")), Reviewed)


GUARDED = """
from cunli import Capability, FeedKind, Manifest, Plugin, hookimpl

class Guarded(Plugin):
    manifest = Manifest(
        label="守", summary="", capabilities=(Capability(id="broken.x", roles=frozenset({"village_admin"}), label="守"),)
    )

    @hookimpl
    def feed_kinds(self):
        return [FeedKind(id="broken.x", label="守", publish="broken.x")]

    @hookimpl
    async def grants(self, ctx):
        return frozenset({"broken.x"}) if ctx.person_id == lucky[0] else frozenset()

lucky = [0]
plugin = Guarded()
"""


@pytest.mark.parametrize("broken", [GUARDED], ids=["guarded"])
async def test_a_kind_is_published_by_those_who_hold_its_capability(county: LiveSite, broken: str) -> None:
    admin, luo, shi = await county.village_admin(), await county.villager("罗春秀"), await county.villager("石满仓")
    away = await county.villager("走了的", state=MembershipState.LEFT)
    sys.modules["cunli_broken"].lucky[0] = shi.id
    for who, may in ((admin, True), (luo, False), (shi, True), (away, False)):
        asked = await entry(county, who.id, kind="broken.x", title="一条")
        if may:
            assert await publish_entry(await review_entry(asked))
            continue
        with pytest.raises(Forbidden):
            await review_entry(asked)


async def test_what_a_plugin_holds_or_refuses_is_held_or_refused_for_every_post(county: LiveSite) -> None:
    luo = await county.sign_in(await county.villager("罗春秀"))
    for body, status, said in (
        ("卖野生动物", 422, "野生动物不能卖"),
        ("先转账", 200, "等村委会看过再发布"),
        ("修桥", 200, "发出去了"),
    ):
        page = await (await luo.open("/v/heping/new")).form("#post").fill(body=body).send()
        assert (page.status, said in page.text) == (status, True), body
    await switched(county, Mode.OFF)
    page = await (await luo.open("/v/heping/new")).form("#post").fill(body="卖野生动物").send()
    assert "发出去了" in page.text, "the control: where it is off, it is not asked"


@pytest.mark.parametrize("county", ["sqlite"], indirect=True)
async def test_each_stretch_of_the_feed_is_read_from_an_index_alone(county: LiveSite) -> None:
    for kinds in (0, 5):
        sql = _sql((False, True), kinds, True, False, False, False)
        args = [1, *(1, *["post"] * kinds, 21) * 2, 21]
        plan = [row["detail"] for row in await db.read(f"EXPLAIN QUERY PLAN {sql}", *args)]
        arms = [line for line in plan if "core_post" in line or line.startswith("SEARCH p USING")]
        assert sum("COVERING INDEX" in line for line in arms) == 2, plan
        assert not any("TEMP B-TREE" in line and "ORDER BY" in line and "RIGHT PART" in line for line in plan), plan


# ---- what becomes of an entry is told to its plugin ---------------------------------------------------------------------


async def heard(key: str) -> list[tuple[str, str]]:
    """What was said about an entry under the key that its plugin has: (kind of event, state)."""
    rows = await db.read("SELECT kind, payload FROM core_event WHERE kind LIKE 'core.post.%' ORDER BY id")
    said = [(row["kind"], json.loads(row["payload"])) for row in rows]
    mine = [(kind, payload) for kind, payload in said if payload["post_key"] == key]
    assert all(payload["post_kind"] == "sample.note" for _kind, payload in mine)
    return [(kind.rpartition(".")[2], payload.get("state", "")) for kind, payload in mine]


async def decided(official: Visitor, what: str, reason: str = "") -> None:
    desk = await official.open("/v/heping/held")
    done = await desk.form("form[action*='/review/']").fill(reason=reason).send(button=("do", what))
    assert done.status == 200


async def test_a_plugin_hears_under_its_key_that_the_village_refused_hid_or_published_its_entry(
    county: LiveSite,
) -> None:
    author = await county.villager("罗春秀")
    official = await county.sign_in(await county.village_admin("石书记"))

    async def published(body: str) -> str:
        return await publish_entry(await review_entry(await entry(county, author.id, title="条子", body=body)))

    refused = await published("转账一")
    assert await heard(refused) == []
    await decided(official, "refuse", "村里不收钱")
    assert await heard(refused) == [("changed", "hidden")]
    passed = await published("转账二")
    await decided(official, "release")
    assert await heard(passed) == [("published", "")]
    shown = await published("修桥")
    await (await official.open(f"/v/heping/p/{shown}/hide")).form().fill(reason="写错了地方").send()
    assert await heard(shown) == [("published", ""), ("changed", "hidden")]


async def test_of_a_post_that_nobody_saw_nobody_hears(county: LiveSite) -> None:
    luo = await county.sign_in(await county.villager("罗春秀"))
    official = await county.sign_in(await county.village_admin("石书记"))
    await (await luo.open("/v/heping/new")).form("#post").fill(body="先转账").send()
    (row,) = await db.read("SELECT key FROM core_post")
    await decided(official, "refuse", "村里不收钱")
    assert (await db.read("SELECT state FROM core_post"))[0]["state"] == "hidden"
    assert await heard(row["key"]) == []
