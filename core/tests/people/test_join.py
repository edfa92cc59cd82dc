"""Asking to be verified in a village: the form, the waiting page, invitations."""

from __future__ import annotations

import asyncio
import datetime as dt

import time_machine

from cunli import db
from cunli.people import invites
from cunli.people.models import MembershipState as State
from cunli.people.queries import session_by_token
from cunli.people.sessions import open_session
from cunli.testing.accounts import PASSWORD, account, sign_in
from cunli.testing.live import LiveSite
from cunli.testing.sample import SamplePerson
from cunli.testing.visitor import Filling, Opened, Visitor

ANSWERS = {"name": "覃小禾", "display_name": "小禾", "head_name": "覃大山"}


async def membership(who: SamplePerson) -> db.Row:
    rows = await db.read("SELECT * FROM core_membership WHERE person_id = ?", who.id)
    assert len(rows) == 1
    found: db.Row = rows[0]
    return found


def filled(page: Opened, site: LiveSite, **more: str) -> Filling:
    return page.form("form[action$='/join']").fill(**{**ANSWERS, "group": str(site["heping"].group_ids[2]), **more})


async def applied(site: LiveSite, visitor: Visitor, **more: str) -> Opened:
    return await filled(await visitor.open("/v/heping/join"), site, **more).send()


async def test_somebody_new_signs_in_on_the_way_and_applies(site: LiveSite) -> None:
    who = await account("13800138000", "新乡亲")
    admin = await site.village_admin("田守义")
    visitor = site.visitor()
    asked = await visitor.open("/v/heping/join", follow=False)
    assert asked.headers["location"] == "/sign-in?next=/v/heping/join"
    await sign_in(visitor, "13800138000")
    waiting = await applied(site, visitor, away="1", away_city="成都", away_since="2024-03-01")
    assert waiting.url == "/v/heping/join/waiting"
    for words in ("交好了，等村里盖章", "小禾", "三组", "核对中", "田守义", "交了资料"):
        assert words in waiting.text
    row = await membership(who)
    assert row["state"] == "applied"
    assert bool(row["away"])
    assert row["away_city"] == "成都"
    assert "覃" not in row["head_name"]
    told = await db.read("SELECT person_id, kind, url FROM core_notification")
    assert [(t["person_id"], t["kind"], t["url"]) for t in told] == [
        (admin.id, "membership.applied", "/v/heping/members/requests")
    ]


async def test_a_wrong_form_loses_nothing_and_says_what_to_do(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.stranger())
    page = await visitor.open("/v/heping/join")
    answer = await page.form("form[action$='/join']").fill(name="覃小禾", display_name="小禾", away="1").send()
    assert answer.status == 422
    assert "写上户主的名字，村里好对户口册" in answer.text
    assert "选一个组，不记得就选“说不准”" in answer.text
    assert "写上在哪个城市" in answer.text
    assert answer.one("input[name=name]").get("value") == "覃小禾"
    assert answer.title.startswith("有 3 处要改")
    assert [a.get("href") for a in answer.all(".errsum a")] == ["#f-head_name", "#f-group", "#f-away_city"]
    assert all(answer.all(a.get("href", "")) for a in answer.all(".errsum a"))


async def test_not_knowing_ones_group_is_an_answer(site: LiveSite) -> None:
    who = await site.stranger()
    await applied(site, await site.sign_in(who), group="unsure")
    assert (await membership(who))["group_id"] is None


async def test_the_same_form_sent_five_times_is_one_application(site: LiveSite) -> None:
    """ST-4."""
    who = await site.stranger()
    visitor = await site.sign_in(who)
    form = filled(await visitor.open("/v/heping/join"), site)
    answers = [await form.send(follow=False) for _ in range(5)]
    assert {a.headers["location"] for a in answers} == {"/v/heping/join/waiting"}
    assert (await membership(who))["state"] == "applied"
    steps = await db.read("SELECT COUNT(*) AS n FROM core_membership_step")
    assert steps[0]["n"] == 1


async def test_two_applications_at_once_are_one(site: LiveSite) -> None:
    who = await site.stranger()
    visitors = [await site.sign_in(who) for _ in range(4)]
    forms = [filled(await v.open("/v/heping/join"), site) for v in visitors]
    answers = await asyncio.gather(*(f.send(follow=False) for f in forms))
    assert {a.status for a in answers} == {303}
    assert (await membership(who))["state"] == "applied"


async def test_an_application_can_be_changed_and_withdrawn_and_made_again(site: LiveSite) -> None:
    who = await site.stranger()
    visitor = await site.sign_in(who)
    waiting = await applied(site, visitor)
    edit = await waiting.follow("改资料")
    assert edit.one("input[name=head_name]").get("value") == "覃大山"
    assert edit.one("input[name=name]").get("value") == "覃小禾"
    await edit.form("form[action$='/join']").fill(head_name="覃二山").send()
    waiting = await visitor.open("/v/heping/join/waiting")
    gone = await waiting.form("form[action$='/withdraw']").send()
    assert "申请撤回了" in gone.text
    assert (await membership(who))["state"] == "withdrawn"
    late = await visitor.post("/v/heping/join/withdraw")
    assert "不能撤回" in late.text
    again = await (await gone.follow("再申请一次")).form("form[action$='/join']").send()
    assert "改好又交了一次" in again.text
    assert (await membership(who))["state"] == "applied"


async def test_a_group_of_another_village_is_refused(site: LiveSite) -> None:
    """TN-3."""
    who = await site.stranger()
    visitor = await site.sign_in(who)
    page = await visitor.open("/v/heping/join")
    answer = await filled(page, site, group=str(site["donghu"].group_ids[0])).send()
    assert answer.status == 422
    assert not await db.read("SELECT 1 FROM core_membership WHERE person_id = ?", who.id)


async def test_fields_of_the_table_sent_along_change_nothing(site: LiveSite) -> None:
    """AZ-6."""
    who = await site.stranger()
    visitor = await site.sign_in(who)
    page = await visitor.open("/v/heping/join")
    planted = {
        "state": "verified",
        "village_id": str(site["donghu"].id),
        "person_id": "1",
        "key": "mine",
        "decided_at": "2020-01-01",
    }
    await filled(page, site, **planted).send()
    row = await membership(who)
    assert (row["state"], row["village_id"], row["decided_at"]) == ("applied", site["heping"].id, None)
    assert row["key"] != "mine"


async def test_whoever_is_further_is_sent_on(site: LiveSite) -> None:
    waiting = "/v/heping/join/waiting"
    for state, goes_to in {
        State.VERIFIED: "/v/heping/",
        State.SUSPENDED: waiting,
        State.APPLIED: waiting,
        State.DECEASED: waiting,
    }.items():
        who = await site.villager("小禾", state=state)
        visitor = await site.sign_in(who)
        assert (await visitor.open("/v/heping/join", follow=False)).headers["location"] == goes_to
        if state != State.APPLIED:
            answer = await visitor.post("/v/heping/join", {**ANSWERS, "group": "unsure"}, follow=False)
            assert answer.status == 303
            assert (await membership(who))["state"] == state


async def test_the_waiting_page_shows_the_reason_and_the_way_on(site: LiveSite) -> None:
    for state in (State.MORE_INFO, State.REFUSED, State.SUSPENDED, State.LEFT):
        who = await site.villager("小禾", state=state)
        await _reason(who, "户主写全名")
        page = await (await site.sign_in(who)).open("/v/heping/join/waiting")
        assert "户主写全名" in page.text
        assert bool(page.all("a[href='/v/heping/join']")) is (state != State.SUSPENDED)
        assert page.one("a[href^='tel:']").get("href") == "tel:028-88790000"


async def test_who_is_not_verified_is_told_why_and_where_to_go(site: LiveSite) -> None:
    """S08: a friendly 403, with the way out."""
    join, waiting = "/v/heping/join", "/v/heping/join/waiting"
    for state, way in {
        None: join,
        State.WITHDRAWN: join,
        State.LEFT: join,
        State.APPLIED: waiting,
        State.MORE_INFO: waiting,
        State.REFUSED: waiting,
        State.SUSPENDED: waiting,
    }.items():
        who = await site.stranger() if state is None else await site.villager("小禾", state=state)
        answer = await (await site.sign_in(who)).post("/v/heping/new", {"body": "你好"})
        assert answer.status == 403
        assert answer.all(f"main a[href='{way}']"), answer.text
    assert not await db.read("SELECT 1 FROM core_post")


async def test_a_real_name_that_a_village_verified_is_not_asked_again(site: LiveSite) -> None:
    who = await site.villager("小禾", "donghu")
    visitor = await site.sign_in(who)
    page = await visitor.open("/v/heping/join")
    assert not page.all("input[name=name]")
    await filled(page, site, name="冒名").send()
    assert (await db.read("SELECT name FROM core_person WHERE id = ?", who.id))[0]["name"] == ""
    assert len(await db.read("SELECT 1 FROM core_membership WHERE person_id = ?", who.id)) == 2


# ---- invitations ---------------------------------------------------------------------------------------------------


async def invitation(site: LiveSite, slug: str = "heping") -> invites.InviteNow:
    admin = await site.village_admin("发邀请的", slug)
    session = await session_by_token(await open_session(admin.id))
    assert session is not None
    with db.scope(site[slug].id):
        token = await invites.create(session.person, site[slug].id)
    found = await invites.live_one(site[slug].id, token)
    assert found is not None
    return found


async def test_a_link_leads_to_the_form_and_verifies_nobody(site: LiveSite) -> None:
    invite = await invitation(site)
    who = await account("13800138000")
    visitor = site.visitor()
    at_the_door = await visitor.open(f"/i/{invite.token}")
    assert at_the_door.url == f"/sign-in?next=/v/heping/join%3Fi%3D{invite.token}"
    entered = await at_the_door.form().fill(phone="13800138000", password=PASSWORD).send()
    assert entered.url == f"/v/heping/join?i={invite.token}"
    before = await db.read("SELECT use_count FROM core_invite")
    assert before[0]["use_count"] == 0
    await filled(entered, site).send()
    assert (await membership(who))["state"] == "applied"
    assert (await db.read("SELECT use_count FROM core_invite"))[0]["use_count"] == 1


async def test_six_digits_lead_there_too(site: LiveSite) -> None:
    invite = await invitation(site)
    visitor = await site.sign_in(await site.stranger())
    page = await visitor.open("/i")
    arrived = await page.form().fill(code=f"{invite.code[:3]} {invite.code[3:]}").send()
    assert arrived.url == f"/v/heping/join?i={invite.token}"
    wrong = await page.form().fill(code=f"{(int(invite.code) + 1) % 10**6:06d}").send()
    assert wrong.status == 422
    assert "没有这个数码" in wrong.text


async def test_guessing_digits_is_stopped(site: LiveSite) -> None:
    visitor = site.visitor()
    statuses = [(await visitor.post("/i", {"code": f"{n:06d}"})).status for n in range(25)]
    assert statuses == [422] * 20 + [429] * 5


async def test_a_withdrawn_expired_or_unknown_invitation_leads_nowhere(site: LiveSite) -> None:
    invite = await invitation(site)
    admin = await site.village_admin("另一位")
    visitor = await site.sign_in(admin)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=91), tick=False):
        assert (await site.visitor().open(f"/i/{invite.token}")).status == 404
    page = await visitor.open("/v/heping/invites")
    await page.form("form[action$='/revoke']").send()
    for token in (invite.token, "x", "x" * 200):
        assert (await site.visitor().open(f"/i/{token}")).status == 404
    assert (await site.visitor().open("/i/%00")).status == 400
    assert await invites.by_code(invite.code) is None


async def test_an_invitation_of_one_village_is_nothing_in_another(site: LiveSite) -> None:
    """TN-1."""
    invite = await invitation(site, "heping")
    other = await site.sign_in(await site.village_admin("东湖书记", "donghu"))
    for path in (f"/v/donghu/invites/{invite.token}/print", f"/v/donghu/invites/{invite.token}/qr.svg"):
        assert (await other.open(path)).status == 404
    assert (await other.post(f"/v/donghu/invites/{invite.token}/revoke")).status == 404
    who = await site.stranger()
    visitor = await site.sign_in(who)
    page = await visitor.open(f"/v/donghu/join?i={invite.token}")
    await page.form("form[action$='/join']").fill(**ANSWERS, group="unsure").send()
    assert (await db.read("SELECT use_count FROM core_invite"))[0]["use_count"] == 0


async def test_invitations_are_made_once_printed_and_limited(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.village_admin())
    page = await visitor.open("/v/heping/invites")
    form = page.form("form[action$='/invites']")
    for _ in range(3):
        made = await form.send()
    assert len(await db.read("SELECT 1 FROM core_invite")) == 1
    sheet = await made.follow("打印张贴")
    picture = await visitor.open(sheet.one("main img").get("src", ""))
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.html.startswith("<svg")
    assert "style" not in picture.html
    for _ in range(invites.MOST_LIVE):
        last = await (await visitor.open("/v/heping/invites")).form("form[action$='/invites']").send()
    assert last.status == 422
    assert len(await db.read("SELECT 1 FROM core_invite")) == invites.MOST_LIVE


async def test_the_picture_holds_the_address_of_the_settings(site: LiveSite) -> None:
    """HD-6: whatever host somebody sends, the link is the deployment's own."""
    invite = await invitation(site)
    import segno

    admin = await site.sign_in(await site.village_admin("画图的"))
    page = await admin.open(f"/v/heping/invites/{invite.token}/qr.svg", x_forwarded_host="evil.example")
    drawn = page.response.content
    assert drawn == invites.qr_svg(f"{site.settings.base_url}/i/{invite.token}")
    assert (await admin.open("/v/heping/invites/１/qr.svg")).status == 404, "a token of any letters is only a wrong one"
    assert drawn != invites.qr_svg(f"http://evil.example/i/{invite.token}"), "another address is another picture"
    assert segno.make(f"http://127.0.0.1:8000/i/{invite.token}", error="m", micro=False).version == 4
    assert b'<path fill="#fff"' in drawn  # a ground of its own: black on a dark page is read by no phone


async def _reason(who: SamplePerson, reason: str) -> None:
    async def write() -> None:
        await db.write("UPDATE core_membership SET reason = ? WHERE person_id = ?", reason, who.id)

    await db.run_unit(write)
