"""Complaints of guests: read by the village and nobody else, answered once, and a letter as well where the mailbox is there."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hosting import book, do, opened_place
from lodging import T, V, place_of

from cunli import Event, MatterRaised, MatterSettled, db
from cunli.testing.bench import Bench
from cunli.testing.live import LiveSite
from cunli.testing.sample import SamplePerson
from cunli.testing.visitor import Visitor
from cunli_tourism import complaining, figures, moments
from cunli_tourism.models import Booking, Complaint, Place


async def stayed(site: LiveSite, who: SamplePerson | None = None) -> tuple[Visitor, Visitor, Visitor, str]:
    """Guest, host, official, and the address of a confirmed booking."""
    host = await site.sign_in(await site.villager("田大姐"))
    official = await site.sign_in(await site.village_admin())
    guest = await site.sign_in(who or await site.stranger("许先生"))
    address = (await book(guest, await opened_place(site, host, official))).url
    await do(host, address, "agree")
    return guest, host, official, address


async def complain(guest: Visitor, address: str, words: str = "被子是湿的") -> None:
    page = await guest.open(address)
    done = await page.form("form[action$='/complain']").fill(complaint=words).send()
    assert done.status == 200, done.words(".f__err")


async def test_the_village_reads_a_complaint_and_answers_it_and_the_host_does_not_see_it(plugin_site: LiveSite) -> None:
    guest, host, official, address = await stayed(plugin_site)
    form = (await guest.open(address)).form("form[action$='/complain']")
    other = (await guest.open(address)).form("form[action$='/complain']")
    await asyncio.gather(form.fill(complaint="被子是湿的").send(), other.fill(complaint="没有热水").send())
    with plugin_site.inside():
        (row,) = await Complaint.all()
    assert row.words in (await guest.open(address)).text
    assert row.words not in (await host.open(address)).text, "whom it is about does not read it"
    assert address in (await official.open(f"{T}/complaints")).html
    refused = await host.client.post(f"{address}/complaints", data={"which": row.id, "answer": "没有的事"})
    assert refused.status_code in (403, 404)
    page = await official.open(address)
    assert row.words in page.text
    await page.form("form[action$='/complaints']").fill(answer="换了被子，退二十元").send()
    assert "换了被子" in (await guest.open(address)).text
    with plugin_site.inside():
        assert not await complaining.answer(
            row, "再答一次", await Place.get(id=row.place_id), actor=row.person_id or 0, url=T
        )
        (found,) = (await figures.by_village(moments.today(), moments.today())).values()
        assert (found.complaints, found.settled) == (1, 1)
    await complain(guest, address, "又湿了")
    with plugin_site.inside():
        assert await Complaint.all().count() == 2


async def test_of_a_host_in_office_the_level_above_reads_and_answers(plugin_site: LiveSite) -> None:
    site = plugin_site
    secretary = await site.sign_in(host := await site.village_admin("石书记"))
    above = await site.sign_in(await site.township_admin())
    county = await site.sign_in(await site.county_admin())
    guest = await site.sign_in(await site.stranger("许先生"))
    address = (await book(guest, await opened_place(site, secretary, above))).url
    await do(secretary, address, "agree")
    await complain(guest, address)
    said = "有客人投诉"
    assert said in (await above.open("/inbox")).text
    assert said not in (await secretary.open("/inbox")).text
    assert said not in (await county.open("/inbox")).text
    assert address in (await above.open(f"{T}/complaints")).html
    assert address not in (await secretary.open(f"{T}/complaints")).html
    assert "被子是湿的" not in (await secretary.open(address)).text
    page = await above.open(address)
    await page.form("form[action$='/complaints']").fill(answer="镇上来看过，退二十元").send()
    assert "镇上来看过" in (await guest.open(address)).text
    (event,) = await raised()
    assert event.about_id == host.id


async def test_a_colleague_in_the_village_is_told_of_an_ordinary_host_and_of_a_cadre_only_where_nobody_is_above(
    plugin_site: LiveSite,
) -> None:
    site = plugin_site
    with site.inside():
        host, secretary = await site.villager("田大姐"), await site.village_admin("石书记")
        guest, colleague = await site.stranger("许先生"), await site.village_admin("覃主任")
        hers, his = await place_of(host.id), await place_of(secretary.id)
        assert await complaining.readers(hers, guest.id) == sorted([secretary.id, colleague.id])
        assert await complaining.readers(his, guest.id) == [colleague.id]
        above = await site.county_admin()
        assert await complaining.readers(his, guest.id) == [above.id], "no township: the county"
        assert await complaining.readers(hers, secretary.id) == [colleague.id], "nor does the writer read it"


async def test_who_leaves_takes_the_words_along(plugin_site: LiveSite) -> None:
    who = await plugin_site.stranger("许先生")
    guest, _host, _official, address = await stayed(plugin_site, who)
    await complain(guest, address)
    with plugin_site.inside():
        assert (await Booking.get()).guest_id == who.id
    await plugin_site.close_account(who, remove=True)
    with plugin_site.inside():
        (row,) = await Complaint.all()
        assert (row.person_id, row.words) == (None, "")


async def raised() -> list[MatterRaised]:
    """What was told to other plugins."""
    rows = await db.read("SELECT payload FROM core_event WHERE kind = ? ORDER BY id", MatterRaised.kind)
    return [MatterRaised(**json.loads(row["payload"])) for row in rows]


async def heard(site: LiveSite, plugin: str, event: Event) -> None:
    """As a worker has a plugin hear of it."""
    registry = site.app.site.registry
    (one,) = [found for found in registry.subscriptions()[plugin] if found.event is type(event)]
    outcome = await registry.dispatch.perform(plugin, one.name, lambda: one.run(event), deadline=60)
    assert outcome.error is None, outcome.error


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_where_the_mailbox_is_a_complaint_is_a_letter_and_its_end_is_the_end_of_both(
    tmp_path: Path, kind: str
) -> None:
    pytest.importorskip("cunli_mailbox", reason="the mailbox is not installed here")
    from cunli_mailbox.models import Letter

    bench = Bench("tourism", Path(__file__).parents[1])
    bench.plugins = ("mailbox", "tourism")
    try:
        async with bench.site(await bench.fresh(kind, tmp_path), tmp_path) as site:
            who = await site.stranger("许先生")
            guest, host, _official, address = await stayed(site, who)
            await complain(guest, address)
            (event,) = await raised()
            assert "湿" not in f"{event}", "the words stay where they were written"
            with site.inside():
                await asyncio.gather(heard(site, "mailbox", event), heard(site, "mailbox", event))
                await heard(site, "mailbox", event)
                (letter,) = await Letter.all()
                assert (letter.writer_id, letter.kind, letter.public) == (who.id, "complaint", False)
            read = await guest.open(f"{V}/mailbox/letters/{letter.key}")
            assert address.removeprefix(site.settings.base_url) in read.html
            assert "老屋" in read.text
            assert (await host.open(f"{V}/mailbox/letters/{letter.key}")).status in (403, 404)
            settled = MatterSettled(village_id=event.village_id, matter=event.matter)
            with site.inside():
                await heard(site, "tourism", MatterSettled(village_id=event.village_id, matter="shop.order:1"))
                assert (await Complaint.get()).state == "open"
                await heard(site, "tourism", settled)
                await heard(site, "tourism", settled)
                assert (await Complaint.get()).state == "settled"
    finally:
        await bench.close()
