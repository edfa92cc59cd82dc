"""`python -m bench.search`: how long searching takes among a million posts, and whether it finds what a plain look finds.

Twelve fixed questions and many random ones, each asked by a villager in the village and in the whole county, and by an official
of the county; every first page is compared with the newest posts that contain the words and that this reader may see.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import os
import platform
import random
import sys
import tempfile
import time
from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path
from typing import Any, Final

import asyncpg

from bench import dataset
from bench.report import RESULTS
from cunli import db
from cunli.clock import now
from cunli.feed import rules, search_find, search_index
from cunli.feed.rules import Reader
from cunli.feed.search_find import Filter, Place
from cunli.feed.search_words import folded, runs, wanted
from cunli.testing import databases
from cunli.testing.live import settings_for
from cunli.web.site import Site

FIXED: Final = (
    "水",
    "村",
    "农家",
    "蜜橘",
    "5G",
    "医保缴费",
    "合作医疗",
    "老人体检",
    "WiFi坏了",
    "修路",
    "13组",
    "没有人写过这样的话",
)
STARTS: Final = (
    "今天",
    "明早",
    "下午三点",
    "昨晚",
    "这几天",
    "星期六",
    "赶场天",
    "端午前",
    "八月十五",
    "开春",
    "立冬以后",
    "刚才",
)
WHO: Final = (
    "我家",
    "隔壁",
    "三组",
    "13组",
    "村委会",
    "老支书",
    "张二娃",
    "李大姐",
    "王师傅",
    "学校",
    "卫生室",
    "合作社",
    "农家乐",
    "驻村队",
)
DOES: Final = (
    "卖了两筐蜜橘", "要修水渠", "请各户出一人", "组织老人体检", "收医保缴费的单子", "把合作医疗的钱退了", "借晒坝两天", "找一扇旧门板",
    "装了5G基站", "WiFi坏了没人修", "修路占了一点田", "丢了一只花母鸡", "摆满月酒", "杀年猪请客", "招六个摘茶的工人", "开院坝会",
    "说粮食补贴到账了", "发现野猪进地", "把水管接好了", "收稻谷一块三一斤", "换了新班车时间", "打疫苗", "教大家用手机挂号", "评好婆婆",
)  # fmt: skip
ENDS: Final = (
    "大家互相说一声",
    "有空的来帮忙",
    "价钱好商量",
    "电话打不通就来家里",
    "注意安全",
    "下雨就改天",
    "多谢各位",
    "早点来",
    "带上身份证",
    "娃娃莫去",
)
RARE: Final = [chr(code) for code in range(0x4E00, 0x4E00 + 3500)]
AUDIENCES: Final = (("village", "public", "township", "county"), (70, 20, 7, 3))
BATCH: Final = 5000


def sentence(dice: random.Random) -> str:
    """About 43 characters, most of them of what everybody writes and some that nobody else does."""
    words = dice.choice(STARTS) + dice.choice(WHO) + dice.choice(DOES) + "，" + dice.choice(ENDS)
    name = "".join(dice.choices(RARE, k=dice.randrange(2, 9)))
    return f"{words}。{name}{dice.choice(DOES)}{dice.randrange(10_000)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A post as the plain look needs it."""

    id: int
    region: int
    public: bool
    visible: bool
    text: str


async def _posts(posts: int, villages: int, people: int, keep: list[Written]) -> None:
    dice, start = random.Random(20261129), now() - dt.timedelta(days=800)
    step = dt.timedelta(days=799) / posts
    names = "id key village_id region_id author_id kind title body place audience state hidden_reason version pinned created_at like_count thanks_count comment_count read_count reached_count answers_version"

    def rows() -> Iterator[tuple[Any, ...]]:
        for n in range(1, posts + 1):
            village = dice.randrange(villages) + 1
            audience = dice.choices(*AUDIENCES)[0]
            region = {"township": 2, "county": 1}.get(audience, 10 + village)
            state = "hidden" if dice.random() < 0.02 else "visible"
            kind = "notice" if audience == "village" and dice.random() < 0.02 else "post"
            body = sentence(dice)
            keep.append(
                Written(id=n, region=region, public=audience == "public", visible=state == "visible", text=folded(body))
            )
            yield (
                n, f"k{n:021d}", village, region, n % people + 1, kind, "", body, "", audience, state, "", 1, False,
                start + step * n, 0, 0, 0, 0, 0, 0,
            )  # fmt: skip

    columns, source = names.split(), rows()
    while batch := list(islice(source, BATCH)):
        await db.run_unit(db.insert_many, "core_post", columns, batch)


async def _load(posts: int, villages: int, keep: list[Written]) -> float:
    """Fill the database; the seconds that building the index took."""
    people = villages * 20
    await dataset.load(dataset.Size(villages=villages, people=people, posts=0))
    await _posts(posts, villages, people, keep)
    begun = time.perf_counter()
    await search_index.rebuild()
    return time.perf_counter() - begun


def _questions(keep: Sequence[Written], number: int) -> list[str]:
    """Parts of what somebody wrote, from one character to six, and some that nobody wrote."""
    dice = random.Random(7)
    found = list(FIXED)
    while len(found) < number + len(FIXED):
        text = dice.choice(keep).text if dice.random() < 0.95 else "".join(dice.choices(RARE, k=3))
        at = dice.randrange(len(text))
        if runs(part := text[at : at + dice.randrange(1, 7)]):
            found.append(part)
    return found


class Plain:
    """All texts in one, the newest first: looking through it is as plain as it gets, and quick."""

    def __init__(self, keep: Sequence[Written]) -> None:
        self.posts = list(reversed(keep))
        self.text = "\n".join(post.text for post in self.posts)
        self.starts = list(accumulate((len(post.text) + 1 for post in self.posts), initial=0))

    def newest(self, question: str, sees: Callable[[Written], bool]) -> list[int]:
        """The newest posts that contain every stretch of the question."""
        asked = runs(question)
        longest, found, at = max(asked, key=len), list[int](), -1
        while len(found) < search_find.PAGE and (at := self.text.find(longest, at + 1)) >= 0:
            place = bisect(self.starts, at) - 1
            at = self.starts[place + 1] - 1
            post = self.posts[place]
            if sees(post) and all(any(run in one for one in runs(post.text)) for run in asked):
                found.append(post.id)
        return found


def _percentile(sorted_ms: Sequence[float], share: float) -> float:
    return sorted_ms[min(len(sorted_ms) - 1, int(len(sorted_ms) * share))]


async def measure(kind: str, posts: int, villages: int, questions: int, folder: Path) -> dict[str, Any]:
    """Load, ask, compare; figures of one database. Raises `SystemExit` when something is found that is not there, or the other way round."""
    from contextlib import AsyncExitStack

    from cunli.db import migrations

    async with AsyncExitStack() as stack:
        url = databases.sqlite_url(folder / "search.db")
        if kind == "postgres":
            url = await stack.enter_async_context(databases.scratch_postgres())
        site = Site(settings_for(url, folder))
        await migrations.migrate(url, site.apps())
        keep: list[Written] = []
        await db.start(url, site.apps(), synchronous="NORMAL")
        try:
            built = await _load(posts, villages, keep)
            if kind == "postgres":
                await _settled(url)
            return {
                "database": kind,
                "posts": posts,
                "built_s": round(built, 1),
                "asked": await _ask(keep, villages, questions),
            }
        finally:
            await db.stop()


async def _settled(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _ask(keep: Sequence[Written], villages: int, questions: int) -> dict[str, Any]:
    villager = Reader(person_id=0, belongs=frozenset({11, 2, 1}))
    official = Reader(person_id=0, belongs=frozenset({1}), over=frozenset({1}))
    own = rules.OWN_KINDS
    places: dict[str, tuple[Reader, Place, Any]] = {
        "village": (
            villager,
            search_find.in_village(rules.sources(villager, (11, 2, 1)), own),
            lambda one: one.visible and one.region in (11, 2, 1),
        ),
        "county": (
            villager,
            await search_find.anywhere(villager, own),
            lambda one: one.visible and (one.public or one.region in (11, 2, 1)),
        ),
        "official": (official, await search_find.anywhere(official, own), lambda one: one.visible),
    }
    asked, plain = _questions(keep, questions), Plain(keep)
    return {name: await _ask_all(plain, asked, *place) for name, place in places.items()}


async def _ask_all(plain: Plain, asked: Sequence[str], who: Reader, place: Place, sees: Any) -> dict[str, Any]:
    taken: list[tuple[float, str]] = []
    for question in asked:
        begun = time.perf_counter()
        found, more = await search_find.find_posts(wanted(question), place, who, Filter())
        taken.append(((time.perf_counter() - begun) * 1000, question))
        expected = plain.newest(question, sees)
        if [post.id for post in found] != expected:
            raise SystemExit(f"{question!r}: found {[post.id for post in found]}, there are {expected}")
        if more and len(found) < search_find.PAGE:
            raise SystemExit(f"{question!r}: says there are more after {len(found)}")
    times = sorted(ms for ms, _ in taken)
    slowest = sorted(taken, reverse=True)[:5]
    return {
        "questions": len(taken),
        "p50_ms": round(_percentile(times, 0.5), 2),
        "p95_ms": round(_percentile(times, 0.95), 2),
        "max_ms": round(times[-1], 1),
        "slowest": [f"{question} {ms:.0f}" for ms, question in slowest],
    }


def _table(figures: Sequence[dict[str, Any]], machine: str) -> str:
    lines = [
        "# Searching",
        "",
        f"{machine}. Every first page equals the newest posts that contain the words and that the reader may see.",
        "`village`: a villager in the village; `county`: the same, everywhere; `official`: one of the whole county.",
        "",
        "| database | posts | index built in | who | questions | p50 | p95 | slowest |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one['database']} | {one['posts']:,} | {one['built_s']} s | {who} | {seen['questions']} | {seen['p50_ms']} ms"
        f" | {seen['p95_ms']} ms | {seen['max_ms']} ms |"
        for one in figures
        for who, seen in one["asked"].items()
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--posts", type=int, default=1_000_000)
    parser.add_argument("--villages", type=int, default=271)
    parser.add_argument("--questions", type=int, default=500)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgres"], choices=["sqlite", "postgres"])
    parser.add_argument("--write", action="store_true", help="Write bench/results/search.md and .json")
    asked = parser.parse_args()
    figures = []
    for kind in asked.databases:
        with tempfile.TemporaryDirectory() as folder:
            figures.append(asyncio.run(measure(kind, asked.posts, asked.villages, asked.questions, Path(folder))))
        print(json.dumps(figures[-1], ensure_ascii=False), flush=True)
    if asked.write:
        machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
        (RESULTS / "search.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", "utf-8")
        (RESULTS / "search.md").write_text(_table(figures, machine), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
