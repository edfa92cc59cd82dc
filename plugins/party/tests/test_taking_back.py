"""What was said can be taken away by whoever said it and whoever leads, with its count; a diary is not overwritten unseen."""

from __future__ import annotations

from party_journeys import P, branch, member, send

from cunli.testing.live import LiveSite
from cunli_party import heads
from cunli_party.exchanges import recount
from cunli_party.models import Diary, Exchange, Remark, Reply, Tally


async def test_a_reply_is_taken_away_by_its_writer_or_who_leads_and_counts_no_more(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    _person, own = await member(plugin_site, leader, at, "麻建国")
    _other, third = await member(plugin_site, leader, at, "龙大山")
    page = await send(leader, f"{at}/announce", title="周五开会", body="带笔")
    for words in ("第一句", "第二句"):
        await (await own.open(page.url)).form("form[action$='/reply']").fill(body=words).send()
    seen = await third.open(page.url)
    assert not seen.all("form[action$='/off']"), "what others said stays"
    with plugin_site.inside():
        first = await Reply.get(body="第一句")
    token = seen.form("form[action$='/reply']").fields
    assert (await third.post(f"{page.url}/said/{first.id}/off", token)).status == 404
    await (await own.open(page.url)).form(f"form[action$='/said/{first.id}/off']").send()
    await (await leader.open(page.url)).form("form[action$='/off']").send()
    for odd in ("0", "99999999999", "x", "%00"):
        assert (await leader.post(f"{page.url}/said/{odd}/off", token)).status in (400, 404), odd
    with plugin_site.inside():
        assert await Reply.all().count() == 0
        assert await Exchange.all().count() == 0
        kept = {(one.branch_id, one.month, one.kind): one.count for one in await Tally.all() if one.count}
        assert kept == dict(await recount() + await heads.recount())


async def test_the_writer_of_a_diary_takes_a_remark_away(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    _person, own = await member(plugin_site, leader, at, "麻建国")
    page = await send(own, f"{P}/diaries/write", title="题", body="文", state="branch")
    await (await leader.open(page.url)).form("form[action$='/remark']").fill(body="好样的").send()
    await (await own.open(page.url)).form("form[action$='/off']").send()
    with plugin_site.inside():
        assert await Remark.all().count() == 0


async def test_a_diary_changed_on_another_phone_is_not_overwritten_unseen(plugin_site: LiveSite) -> None:
    leader, at = await branch(plugin_site)
    _person, own = await member(plugin_site, leader, at, "麻建国")
    page = await send(own, f"{P}/diaries/write", title="题", body="文")
    late = await own.open(f"{page.url}/edit")
    await send(own, f"{page.url}/edit", body="在另一部手机上写的")
    refused = await late.form("main form[method=post]").fill(body="旧的").send()
    assert refused.status == 422
    assert "有人改过" in refused.text
    with plugin_site.inside():
        assert (await Diary.get()).body == "在另一部手机上写的"
    assert (await refused.form("main form[method=post]").send()).status == 200
    with plugin_site.inside():
        assert (await Diary.get()).body == "旧的"
