"""Public notices stand for their term and are gone the day after; that they stood there stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cunli import clock, db
from cunli.clock import today
from cunli.county_settings import TERM_DAYS
from cunli.feed import terms
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor

LIST = "张三 补贴 1200 元"


async def publish(visitor: Visitor, until: str = "", **fields: Any) -> Opened:
    form = (await visitor.open("/v/heping/notices/new")).form('form[action$="/notices/new"]')
    return await form.fill(title="补贴名单公示", body=LIST, term=True, term_until=until, **fields).send()


def days_later(monkeypatch: pytest.MonkeyPatch, days: int) -> None:
    day = clock.today() + timedelta(days=days)
    monkeypatch.setattr(terms, "today", lambda: day)


async def test_it_stands_to_the_end_of_its_last_day_and_then_only_that_it_stood_is_left(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, luo = await site.sign_in(await site.village_admin()), await site.sign_in(await site.villager("罗春秀"))
    url = (await publish(admin)).url.split("?")[0]
    assert f"到 {today() + timedelta(days=6)}" in (await luo.open(url)).text
    await luo.post(f"{url}/comments", {"body": "张三不该有"})
    with monkeypatch.context() as patched:
        days_later(patched, 6)
        assert await terms.withdraw_all() == 0, "the last day is part of the term"
        assert LIST in (await luo.open(url)).text
        days_later(patched, 7)
        assert (await terms.withdraw_all(), await terms.withdraw_all()) == (1, 0)
    luo = await site.sign_in(await site.villager("石满仓"))
    page = await luo.open(url)
    assert ("公示期已满" in page.text, "补贴名单公示" in page.text) == (True, True)
    for path in (
        url,
        "/v/heping/",
        "/v/heping/notices",
        f"{url}/print",
        f"{url}/loudspeaker",
        "/v/heping/search?q=张三",
    ):
        told = (await luo.open(path)).text
        assert ("1200" in told, "张三不该有" in told) == (False, False), path
    official = await admin.open(url)
    assert LIST in official.text
    assert (await admin.open(f"{url}/notice")).status == 404, "what is withdrawn is not edited back"
    rows = await db.read("SELECT action FROM core_audit_entry WHERE action LIKE 'notice.%' ORDER BY id")
    assert [row["action"] for row in rows] == ["notice.publish", "notice.term_over"]


async def test_the_term_is_asked_for_within_the_limit_and_other_notices_stay(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await site.sign_in(await site.village_admin())
    page = await publish(admin, (today() + timedelta(days=30)).isoformat())
    assert (page.status, "公示最多 30 天" in page.text) == (422, True)
    assert (await publish(admin, (today() - timedelta(days=1)).isoformat())).status == 422
    await site.set_value(TERM_DAYS, 3)
    short = (await publish(admin)).url.split("?")[0]
    long = (await publish(admin, (today() + timedelta(days=29)).isoformat())).url.split("?")[0]
    form = (await admin.open("/v/heping/notices/new")).form('form[action$="/notices/new"]')
    plain = (await form.fill(title="停电", body="明天停电").send()).url.split("?")[0]
    with monkeypatch.context() as patched:
        days_later(patched, 3)
        assert await terms.withdraw_all() == 1
    assert [("公示期已满" in (await admin.open(url)).text) for url in (short, long, plain)] == [True, False, False]


async def test_with_the_clock_standing_still_it_stays(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = await site.sign_in(await site.village_admin())
    await publish(admin)
    assert await terms.withdraw_all() == 0
    monkeypatch.setattr(terms, "today", lambda: today() + timedelta(days=400))
    assert await terms.withdraw_all() == 1
