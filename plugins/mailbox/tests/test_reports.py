"""Sealed reports: what must not be found is looked for in everything the site keeps. Each guard is switched off once, to see the search find it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from doing import V
from reporting import QUIET, SECRET, changed, code_on, first_report, follow, gather, guard_off, office, report

from cunli.testing.live import LiveSite
from cunli.testing.rows import Rows
from cunli_mailbox import reports
from cunli_mailbox.models import Report, Slip


async def test_an_anonymous_report_is_read_answered_and_ended_by_the_discipline_office_alone(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer, nobody = await office(plugin_site), plugin_site.visitor()
    sent = await report(nobody, photo=True)
    code = code_on(sent)
    assert len(code) == 16
    assert "正在入库" in (await follow(nobody, code)).text
    assert (await officer.open("/mailbox/reports")).status == 404
    await gather(plugin_site, monkeypatch)
    page = await first_report(officer)
    assert SECRET not in page.text
    opened = await page.form("form[action$='/read']").send()
    assert SECRET in opened.text
    assert str(opened.one("main img").get("src")).startswith("data:image/jpeg;base64,")
    await page.form("form[action$='/act']").fill(what="accept", words="").send()
    asked = await (await officer.open(page.url)).form("form[action$='/act']").fill(what="ask", words="").send()
    assert asked.status == 422
    await asked.form("form[action$='/act']").fill(what="ask", words="哪一个月的单子？").send()
    await (await officer.open(page.url)).form("form[action$='/act']").fill(what="note", words="先不惊动").send()
    thread = await follow(nobody, f"{code[:8]} {code[8:]}")
    assert "哪一个月的单子" in thread.text
    assert "先不惊动" not in thread.text
    again = await thread.form("form[action$='/more']").fill(words="八月").send()
    assert "收到了" in again.text
    await gather(plugin_site, monkeypatch)
    read = await (await officer.open(page.url)).form("form[action$='/read']").send()
    assert "举报人补充" in read.text
    assert "八月" in read.text
    await (await officer.open(page.url)).form("form[action$='/act']").fill(what="end", words="已经退赔").send()
    assert "已经退赔" in (await follow(nobody, code)).text
    wrong = await follow(nobody, f"{(int(code) + 1) % 10**16:016d}")
    assert wrong.status == 422
    assert SECRET not in wrong.text


async def test_nobody_but_the_assigned_sees_a_report_and_opening_one_is_written_down(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    accused = await plugin_site.village_admin()
    colleague = await plugin_site.village_admin(
        "覃主任", title="主任"
    )  # of the village, and of the discipline office too
    officer = await office(plugin_site, colleague)
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    sent = await report(writer, about=str(accused.id))
    assert sent.status == 200
    await gather(plugin_site, monkeypatch)
    page = await first_report(officer)
    others = {
        "accused": accused,
        "colleague": colleague,
        "township": await plugin_site.township_admin(),
        "county": await plugin_site.county_admin(),
        "neighbour": await plugin_site.villager("李有田"),
    }
    for name, person in others.items():
        inside = await plugin_site.sign_in(person)
        for path in (page.url, f"{V}/mailbox/reports", "/mailbox/reports"):
            assert (await inside.open(path)).status == 404, (name, path)
        assert (await inside.post(f"{page.url}/read", {})).status == 404
        for path in ("desk", "letters?list=all", "letters?list=mine"):
            assert "JB2" not in (await inside.open(f"{V}/mailbox/{path}")).text
        assert "JB2" not in (await inside.open("/inbox")).text
    before = await Rows.of(plugin_site.settings.database_url)
    await page.form("form[action$='/read']").send()
    written = (await changed(before))["core_audit_entry"].new
    await before.close()
    assert any("core.person.reveal" in str(row) for row in written)


async def test_whoever_is_reported_does_not_see_it_in_the_discipline_office_either(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    accused = await plugin_site.township_admin("钱镇长")
    officer = await office(plugin_site)
    other = await plugin_site.stranger("纪检小吴")
    await report(plugin_site.visitor(), about=str(accused.id))
    await gather(plugin_site, monkeypatch)
    with plugin_site.inside():
        found = await Report.get()
        assert await reports.one_for(other.id, found.key) is not None
        assert await reports.one_for(accused.id, found.key) is None
        assert await reports.readable(accused.id, 10) == []
    assert (await first_report(officer)).status == 200


async def test_a_head_of_the_county_is_not_for_this_office_and_nothing_of_it_is_kept(plugin_site: LiveSite) -> None:
    head = await plugin_site.county_admin()
    await office(plugin_site)
    before = await Rows.of(plugin_site.settings.database_url)
    refused = await report(plugin_site.visitor(), about=str(head.id))
    assert refused.status == 422
    assert "12388" in refused.text
    assert await changed(before) == {}
    await before.close()


async def test_without_a_discipline_office_nothing_is_taken(plugin_site: LiveSite) -> None:
    page = await plugin_site.visitor().open(QUIET)
    assert "12388" in page.text
    assert not page.all("form[action$='/mailbox/report']")
    sent = await plugin_site.visitor().post(QUIET, {"who": "某某", "title": "x", "body": "y"})
    assert sent.status == 422
    with plugin_site.inside():
        assert await Slip.all().count() == 0


def traces(changes: dict[str, Any], person: Any, token: str, logs: str) -> list[str]:
    """Where a report is tied to its writer, or to a moment: in rows, or in lines of the log."""
    found = [table for table in changes if table != "mailbox_slip"]
    marks = (person.display_name, person.key, token, SECRET, "八月份的事", "127.0.0.1")
    for row in changes["mailbox_slip"].new:
        found += [f"{name}={value}" for name, value in row if any(mark in str(value) for mark in marks)]
        found += [name for name, value in row if name in ("at", "created_at", "writer_id", "person_id")]
        found += [f"{name} is a moment" for name, value in row if ":" in str(value) and name == "day"]
    found += [line for line in logs.splitlines() if "/mailbox/report" in line or SECRET in line]
    return found


async def test_an1_an2_an3_rows_files_and_logs_do_not_tell_who_wrote_a_report_or_when(
    plugin_site: LiveSite, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    await office(plugin_site)
    person = await plugin_site.villager("张桂秀")
    writer = await plugin_site.sign_in(person)  # the session's cookie goes along, as it does from a phone
    token = next(iter(writer.cookies.values()))
    await writer.open(f"{V}/mailbox/write")
    before, files = await Rows.of(plugin_site.settings.database_url), sorted(map(str, (tmp_path / "media").rglob("*")))
    capfd.readouterr()
    sent = await report(writer, photo=True)
    code = code_on(sent)
    await follow(writer, code)
    changes, logs = await changed(before), capfd.readouterr().err
    assert traces(changes, person, token, logs) == []
    assert code not in str(changes)
    assert sorted(map(str, (tmp_path / "media").rglob("*"))) == files
    await before.take()
    with guard_off(plugin_site):
        await report(writer)
    told = traces(await changed(before), person, token, capfd.readouterr().err)
    await before.close()
    assert any(f'"person":{person.id}' in one for one in told)
    assert any("/mailbox/report" in one for one in told)


async def test_an2_what_stays_says_a_day_and_lies_in_an_order_of_chance(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office(plugin_site)
    written = [f"第{n}件" for n in range(5)]
    for title in written:
        await report(plugin_site.visitor(), title=title)
    before = await Rows.of(plugin_site.settings.database_url)
    monkeypatch.setattr(reports, "CHANCE", 0.0)
    await plugin_site.run_task("mailbox.gather")
    assert await changed(before) == {}  # nothing is taken along for sure
    shuffled: list[list[str]] = []

    class Reversed:
        def shuffle(self, slips: list[Slip]) -> None:
            slips.reverse()
            shuffled.append([slip.key for slip in slips])

        def random(self) -> float:
            return 0.0

    monkeypatch.setattr(reports, "CHANCE", 1.0)
    monkeypatch.setattr(reports, "SystemRandom", Reversed)
    await plugin_site.run_task("mailbox.gather")
    rows = [dict(row) for row in (await changed(before))["mailbox_report"].new]
    await before.close()
    assert len(rows) == 5
    if plugin_site.settings.database_url.startswith("sqlite"):  # whose rows lie as they came
        assert [row["key"] for row in rows] == shuffled[0]
    assert all(len(str(row["day"])) == 10 for row in rows)
    assert {len(row["sealed"]) for row in rows} == {len(rows[0]["sealed"])}
    with plugin_site.inside():
        assert await Slip.all().count() == 0


async def test_an4_the_browser_is_given_nothing_to_keep(plugin_site: LiveSite) -> None:
    await office(plugin_site)
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    nobody = plugin_site.visitor()
    for path in (QUIET, f"{QUIET}/follow"):
        known, unknown = await writer.open(path), await nobody.open(path)
        assert "set-cookie" not in unknown.headers
        assert unknown.headers["cache-control"] == "no-store"
        assert unknown.headers["referrer-policy"] == "no-referrer"
        assert not unknown.all("script")
        assert unknown.title == "禾坪村"
        assert "张桂秀" not in known.text
        assert abs(len(known.html) - len(unknown.html)) < 8  # AN-8: who is signed in is answered alike
    with guard_off(plugin_site):
        assert "set-cookie" in (await plugin_site.visitor().open(QUIET)).headers
        assert (await nobody.open(QUIET)).all("script")


async def test_an6_an7_codes_are_not_guessed_and_limits_remember_nobody(plugin_site: LiveSite) -> None:
    await office(plugin_site)
    nobody = plugin_site.visitor()
    before = await Rows.of(plugin_site.settings.database_url)
    page = await nobody.open(f"{QUIET}/follow")
    answers = [await page.form("form[action$='/follow']").fill(code=f"{n:016d}").send() for n in range(25)]
    assert {one.status for one in answers} == {422}
    assert "试得太多了" in answers[-1].text
    assert "没有这个回执码" in answers[0].text
    assert await changed(before) == {}
    await before.close()


async def test_a_report_sent_twice_is_one_with_one_code(plugin_site: LiveSite) -> None:
    await office(plugin_site)
    form = (await plugin_site.visitor().open(QUIET)).form("form[action$='/mailbox/report']")
    form.fill(who="某某", title=SECRET, body="八月份的事")
    first, second = await form.send(), await form.send()
    assert code_on(first) == code_on(second)
    later = await form.fill(body="九月份的事").send()
    assert code_on(later) != code_on(first)
    with plugin_site.inside():
        assert await Slip.all().count() == 2
