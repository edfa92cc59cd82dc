"""How offices and departments work with letters: addressees, duty, phrases, joint handling, supervision, drafts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from calendars import Announced
from doing import V, do, moves, put, write

from cunli.testing.live import LiveSite
from cunli.testing.photos import photo_file
from cunli.testing.visitor import Visitor
from cunli_mailbox.duty import Hours, next_duty, on_duty_day, write_roster
from cunli_mailbox.models import Duty, Letter
from cunli_mailbox.settings import DUTY_FROM, DUTY_TO
from cunli_mailbox.terms import ZONE

HOURS = Hours.read("8:30", "17:30")


@pytest.mark.parametrize(
    ("moment", "next_"),
    [
        ("2026-09-21 09:00", "2026-09-21 09:00"),  # at work
        ("2026-09-21 06:00", "2026-09-21 08:30"),  # before
        ("2026-09-21 17:30", "2026-09-22 08:30"),  # after
        ("2026-09-30 20:00", "2026-10-08 08:30"),  # over the holidays of October
        ("2026-10-10 10:00", "2026-10-10 10:00"),  # a Saturday that is worked
        ("2026-10-09 18:00", "2026-10-10 08:30"),
        ("2026-10-10 18:00", "2026-10-12 08:30"),
    ],
)
def test_the_next_hour_of_duty_knows_holidays_and_make_up_days(moment: str, next_: str) -> None:
    now = datetime.fromisoformat(moment).replace(tzinfo=ZONE)
    assert next_duty(now, HOURS, Announced()) == datetime.fromisoformat(next_).replace(tzinfo=ZONE)


def test_the_night_belongs_to_whoever_has_duty_on_the_day_before() -> None:
    night = datetime(2026, 9, 22, 3, tzinfo=ZONE)
    assert on_duty_day(night, HOURS) == date(2026, 9, 21)
    assert on_duty_day(night + timedelta(hours=6), HOURS) == date(2026, 9, 22)
    assert Hours.read("晚上", "25:00") == HOURS
    assert Hours.read("18:00", "9:00") == HOURS


async def inbox(who: Visitor) -> str:
    return (await who.open("/inbox")).text


async def test_out_of_hours_the_writer_is_told_when_and_only_what_is_urgent_rings_whoever_is_on_duty(
    plugin_site: LiveSite,
) -> None:
    await plugin_site.set_value(DUTY_FROM, "23:58")  # whenever this runs, it is out of hours
    await plugin_site.set_value(DUTY_TO, "23:59")
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    person = await plugin_site.village_admin()
    secretary, other = (
        await plugin_site.sign_in(person),
        await plugin_site.sign_in(await plugin_site.village_admin("覃主任")),
    )
    page = await secretary.open(f"{V}/mailbox/duty")
    days = [str(one.get("name")) for one in page.all("select")]
    await page.form("form[action$='/duty']").fill(**dict.fromkeys(days, str(person.id))).send()
    with plugin_site.inside():
        yesterday = datetime.now(UTC).astimezone(ZONE).date() - timedelta(days=1)
        await write_roster({yesterday: person.id})
    letter = await write(writer)
    assert "现在不是值班时间" in letter.text
    assert "23:58" in letter.text
    assert "三组路口的路灯坏了" not in await inbox(secretary)
    with plugin_site.inside():
        key = (await Letter.get()).key
    await plugin_site.run_task("mailbox.ring", letter=key)
    assert "三组路口的路灯坏了" in await inbox(secretary)
    assert "三组路口的路灯坏了" in await inbox(other)
    await write(writer, "水管爆了", urgent="1")
    assert "急：水管爆了" in await inbox(secretary)
    assert "水管爆了" not in await inbox(other)
    with plugin_site.inside():
        assert sum([one.rung for one in await Duty.all()]) == 1
        assert (await Letter.get(title="水管爆了")).due_rule == "R13-dispatch-life"
    assert "田守义" in (await secretary.open(f"{V}/mailbox/duty")).words(".kv")[0]


async def test_a_letter_to_a_department_is_for_its_people_and_the_county_stands_above(plugin_site: LiveSite) -> None:
    worker, stranger = await plugin_site.stranger("农技员"), await plugin_site.stranger("路人")
    await plugin_site.department("nongye", "农业农村局", worker)
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    county = await plugin_site.sign_in(await plugin_site.county_admin())
    farmer = await plugin_site.sign_in(worker)
    letter = await write(writer, "稻子倒伏了怎么报", office="d:nongye")
    assert (await (await plugin_site.sign_in(stranger)).open(letter.url)).status == 404
    assert (await (await plugin_site.sign_in(stranger)).open("/mailbox/department")).status == 404
    assert (await secretary.open(letter.url)).status == 404
    assert "稻子倒伏" in (await farmer.open("/mailbox/department")).text
    assert "supervise" in moves(await county.open(letter.url))
    await do(farmer, letter, "triage", track="question", urgency="general")
    answered = await do(farmer, letter, "reply", words="拍照找保险员", outcome="explain")
    assert "农业农村局" in answered.text
    assert "农业农村局" in (await writer.open(letter.url)).text
    assert not moves(answered) & {"confirm", "call_back"}


async def test_a_department_that_helps_sees_and_notes_and_does_not_answer(plugin_site: LiveSite) -> None:
    worker = await plugin_site.stranger("水利员")
    await plugin_site.department("shuili", "水利局", worker)
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    helper = await plugin_site.sign_in(worker)
    letter = await write(writer, "堰塘漏水")
    assert (await helper.open(letter.url)).status == 404
    await do(secretary, letter, "triage", track="help", urgency="general")
    await do(secretary, letter, "join", office="d:shuili", reason="要看坝")
    seen = await helper.open(letter.url)
    assert moves(seen) == {"note"}
    assert "堰塘漏水" in (await helper.open("/mailbox/department")).text
    await do(helper, letter, "note", words="坝脚渗了")
    assert "坝脚渗了" in (await secretary.open(letter.url)).text
    assert "坝脚渗了" not in (await writer.open(letter.url)).text
    assert "水利局" in (await writer.open(letter.url)).text
    again = await secretary.open(f"{letter.url}/do/join")
    assert not again.all("[name=office][value='d:shuili']")


async def test_a_reply_begins_with_a_stored_phrase_and_carries_photos(plugin_site: LiveSite) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    neighbour = await plugin_site.sign_in(await plugin_site.villager("李有田"))
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    page = await secretary.open(f"{V}/mailbox/phrases")
    await page.form("form:has([name=title])").fill(title="路灯", words="三天内来修").send()
    letter = await write(writer)
    await do(secretary, letter, "triage", track="help", urgency="general")
    page = await (await secretary.open(f"{letter.url}/do/reply")).follow("路灯")
    form = page.form("form[action$='/do/reply']").fill(outcome="support").attach("photos", photo_file())
    assert form.fields["words"] == ["三天内来修"]
    await form.send()
    shown = str((await writer.open(letter.url)).one(".tl .photos img").get("src"))
    assert (await writer.open(shown)).status == 200
    assert (await neighbour.open(shown)).status == 404
    assert (await neighbour.open(f"{V}/mailbox/phrases")).status == 403


async def test_what_is_overdue_stands_on_the_list_of_the_levels_above_and_climbs_to_the_county(
    plugin_site: LiveSite,
) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    township = await plugin_site.sign_in(await plugin_site.township_admin())
    county = await plugin_site.sign_in(await plugin_site.county_admin())
    letter = await write(writer)
    assert "路灯" not in (await township.open("/mailbox/supervised")).text
    with plugin_site.inside():
        await put("三组路口的路灯坏了", due_at=datetime.now(UTC) - timedelta(hours=2))
    await plugin_site.run_task("mailbox.mind")
    assert "过了期限" in await inbox(township)
    assert "过了期限" not in await inbox(county)
    with plugin_site.inside():
        await put("三组路口的路灯坏了", due_at=datetime.now(UTC) - timedelta(days=4))
    await plugin_site.run_task("mailbox.mind")
    assert "过了期限" in await inbox(county)
    listed = await township.open("/mailbox/supervised")
    assert "三组路口的路灯坏了" in listed.text
    assert "supervise" not in moves(await secretary.open(letter.url))
    await do(township, letter, "supervise", words="两天内办完")
    assert "督办" in (await secretary.open(letter.url)).text
    assert "上级督办一封信" in await inbox(secretary)
    assert "两天内办完" not in (await writer.open(letter.url)).text
    assert (await writer.open("/mailbox/supervised")).status == 403


async def test_what_was_begun_is_there_the_next_time_and_gone_once_it_is_sent(plugin_site: LiveSite) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    neighbour = await plugin_site.sign_in(await plugin_site.villager("李有田"))
    page = await writer.open(f"{V}/mailbox/write")
    await page.form("form[action$='/write']").fill(title="井水发黄", body="三天了").send(to=f"{V}/mailbox/write/keep")
    begun = await writer.open(f"{V}/mailbox/write")
    form = begun.form("form[action$='/write']")
    assert form.fields["title"] == ["井水发黄"]
    assert "井水发黄" not in (await neighbour.open(f"{V}/mailbox/write")).html
    await form.fill(kind="help").send()
    assert "井水发黄" not in (await writer.open(f"{V}/mailbox/write")).html
    page = await writer.open(f"{V}/mailbox/write")
    await page.form("form[action$='/write']").fill(title="又一件").send(to=f"{V}/mailbox/write/keep")
    page = await writer.open(f"{V}/mailbox/write")
    await page.form("form[action$='/write']").send(to=f"{V}/mailbox/write/keep", button=("drop", "1"))
    assert "又一件" not in (await writer.open(f"{V}/mailbox/write")).html
