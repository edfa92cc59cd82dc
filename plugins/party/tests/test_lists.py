"""Lists a page at a time, and the search: nobody finds what they may not open."""

from __future__ import annotations

import pytest
from party_journeys import P, V, branch, household, member, send

from cunli import enabling, new_key, unit
from cunli.plugin_models import Mode
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor
from cunli_party.models import Deed, Diary, Lead, Member, Notice, Pair, Reply
from cunli_party.papers import now, today


@unit
async def _members(branch_id: int, count: int) -> None:
    rows = [
        Member(
            key=new_key(),
            branch_id=branch_id,
            name=f"党员{n:03}",
            standing="verified",
            away="out" if n % 3 == 0 else "",
            status="probationary" if n % 10 == 0 else "full",
            since=now(),
        )
        for n in range(count)
    ]
    await Member.bulk_create(rows, batch_size=100)


async def _walk(who: Visitor, path: str, selector: str) -> list[str]:
    """What every page of a list holds, by its “more” links."""
    found: list[str] = []
    page = await who.open(path)
    for _time in range(30):
        assert page.status == 200, page.url
        found += page.words(selector)
        more = [str(one.get("href")) for one in page.all("a.btn--block[href*='=']")]
        if not more:
            return found
        page = await who.open(more[0])
    raise AssertionError("a list without an end")


async def test_three_hundred_members_are_read_fifty_at_a_time_and_found_by_name(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    with plugin_site.inside():
        first = await Member.get(name="石书记")
        await _members(first.branch_id, 300)
    page = await leader.open(f"{at}/members")
    assert len(page.all("a.li[href*='/members/']")) == 50
    assert "全部 301" in page.text
    names = await _walk(leader, f"{at}/members", "a.li[href*='/members/'] .li__t")
    assert len(names) == len(set(names)) == 301
    assert len(await _walk(leader, f"{at}/members?which=out", "a.li[href*='/members/'] .li__t")) == 100
    assert (await leader.open(f"{at}/members?q=党员299")).words("a.li .li__t") == ["党员299"]
    dues = await _walk(leader, f"{at}/dues", "input[name=who] ~ span")
    assert len(dues) == 301
    assert len(await _walk(leader, f"{P}/away", "section[aria-labelledby=un] .li__t")) == 50, "the first fifty"


async def test_notices_replies_diaries_leads_pairs_and_journeys_go_on(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    person, own = await member(plugin_site, leader, at, "麻建国")
    home = await household(plugin_site, await plugin_site.villager("龙阿公"))
    with plugin_site.inside():
        me = await Member.get(person_id=person.id)
        await _many(me, person.id, home)
        notice = await Notice.first()
        assert notice is not None
        key = notice.key
    assert len(await _walk(own, f"{at}/notices", ".li__t")) == 45
    assert len(await _walk(own, f"{P}/diaries", "section[aria-labelledby=sh] .li__t")) == 45
    assert len(await _walk(leader, f"{at}/leads", ".li__t")) == 45
    page = await own.open(f"{at}/notices/{key}")
    assert page.words(".cmt__b")[-1] == "话44", "the latest is there"
    assert "话24" not in page.text
    assert "话24" in (await page.follow("看更早的话")).text
    pairs = await own.open(f"{P}/serve")
    assert "45 件，这一户确认了 15 件" in pairs.text


@unit
async def _many(me: Member, person_id: int, home: int) -> None:
    branch_id = me.branch_id
    common = {"branch_id": branch_id, "at": now()}
    notices = [Notice(key=new_key(), title=f"通知{n}", body="说", **common) for n in range(45)]
    await Notice.bulk_create(notices)
    first = await Notice.all().order_by("id").first()
    assert first is not None
    await Reply.bulk_create([Reply(notice_id=first.id, body=f"话{n}", at=now()) for n in range(45)])
    await Diary.bulk_create(
        [
            Diary(
                key=new_key(),
                branch_id=branch_id,
                person_id=person_id,
                day=today().replace(year=2020),
                title=f"日记{n}",
                body="写",
                state="branch",
            )
            for n in range(45)
        ]
    )
    await Lead.bulk_create([Lead(key=new_key(), name=f"谁{n}", idea="办厂", **common) for n in range(45)])
    await _pair(me, home)


async def _pair(me: Member, home: int) -> None:
    pair = await Pair.create(key=new_key(), member_id=me.id, household_id=home, since=today())
    states = ("told", "confirmed", "denied")
    await Deed.bulk_create(
        [Deed(key=new_key(), pair_id=pair.id, day=today(), words=f"事{n}", state=states[n % 3]) for n in range(45)]
    )


async def test_the_search_finds_notices_and_diaries_for_those_who_may_open_them_only(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    _person, own = await member(plugin_site, leader, at, "麻建国")
    office = await plugin_site.sign_in(await plugin_site.township_admin())
    other = await plugin_site.villager("外来书记")
    await send(office, f"{P}/set-up", kind="branch", name="合作社党支部", secretary="外来书记")
    stranger = await plugin_site.sign_in(other)
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    await send(leader, f"{at}/announce", title="凤凰通知", body="开会")
    await send(own, f"{P}/diaries/write", title="凤凰日记", body="写给支部", state="branch")
    await send(own, f"{P}/diaries/write", title="凤凰私记", body="写给自己", state="private")

    async def found(who: Visitor) -> str:
        return " ".join((await who.open(f"{V}/search?q=凤凰")).words("main .li__t, main .list"))

    mine, theirs = await found(own), await found(leader)
    assert "凤凰通知" in mine
    assert "凤凰日记" in mine
    assert "凤凰私记" in mine, "one's own"
    assert "凤凰日记" in theirs
    assert "凤凰私记" not in theirs
    for who in (stranger, villager, office):
        assert "凤凰" not in await found(who)
    hit = next(
        str(one.get("href")) for one in (await own.open(f"{V}/search?q=凤凰通知")).all("main a[href*='/notices/']")
    )
    assert (await own.open(hit)).status == 200


async def test_a_member_of_a_general_branch_reads_no_roll_of_a_sister_branch(plugin_site: LiveSite) -> None:
    office = await plugin_site.sign_in(await plugin_site.township_admin())
    people = {name: await plugin_site.villager(name) for name in ("总支书记", "甲书记", "乙书记")}
    await send(office, f"{P}/set-up", kind="general", name="总支", secretary="总支书记")
    with plugin_site.inside():
        top = await Member.get(name="总支书记").prefetch_related("branch")
    for name, leader in (("甲支部", "甲书记"), ("乙支部", "乙书记")):
        await send(office, f"{P}/set-up", kind="branch", name=name, secretary=leader, parent=str(top.branch_id))
    one = await plugin_site.sign_in(people["甲书记"])
    whole = await plugin_site.sign_in(people["总支书记"])
    at = f"{P}/branches/{top.branch.key}"
    await send(whole, f"{at}/announce", title="总支通知", body="开会")
    with plugin_site.inside():
        notice = (await Notice.get(title="总支通知")).key
    assert "乙书记" not in (await one.open(f"{at}/members")).text
    assert "乙书记" not in (await one.open(at)).text
    assert "乙书记" in (await whole.open(f"{at}/members")).text
    assert "乙书记" not in (await one.open(f"{at}/notices/{notice}")).text
    assert "乙书记" in (await whole.open(f"{at}/notices/{notice}")).text


async def test_a_letter_takes_somebody_to_another_village_and_both_keep_their_history(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    person, own = await member(plugin_site, leader, at, "麻建国")
    await enabling.switch("party", plugin_site["shangba"].region_id, Mode.ON, village_level=True)
    far = await plugin_site.sign_in(await plugin_site.village_admin("上坝管理员", "shangba"))
    secretary = await plugin_site.villager("上坝书记", "shangba")
    there = P.replace("heping", "shangba")
    await send(far, f"{there}/set-up", kind="branch", name="上坝村党支部", secretary="上坝书记")
    with plugin_site.inside():
        old = await Member.get(person_id=person.id)
    page = await (await leader.open(f"{P}/members/{old.key}")).form("form[action$='/letter']").send()
    code = page.words(".p-party-code")[0]
    with plugin_site.inside("shangba"):
        receiving = await Member.get(name="上坝书记").prefetch_related("branch")
    theirs = await plugin_site.sign_in(secretary)
    taken = await send(theirs, f"{there}/branches/{receiving.branch.key}/take", key=code, name="麻建国")
    assert taken.status == 200
    await plugin_site.run_task("party.mind")
    with plugin_site.inside():
        assert (await Member.get(id=old.id)).standing == "moved"
    past = await leader.open(f"{P}/members/{old.key}")
    assert "开了介绍信" in past.text
    assert "支部登记" in past.text, "the history stays where it was made"
    assert (await own.open(at)).status == 403, "who moved out reads nothing here any more"
    with plugin_site.inside("shangba"):
        new = await Member.get(name="麻建国")
        assert new.person_id == person.id
        assert new.status == old.status
    arrived = await theirs.open(f"{there}/members/{new.key}")
    assert "凭介绍信转入" in arrived.text
    assert "禾坪村党支部" in arrived.text, "where from"


async def test_in_a_branch_of_thousands_a_member_is_named_and_not_looked_for_in_a_list(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cunli_party.branches import listing

    leader, at = await branch(plugin_site)
    for name in ("麻建国", "龙大山"):
        await send(leader, f"{at}/enter", name=name, status="full")
    trip = {"reason": "work", "place": "浙江义乌", "since": "2026-01-05"}
    listed = await leader.open(f"{at}/away")
    assert len(listed.all("select[name=who] option")) >= 3
    monkeypatch.setattr(listing, "FORM_MOST", 2)
    unknown = await send(leader, f"{at}/away", who="没有的人", **trip)
    assert "没有“没有的人”" in unknown.text
    assert (await send(leader, f"{at}/away", who="龙大山", **trip)).status == 200
    assert "浙江义乌" in (await leader.open(f"{P}/away")).text
    lead = {"name": "吴小勇", "idea": "想办烘干房", "stage": "heard"}
    await send(leader, f"{at}/leads/add", owner="麻建国", **lead)
    page = await leader.open(f"{at}/leads")
    assert "麻建国" in page.text
    edit = next(link for link in page.links() if "/leads/" in link and not link.endswith("/add"))
    assert (await send(leader, edit, owner="")).status == 200
    assert "麻建国" not in (await leader.open(f"{at}/leads")).text
    assert (await leader.open(f"{P}/serve/pair")).all("input[name=member]")
