"""The data set: villages, people and posts in the proportions of a county, written in bulk and always the same."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from tqdm import tqdm

from cunli import db
from cunli.clock import now
from cunli.web.tokens import digest

WORDS = "今天赶场卖了两筐蜜橘明早修水渠请各户出一人老人体检在村委会下午三点娃娃放学路上慢一点稻子收完了晒坝借用两天谁家有旧门板"
BATCH = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much to load."""

    villages: int = 100
    people: int = 50_000
    posts: int = 200_000


async def _insert(table: str, names: str, rows: Iterator[tuple[Any, ...]], total: int) -> None:
    columns = names.split()
    with tqdm(total=total, desc=table, unit="row", leave=False) as bar:
        while batch := list(islice(rows, BATCH)):
            await db.insert_many(table, columns, batch)
            bar.update(len(batch))


@db.unit
async def load(size: Size) -> None:
    """Fill an empty, migrated database. Every verified person of the first village has a session: see `tokens`."""
    dice = random.Random(20261018)
    start = now() - dt.timedelta(days=400)
    await _places(size, start)
    await _people(size, start)
    await _noted(off=True)
    await _posts(size, start, dice)
    await _noted(off=False)
    for table in ("region", "village", "person", "membership", "session", "post", "comment", "reaction", "role"):
        await _reset_sequence(f"core_{table}")


async def _noted(*, off: bool) -> None:
    """On PostgreSQL the triggers that note for the index of words what is written: a line for each of a million rows."""
    if db.engine() == "postgres":
        for table in ("core_post", "core_comment"):
            await db.write(f"ALTER TABLE {table} {'DISABLE' if off else 'ENABLE'} TRIGGER USER")


def tokens(size: Size) -> list[str]:
    """Session tokens of the people of the first village."""
    return [f"bench-{n:037d}" for n in range(1, size.people // size.villages + 1)]


async def _places(size: Size, start: dt.datetime) -> None:
    regions = [
        (1, "510900000000", 3, "测试县", "测试县", "ceshixian", "csx", None, "active"),
        (2, "510900001000", 4, "测试镇", "测试镇", "ceshizhen", "csz", 1, "active"),
    ]
    regions += [
        (10 + n, f"5109000{n:05d}", 5, f"{n}号村", f"{n}号村", f"cun{n}", f"c{n}", 2, "active")
        for n in range(1, size.villages + 1)
    ]
    await _insert(
        "core_region", "id code level name short pinyin initials parent_id state", iter(regions), len(regions)
    )
    names = "id region_id township_id county_id slug name motto introduction cover phone address market_days cloth dye state opened_at household_count verified_count away_count post_count"
    villages = (
        (
            n,
            10 + n,
            2,
            1,
            f"cun{n}",
            f"{n}号村",
            "坪坪出好谷",
            "",
            "",
            "",
            "",
            "",
            "plum",
            "",
            "open",
            start,
            300,
            size.people // size.villages,
            9,
            size.posts // size.villages,
        )
        for n in range(1, size.villages + 1)
    )
    await _insert("core_village", names, villages, size.villages)


async def _people(size: Size, start: dt.datetime) -> None:
    names = "id key display_name name phone id_number password_hash state home_village_id unread_count locale look created_at"
    people = (
        (n, f"p{n:021d}", f"乡亲{n}", "", "", "", "", "active", n % size.villages + 1, 0, "", "", start)
        for n in range(1, size.people + 1)
    )
    await _insert("core_person", names, people, size.people)
    names = "id key village_id person_id head_name state away away_city applied_at reason"
    members = (
        (n, f"m{n:021d}", n % size.villages + 1, n, "", "verified", False, "", start, "")
        for n in range(1, size.people + 1)
    )
    await _insert("core_membership", names, members, size.people)
    signed_in = (
        (n, digest(token), n * size.villages, "bench", start, now(), now() + dt.timedelta(days=30))
        for n, token in enumerate(tokens(size), 1)
    )
    names = "id token_hash person_id device created_at last_seen_at expires_at"
    await _insert("core_session", names, signed_in, size.people // size.villages)


async def _posts(size: Size, start: dt.datetime, dice: random.Random) -> None:
    names = "id key village_id region_id author_id kind title body place audience state hidden_reason version pinned created_at like_count thanks_count comment_count read_count reached_count answers_version"
    step = dt.timedelta(days=399) / max(1, size.posts)

    def posts() -> Iterator[tuple[Any, ...]]:
        for n in range(1, size.posts + 1):
            village = dice.randrange(size.villages) + 1
            audience = dice.choices(("village", "public", "township", "county"), (70, 20, 7, 3))[0]
            region = {"township": 2, "county": 1}.get(audience, 10 + village)
            author = (dice.randrange(size.people // size.villages)) * size.villages + (village - 1 or size.villages)
            at = dice.randrange(len(WORDS) - 30)
            yield (
                n, f"k{n:021d}", village, region, min(author, size.people), "post", "", WORDS[at : at + 43], "", audience, "visible", "", 1, False,
                start + step * n, dice.randrange(60), dice.randrange(9), 8 if n % 50 == 0 else 0,
                0, 0, 0,
            )  # fmt: skip

    await _insert("core_post", names, posts(), size.posts)

    def comments() -> Iterator[tuple[Any, ...]]:
        for n in range(50, size.posts + 1, 50):
            for c in range(8):
                yield (
                    n * 10 + c,
                    f"c{n:018d}{c:03d}",
                    1,
                    n,
                    c + 1,
                    "说得对，我们组也来两个人。",
                    "visible",
                    "",
                    start + step * n,
                )

    await _insert(
        "core_comment",
        "id key village_id post_id author_id body state hidden_reason created_at",
        comments(),
        size.posts // 50 * 8,
    )
    likes = ((n, 1, size.posts - n, 1 + n % 1000, "like", start) for n in range(1, min(20_000, size.posts)))
    await _insert("core_reaction", "id village_id post_id person_id kind created_at", likes, min(20_000, size.posts))


async def _reset_sequence(table: str) -> None:
    if db.engine() == "postgres":
        await db.read(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT COALESCE(MAX(id), 1) FROM {table}))"
        )
