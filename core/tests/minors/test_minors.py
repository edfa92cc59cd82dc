"""Young people (DP-6): asked where somebody joins, nothing but reading before a guardian agrees, a second official for every look."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import time_machine

from cunli import db
from cunli.care.looks import looks_at
from cunli.clock import now, today
from cunli.jobs.tasks import TaskContext
from cunli.minors import actions, queries, rules
from cunli.minors.rules import Age
from cunli.own_data import exporting
from cunli.people.personal import NAME
from cunli.testing.accounts import give_real_name
from cunli.testing.live import LiveSite
from cunli.testing.sample import SamplePerson, member
from cunli.testing.visitor import Opened, Visitor
from cunli.trust import second_eyes
from cunli.web import gate

ANSWERS = {"name": "覃小禾", "display_name": "小禾", "head_name": "覃大山"}


def born(years: int) -> dict[str, str]:
    """The answers of somebody whose birthday of this many years was some months ago."""
    day = today() - timedelta(days=years * 365.25 + 120)
    return {"young": "1", "born_year": str(day.year), "born_month": str(day.month)}


async def join(site: LiveSite, visitor: Visitor, **more: str) -> Opened:
    page = await visitor.open("/v/heping/join")
    return (
        await page.form("form[action$='/join']").fill(**ANSWERS, group=str(site["heping"].group_ids[0]), **more).send()
    )


@dataclass
class Child:
    """A child of ten who asked to join, and its browser."""

    who: SamplePerson
    visitor: Visitor

    async def code(self) -> str:
        found = await queries.minor(self.who.id)
        assert found is not None
        return found.code


async def child_of(site: LiveSite, years: int = 10) -> Child:
    who = await site.stranger("小禾")
    visitor = await site.sign_in(who)
    await join(site, visitor, **born(years))
    return Child(who, visitor)


async def agreed(site: LiveSite, child: Child, name: str = "覃妈妈") -> tuple[SamplePerson, Visitor]:
    """A mother of the village who typed the code in."""
    mother = await site.villager(name)
    own = await site.sign_in(mother)
    page = await own.open("/me/wards")
    done = await page.form().fill(code=await child.code(), agree=True).send()
    assert "不满 14 岁，你同意了" in done.text
    return mother, own


async def consents(child: Child) -> list[bool]:
    rows = await db.read(
        "SELECT given FROM core_consent WHERE person_id = ? AND purpose = 'guardian' ORDER BY id", child.who.id
    )
    return [bool(row["given"]) for row in rows]


def test_where_the_day_is_not_known_the_careful_side_counts() -> None:
    grown_up = rules.adult_on(2012, 12)
    assert grown_up == date(2031, 1, 1)
    assert rules.adult_on(2012, 5) == date(2030, 6, 1)
    assert rules.age_on(date(2026, 12, 31), grown_up) is Age.CHILD  # fourteen in that month, counted from the next one
    assert rules.age_on(date(2027, 1, 1), grown_up) is Age.TEEN
    assert rules.age_on(date(2031, 1, 1), grown_up) is Age.ADULT
    assert rules.age_on(date(2020, 1, 1), None) is Age.ADULT


async def test_a_grown_up_is_asked_and_nothing_is_kept(site: LiveSite) -> None:
    who = await site.stranger("大人")
    done = await join(site, await site.sign_in(who))
    assert done.url == "/v/heping/join/waiting"
    assert not await db.read("SELECT 1 FROM core_minor")


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"young": "1"}, "哪年出生"),
        ({"young": "1", "born_year": "1980", "born_month": "5"}, "已经满 18 岁了"),
        ({"young": "1", "born_year": "二〇一五", "born_month": "13"}, "要填数字"),
        ({"young": "1", "born_year": "99999", "born_month": "1"}, "之间"),
    ],
)
async def test_a_wrong_month_is_said_and_nothing_is_lost(site: LiveSite, answers: dict[str, str], words: str) -> None:
    answer = await join(site, await site.sign_in(await site.stranger()), **answers)
    assert answer.status == 422
    assert words in answer.text
    assert "覃大山" in answer.html
    assert not await db.read("SELECT 1 FROM core_minor")


async def test_a_child_gives_its_month_only_and_reads_until_a_guardian_agrees(site: LiveSite) -> None:
    """Refused and allowed side by side: the same child, the same forms, before and after."""
    child = await child_of(site)
    page = await child.visitor.open("/me/guardian")
    assert "先请监护人同意" in page.text
    assert not await db.read("SELECT 1 FROM core_membership WHERE person_id = ?", child.who.id)
    (person,) = await db.read("SELECT name, display_name FROM core_person WHERE id = ?", child.who.id)
    assert (person["name"], person["display_name"]) == ("", rules.CHILD_NAME)
    assert not await db.read("SELECT 1 FROM core_form_draft WHERE person_id = ?", child.who.id)

    forms = {
        "/me": {"display_name": "小禾"},
        "/v/heping/join": ANSWERS,
        "/v/heping/drafts": {"form": "join"},
        "/me/home": {"village": "1"},
    }
    for path, fields in forms.items():
        refused = await child.visitor.post(path, fields)
        assert refused.status == 403, path
        assert "先请监护人同意" in refused.text
    for path in ("/", "/v/heping/", "/me", "/me/data", "/inbox"):
        assert (await child.visitor.open(path)).status == 200, path
    assert (await child.visitor.open("/v/heping/join", follow=False)).headers["location"] == "/me/guardian"

    await agreed(site, child)
    assert await consents(child) == [True]
    assert (await child.visitor.post("/me", {"display_name": "小禾"})).status == 200
    waiting = await join(site, child.visitor)
    assert waiting.url == "/v/heping/join/waiting"


async def test_the_gate_is_what_holds_a_child_back(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted control: without the gate's question the same form goes through."""
    child = await child_of(site)
    assert (await child.visitor.post("/me", {"display_name": "小禾"})).status == 403
    monkeypatch.setattr(gate.Gate, "_may_be_done_alone", lambda *_: True)
    assert (await child.visitor.post("/me", {"display_name": "小禾"})).status == 200


async def test_a_verified_child_without_consent_publishes_nothing_and_has_no_name(
    site: LiveSite,
) -> None:
    who = await site.villager("小禾真名")
    visitor = await site.sign_in(who)
    words = {"body": "今天放学早", "audience": "village"}
    assert (await visitor.post("/v/heping/new", words)).status == 200
    assert "小禾真名" in (await visitor.open("/v/heping/")).text
    page = (
        await (await visitor.open("/me/guardian"))
        .form()
        .fill(**{k: v for k, v in born(9).items() if k != "young"})
        .send()
    )
    assert "先请监护人同意" in page.text
    assert (await visitor.post("/v/heping/new", words)).status == 403
    assert (await visitor.open("/v/heping/new")).status == 403
    wall = await (await site.sign_in(await site.villager("覃四"))).open("/v/heping/")
    assert "小禾真名" not in wall.text
    assert rules.CHILD_NAME in wall.text
    assert (await visitor.open("/v/heping/")).status == 200  # reads on


async def test_who_may_answer_for_a_child_and_who_may_not(site: LiveSite) -> None:
    child = await child_of(site)
    code = await child.code()

    async def tried(who: SamplePerson, typed: str = code, agree: bool = True) -> Opened:
        page = await (await site.sign_in(who)).open("/me/wards")
        return await page.form().fill(code=typed, agree=agree).send()

    refusals = [
        (await site.stranger("没认证"), "还没有在孩子的村里认证"),
        (await site.villager("外村人", "donghu"), "还没有在孩子的村里认证"),
    ]
    teen = await site.villager("半大孩子")
    await actions.declare(teen.id, site["heping"].id, rules.adult_on(today().year - 16, 1))
    refusals.append((teen, "监护人要满 18 岁"))
    for who, words in refusals:
        answer = await tried(who)
        assert (answer.status, words in answer.text) == (422, True), words
    mother = await site.villager("覃妈妈")
    assert "没有这个数码" in (await tried(mother, "00000000" if code != "00000000" else "11111111")).text
    assert "打勾" in (await tried(mother, agree=False)).text
    assert await consents(child) == []
    assert (await tried(mother)).status == 200
    assert await consents(child) == [True]
    assert "没有这个数码" in (await tried(await site.villager("又一个"))).text  # used up


async def test_two_who_answer_at_once_with_one_code_are_not_both_taken(site: LiveSite) -> None:
    child = await child_of(site)
    code = await child.code()
    grown = [await site.villager(f"大人{n}") for n in range(4)]
    answered = await asyncio.gather(*(actions.answer_for(one.id, code) for one in grown))
    assert len([one for one in answered if one is not None]) == 1
    assert len(await queries.guardians_of(child.who.id)) == 1
    assert await consents(child) == [True]


async def test_another_household_goes_by_paper(site: LiveSite) -> None:
    child = await child_of(site)
    await member(child.who, site["heping"])
    guardian = await site.villager("远亲")

    async def place() -> None:
        for number, who in (("1-1", child.who), ("1-2", guardian)):
            rows = await db.read(
                "INSERT INTO core_household (key, village_id, group_id, number, head_name) VALUES (?, ?, ?, ?, '') RETURNING id",
                f"home-{number}",
                site["heping"].id,
                site["heping"].group_ids[0],
                number,
            )
            await db.write("UPDATE core_membership SET household_id = ? WHERE person_id = ?", rows[0]["id"], who.id)

    await db.run_unit(place)
    with pytest.raises(actions.NotTheirs, match="household"):
        await actions.answer_for(guardian.id, await child.code())
    official = await site.sign_in(await site.village_admin())
    page = await official.open("/v/heping/young")
    wrong = await page.form("form[action$='/young']").fill(code=await child.code(), name="覃远亲").send()
    assert "再打勾" in wrong.text
    done = await page.form("form[action$='/young']").fill(code=await child.code(), name="覃远亲", signed=True).send()
    assert "覃*亲" in done.text
    assert "覃远亲" not in done.html
    assert await consents(child) == [True]
    (row,) = await db.read("SELECT name, key FROM core_guardian")
    assert "覃" not in row["name"]
    elsewhere = await site.sign_in(await site.village_admin("外村书记", "donghu"))
    assert not (await elsewhere.open("/v/donghu/young")).all(f"#young-{child.who.id}")
    stolen = await elsewhere.post("/v/donghu/young/change", {"do": "end", "link": row["key"]})
    assert stolen.status == 404
    gone = await official.post("/v/heping/young/change", {"do": "end", "link": row["key"]})
    assert gone.status == 200
    assert await consents(child) == [True, False]  # nobody answers for the child any more
    assert (await child.visitor.post("/me", {"display_name": "小禾"})).status == 403


async def test_the_paper_is_one_sheet_with_the_words_of_the_consent(site: LiveSite) -> None:
    official = await site.sign_in(await site.village_admin())
    page = await official.open("/v/heping/young/paper")
    assert "第三十一条" in page.text
    assert "监护人签名" in page.text
    villager = await site.sign_in(await site.villager("覃四"))
    assert (await villager.open("/v/heping/young/paper")).status == 403


async def test_a_guardian_sees_takes_along_withdraws_and_erases_and_nobody_else_does(site: LiveSite) -> None:
    child = await child_of(site)
    mother, own = await agreed(site, child)
    await join(site, child.visitor)
    (key,) = [row["key"] for row in await db.read("SELECT key FROM core_guardian")]
    url = f"/me/wards/{key}"
    stranger = await site.sign_in(await site.villager("别人"))
    for tail in ("/export", "/download", "/consent", "/erase", "/keep", "/end"):
        assert (await stranger.post(url + tail, {})).status == 404, tail
    assert (await stranger.open(url)).status == 404
    assert (await child.visitor.open(url)).status == 404

    page = await own.open(url)
    assert "禾坪" in page.text
    await page.form("form[action$='/export']").send()
    (row,) = await db.read("SELECT key FROM core_data_export WHERE person_id = ?", child.who.id)
    await exporting.export(
        site.app.site, TaskContext(task="t", payload={"key": row["key"]}, village_id=None, attempt=1, key="t")
    )
    told = await db.read("SELECT kind FROM core_notification WHERE kind = 'guardian.data_ready'")
    assert len(told) == 1
    archive = await (await own.open(url)).form("form[action$='/download']").send()
    assert archive.headers["content-type"] == "application/zip"
    (entry,) = await db.read("SELECT * FROM core_audit_entry WHERE action LIKE '%downloaded'")
    assert (entry["action"], entry["actor_id"]) == ("core.guardian.downloaded", mother.id)
    assert (entry["object_kind"], entry["object_id"]) == ("person", str(child.who.id)), "the trail names the child"

    page = await (await own.open(url)).form("form[action$='/consent']").send()
    assert await consents(child) == [True, False]
    assert (await child.visitor.post("/me", {"display_name": "小禾"})).status == 403
    page = await page.form("form[action$='/consent']").send(button=("do", "give"))
    assert await consents(child) == [True, False, True]
    assert (await child.visitor.post("/me", {"display_name": "小禾"})).status == 200

    page = await page.form("form[action$='/erase']").send()
    (erasure,) = await db.read("SELECT state FROM core_erasure WHERE person_id = ?", child.who.id)
    assert erasure["state"] == "waiting"
    assert (
        await child.visitor.post("/me/data/stay", {})
    ).status == 403  # the guardian asked, the child does not undo it
    await page.form("form[action$='/keep']").send()
    (erasure,) = await db.read("SELECT state FROM core_erasure WHERE person_id = ?", child.who.id)
    assert erasure["state"] == "withdrawn"


async def test_nobody_gives_a_guardians_consent_for_themselves(site: LiveSite) -> None:
    child = await child_of(site)
    answer = await child.visitor.post("/me/consent", {"purpose": "guardian", "do": "give"})
    assert answer.status == 404
    assert "监护人同意" not in (await (await site.sign_in(await site.villager("覃四"))).open("/me/consent")).text


async def test_fourteen_agrees_alone_and_eighteen_leaves_nothing(site: LiveSite) -> None:
    teen = await child_of(site, 15)
    assert await db.read("SELECT 1 FROM core_membership WHERE person_id = ?", teen.who.id)
    assert (await teen.visitor.post("/me", {"display_name": "小禾"})).status == 200
    child = await child_of(site, 13)
    assert (await child.visitor.post("/me", {"display_name": "禾"})).status == 403
    with time_machine.travel(now() + timedelta(days=500), tick=False):
        again = await site.sign_in(child.who)
        assert (await again.post("/me", {"display_name": "禾"})).status == 200
    with time_machine.travel(now() + timedelta(days=4 * 366), tick=False):
        assert await actions.grow_up() == 1
    assert {row["person_id"] for row in await db.read("SELECT person_id FROM core_minor")} == {child.who.id}


async def test_nobody_makes_themselves_older_and_the_committee_corrects_a_mistake(site: LiveSite) -> None:
    child = await child_of(site)
    (before,) = await db.read("SELECT adult_on FROM core_minor")
    await actions.declare(child.who.id, site["heping"].id, rules.adult_on(today().year - 17, 1))
    (after,) = await db.read("SELECT adult_on FROM core_minor")
    assert before["adult_on"] == after["adult_on"]
    official = await site.sign_in(await site.village_admin())
    answer = await official.post("/v/heping/young/change", {"do": "grown", "person": str(child.who.id)})
    assert answer.status == 200
    assert (await child.visitor.post("/me", {"display_name": "大人"})).status == 200


# ---- looks -----------------------------------------------------------------------------------------------------------


async def young_member(site: LiveSite, name: str = "覃小禾真") -> tuple[SamplePerson, str]:
    who = await site.villager("小禾")
    await give_real_name(who, name)
    await actions.declare(who.id, site["heping"].id, rules.adult_on(today().year - 15, 1))
    (row,) = await db.read("SELECT key FROM core_membership WHERE person_id = ?", who.id)
    return who, row["key"]


async def test_a_look_at_a_minor_needs_a_second_official_each_time_and_is_in_the_trail(site: LiveSite) -> None:
    who, key = await young_member(site)
    first, second = (
        await site.sign_in(await site.village_admin("甲")),
        await site.sign_in(await site.village_admin("乙")),
    )
    url = f"/v/heping/members/{key}"
    alone = await first.post(f"{url}/reveal")
    assert alone.status == 403
    assert "要另一位管理员同意" in alone.text
    assert (await first.post(f"/admin/people/{key}/reveal", {"why": "核对名字用"})).status == 403
    page = await first.open(url)
    assert not page.all("form[action$='/reveal']")
    short = await first.post(f"{url}/look", {"why": "看"})
    assert short.status == 422
    await page.form("form[action$='/look']").fill(why="核对学籍名字").send()
    (look,) = await db.read("SELECT key FROM core_minor_look")
    decide = f"/v/heping/young/looks/{look['key']}"
    assert (await first.post(decide, {"do": "allow"})).status == 409  # nobody agrees to their own request
    assert (await first.post(f"{url}/reveal")).status == 403
    desk = await second.open("/v/heping/young/looks")
    assert "核对学籍名字" in desk.text
    await desk.form(f"form[action$='{look['key']}']").send(button=("do", "allow"))
    assert (await second.post(f"{url}/reveal")).status == 403  # the yes was for the one who asked
    seen = await (await first.open(url)).form("form[action$='/reveal']").send()
    assert "覃小禾真" in seen.text
    assert (await first.post(f"{url}/reveal")).status == 403  # and for one look
    acts = [
        row["action"]
        for row in await db.read(
            "SELECT action FROM core_audit_entry WHERE action LIKE 'core.minor.look%' OR action = 'core.person.reveal' ORDER BY id"
        )
    ]
    assert acts == ["core.minor.look_asked", "core.minor.look_allowed", "core.person.reveal"]
    assert len(await looks_at(who.id)) == 1


async def test_a_no_opens_nothing_and_a_grown_up_needs_no_second(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    _who, key = await young_member(site)
    grown = await site.villager("大人")
    await give_real_name(grown, "覃大人真")
    (row,) = await db.read("SELECT key FROM core_membership WHERE person_id = ?", grown.id)
    first, second = (
        await site.sign_in(await site.village_admin("甲")),
        await site.sign_in(await site.township_admin("乙")),
    )
    assert "覃大人真" in (await first.post(f"/v/heping/members/{row['key']}/reveal")).text
    assert (await first.post(f"/v/heping/members/{row['key']}/look", {"why": "没有必要的"})).status == 404
    await first.post(f"/v/heping/members/{key}/look", {"why": "想知道是谁"})
    (look,) = await db.read("SELECT key FROM core_minor_look")
    await second.post(f"/v/heping/young/looks/{look['key']}", {"do": "refuse"})
    assert (await first.post(f"/v/heping/members/{key}/reveal")).status == 403

    async def nobody_asks(*_: object) -> None:
        return None

    monkeypatch.setattr(second_eyes, "refuse_alone", nobody_asks)  # the planted control
    assert "覃小禾真" in (await first.post(f"/v/heping/members/{key}/reveal")).text


async def test_two_looks_at_once_use_one_yes(site: LiveSite) -> None:
    from cunli.trust.personal import reveal

    who, _key = await young_member(site)
    admin, other = await site.village_admin("甲"), await site.village_admin("乙")
    (person,) = await db.read("SELECT key, name FROM core_person WHERE id = ?", who.id)

    async def allowed() -> None:
        await db.write(
            "INSERT INTO core_minor_look (key, person_id, village_id, asked_by_id, reason, asked_at, decided_by_id, decided_at, allowed)"
            " VALUES ('k', ?, ?, ?, '理由', ?, ?, ?, ?)",
            who.id,
            site["heping"].id,
            admin.id,
            now(),
            other.id,
            now(),
            True,
        )

    await db.run_unit(allowed)

    async def look() -> bool:
        masked = NAME.masked(person["name"], person["key"])
        try:
            await reveal(masked, actor=admin.id, village=site["heping"].id, object=("person", who.id))
        except second_eyes.NeedsSecond:
            return False
        return True

    assert sorted(await asyncio.gather(*(look() for _ in range(4)))) == [False, False, False, True]
