"""Every page with something on it, on a phone, on a desk, in the elder mode and in the dark: nothing runs out of the screen.
`CUNLI_TEST_PICTURES` keeps pictures of all of them, for people to look at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from doing import V, do, put, write
from reporting import code_on, gather, office, report

from cunli.testing.live import LiveSite
from cunli.testing.phones import Phones, fits, no_browser, phones
from cunli.testing.photos import photo_file
from cunli.testing.visitor import Visitor

pytestmark = [no_browser, pytest.mark.parametrize("plugin_site", ["sqlite"], indirect=True)]
WAYS = {"phone": "plain", "desk": "plain", "elder": "elder", "dark": "dark"}
LONG = "李家湾拐弯那里的路基被水冲空了接送娃娃的三轮车过不去请村里赶紧来看看"


async def settled(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Visitor, str]]:
    """(what it is called, who looks, the address) of every page, with letters and reports on them."""
    writer = await site.sign_in(await site.villager("张桂秀"))
    neighbour = await site.sign_in(await site.villager("李有田"))
    cadre = await site.village_admin()
    secretary = await site.sign_in(cadre)
    township = await site.sign_in(await site.township_admin())
    county = await site.sign_in(await site.county_admin())
    officer = await office(site)
    form = (await writer.open(f"{V}/mailbox/write")).form("form[action$='/mailbox/write']")
    form.fill(kind="snapshot", title=LONG, body="前天落大雨。" * 12, public="1", area="三组", place="李家湾路口")
    letter = await form.attach("photos", photo_file(), photo_file("b.jpg")).send()
    await (await neighbour.open(letter.url)).form("form[action$='/support']").send(button=("on", "1"))
    await do(secretary, letter, "triage", track="help", urgency="general")
    await do(secretary, letter, "note", words="找镇小修队")
    await do(township, letter, "supervise", words="三天内通车")
    await do(secretary, letter, "reply", words="换了毛石，做了 40 米排水沟。", outcome="support")
    others = [
        await write(writer, title, public="1", anyway="1") for title in ("井水发黄", "低保名单看不清", "想学电商")
    ]
    await do(secretary, others[0], "triage", track="help", urgency="utility")
    await do(secretary, others[0], "hand_over", office="2", reason="管网归镇里")
    await do(secretary, others[1], "triage", track="question", urgency="general")
    await do(secretary, others[1], "pause", words="是哪一组的名单？")
    await write(secretary, "屋后沟堵了", channel="paper", whom="龙阿公", anyway="1")
    await write(writer, "多占了宅基地", kind="complaint", about=str(cadre.id))
    with site.inside():
        await put("想学电商", due_at=datetime.now(UTC) - timedelta(hours=30))
    await (
        (await secretary.open(f"{V}/mailbox/phrases"))
        .form("form:has([name=title])")
        .fill(title="路灯", words="三天内来修")
        .send()
    )
    await (await township.open(f"{V}/mailbox/petitions")).form("form[action$='/petitions']").send()
    code = code_on(await report(site.visitor(), photo=True))
    await gather(site, monkeypatch)
    sealed = str((await officer.open("/mailbox/reports")).all(".list a")[0].get("href"))
    assert code
    mine = [("letter", writer, letter.url), ("paused", writer, others[1].url), ("paper", writer, f"{letter.url}/paper")]
    seen = [("letter-neighbour", neighbour, letter.url), ("list", neighbour, f"{V}/mailbox/letters?list=all")]
    seen += [
        ("list-narrow", neighbour, f"{V}/mailbox/letters?list=all&kind=snapshot"),
        ("write", writer, f"{V}/mailbox/write"),
    ]
    seen += [("village", neighbour, f"{V}/"), ("list-mine", writer, f"{V}/mailbox/letters?list=mine")]
    desk = [("letter-office", secretary, letter.url), ("desk", secretary, f"{V}/mailbox/desk")]
    desk += [(one, secretary, f"{V}/mailbox/{one}") for one in ("duty", "phrases")]
    desk += [("write-office", secretary, f"{V}/mailbox/write")]
    moves = [
        (f"do-{one}", secretary, f"{others[2].url}/do/{one}") for one in ("triage", "hand_over", "merge", "extend")
    ]
    above = [("board", county, "/mailbox/board?months=12"), ("supervised", township, "/mailbox/supervised")]
    above += [("petitions", county, "/mailbox/petitions"), ("petitions-write", township, f"{V}/mailbox/petitions")]
    closed = [("report", neighbour, f"{V}/mailbox/report"), ("report-code", neighbour, f"{V}/mailbox/report/follow")]
    closed += [("reports", officer, "/mailbox/reports"), ("report-page", officer, sealed)]
    return [*mine, *seen, *desk, *moves, *above, *closed]


async def test_nothing_runs_out_of_any_screen(plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = await settled(plugin_site, monkeypatch)
    async with phones(plugin_site) as there:
        for way in WAYS:
            await look_at(there, way, asked)


async def look_at(there: Phones, way: str, asked: list[tuple[str, Visitor, str]]) -> None:
    opened = {}
    for name, who, address in asked:
        if id(who) not in opened:
            opened[id(who)] = await (there.desk if way == "desk" else there.phone)(who, look=WAYS[way])
        page = opened[id(who)]
        answer = await page.goto(address.removeprefix("http://testserver"))
        assert answer is not None
        assert answer.status == 200, (name, answer.status)
        await fits(page, f"{name}.{way}")
    for page in opened.values():
        await page.close()
