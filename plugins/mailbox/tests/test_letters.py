"""Letters as people meet them. `plugin_site` runs on each database, with the plugin on in `heping` and off in `shangba`."""

from __future__ import annotations

from doing import V, do, moves, write

from cunli.testing.live import LiveSite


async def test_a_letter_goes_from_the_writer_to_the_office_and_only_the_writer_closes_it(plugin_site: LiveSite) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    letter = await write(writer)
    assert "已寄到" in letter.text
    desk = await secretary.open(f"{V}/mailbox/desk")
    assert "三组路口的路灯坏了" in desk.text
    await do(secretary, letter, "triage", track="help", urgency="general")
    await do(secretary, letter, "assign", office="1")
    seen = await do(secretary, letter, "reply", words="明天来修", outcome="support")
    assert "已答复" in seen.text
    assert not moves(seen) & {"confirm", "call_back", "reopen"}
    assert (await secretary.post(f"{letter.url}/do/confirm", {"satisfaction": "3"})).status in (200, 303, 404)
    assert "已办结" not in (await writer.open(letter.url)).text
    again = await do(writer, letter, "not_done", reason="还是不亮")
    assert "退回重办" in again.text
    await do(secretary, letter, "reply", words="换了灯泡", outcome="support")
    done = await do(writer, letter, "confirm", satisfaction="3")
    assert "写信人确认" in done.text


async def test_a_private_letter_is_for_its_writer_and_the_office(plugin_site: LiveSite) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    letter = await write(writer)
    neighbour = await plugin_site.sign_in(await plugin_site.villager("李有田"))
    assert (await neighbour.open(letter.url)).status == 404
    assert "路灯" not in (await neighbour.open(f"{V}/mailbox/letters?list=all")).text
    assert "路灯" not in (await plugin_site.visitor().open(letter.url)).text
    assert (await writer.open(letter.url)).status == 200


async def test_a_public_letter_hides_its_writer_and_gathers_others(plugin_site: LiveSite) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    letter = await write(writer, public="1")
    neighbour = await plugin_site.sign_in(await plugin_site.villager("李有田"))
    page = await neighbour.open(letter.url)
    assert "张桂秀" not in page.text
    page = await page.form("form[action$='/support']").send(button=("on", "1"))
    assert "我也遇到了 1" in page.text
    similar = await write(neighbour, "三组路口路灯又坏了", public="1")
    assert "是不是同一件事" in similar.text
    sent = await similar.form("form[action$='/mailbox/write']").send()
    assert "已寄到" in sent.text


async def test_a_letter_about_a_cadre_goes_one_level_up_and_neither_he_nor_his_level_sees_it(
    plugin_site: LiveSite,
) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    cadre = await plugin_site.village_admin()
    colleague = await plugin_site.sign_in(await plugin_site.village_admin("覃主任", title="主任"))
    secretary = await plugin_site.sign_in(cadre)
    township = await plugin_site.sign_in(await plugin_site.township_admin())
    page = await writer.open(f"{V}/mailbox/write")
    about = next(
        str(one.get("value")) for one in page.all("select[name=about] option") if "田守义" in "".join(one.itertext())
    )
    letter = await write(writer, "低保名单有问题", about=about, public="1")
    assert (await secretary.open(letter.url)).status == 404
    assert (await colleague.open(letter.url)).status == 404
    assert (await township.open(letter.url)).status == 200
    for inside in (secretary, colleague):
        for path in ("desk", "letters?list=all", "board"):
            base = "" if path == "board" else V
            assert "低保名单" not in (await inside.open(f"{base}/mailbox/{path}")).text
    assert "低保名单" in (await township.open(f"{V}/mailbox/desk")).text


async def test_a_form_sent_twice_sends_one_letter(plugin_site: LiveSite) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    form = (
        (await writer.open(f"{V}/mailbox/write"))
        .form("form[action$='/mailbox/write']")
        .fill(kind="help", title="水管漏了", body="天天漏")
    )
    first, second = await form.send(), await form.send()
    assert first.url == second.url
    assert len((await writer.open(f"{V}/mailbox/letters?list=mine")).all(".list li")) == 1


async def test_who_is_too_late_is_shown_the_letter_as_it_is(plugin_site: LiveSite) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    letter = await write(writer)
    stale = await secretary.open(f"{letter.url}/do/triage")
    await do(writer, letter, "withdraw")
    page = await stale.form("form[action$='/do/triage']").fill(track="help", urgency="general").send()
    assert "这封信刚刚变了" in page.text
    assert "已撤回" in page.text


async def test_somebody_who_had_no_part_in_it_calls_back_and_closes_for_the_writer(plugin_site: LiveSite) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    township = await plugin_site.sign_in(await plugin_site.township_admin())
    letter = await write(writer)
    await do(secretary, letter, "triage", track="help", urgency="general")
    await do(secretary, letter, "reply", words="修好了", outcome="support")
    assert "call_back" not in moves(await secretary.open(letter.url))
    done = await do(township, letter, "call_back", words="老人说亮了", satisfaction="3")
    assert "回访确认" in done.text
    assert "reopen" in moves(await writer.open(letter.url))
