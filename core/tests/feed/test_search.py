"""Searching finds what a plain look finds, for this reader, on both databases; and nothing that is hidden from this reader."""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cunli import db
from cunli.clock import now
from cunli.feed import rules, search_find, search_index
from cunli.feed.models import Comment, Post
from cunli.feed.rules import Reader, Sight
from cunli.feed.search_find import Filter, Place
from cunli.feed.search_words import folded, for_sqlite, marked, pieces, runs, truth, wanted
from cunli.places.merging import merge_regions
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor
from cunli.web.tokens import new_key

FIXED = (
    "水",
    "村",
    "农家",
    "农家乐",
    "医保缴费",
    "5G",
    "5g网",
    "ＷｉＦｉ",
    "修路 通知",
    "100%",
    "张二娃",
    "没有这样的话",
)
SAID = (
    "农家乐开张，有wifi",
    "今天修路，通知各户",
    "5G网络通了",
    "村委会在收医保缴费单",
    "水渠修好了",
    "卖蜜橘100斤",
    "农家肥三块一袋",
    "WiFi又断了",
    "𬭊是个生僻字",
    "ﬁre",
)
TEXT = st.text(alphabet="农家乐水村5gGＧﬁ，。 é𬭊’_", max_size=30)
EVERYTHING = 10_000


@given(TEXT, TEXT)
def test_the_pieces_of_a_text_stand_in_a_row_exactly_where_the_words_do(text: str, asked: str) -> None:
    stored = f" {for_sqlite(text)} "
    one_by_one = [
        (f" {' '.join(pieces(run)[:-1])} " in stored) if run[1:] else any(p.startswith(run) for p in stored.split())
        for run in runs(asked)
    ]
    assert (bool(one_by_one) and all(one_by_one)) == truth(text, asked)


@given(TEXT, TEXT)
def test_what_is_shown_is_what_was_written_with_nothing_but_marks_around_the_words(text: str, asked: str) -> None:
    shown = marked(text, wanted(asked).runs, most=100)
    assert shown.replace("<mark>", "").replace("</mark>", "").unescape() == " ".join(text.split())
    if truth(text, asked):
        inside = shown.unescape().partition("<mark>")[2].partition("</mark>")[0]
        assert not inside or any(run in folded(inside) for run in runs(asked))


@dataclass(frozen=True)
class World:
    """Posts and comments of all states and audiences, as the plain look needs them; newest last."""

    posts: list[tuple[Post, Sight]]
    comments: list[tuple[Comment, Sight]]
    people: list[int]


async def written(site: LiveSite, number: int = 120) -> World:
    dice = random.Random(3)
    world = World([], [], [(await site.villager(f"乡亲{n}")).id for n in range(3)])

    async def write() -> None:
        for _ in range(number):
            await _write_one(site, dice, world)

    await db.run_unit(write)
    await caught_up()
    return world


async def _write_one(site: LiveSite, dice: random.Random, world: World) -> None:
    village = site[dice.choice(sorted(site.villages))]
    chain = (village.region_id, village.township_id, village.county_id)
    audience = dice.choice([*rules.AUDIENCES])
    author, region, state = (
        dice.choice(world.people),
        rules.shown_in(audience, chain),
        dice.choices(["visible", "hidden", "deleted", "held"], (7, 1, 1, 1))[0],
    )
    with db.scope(village.id):
        post = await Post.create(
            key=new_key(), village_id=village.id, region_id=region, author_id=author, state=state, audience=audience,
            kind=dice.choice(["post", "post", "notice"]), title=dice.choice(["", dice.choice(SAID)]),
            place=dice.choice(["", "水井边"]), body=dice.choice(SAID) + dice.choice(["", "，", "\n"]) + dice.choice(SAID),
            created_at=now(),
        )  # fmt: skip
        comment = await Comment.create(
            key=new_key(), village_id=village.id, post_id=post.id, author_id=dice.choice(world.people), body=dice.choice(SAID),
            state=dice.choice(["visible", "visible", "hidden"]), created_at=now(),
        )  # fmt: skip
    sight = Sight(author_id=author, state=state, audience=audience, region_id=region, chain=frozenset(chain))
    world.posts.append((post, sight))
    world.comments.append((comment, sight))


async def caught_up() -> None:
    while await search_index.catch_up():
        pass


@functools.cache
def stretches(text: str) -> list[str]:
    return runs(text)


def fits(text: str, asked: str) -> bool:
    """What `truth` says, with each text folded once."""
    return bool(runs(asked)) and all(any(run in one for one in stretches(text)) for run in runs(asked))


def there(world: World, who: Reader, asked: str) -> list[int]:
    return [
        post.id
        for post, sight in reversed(world.posts)
        if post.state == rules.VISIBLE
        and rules.may_see(sight, who)
        and fits(f"{post.title}\n{post.place}\n{post.body}", asked)
    ]


def said_below(world: World, who: Reader, asked: str) -> list[int]:
    return [
        comment.id
        for comment, sight in reversed(world.comments)
        if comment.state == rules.VISIBLE == sight.state and rules.may_see(sight, who) and fits(comment.body, asked)
    ]


def questions(number: int) -> list[str]:
    dice = random.Random(11)
    found = list(FIXED)
    while len(found) < number + len(FIXED):
        text = dice.choice(SAID)
        at = dice.randrange(len(text))
        if runs(part := text[at : at + dice.randrange(1, 6)] + dice.choice(["", "", " 水", "x"])):
            found.append(part)
    return found


@pytest.fixture(autouse=True)
def both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL walks a few of the newest rows and asks its index for the others, as it does among a million."""
    monkeypatch.setattr(search_find, "WALK", 4)


async def readers(site: LiveSite, world: World) -> dict[str, Reader]:
    here = site["heping"]
    chain = frozenset({here.region_id, here.township_id, here.county_id})
    return {
        "nobody": rules.ANYBODY,
        "villager": Reader(person_id=world.people[0], belongs=chain),
        "township official": Reader(person_id=0, belongs=chain - {here.region_id}, over=frozenset({here.township_id})),
        "county official": Reader(person_id=0, belongs=frozenset({here.county_id}), over=frozenset({here.county_id})),
    }


async def test_twelve_fixed_and_five_hundred_other_questions_find_what_a_plain_look_finds(site: LiveSite) -> None:
    world = await written(site)
    everything, found_some = Filter(most=EVERYTHING), 0
    asking = [(who, await search_find.anywhere(who, rules.OWN_KINDS)) for who in (await readers(site, world)).values()]
    for at, asked in enumerate(questions(500)):
        for who, place in asking if at < len(FIXED) else [asking[at % len(asking)]]:
            posts, more = await search_find.find_posts(wanted(asked), place, who, everything)
            assert ([post.id for post in posts], more) == (there(world, who, asked), False), asked
            found_some += bool(posts)
            if at % 10 == 0:
                comments, _ = await search_find.find_comments(wanted(asked), place, who, everything)
                assert [comment.id for comment in comments] == said_below(world, who, asked), asked
    assert found_some > 100


async def test_with_many_regions_in_question_the_rows_alone_decide(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await written(site, 60)
    who = (await readers(site, world))["township official"]
    monkeypatch.setattr(search_find, "MOST_MARKS", 2)
    place = await search_find.anywhere(who, rules.OWN_KINDS)
    assert place.group == ()
    posts, _ = await search_find.find_posts(wanted("水"), place, who, Filter(most=EVERYTHING))
    assert [post.id for post in posts] == there(world, who, "水")


async def test_stretches_of_the_index_leave_no_gap_between_them(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (search_index, search_find):
        monkeypatch.setattr(module, "STRETCH", 3)
    world = await written(site, 60)
    for who in (await readers(site, world)).values():
        place = await search_find.anywhere(who, rules.OWN_KINDS)
        for asked in ("水", "农家", "没有"):
            seen: list[int] = []
            before, more = 0, True
            while more:
                posts, more = await search_find.find_posts(wanted(asked), place, who, Filter(most=7, before=before))
                seen += [post.id for post in posts]
                before = seen[-1] if seen else 0
            assert seen == there(world, who, asked)


async def test_both_walls_stand_alone_and_with_both_down_the_hidden_shows(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await written(site, 60)
    nobody, all_of_it = rules.ANYBODY, Filter(most=EVERYTHING)
    place, open_place = await search_find.anywhere(nobody, rules.OWN_KINDS), Place(group=(), kinds=rules.OWN_KINDS)

    async def found(where: Place) -> list[int]:
        return [post.id for post in (await search_find.find_posts(wanted("水"), where, nobody, all_of_it))[0]]

    right = there(world, nobody, "水")
    assert (await found(place), await found(open_place)) == (right, right)
    monkeypatch.setattr(rules, "sight_sql", lambda _who: ("TRUE", []))
    assert await found(place) == right
    assert len(await found(open_place)) > len(right), "the control: without either, what is for others is found"


async def write(visitor: Visitor, body: str, audience: str = "village", slug: str = "heping") -> str:
    page = await (await visitor.open(f"/v/{slug}/new")).form("#post").fill(body=body, audience=audience).send()
    return str(page.all("article.post .post__meta a")[0].get("href"))


async def search(visitor: Visitor, asked: str, path: str = "/v/heping/search", **more: str) -> Opened:
    form = (await visitor.open(path)).form("form[role=search]")
    return await form.fill(q=asked, **more).send()


async def titles(visitor: Visitor, asked: str, path: str = "/v/heping/search") -> list[str]:
    return (await search(visitor, asked, path)).words("#hits .li__t")


async def test_a_post_is_found_from_the_moment_it_stands_there_until_it_is_gone(site: LiveSite) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    admin = await site.sign_in(await site.village_admin())
    url = await write(luo, "谁家有梯子")
    assert await titles(shi, "梯子") == await titles(shi, "梯") == await titles(shi, "梯", "/search") == ["谁家有梯子"]
    assert await titles(site.visitor(), "梯子") == await titles(site.visitor(), "梯子", "/search") == []
    await (await luo.open(f"{url}/edit")).form("#post").fill(body="谁家有锯子", audience="public").send()
    assert (await titles(shi, "梯子"), await titles(site.visitor(), "锯子", "/search")) == ([], ["谁家有锯子"])
    await (await shi.open(url)).form("#say").fill(body="我家有一把").send()
    assert await titles(site.visitor(), "一把") == ["我家有一把"]
    page = await (await admin.open(f"{url}/hide")).form().fill(reason="先看看").send(button=("do", "hide"))
    assert page.status == 200
    for visitor in (luo, shi, admin, site.visitor()):
        assert (await titles(visitor, "锯子"), await titles(visitor, "一把", "/search")) == ([], [])
    assert await db.read("SELECT 1 FROM core_post_words") == await db.read("SELECT 1 FROM core_comment_words") == []
    await (await admin.open(f"{url}/hide")).form().send(button=("do", "show"))
    assert (await titles(shi, "锯子"), await titles(shi, "一把")) == (["谁家有锯子"], ["我家有一把"])
    await (await luo.open(f"{url}/delete")).form().send()
    assert (await titles(luo, "锯子"), await titles(shi, "一把")) == ([], [])
    assert await db.read("SELECT 1 FROM core_post_words") == await db.read("SELECT 1 FROM core_search_due") == []


async def test_tn4_a_hidden_thing_changes_no_byte_of_what_others_find(site: LiveSite) -> None:
    admin, luo = await site.sign_in(await site.village_admin()), await site.sign_in(await site.villager("罗春秀"))
    for n in range(21):
        await write(luo, f"梯子{n}", audience="public")
    paths = ("/v/heping/search?q=梯", "/search?q=梯", "/v/heping/search?q=梯&kind=post", "/search?q=梯&when=week")
    nobody = site.visitor()
    before = [(await nobody.open(path)).html for path in paths]
    await write(luo, "梯子只给本村")
    url = await write(luo, "梯子谁都能看，收起来了", audience="public")
    page = await (await admin.open(f"{url}/hide")).form().fill(reason="先看看").send(button=("do", "hide"))
    assert page.status == 200
    assert [(await nobody.open(path)).html for path in paths] == before
    await write(luo, "梯子谁都能看", audience="public")
    assert [(await nobody.open(path)).html for path in paths] != before, "the control: what is for everybody shows"


async def test_what_is_found_comes_page_by_page_and_a_forged_place_to_go_on_is_only_another_page(
    site: LiveSite,
) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    for n in range(41):
        with pytest.MonkeyPatch.context() as quick:
            quick.setattr("cunli.feed.rules.POSTS_PER_HOUR", 100)
            await write(luo, f"梯子{n:02d}号")
    page = await search(luo, "梯子")
    seen = page.words("#hits .li__t")
    while more := page.all("#hits section a.btn"):
        page = await luo.open(more[0].get("href", ""))
        new = page.words("#hits .li__t")
        seen += new if "before=" in page.url else new[len(seen) :]
    assert seen == [f"梯子{n:02d}号" for n in reversed(range(41))]
    for forged in ("x", "9" * 500, "'; DROP TABLE", "%00", "农"):
        page = await luo.open(f"/v/heping/search?q=梯子&kind=post&before={forged}")
        assert (page.status, len(page.words("#hits .li__t"))) == (200, 20)


async def test_kinds_and_times_narrow_what_is_found(site: LiveSite) -> None:
    luo, admin = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.village_admin())
    url = await write(luo, "梯子借出去了")
    await (await luo.open(url)).form("#say").fill(body="梯子明天还").send()
    notice = (await admin.open("/v/heping/notices/new")).form("main form[method=post]")
    assert (await notice.fill(title="梯子不要放路上", body="过路的人多").send()).status == 200
    old = await write(luo, "去年的梯子")
    await db.run_unit(
        db.write,
        "UPDATE core_post SET created_at = ? WHERE key = ?",
        now().replace(year=now().year - 2),
        old.rpartition("/")[2],
    )
    await db.run_unit(db.write, "INSERT INTO core_search_due (kind, object_id) SELECT 'p', id FROM core_post")
    await caught_up()
    page = await search(luo, "梯子")
    assert page.words("#hits h2") == ["村里通知", "村友圈", "评论"]
    assert page.words("#hits mark") == ["梯子"] * 4
    for kind, found in (
        ("通知", ["梯子不要放路上"]),
        ("动态", ["去年的梯子", "梯子借出去了"]),
        ("评论", ["梯子明天还"]),
    ):
        assert (await page.follow(kind)).words("#hits .li__t") == found
    assert (await search(luo, "梯子", when="month")).words("#hits .li__t") == [
        "梯子不要放路上",
        "梯子借出去了",
        "梯子明天还",
    ]
    county = await search(luo, "禾坪", "/search")
    assert county.words("#hits h2") == ["村庄"]
    assert (await county.follow("禾坪村")).url == "/v/heping/"


HOSTILE = (
    '"',
    "' OR 1=1 --",
    '农" OR scope : "pub',
    "scope : pub",
    "村*",
    "NEAR(村 水)",
    "农 & !水",
    "'村':*",
    "\\'",
    "<->",
    "#pub",
    "🙂",
    "\u202e村",
    "((((",
)


async def test_what_is_typed_is_words_and_never_an_expression_or_markup(site: LiveSite) -> None:
    world = await written(site, 40)
    luo = await site.sign_in(await site.villager("罗春秀"))
    await write(luo, "<img src=x onerror=alert(1)>村 & 水")
    for asked in HOSTILE:
        posts, _ = await search_find.find_posts(
            wanted(asked),
            await search_find.anywhere(rules.ANYBODY, rules.OWN_KINDS),
            rules.ANYBODY,
            Filter(most=EVERYTHING),
        )
        assert [post.id for post in posts] == there(world, rules.ANYBODY, asked), asked
        for path in ("/v/heping/search", "/search"):
            assert (await search(luo, asked, path)).status == 200
    page = await search(luo, "onerror")
    assert page.all("#hits img") == []
    assert "<img src=x onerror=alert(1)>村 & 水" in page.words("#hits .li__t")
    assert "这些符号找不了" in (await search(luo, "？！")).text


async def test_what_is_written_behind_the_back_of_the_actions_is_indexed_by_the_worker(site: LiveSite) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    await write(luo, "谁家有梯子")
    await db.run_unit(db.write, "UPDATE core_post SET body = '谁家有锯子'")
    assert await titles(luo, "锯子") == []
    assert await search_index.catch_up() == 1
    assert (await titles(luo, "锯子"), await titles(luo, "梯子")) == (["谁家有锯子"], [])
    await db.run_unit(db.write, "DELETE FROM core_post")
    await caught_up()
    assert await db.read("SELECT 1 FROM core_post_words") == []


async def test_after_a_merge_everything_is_found_in_the_village_that_goes_on(site: LiveSite) -> None:
    luo, hai = (
        await site.sign_in(await site.villager("罗春秀")),
        await site.sign_in(await site.villager("罗海", "shangba")),
    )
    await write(hai, "上坝的梯子", slug="shangba")
    url = await write(luo, "禾坪的梯子")
    await (await luo.open(url)).form("#say").fill(body="梯子在我这").send()
    await merge_regions(["510999001201"], "510999001200")
    await caught_up()
    assert await titles(luo, "梯子") == ["禾坪的梯子", "上坝的梯子", "梯子在我这"]
    assert (await search_index.compare()).right


async def test_a_damaged_index_is_noticed_and_built_anew_while_people_search(site: LiveSite) -> None:
    world = await written(site, 80)
    assert (await search_index.compare()).right
    key = "rowid" if db.engine() == "sqlite" else "id"
    held = [row["id"] for row in await db.read(f"SELECT {key} AS id FROM core_post_words ORDER BY {key}")]
    hidden = next(post.id for post, _ in world.posts if post.state != rules.VISIBLE)

    async def damage() -> None:
        await db.write(f"DELETE FROM core_post_words WHERE {key} = ?", held[0])
        await db.write(f"UPDATE core_post_words SET {key} = ? WHERE {key} = ?", hidden, held[1])
        if db.engine() == "sqlite":
            await db.write("UPDATE core_post_words SET words = 'x' WHERE rowid = ?", held[2])
        else:
            await db.write("UPDATE core_post_words SET words = CAST('x' AS tsvector) WHERE id = ?", held[2])
        await db.write(f"UPDATE core_post_words SET {key} = ? WHERE {key} = ?", 10**9, held[3])

    await db.run_unit(damage)
    found = await search_index.compare()
    assert (found.missing, found.stale, found.wrong, found.right) == (3, 2, 1, False)
    heard: list[tuple[int, int]] = []
    total = await search_index.rebuild(lambda done, of: heard.append((done, of)))
    after = await search_index.compare()
    assert (after.right, sum(after.held.values()), heard[-1]) == (True, total, (160, 160))
    await search_index.tidy()
    assert (await search_index.compare()).right


@pytest.mark.parametrize("site", ["postgres"], indirect=True)
async def test_the_plan_that_is_kept_for_all_questions_asks_the_index_and_walks_backwards(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After five questions PostgreSQL keeps a plan that knows no words; one that read every id took a third of a second."""
    said: list[tuple[str, tuple[object, ...]]] = []
    real = db.read

    async def listening(sql: str, *args: object) -> Any:
        said.append((sql, args))
        return await real(sql, *args)

    await written(site, 60)
    monkeypatch.setattr(db, "read", listening)
    place = await search_find.anywhere(rules.ANYBODY, rules.OWN_KINDS)
    await search_find.find_posts(wanted("没有人写过"), place, rules.ANYBODY, Filter())
    asked = [one for one in said if "core_post_words w" in one[0]]
    assert len(asked) in (2, 3), (
        "walked, and the index asked for the newest stretch, and for the rest where ids go that far back"
    )
    # a small table would be read in other ways than a large one: those are switched off
    plans = [await _kept_plan(site, off, *one) for off, one in zip(("bitmapscan", "indexscan"), asked[:2], strict=True)]
    assert "Index Scan Backward using core_post_words_pkey" in plans[0]
    assert "Bitmap Index Scan on core_post_words_index" in plans[1]
    assert all(plan.count("InitPlan") == 1 for plan in plans), "the words are read once"


async def _kept_plan(site: LiveSite, off: str, sql: str, args: tuple[object, ...]) -> str:
    connection = await asyncpg.connect(site.settings.database_url.split("?")[0])
    try:
        for setting in ("plan_cache_mode = force_generic_plan", "enable_seqscan = off", f"enable_{off} = off"):
            await connection.execute(f"SET {setting}")
        numbered = "".join(f"{part}${at}" for at, part in enumerate(sql.split("?")[:-1], 1)) + sql.split("?")[-1]
        await connection.execute(f"PREPARE kept AS {numbered}")
        words = ", ".join(str(arg) if isinstance(arg, int) else "'" + str(arg).replace("'", "''") + "'" for arg in args)
        return "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN EXECUTE kept({words})"))
    finally:
        await connection.close()
