"""Many members: every page asks as often as for few, reads no more rows than it shows, and takes its time within the budget.

`CUNLI_PARTY_SCALE=1` asks in earnest: 20,000 members in 500 branches, 1,000,000 exchanges.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from typing import Any, Final

import pytest
from party_journeys import P, branch, household, member

from cunli import unit
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor
from cunli_party import heads
from cunli_party.exchanges import add, month_of
from cunli_party.models import Branch, Member, Notice
from cunli_party.papers import now

WHOLE: Final = bool(os.environ.get("CUNLI_PARTY_SCALE"))
BRANCHES, MEMBERS, EXCHANGES = (500, 20_000, 1_000_000) if WHOLE else (20, 400, 2_000)
BUDGET: Final = 1.0  # seconds for one page on a busy small machine
MOST_ROWS: Final = 2 * MEMBERS + 2_000  # of a branch that has everybody: its whole roll and its receipts, never the log
MOST_SUMS: Final = (
    10 * BRANCHES + MEMBERS // 10
)  # of a board: sums of branches, and who is registered as away; never a roll
OFFICE: Final = ("/party/board", "/party/board.csv")

SEVERAL: Final = "WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "
AT_ONCE: Final = 10_000  # rows in one statement, which has its time


async def _rows(table: str, count: int, /, **columns: object) -> None:
    """Rows by the database itself. `columns`: what stands there, with `i` as the number of the row."""
    for first in range(1, count + 1, AT_ONCE):
        await _some(table, first, min(first + AT_ONCE - 1, count), columns)


@unit
async def _some(table: str, first: int, last: int, columns: Mapping[str, object]) -> None:
    named = ", ".join(f'"{name}"' for name in columns)
    given = ", ".join(str(one) for one in columns.values())
    sql = SEVERAL.format(first=first, last=last) + f"INSERT INTO {table} ({named}) SELECT {given} FROM n"
    await Branch._meta.db.execute_query(sql)


@unit
async def _settle(top: int) -> None:
    for one_branch in await Branch.filter(parent_id=top):
        await add(one_branch.id, month_of(now()), "exchange", EXCHANGES // BRANCHES)
    await Branch.filter(id=top).update(kind="general")
    await Branch._meta.db.execute_query("ANALYZE")


async def fill(village: int, top: int, writer: int, home: int) -> None:
    """A village as it is after years, everything below one general branch, which is the worst case for who leads it."""
    at, day = f"'{now():%Y-%m-%d %H:%M:%S}+00:00'", "'2026-01-05'"
    v: dict[str, object] = {"village_id": village}
    kind = "'branch'"
    name = "'支部' || i"
    await _rows("party_branch", BRANCHES, key="'b' || i", parent_id=top, kind=kind, name=name, founded_on=day, **v)
    first = (await Branch.filter(parent_id=top).order_by("id").first().values("id"))["id"]
    inside = f"{first} + i % {BRANCHES}"
    away = "CASE WHEN i % 5 = 0 THEN 'out' ELSE '' END"
    duty = "CASE WHEN i % 3 = 0 THEN '值班' ELSE '' END"
    known: dict[str, object] = {"standing": "'verified'", "since": at, "away": away, "duty": duty}
    await _rows("party_member", MEMBERS, key="'m' || i", branch_id=inside, name="'党员' || i", **known, **v)
    one = (await Member.filter(branch_id=first).order_by("id").first().values("id"))["id"]
    some = f"{one} + i"
    month = f"'{month_of(now())}'"
    log: dict[str, object] = {"kind": "'reply'", "ref": "i", "month": month, "at": at}
    await _rows("party_exchange", EXCHANGES, branch_id=inside, **log, **v)
    text: dict[str, object] = {"title": "'题' || i", "body": "'文'"}
    shown: dict[str, object] = {"person_id": writer, "day": day, "state": "'branch'"}
    await _rows("party_diary", MEMBERS, key="'d' || i", branch_id=inside, **shown, **text, **v)
    await _rows("party_notice", BRANCHES * 2, key="'n' || i", branch_id=inside, at=at, **text, **v)
    notice = await Notice.filter(branch_id=top).first()
    assert notice is not None
    await _rows("party_reply", MEMBERS, notice_id=notice.id, body="'话'", at=at, **v)
    await _rows("party_receipt", MEMBERS // 2, notice_id=notice.id, member_id=some, at=at, **v)
    went: dict[str, object] = {"reason": "'work'", "place": "'城' || (i % 50)", "since": day, "told_on": day}
    await _rows(
        "party_journey", MEMBERS // 10, key="'j' || i", member_id=some, reported_on=day, fixed="false", **went, **v
    )
    held: dict[str, object] = {"kind": "'day'", "title": "'会'", "starts_at": at, "state": "'held'"}
    await _rows("party_meeting", BRANCHES * 12, key="'h' || i", branch_id=inside, valid="true", **held, **v)
    made: dict[str, object] = {"category": "'policy'", "public": "true", "shown": "true"}
    await _rows("party_course", BRANCHES // 5, key="'c' || i", title="'课' || i", made_at=at, **made, **v)
    await _rows("party_item", MEMBERS // 4, key="'i' || i", kind="'article'", added_at=at, **text, **made, **v)
    await _rows("party_pair", MEMBERS // 20, key="'p' || i", member_id=some, household_id=home, since=day, **v)
    for away, share in (("out", 5), ("", 5 / 4)):
        count = int(MEMBERS / share / BRANCHES)
        sums: dict[str, object] = {"month": "''", "kind": f"'{heads.kind_of('full', away)}'", "count": count}
        await _rows("party_tally", BRANCHES, branch_id=f"{first} + i - 1", **sums, **v)
    await _settle(top)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, plugin_site: LiveSite) -> list[tuple[str, Any]]:
    """Every question about tables of the plugin, as the database gets it."""
    said: list[tuple[str, Any]] = []
    kind = type(Branch._meta.db)
    for name in ("execute_query", "execute_query_dict"):
        real = getattr(kind, name)

        def noted(self: Any, query: str, values: Any = None, _real: Any = real) -> Any:
            if "party_" in query and not query.startswith("EXPLAIN"):
                said.append((query, values))
            return _real(self, query, values)

        monkeypatch.setattr(kind, name, noted)
    return said


async def cost(asked: list[tuple[str, Any]], who: Visitor, paths: tuple[str, ...]) -> dict[str, tuple[int, float]]:
    """Questions and seconds of every page, each opened twice: the second time counts."""
    found = {}
    for path in paths:
        await who.open(path)
        before, started = len(asked), time.perf_counter()
        page = await who.open(path)
        assert page.status == 200, path
        found[path] = (len(asked) - before, time.perf_counter() - started)
    return found


@unit
async def rows_read(asked: list[tuple[str, Any]]) -> list[tuple[int, str]]:
    """By question, how many rows PostgreSQL reads for it, the most first."""
    found = []
    for query, values in {query: values for query, values in asked if query.startswith("SELECT")}.items():
        plan = await Branch._meta.db.execute_query_dict(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", values)
        said = plan[0]["QUERY PLAN"]
        found.append((_read(json.loads(said)[0]["Plan"] if isinstance(said, str) else said[0]["Plan"]), query))
    return sorted(found, reverse=True)


def _read(node: dict[str, Any]) -> int:
    own = 0
    if "Relation Name" in node:
        own = int((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"])
    return own + sum(_read(one) for one in node.get("Plans", ()))


async def test_pages_ask_as_often_for_many_members_as_for_few(
    plugin_site: LiveSite, asked: list[tuple[str, Any]]
) -> None:
    leader, at = await branch(plugin_site)
    person, _own = await member(plugin_site, leader, at, "麻建国")
    office = await plugin_site.sign_in(await plugin_site.county_admin())
    home = await household(plugin_site, await plugin_site.villager("龙阿公"))
    page = await leader.open(f"{at}/announce")
    notice = (await page.form("main form[method=post]").fill(title="通知", body="说").send()).url
    pages = (
        at,
        *(
            f"{at}/{one}"
            for one in ("members", "members?which=out", "members?q=党员1", "notices", "meetings", "dues", "leads")
        ),
        *(f"{P}/{one}" for one in ("home", "diaries", "school", "away", "serve")),
        notice,
        "/v/heping/search?q=题1",
    )
    with plugin_site.inside():
        top = await Branch.all().first()
        assert top is not None
    few = await cost(asked, leader, pages) | await cost(asked, office, OFFICE)
    with plugin_site.inside():
        await fill(plugin_site["heping"].id, top.id, person.id, home)
    asked.clear()
    many = await cost(asked, leader, pages)
    of_pages, before = list(asked), len(asked)
    many |= await cost(asked, office, OFFICE)
    of_board = asked[before:]
    grown = {
        path: (few[path][0], n) for path, (n, _s) in many.items() if n > few[path][0] + 2
    }  # names asked for once there are some
    assert not grown, grown
    assert all(n for n, _s in many.values()), "the control: questions were counted"
    if WHOLE:
        print({path: (n, f"{seconds * 1000:.0f} ms") for path, (n, seconds) in many.items()})
    slow = {path: seconds for path, (_n, seconds) in many.items() if seconds > BUDGET}
    assert not slow, slow
    if "postgres" in str(plugin_site.settings.database_url):
        for questions, most in ((of_pages, MOST_ROWS), (list(of_board), MOST_SUMS)):
            read = await rows_read(questions)
            if WHOLE:
                print(*(f"{n} of at most {most}: {query[:300]}" for n, query in read[:8]), sep="\n")
            assert all(n <= most for n, _query in read), read[0]
            assert not any("party_exchange" in query for _n, query in read), "no page reads the log"
