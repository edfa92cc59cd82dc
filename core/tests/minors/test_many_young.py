"""A village with more young people than one page has: none is out of reach for the committee, however late they came."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cunli import db
from cunli.clock import now, today
from cunli.minors import actions, queries, rules
from cunli.testing.accounts import account
from cunli.testing.live import LiveSite
from cunli.testing.sample import member

pytestmark = pytest.mark.both_databases
MANY = 205
YOUNG = rules.adult_on(today().year - 10, 1)


async def young_people(site: LiveSite) -> None:
    """So many children who said so in Heping."""

    async def write() -> None:
        for number in range(MANY):
            (row,) = await db.read(
                "INSERT INTO core_person (key, display_name, name, phone, id_number, password_hash, state, unread_count, locale, look,"
                " created_at) VALUES (?, ?, '', '', '', '', 'active', 0, '', '', ?) RETURNING id",
                f"young-{number}",
                f"孩子{number}",
                now(),
            )
            await db.write(
                "INSERT INTO core_minor (person_id, village_id, adult_on, consented, declared_at) VALUES (?, ?, ?, ?, ?)",
                row["id"],
                site["heping"].id,
                YOUNG,
                False,
                now(),
            )

    await db.run_unit(write)


async def test_the_last_child_of_a_large_village_is_found_and_its_paper_recorded(site: LiveSite) -> None:
    await young_people(site)
    child = await account("13900002222", "孩子", password="")
    await actions.declare(child.id, site["donghu"].id, YOUNG)  # said so in the other village, and moved here
    await member(child, site["heping"])
    official = await site.sign_in(await site.village_admin())
    first = await official.open("/v/heping/young")
    assert f"一共 {MANY + 1} 条" in first.text
    assert not first.all(f"#young-{child.id}")
    last = await official.open(f"/v/heping/young?page={MANY // queries.PAGE + 1}")
    assert last.all(f"#young-{child.id}")
    found = await queries.minor(child.id)
    assert found is not None
    done = await last.form("form[action$='/young']").fill(code=found.code, name="覃远亲", signed=True).send()
    assert "登记好了" in done.text
    again = await queries.minor(child.id)
    assert again is not None
    assert again.consented


async def test_the_last_look_that_was_asked_for_is_found(site: LiveSite) -> None:
    await young_people(site)
    first, second = await site.village_admin("甲"), await site.village_admin("乙")

    async def ask() -> None:
        for row in await db.read("SELECT id, person_id FROM core_minor ORDER BY id"):
            await db.write(
                "INSERT INTO core_minor_look (key, person_id, village_id, asked_by_id, reason, asked_at, allowed)"
                " VALUES (?, ?, ?, ?, '核对学籍名字', ?, ?)",
                f"look-{row['id']}",
                row["person_id"],
                site["heping"].id,
                first.id,
                now() - timedelta(hours=1),
                False,
            )

    await db.run_unit(ask)
    official = await site.sign_in(second)
    page = await official.open("/v/heping/young/looks")
    assert page.all("a[rel='next']")
    last = await official.open("/v/heping/young/looks?page=999")
    assert f"孩子{MANY - 1}" in last.text
    (row,) = await db.read("SELECT key FROM core_minor_look ORDER BY id DESC LIMIT 1")
    await last.form(f"form[action$='/{row['key']}']").send(button=("do", "allow"))
    assert (await db.read("SELECT allowed FROM core_minor_look WHERE key = ?", row["key"]))[0]["allowed"]
