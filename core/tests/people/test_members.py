"""The village admin's work: the queue, decisions, the list, and what nobody may do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from cunli import db
from cunli.people import member_pages
from cunli.people.models import MembershipState as State
from cunli.people.personal import HEAD_NAME
from cunli.places.register import HEAD_NAME as REGISTER_HEAD
from cunli.testing.accounts import account, give_real_name
from cunli.testing.live import LiveSite
from cunli.testing.sample import SamplePerson, member
from cunli.testing.visitor import Opened
from cunli.trust.limits import Limit

NAME, HEAD, NUMBER = "金丝雀桂香", "金丝雀大山", "13877665544"


@dataclass
class Applicant:
    """Somebody who waits, with a canary in every private field."""

    who: SamplePerson
    key: str


async def applicant(
    site: LiveSite, *, state: State = State.APPLIED, head: str = HEAD, group: int | None = 2
) -> Applicant:
    who = await account(NUMBER, "小禾", password="")
    await give_real_name(who, NAME)
    await member(who, site["heping"], state=state, group=group)
    row = (await db.read("SELECT id, key FROM core_membership WHERE person_id = ?", who.id))[0]

    async def write() -> None:
        await db.write(
            "UPDATE core_membership SET head_name = ? WHERE id = ?", HEAD_NAME.seal(head, row["key"]), row["id"]
        )

    await db.run_unit(write)
    return Applicant(who, row["key"])


async def household(site: LiveSite, number: str, head: str, group: int = 2, slug: str = "heping") -> int:
    async def insert() -> None:
        key = f"household-{slug}-{number}"[:22]
        await db.write(
            "INSERT INTO core_household (key, village_id, group_id, number, head_name) VALUES (?, ?, ?, ?, ?)",
            key,
            site[slug].id,
            site[slug].group_ids[group],
            number,
            REGISTER_HEAD.seal(head, key),
        )

    await db.run_unit(insert)
    return int(
        (await db.read("SELECT id FROM core_household WHERE number = ? AND village_id = ?", number, site[slug].id))[0][
            "id"
        ]
    )


async def row_of(who: SamplePerson) -> Any:
    return (await db.read("SELECT * FROM core_membership WHERE person_id = ?", who.id))[0]


async def counts(site: LiveSite) -> tuple[int, int]:
    row = (await db.read("SELECT verified_count, away_count FROM core_village WHERE id = ?", site["heping"].id))[0]
    return row["verified_count"], row["away_count"]


async def entries(action: str) -> list[Any]:
    return await db.read("SELECT * FROM core_audit_entry WHERE action = ? ORDER BY id", action)


def no_canary(*pages: Opened) -> None:
    for page in pages:
        for canary in (NAME, HEAD, NUMBER):
            assert canary not in page.html + str(page.headers)


async def test_an_official_verifies_somebody_with_one_tap(site: LiveSite) -> None:
    """S08, S63: masked card, one button, and everything that follows from it."""
    admin = await site.village_admin("田守义")
    waiting = await applicant(site)
    door = await household(site, "3-12", HEAD)
    before = await counts(site)
    visitor = await site.sign_in(admin)
    queue = await visitor.open("/v/heping/members/requests")
    no_canary(queue)
    for words in ("小禾", "金***香", "138****5544", "户主对得上户口册：三组 3-12", "1 位乡亲等你核对"):
        assert words in queue.text
    done = await visitor.press(queue, "button[value=verify]")
    assert "认证好了，已经告诉本人" in done.text
    assert "都核对完了" in done.text
    row = await row_of(waiting.who)
    assert (row["state"], row["household_id"], row["group_id"]) == ("verified", door, site["heping"].group_ids[2])
    assert await counts(site) == (before[0] + 1, before[1])
    person = (await db.read("SELECT home_village_id, unread_count FROM core_person WHERE id = ?", waiting.who.id))[0]
    assert (person["home_village_id"], person["unread_count"]) == (site["heping"].id, 1)
    told = (await db.read("SELECT kind, url FROM core_notification WHERE person_id = ?", waiting.who.id))[0]
    assert (told["kind"], told["url"]) == ("membership.verified", "/v/heping/")
    entry = (await entries("core.member.verify"))[0]
    assert (entry["actor_id"], entry["village_id"]) == (admin.id, site["heping"].id)
    assert await db.read("SELECT kind FROM core_event WHERE kind = 'core.membership.changed'")
    newcomer = await site.sign_in(waiting.who)
    assert (await newcomer.open("/v/heping/join", follow=False)).headers["location"] == "/v/heping/"


async def test_looking_at_clear_names_is_written_down_each_time(site: LiveSite) -> None:
    admin = await site.village_admin()
    waiting = await applicant(site)
    visitor = await site.sign_in(admin)
    page = await visitor.open(f"/v/heping/members/{waiting.key}")
    no_canary(page)
    seen = await visitor.press(page, "form[action$='/reveal'] button")
    for canary in (NAME, HEAD, NUMBER):
        assert canary in seen.text
    assert seen.headers["cache-control"] == "no-store"
    no_canary(await visitor.open(f"/v/heping/members/{waiting.key}"))
    fragment = await visitor.post(f"/v/heping/members/{waiting.key}/reveal", {}, headers={"hx-request": "true"})
    assert fragment.html.lstrip().startswith('<section class="panel stack" id="who">')
    assert NAME in fragment.html
    found = await entries("core.person.reveal")
    assert [(e["actor_id"], e["object_kind"]) for e in found] == [(admin.id, "membership")] * 2
    assert not any(canary in str(e["details"]) for e in found for canary in (NAME, HEAD, NUMBER))


async def test_opening_names_is_limited(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """RL-5."""
    monkeypatch.setattr(member_pages, "REVEALS", Limit(name="few reveals", most=2, seconds=3600))
    waiting = await applicant(site)
    visitor = await site.sign_in(await site.village_admin())
    answers = [await visitor.post(f"/v/heping/members/{waiting.key}/reveal") for _ in range(3)]
    assert [a.status for a in answers] == [200, 200, 429]
    assert len(await entries("core.person.reveal")) == 2


@pytest.mark.parametrize(("button", "state"), [("ask_more", "more_info"), ("refuse", "refused")])
async def test_asking_for_more_and_refusing_need_a_reason_that_the_person_reads(
    site: LiveSite, button: str, state: str
) -> None:
    waiting = await applicant(site)
    visitor = await site.sign_in(await site.village_admin())
    page = await visitor.open(f"/v/heping/members/{waiting.key}")
    silent = await page.form("textarea[name=reason]").send(button=("do", button))
    assert silent.status == 422
    assert "写一句原因" in silent.text
    assert (await row_of(waiting.who))["state"] == "applied"
    told = await page.form("textarea[name=reason]").fill(reason="户主要写全名").send(button=("do", button))
    assert told.status == 200
    assert (await row_of(waiting.who))["state"] == state
    mine = await site.sign_in(waiting.who)
    assert "户主要写全名" in (await mine.open("/v/heping/join/waiting")).text
    inbox = await db.read("SELECT kind, params FROM core_notification WHERE person_id = ?", waiting.who.id)
    assert inbox[0]["kind"] == f"membership.{state}"
    again = await (await mine.open("/v/heping/join")).form("form[action$='/join']").fill(head_name="覃大山").send()
    assert "核对中" in again.text
    assert (await row_of(waiting.who))["state"] == "applied"


async def test_suspending_stops_writing_and_resuming_brings_it_back(site: LiveSite) -> None:
    someone = await applicant(site, state=State.VERIFIED)
    admin = await site.sign_in(await site.village_admin())
    mine = await site.sign_in(someone.who)
    before = await counts(site)
    page = await admin.open(f"/v/heping/members/{someone.key}")
    form = page.form("form[action$='/state'] textarea")
    assert (await form.send(button=("do", "suspend"))).status == 422
    page = await form.fill(reason="骂人").send(button=("do", "suspend"))
    assert await counts(site) == (before[0] - 1, before[1])
    refused = await mine.post("/v/heping/new", {"body": "你好"})
    assert refused.status == 403
    page = await (page.form("form[action$='/state'] textarea")).send(button=("do", "resume"))
    assert "恢复了" in page.text
    assert await counts(site) == before
    assert [
        r["kind"]
        for r in await db.read("SELECT kind FROM core_notification WHERE person_id = ? ORDER BY id", someone.who.id)
    ] == [
        "membership.suspended",
        "membership.restored",
    ]
    assert "停用了发言" in page.text
    assert "骂人" in page.text


async def test_marking_somebody_as_dead_ends_the_account_and_a_mistake_can_be_put_right(site: LiveSite) -> None:
    someone = await applicant(site, state=State.VERIFIED)
    admin = await site.sign_in(await site.village_admin())
    mine = await site.sign_in(someone.who)
    page = await admin.open(f"/v/heping/members/{someone.key}")
    page = await page.form("input[value=mark_deceased]").send()
    assert (await row_of(someone.who))["state"] == "deceased"
    assert (await mine.open("/me", follow=False)).status == 303
    page = (
        await page.form("form[action$='/state'] textarea").fill(reason="同名同姓弄错了").send(button=("do", "mistaken"))
    )
    assert (await row_of(someone.who))["state"] == "verified"
    assert (await db.read("SELECT state FROM core_person WHERE id = ?", someone.who.id))[0]["state"] == "active"


async def test_only_the_home_village_ends_an_account(site: LiveSite) -> None:
    """A village where somebody is a guest must not lock them out of their own."""
    someone = await site.villager("两处的人", "donghu")
    await member(someone, site["heping"])
    key = (
        await db.read(
            "SELECT key FROM core_membership WHERE person_id = ? AND village_id = ?", someone.id, site["heping"].id
        )
    )[0]["key"]
    admin = await site.sign_in(await site.village_admin())
    await admin.post(f"/v/heping/members/{key}/state", {"do": "mark_deceased"})
    assert (await db.read("SELECT state FROM core_membership WHERE key = ?", key))[0]["state"] == "deceased"
    assert (await db.read("SELECT state FROM core_person WHERE id = ?", someone.id))[0]["state"] == "active"


async def test_two_officials_at_once_decide_once(site: LiveSite) -> None:
    waiting = await applicant(site)
    visitors = [await site.sign_in(await site.village_admin(f"管理员{n}")) for n in range(4)]
    before = await counts(site)
    answers = await asyncio.gather(
        *(v.post(f"/v/heping/members/{waiting.key}/review", {"do": "verify"}, follow=False) for v in visitors)
    )
    assert sorted(a.status for a in answers) == [303, 409, 409, 409]
    assert await counts(site) == (before[0] + 1, before[1])
    assert len(await entries("core.member.verify")) == 1
    assert "别人刚刚已经办过了" in next(a for a in answers if a.status == 409).text


async def test_planted_control_without_the_condition_on_the_old_state_both_would_count(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cunli.people import rules

    waiting = await applicant(site)
    admin = await site.sign_in(await site.village_admin())
    await admin.post(f"/v/heping/members/{waiting.key}/review", {"do": "verify"})
    verified = (await counts(site))[0]
    careless = {
        **rules.MOVES,
        rules.Move.VERIFY: rules.Transition(by="official", before=frozenset(State), after=State.VERIFIED),
    }
    monkeypatch.setattr(rules, "MOVES", careless)
    monkeypatch.setattr(rules, "count_change", lambda *a, **k: rules.CountChange(verified=1, away=0))
    await admin.post(f"/v/heping/members/{waiting.key}/review", {"do": "verify"})
    assert (await counts(site))[0] == verified + 1


async def test_nobody_decides_about_themselves(site: LiveSite) -> None:
    admin = await site.stranger("自己来")
    from cunli.testing.sample import office

    await office(admin, "village_admin", site["heping"].region_id)
    await member(admin, site["heping"], state=State.APPLIED)
    key = (await db.read("SELECT key FROM core_membership WHERE person_id = ?", admin.id))[0]["key"]
    visitor = await site.sign_in(admin)
    answer = await visitor.post(f"/v/heping/members/{key}/review", {"do": "verify"})
    assert answer.status == 409
    assert "自己的事要请别的管理员来办" in answer.text
    assert (await row_of(admin))["state"] == "applied"


async def test_whoever_holds_an_office_is_not_suspended_before_losing_it(site: LiveSite) -> None:
    colleague = await site.village_admin("同事")
    key = (await db.read("SELECT key FROM core_membership WHERE person_id = ?", colleague.id))[0]["key"]
    visitor = await site.sign_in(await site.village_admin("田守义"))
    for do in ("suspend", "mark_left", "mark_deceased"):
        answer = await visitor.post(f"/v/heping/members/{key}/state", {"do": do, "reason": "换人"})
        assert answer.status == 409
        assert "先由上级免去职务" in answer.text
    assert (await row_of(colleague))["state"] == "verified"


async def test_others_see_and_decide_nothing(site: LiveSite) -> None:
    """AZ-3, AZ-4, ID-1: anonymous, a villager, a neighbour, an admin of another village, somebody suspended."""
    waiting = await applicant(site)
    base = f"/v/heping/members/{waiting.key}"
    visitors = [site.visitor()] + [
        await site.sign_in(who)
        for who in (
            await site.villager("乡亲"),
            await site.villager("外村的", "donghu"),
            await site.village_admin("东湖书记", "donghu"),
            await site.villager("停用的", state=State.SUSPENDED),
        )
    ]
    for number, visitor in enumerate(visitors):
        for path in (
            "/v/heping/members",
            "/v/heping/members/requests",
            base,
            "/v/heping/invites",
            "/v/heping/officials",
        ):
            answer = await visitor.open(path, follow=False)
            assert answer.status == (403 if number else 303), path
            no_canary(answer)
        for path, fields in (
            (f"{base}/reveal", {}),
            (f"{base}/review", {"do": "verify"}),
            (f"{base}/state", {"do": "mark_left", "reason": "x"}),
            (f"{base}/place", {"group": ""}),
            ("/v/heping/invites", {}),
            ("/v/heping/officials", {"kind": "village_admin", "phone": NUMBER}),
        ):
            answer = await visitor.post(path, fields, follow=False)
            assert answer.status == (403 if number else 401), path
            no_canary(answer)
    assert (await row_of(waiting.who))["state"] == "applied"
    assert await entries("core.person.reveal") == []


async def test_a_member_of_one_village_is_not_found_through_another(site: LiveSite) -> None:
    """TN-2: the key of a heping applicant on donghu's pages."""
    waiting = await applicant(site)
    visitor = await site.sign_in(await site.village_admin("东湖书记", "donghu"))
    base = f"/v/donghu/members/{waiting.key}"
    missing = await visitor.open("/v/donghu/members/there-is-no-such-key")
    found = await visitor.open(base)
    assert (found.status, found.text) == (missing.status, missing.text) == (404, missing.text)
    for path, fields in ((f"{base}/reveal", {}), (f"{base}/place", {}), (f"{base}/review", {"do": "verify"})):
        assert (await visitor.post(path, fields)).status in (404, 409)
    assert (await row_of(waiting.who))["state"] == "applied"
    assert await entries("core.person.reveal") == []


async def test_officials_above_the_village_may_review_too(site: LiveSite) -> None:
    waiting = await applicant(site)
    for make in (site.township_admin, site.county_admin):
        visitor = await site.sign_in(await make())
        assert (await visitor.open("/v/heping/members/requests")).status == 200
    answer = await visitor.post(f"/v/heping/members/{waiting.key}/review", {"do": "verify"})
    assert answer.status == 200
    outsider = await site.sign_in(await site.county_admin("外县的", "waixiang"))
    assert (await outsider.open("/v/heping/members/requests")).status == 403


async def test_households_and_groups_of_other_villages_are_refused(site: LiveSite) -> None:
    """TN-3."""
    someone = await applicant(site, state=State.VERIFIED)
    theirs = await household(site, "9", "别人", slug="donghu")
    visitor = await site.sign_in(await site.village_admin())
    before = await row_of(someone.who)
    for fields in ({"household": str(theirs)}, {"group": str(site["donghu"].group_ids[0])}, {"household": "99999"}):
        assert (await visitor.post(f"/v/heping/members/{someone.key}/place", fields)).status == 409
    assert (await visitor.post(f"/v/heping/members/{someone.key}/place", {"household": "x"})).status == 422
    after = await row_of(someone.who)
    assert (after["group_id"], after["household_id"]) == (before["group_id"], before["household_id"])
    mine = await household(site, "7", "自己")
    page = await visitor.open(f"/v/heping/members/{someone.key}")
    await page.form("form[action$='/place']").fill(household=str(mine), group="").send()
    after = await row_of(someone.who)
    assert (after["group_id"], after["household_id"]) == (None, mine)
    assert len(await entries("core.member.placed")) == 1


async def test_the_list_filters_by_group_state_whereabouts_and_name(site: LiveSite) -> None:
    for n, name in enumerate(("罗春秀", "罗_百分", "石满仓", "100%")):
        who = await site.stranger(name)
        await member(who, site["heping"], group=n % 3, away=n == 2)
    await site.villager("走了的", state=State.LEFT)
    await site.villager("外村罗", "donghu")
    visitor = await site.sign_in(await site.township_admin())

    async def listed(query: str) -> list[str]:
        return (await visitor.open(f"/v/heping/members?{query}")).words("#people .li__t")

    assert await listed("") == ["罗春秀", "罗_百分", "石满仓", "100%"]
    assert await listed(f"group={site['heping'].group_ids[1]}") == ["罗_百分"]
    assert await listed("away=1") == ["石满仓"]
    assert await listed("away=0") == ["罗春秀", "罗_百分", "100%"]
    assert await listed("state=left") == ["走了的"]
    assert await listed("q=罗") == ["罗春秀", "罗_百分"]
    assert await listed("q=%25") == ["100%"]
    assert await listed("q=_") == ["罗_百分"]
    assert await listed("q=%5C") == []
    assert await listed("q=' OR 1=1 --") == []
    assert await listed("state=nonsense&group=x&away=7&after=abc") == ["罗春秀", "罗_百分", "石满仓", "100%"]
    for hostile in ("after=99999999999999999999", "after=-1", "group=10**20", "after=١٢"):
        assert (await visitor.open(f"/v/heping/members?{hostile}")).status == 200


async def test_a_long_list_comes_in_pages(site: LiveSite) -> None:
    for n in range(35):
        await site.villager(f"乡亲{n:02d}")
    visitor = await site.sign_in(await site.township_admin())
    first = await visitor.open("/v/heping/members?q=乡亲")
    second = await first.follow("再看 30 位")
    names = first.words("#people .li__t") + second.words("#people .li__t")
    assert names == [f"乡亲{n:02d}" for n in range(35)]


async def test_a_move_that_is_not_on_the_page_is_no_move(site: LiveSite) -> None:
    waiting = await applicant(site)
    visitor = await site.sign_in(await site.village_admin())
    base = f"/v/heping/members/{waiting.key}"
    for path, do in (
        ("review", "suspend"),
        ("state", "verify"),
        ("review", "apply"),
        ("review", ""),
        ("state", "leave"),
    ):
        assert (await visitor.post(f"{base}/{path}", {"do": do, "reason": "x"})).status == 404
    assert (await visitor.post(f"{base}/state", {"do": "resume"})).status == 409
    assert (await row_of(waiting.who))["state"] == "applied"


async def test_a_household_is_suggested_only_when_it_is_clear(site: LiveSite) -> None:
    waiting = await applicant(site, group=None)
    visitor = await site.sign_in(await site.village_admin())
    assert "户口册上没找到" in (await visitor.open("/v/heping/members/requests")).text
    await household(site, "1-1", HEAD, group=0)
    assert "户主对得上户口册：一组 1-1" in (await visitor.open("/v/heping/members/requests")).text
    await household(site, "2-1", HEAD, group=1)
    assert "户口册上没找到" in (await visitor.open("/v/heping/members/requests")).text
    assert waiting.key
