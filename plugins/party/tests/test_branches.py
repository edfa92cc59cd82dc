"""Branches and members as people meet them."""

from __future__ import annotations

from party_journeys import BRANCH, P, branch, elsewhere, member, send

from cunli.testing.live import LiveSite
from cunli_party.models import Member, Step


async def test_the_branch_verifies_whom_the_village_has_verified(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    assert (await villager.open(address)).status == 403
    with plugin_site.inside():
        number = str((await Member.get(name="石书记")).branch_id)
    await send(villager, f"{P}/apply", branch=number, status="full")
    assert (await villager.open(address)).status == 403, "an application opens nothing"
    again = await send(villager, f"{P}/apply", branch=number, status="full")
    assert again.status == 422
    listed = await leader.open(f"{address}/members")
    assert "张桂秀" in listed.text
    page = await (await listed.follow("张桂秀")).form("main form[method=post]").fill(passed="1").send()
    assert page.status == 200
    assert (await villager.open(address)).status == 200
    profile = await (await villager.open(f"{address}/members")).follow("张桂秀")
    assert "支部核实通过" in profile.text


async def test_who_is_refused_sees_nothing_and_nobody_decides_about_themselves(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    villager = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    with plugin_site.inside():
        number = str((await Member.get(name="石书记")).branch_id)
    await send(villager, f"{P}/apply", branch=number, status="full")
    with plugin_site.inside():
        key = (await Member.get(name="张桂秀")).key
    assert (await villager.open(f"{P}/members/{key}/decide")).status == 403
    await send(leader, f"{P}/members/{key}/decide", passed="0", reason="名册上没有")
    assert (await villager.open(address)).status == 403
    assert (await leader.open(f"{P}/members/{key}/decide")).status == 404


async def test_the_office_that_set_the_branch_up_reads_nothing_of_it(plugin_site: LiveSite) -> None:
    _leader, address = await branch(plugin_site)
    for office in (await plugin_site.township_admin(), await plugin_site.county_admin()):
        visitor = await plugin_site.sign_in(office)
        assert (await visitor.open(f"{P}/home")).status == 200
        for path in (address, f"{address}/members", f"{address}/table", f"{address}/edit"):
            assert (await visitor.open(path)).status == 403, path


async def test_a_profile_is_for_its_member_and_the_leaders_and_numbers_stay_sealed(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    person, own = await member(plugin_site, leader, address, "麻建国")
    _other, neighbour = await member(plugin_site, leader, address, "龙大山")
    with plugin_site.inside():
        found = await Member.get(person_id=person.id)
    url = f"{P}/members/{found.key}"
    await send(own, f"{url}/edit", phone="13812345678", work="果农", joined_on="2001-07-01")
    page = await own.open(url)
    assert "138****5678" in page.text
    assert "13812345678" not in page.text
    assert "果农" not in (await neighbour.open(url)).text
    assert (await neighbour.open(url)).status == 200
    assert (await neighbour.open(f"{url}/edit")).status == 404
    seen = await page.form("form[action$='/see']").send()
    assert "13812345678" in seen.text
    with plugin_site.inside():
        assert "13812345678" not in (await Member.get(id=found.id)).phone
    kept = await send(leader, f"{url}/edit", work="木匠")
    assert "木匠" in kept.text
    assert "138****5678" in kept.text, "a field left empty takes no number away"


async def test_a_table_is_looked_at_line_by_line_before_anything_is_entered(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    await plugin_site.villager("龙阿公")
    rows = "姓名,身份,电话,入党日期\n龙阿公,正式党员,13800138000,1978-07-01\n石书记,,,\n麻二嫂,贫农,12,去年\n吴长生,预备党员,,2025/6/30\n"
    page = await leader.open(f"{address}/table")
    looked = await page.form("main form[method=post]").fill(rows=rows).send(button=("do", "look"))
    assert "检查了 4 行，2 行有错" in looked.text
    assert "第 3 行" in looked.text
    assert "“石书记”已经有了" in looked.text
    assert "“贫农”不认识" in looked.text
    with plugin_site.inside():
        assert await Member.all().count() == 1, "looking enters nobody"
    done = await looked.form("main form[method=post]").send(button=("do", "import"))
    assert "吴长生" in done.text
    with plugin_site.inside():
        members = {one.name: one for one in await Member.filter(standing="verified")}
        assert set(members) == {"石书记", "龙阿公", "吴长生"}
        assert members["龙阿公"].person_id is not None, "an account of that name is theirs"
        assert members["吴长生"].person_id is None
        assert members["吴长生"].status == "probationary"
        assert "13800138000" not in members["龙阿公"].phone
    bad = await page.form("main form[method=post]").fill(rows="名字\n甲").send(button=("do", "import"))
    assert bad.status == 422


async def test_a_letter_moves_somebody_once_and_the_history_goes_along(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    person, own = await member(plugin_site, leader, address, "麻建国")
    with plugin_site.inside():
        found = await Member.get(person_id=person.id)
    url = f"{P}/members/{found.key}"
    page = await (await leader.open(url)).form("form[action$='/letter']").send()
    assert "组织关系介绍信" in page.text
    code = page.words(".p-party-code")[0]
    assert (await own.open(f"{url}/letter")).status == 200
    taker, there = await elsewhere(plugin_site)
    wrong = await send(taker, f"{there}/take", key=code, name="别人")
    assert wrong.status == 422
    taken = await send(taker, f"{there}/take", key=code, name="麻建国")
    assert taken.status == 200
    again = await send(taker, f"{there}/take", key=code, name="麻建国")
    assert "已经用过了" in again.text
    with plugin_site.inside():
        old = await Member.get(id=found.id)
        assert old.standing == "moved"
        assert [one.what for one in await Step.filter(member_id=old.id).order_by("id")] == ["entered", "moved_out"]
        new = await Member.get(person_id=person.id, standing="verified")
        assert (await Step.get(member_id=new.id)).reason == BRANCH


async def test_a_group_is_part_of_its_branch_and_two_branches_see_nothing_of_each_other(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    office = await plugin_site.sign_in(await plugin_site.township_admin())
    await plugin_site.villager("吴支书")
    with plugin_site.inside():
        number = str((await Member.get(name="石书记")).branch_id)
    leader_of_group = await plugin_site.villager("麻组长")
    await send(office, f"{P}/set-up", kind="group", name="第二党小组", parent=number, secretary="麻组长")
    other = await plugin_site.villager("外来书记")
    await send(office, f"{P}/set-up", kind="branch", name="合作社党支部", secretary="外来书记")
    stranger = await plugin_site.sign_in(other)
    assert (await stranger.open(address)).status == 404
    group = await plugin_site.sign_in(leader_of_group)
    assert (await group.open(address)).status == 200
    assert (await group.open(f"{address}/edit")).status == 404, "who leads the group does not lead the branch"
    assert "麻组长" in (await leader.open(f"{address}/members")).text
    listed = await stranger.open(f"{P}/home")
    assert "麻组长" not in listed.text


async def test_a_closed_account_leaves_no_name_in_the_roll(plugin_site: LiveSite) -> None:
    leader, address = await branch(plugin_site)
    person, _own = await member(plugin_site, leader, address, "麻建国")
    await plugin_site.close_account(person)
    page = await leader.open(f"{address}/members")
    assert "麻建国" not in page.text
    with plugin_site.inside():
        assert not await Member.filter(name="麻建国").exists()
