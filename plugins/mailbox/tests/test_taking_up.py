"""What another plugin raises becomes a letter, once; and when the letter is closed, whoever raised it hears."""

from __future__ import annotations

import asyncio
import json

from doing import V, do

from cunli import MatterRaised, MatterSettled, db
from cunli.testing.live import LiveSite
from cunli_mailbox.models import Letter


async def heard(site: LiveSite, event: MatterRaised) -> None:
    """As a worker has the mailbox hear of it."""
    (one,) = [found for found in site.app.site.registry.subscriptions()["mailbox"] if found.event is MatterRaised]
    outcome = await site.app.site.registry.dispatch.perform("mailbox", one.name, lambda: one.run(event), deadline=60)
    assert outcome.error is None, outcome.error


async def test_a_matter_is_one_letter_and_its_end_is_told(plugin_site: LiveSite) -> None:
    guest = await plugin_site.stranger("许先生")
    writer = await plugin_site.sign_in(guest)
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    event = MatterRaised(
        village_id=plugin_site["heping"].id,
        matter="shop.complaint:1",
        person_id=guest.id,
        title="投诉：小卖部",
        path=f"{V}/shop/1",
    )
    with plugin_site.inside():
        await asyncio.gather(heard(plugin_site, event), heard(plugin_site, event))
        await heard(plugin_site, event)
        (letter,) = await Letter.all()
    assert (letter.writer_id, letter.kind, letter.public) == (guest.id, "complaint", False)
    page = await writer.open(f"{V}/mailbox/letters/{letter.key}")
    assert f'href="{V}/shop/1"' in page.html
    await do(secretary, page, "triage", track="appeal", urgency="general")
    await do(secretary, page, "reply", words="换了被子", outcome="support")
    await do(writer, page, "confirm", satisfaction="3")
    told = await db.read("SELECT payload FROM core_event WHERE kind = ?", MatterSettled.kind)
    assert [json.loads(row["payload"])["matter"] for row in told] == ["shop.complaint:1"]


async def test_an_address_elsewhere_is_no_link(plugin_site: LiveSite) -> None:
    guest = await plugin_site.stranger("许先生")
    elsewhere = MatterRaised(
        village_id=plugin_site["heping"].id,
        matter="shop.complaint:2",
        person_id=guest.id,
        title="投诉",
        path="https://elsewhere.example/",
    )
    with plugin_site.inside():
        await heard(plugin_site, elsewhere)
        assert (await Letter.get()).matter_path == ""


async def test_what_is_about_somebody_in_office_goes_to_the_level_above_and_he_never_sees_it(
    plugin_site: LiveSite,
) -> None:
    guest, admin = await plugin_site.stranger("许先生"), await plugin_site.village_admin()
    host = await plugin_site.villager("田大姐")
    secretary = await plugin_site.sign_in(admin)
    above = await plugin_site.sign_in(await plugin_site.township_admin())
    for number, about in enumerate((admin.id, host.id)):
        event = MatterRaised(
            village_id=plugin_site["heping"].id,
            matter=f"shop.complaint:{number}",
            person_id=guest.id,
            title="投诉：小卖部",
            path=f"{V}/shop/{number}",
            about_id=about,
        )
        with plugin_site.inside():
            await heard(plugin_site, event)
    with plugin_site.inside():
        of_him, of_her = await Letter.all().order_by("id")
    assert (of_him.rank, of_him.about_id) == (2, admin.id)
    assert (of_her.rank, of_her.about_id) == (1, None), "a villager is no cadre"
    letters = f"{V}/mailbox/letters"
    assert (await secretary.open(f"{letters}/{of_him.key}")).status in (403, 404)
    assert (await secretary.open(f"{letters}/{of_her.key}")).status == 200
    assert (await above.open(f"{letters}/{of_him.key}")).status == 200
