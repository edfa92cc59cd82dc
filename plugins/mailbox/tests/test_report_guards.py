"""AN-2, AN-5 and AN-6 as an attack, and every guard of sealed reports switched off once: the attack has to succeed then."""

from __future__ import annotations

import base64
import io
import itertools
from dataclasses import replace
from typing import Any

import pytest
from doing import V
from PIL import Image
from reporting import QUIET, changed, code_on, first_report, follow, gather, guard_off, office, report, stored

from cunli import Limit
from cunli.testing.live import LiveSite
from cunli.testing.rows import Rows
from cunli.testing.visitor import Opened, Visitor
from cunli_mailbox import discipline_pages, report_pages, reports
from cunli_mailbox.models import ABOUT, CODE, Slip

pytestmark = pytest.mark.both_databases

CROWD = 20
FEW = 10
GUESSES = 10_000
PLACE = 0x8825  # the EXIF tag under which a phone writes where a photo was taken


# -- AN-2: when -----------------------------------------------------------------------------------------------------------


def tied(changes: dict[str, Any], logs: str, crowd: list[Any]) -> set[int]:
    """The people to whom rows or lines are tied that came with a report: everybody who was there, if nothing says more."""
    text = logs + str({table: change.new for table, change in changes.items()})
    found = {one.id for one in crowd if f'"person":{one.id},' in text or f"'person_id', {one.id})" in text}
    return found or {one.id for one in crowd}


async def test_an2_of_twenty_who_were_there_nothing_says_who_it_was(
    plugin_site: LiveSite, capfd: pytest.CaptureFixture[str]
) -> None:
    await office(plugin_site)
    crowd = [await plugin_site.villager(f"乡亲{n}") for n in range(CROWD)]
    phones = [await plugin_site.sign_in(one) for one in crowd]
    for phone in phones:
        await phone.open(f"{V}/mailbox/letters")
    before = await Rows.of(plugin_site.settings.database_url)
    capfd.readouterr()
    await report(phones[7])
    quiet = await changed(before)
    assert set(quiet) == {"mailbox_slip"}
    assert len(tied(quiet, capfd.readouterr().err, crowd)) == CROWD
    await before.take()
    with guard_off(plugin_site):
        await report(phones[8], title="另一件")
    loud = await changed(before)
    await before.close()
    assert tied(loud, capfd.readouterr().err, crowd) == {crowd[8].id}, (
        "the control: a page like all others ties it to one"
    )


@pytest.fixture
def _many(monkeypatch: pytest.MonkeyPatch) -> None:
    """More reports an hour than one network may hand in."""
    monkeypatch.setattr(report_pages, "WRITING", replace(report_pages.WRITING, most=100))


async def hand_in(site: LiveSite, count: int) -> list[str]:
    """Reports one after another; their keys as they came."""
    with site.inside():
        before = {one.key for one in await Slip.all()}
    came: list[str] = []
    for n in range(count):
        await report(site.visitor(), title=f"第{n}件")
        with site.inside():
            now = {one.key for one in await Slip.all()}
        came += now - before
        before = now
    assert len(came) == count
    return came


def in_order(came: list[str], lies: list[str]) -> float:
    """Which part of all pairs lies in the order in which it came: about a half, where chance decided."""
    pairs = [(lies.index(one), lies.index(other)) for one, other in itertools.combinations(came, 2)]
    return sum(one < other for one, other in pairs) / len(pairs)


@pytest.mark.usefixtures("_many")
async def test_an2_rows_do_not_lie_in_the_order_in_which_they_came(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office(plugin_site)
    came = await hand_in(plugin_site, FEW)
    await gather(plugin_site, monkeypatch)
    lies = await stored(plugin_site, "mailbox_report", "key")
    assert in_order(came, lies) < 0.95, "one in a million by chance"

    class InOrder:
        def shuffle(self, slips: list[Slip]) -> None:
            slips.sort(key=lambda one: came.index(one.report_key))

        def random(self) -> float:
            return 0.0

    monkeypatch.setattr(reports, "SystemRandom", InOrder)
    first, came = set(came), await hand_in(plugin_site, FEW)
    await plugin_site.run_task("mailbox.gather")
    told = in_order(came, [key for key in await stored(plugin_site, "mailbox_report", "key") if key not in first])
    assert told == 1.0, "the control: without the shuffle the order is told"


@pytest.mark.usefixtures("_many")
async def test_an2_a_run_of_the_clock_takes_a_chance_part_along_so_that_the_run_does_not_tell_the_hour(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office(plugin_site)
    await hand_in(plugin_site, FEW)
    left: list[int] = []
    for _run in range(200):
        await plugin_site.run_task("mailbox.gather")
        with plugin_site.inside():
            left.append(await Slip.all().count())
        if not left[-1]:
            break
    assert left[-1] == 0, "all of them come in the end"
    assert len(left) > 1, "and not at once: one in a thousand by chance"
    monkeypatch.setattr(reports, "CHANCE", 1.1)
    await hand_in(plugin_site, 3)
    await plugin_site.run_task("mailbox.gather")
    with plugin_site.inside():
        assert await Slip.all().count() == 0, "the control: without chance everything goes with the next run"


# -- AN-5: who ------------------------------------------------------------------------------------------------------------


async def learns(who: Visitor, page: str) -> bool:
    """Whether somebody learns of the report, on any page that could tell."""
    paths = (page, f"{V}/mailbox/reports", "/mailbox/reports")
    if 200 in [(await who.open(path)).status for path in paths]:
        return True
    if (await who.post(f"{page}/read", {})).status == 200:
        return True
    told = [await who.open(path) for path in ("/inbox", f"{V}/mailbox/desk", f"{V}/mailbox/letters", "/mailbox/board")]
    return any("举报箱里有" in one.text or "JB2" in one.text for one in told)


async def test_an5_each_guard_alone_keeps_somebody_out(plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    accused = await plugin_site.village_admin()
    township = await plugin_site.township_admin()  # works in the discipline office, too
    neighbour = await plugin_site.villager("纪检的本村人")  # and so does somebody who lives here
    officer = await office(plugin_site, township, neighbour)
    people = {
        "accused": accused,
        "colleague": await plugin_site.village_admin("覃主任", title="主任"),
        "neighbour": neighbour,
        "township": township,
        "county": await plugin_site.county_admin(),
    }
    inside = {name: await plugin_site.sign_in(one) for name, one in people.items()}
    await report(plugin_site.visitor(), about=str(accused.id))
    await gather(plugin_site, monkeypatch)
    page = (await first_report(officer)).url

    async def all_who_learn() -> set[str]:
        return {name for name, who in inside.items() if await learns(who, page)}

    assert await all_who_learn() == set()
    with monkeypatch.context() as off:  # the question whether somebody is a recipient

        async def nobody_asks(_visit: object) -> None:
            return None

        off.setattr(discipline_pages, "_must_receive", nobody_asks)
        assert {"colleague", "township", "county"} <= await all_who_learn()
    with monkeypatch.context() as off:  # whoever holds office so near is no recipient
        off.setattr(reports, "NEAR", ())
        assert await all_who_learn() == {"township"}
    with monkeypatch.context() as off:  # nor is anybody of the village

        async def nobody_lives_here() -> list[Any]:
            return []

        off.setattr(reports, "villagers", nobody_lives_here)
        assert "neighbour" in await all_who_learn()
    assert await all_who_learn() == set()


async def test_an5_whoever_is_named_is_left_out_by_the_index_alone(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    accused = await plugin_site.stranger("纪检老吴")
    await office(plugin_site, accused)
    with plugin_site.inside():
        told = reports.Told(title="x", body="y", about="z", about_id=accused.id)
        await reports.put("1234567812345678", told, [])
    await gather(plugin_site, monkeypatch)
    his = await plugin_site.sign_in(accused)
    assert "JB2" not in (await his.open("/mailbox/reports")).text
    with monkeypatch.context() as off:
        off.setattr(type(ABOUT), "indexes", lambda *_anything: ["of nobody"])
        assert "JB2" in (await his.open("/mailbox/reports")).text, "the control"


def with_place() -> bytes:
    """A photo as a phone takes it: with where it was."""
    out = io.BytesIO()
    picture = Image.new("RGB", (64, 48), "orange")
    exif = picture.getexif()
    exif[0x010F] = "TELLTALE"
    exif.get_ifd(PLACE)[1] = "N"
    picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


def photos_in(opened: Opened) -> list[bytes]:
    return [base64.b64decode(str(one.get("src")).partition(",")[2]) for one in opened.all("main .photos img")]


async def test_an5_an_opened_report_says_neither_moment_nor_phone_and_opening_is_written_down(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = await office(plugin_site)
    for guard in (True, False):
        with monkeypatch.context() as off:
            if not guard:

                async def as_it_came(visit: Any, _form: object, *, most: int) -> list[bytes]:
                    return [with_place()][:most]

                off.setattr(report_pages, "developed_photos", as_it_came)
            form = (await plugin_site.visitor().open(QUIET)).form("form[action$='/mailbox/report']")
            form.fill(who="某某", title=f"有照片 {guard}", body="y").attach(
                "photos", ("a.jpg", with_place(), "image/jpeg")
            )
            await form.send()
        await gather(plugin_site, monkeypatch)
        seen = []
        for link in (await officer.open("/mailbox/reports")).all(".list a"):
            page = await officer.open(str(link.get("href")))
            assert not page.all("time[datetime*='T']")
            seen += photos_in(await page.form("form[action$='/read']").send())
        assert any(b"TELLTALE" in one for one in seen) is not guard, "with the guard off the phone is told"
    before = await Rows.of(plugin_site.settings.database_url)
    page = await first_report(officer)
    await page.form("form[action$='/read']").send()
    assert "core.person.reveal" in str((await changed(before))["core_audit_entry"].new)
    await before.take()

    async def quietly(*masked: Any, **_more: object) -> list[str]:
        return ["{}" if n == 0 else "" for n, _one in enumerate(masked)]

    with monkeypatch.context() as off:
        off.setattr(discipline_pages, "reveal", quietly)
        await page.form("form[action$='/read']").send()
    assert "core.person.reveal" not in str(await changed(before)), "the control: it is `reveal` that writes it down"
    await before.close()


# -- AN-6: the receipt ----------------------------------------------------------------------------------------------------


async def test_an6_a_dump_does_not_hold_the_code_and_ten_thousand_guesses_find_none(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office(plugin_site)
    before = await Rows.of(plugin_site.settings.database_url)
    code = code_on(await report(plugin_site.visitor()))
    assert code not in str(await changed(before))

    async def found() -> bool:
        with plugin_site.inside():
            held = {one.code_index for one in await Slip.all()}
        return any(CODE.index(f"{n:0{reports.CODE_DIGITS}d}") in held for n in range(GUESSES))

    assert not await found()
    with monkeypatch.context() as off:
        off.setattr(reports, "CODE_DIGITS", 3)
        await report(plugin_site.visitor(), title="短的码")
        assert await found(), "the control: a short code is guessed"
    await before.take()
    with monkeypatch.context() as off:
        off.setattr(type(CODE), "index", lambda _self, text: str(text))
        off.setattr(reports, "code_for", lambda *_anything: "4711471147114711")
        await report(plugin_site.visitor(), title="明码")
    assert "4711471147114711" in str(await changed(before)), "the control: a code in clear is seen in the dump"
    await before.close()


async def tries(site: LiveSite, count: int = 25) -> list[Opened]:
    nobody = site.visitor()
    return [await follow(nobody, f"{n:016d}") for n in range(count)]


async def test_an6_guessing_is_stopped_and_nothing_of_the_guesser_is_kept(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office(plugin_site)
    before = await Rows.of(plugin_site.settings.database_url)
    assert "试得太多了" in (await tries(plugin_site))[-1].text
    assert await changed(before) == {}
    with monkeypatch.context() as off:
        off.setattr(report_pages, "count_unkept", lambda _limit, _subject: 0)
        assert "试得太多了" not in (await tries(plugin_site))[-1].text, "the control: it is the limit that stops it"
    kept: list[str] = []

    def in_a_row(limit: Limit, subject: str) -> int:
        kept.append(f"{limit.name} {subject}")
        return 0

    with monkeypatch.context() as off:
        off.setattr(report_pages, "count_unkept", in_a_row)
        await tries(plugin_site, 1)
    assert kept == ["code testclient"] or "code" in kept[0], "the control: what would be kept is the address"
    await before.close()


async def test_an6_a_lost_code_is_lost(plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    officer = await office(plugin_site)
    code = code_on(await report(plugin_site.visitor()))
    await gather(plugin_site, monkeypatch)
    page = await first_report(officer)
    opened = await page.form("form[action$='/read']").send()
    spaced = " ".join(code[n : n + 4] for n in (0, 4, 8, 12))
    for one in (page, opened, await officer.open("/mailbox/reports"), await officer.open("/me/data")):
        assert code not in one.html
        assert spaced not in one.html
