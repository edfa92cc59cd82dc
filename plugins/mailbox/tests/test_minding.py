"""What the clock does by itself, every hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from doing import V, answered, do, put, write

from cunli.testing.live import LiveSite
from cunli_mailbox import minding, moments
from cunli_mailbox.models import Letter
from cunli_mailbox.settings import FINISH
from cunli_mailbox.terms import ZONE

LONG_AGO = datetime.now(UTC) - timedelta(days=40)


async def test_silence_closes_every_letter_whose_time_is_over_and_no_other(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(minding, "BATCH", 1)  # as many letters as a village has in years
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    titles = ["水管漏了", "沟堵了", "桥栏杆松了"]
    letters = {title: await answered(plugin_site, writer, secretary, title) for title in titles}
    with plugin_site.inside():
        await put("沟堵了", silence_at=LONG_AGO)
        await put("桥栏杆松了", silence_at=LONG_AGO)
    await plugin_site.run_task("mailbox.mind")
    assert "已答复" in (await writer.open(letters["水管漏了"].url)).words(".stamp")
    for title in titles[1:]:
        page = await writer.open(letters[title].url)
        assert "到期没有回话" in page.text
    board = await secretary.open("/mailbox/board")
    assert "单独统计" in board.text


async def test_what_is_overdue_is_said_once_with_the_way_to_the_letter(plugin_site: LiveSite) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    letter = await write(writer)
    with plugin_site.inside():
        await put("三组路口的路灯坏了", due_at=LONG_AGO)
    for _again in range(2):
        await plugin_site.run_task("mailbox.mind")
    told = await secretary.open("/inbox")
    late = [form for form in told.all("form[action*='/inbox/']") if "过了期限" in "".join(form.itertext())]
    assert len(late) == 1
    page = await told.form(f"form[action='{late[0].get('action')}']").send()
    assert page.url == letter.url
    assert "超期" in (await secretary.open(f"{V}/mailbox/desk")).text


async def test_a_term_that_ends_at_midnight_is_over_at_midnight_on_the_desk_too(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Midnight of the village is another hour elsewhere: what is stored must sort, whatever zone a moment came in."""
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    letter = await write(writer)
    await do(secretary, letter, "triage", track="help", urgency="general")
    await do(secretary, letter, "assign", office="1")
    with plugin_site.inside():
        due = (await Letter.get()).due_at
    assert due is not None
    for before, overdue in ((1, False), (-1, True)):
        now = due - timedelta(minutes=before)
        monkeypatch.setattr(moments, "now", lambda now=now: now)
        desk = await secretary.open(f"{V}/mailbox/desk")
        assert ("超期了" in desk.text) is overdue
        board = await secretary.open("/mailbox/board.csv?months=12")
        assert board.html.strip().splitlines()[-1].split(",")[4] == str(int(overdue))  # 到期


async def test_the_page_of_a_letter_tells_the_term_of_the_village_not_that_of_the_law(plugin_site: LiveSite) -> None:
    await plugin_site.set_value(FINISH, 1)
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    letter = await write(writer)
    await do(secretary, letter, "triage", track="help", urgency="general")
    await do(secretary, letter, "assign", office="1")
    with plugin_site.inside():
        row = await Letter.get(title="三组路口的路灯坏了")
    shown = (await writer.open(letter.url)).words(".due p")[0]
    assert row.due_rule == "R14-finish"
    assert row.due_at is not None
    told = (row.due_at - timedelta(seconds=1)).astimezone(ZONE).date()
    assert f"{told.month}月{told.day}日" in shown or told.isoformat() in shown
