"""Whoever leaves: what was sent stays without a name, because the office has to answer for it; the rest goes."""

from __future__ import annotations

from doing import write

from cunli.testing.live import LiveSite
from cunli_mailbox.models import Letter, Supporter


async def test_a_letter_stays_without_its_writer_and_what_somebody_follows_goes(plugin_site: LiveSite) -> None:
    person, neighbour = await plugin_site.villager("张桂秀"), await plugin_site.villager("李有田")
    letter = await write(await plugin_site.sign_in(person), public="1")
    page = await (await plugin_site.sign_in(neighbour)).open(letter.url)
    await page.form("form[action$='/support']").send(button=("on", "1"))
    with plugin_site.inside():
        (sent,) = await Letter.all()
        assert (sent.writer_id, await Supporter.filter(person_id=neighbour.id).count()) == (person.id, 1)
    await plugin_site.close_account(neighbour)
    await plugin_site.close_account(person)
    with plugin_site.inside():
        (left,) = await Letter.all()
        assert (left.writer_id, left.named, left.key) == (None, False, sent.key)
        assert await Supporter.all().count() == 0
