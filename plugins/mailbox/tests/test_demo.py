"""What `cunli demo` shows of the mailbox: letters of some weeks, through the doors that real ones come through."""

from __future__ import annotations

import pytest
from doing import V

from cunli.demo import plugins
from cunli.testing.live import LiveSite
from cunli_mailbox import demo
from cunli_mailbox.models import Letter, Step, Tally


async def test_the_demo_has_letters_of_some_weeks_in_every_state(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "EACH", 1.0)
    people = [await plugin_site.villager(f"乡亲{n}") for n in range(9)]
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    await plugin_site.sign_in(await plugin_site.township_admin())
    assert "mailbox" in plugins.that_show_themselves()
    await plugins.fill(plugin_site.app.site.registry)
    with plugin_site.inside():
        letters = await Letter.all().order_by("submitted_at")
        assert len(letters) == len(demo.stories())
        assert {"closed", "replied", "assigned", "triaged", "submitted"} <= {one.state for one in letters}
        spans = [one.at for one in await Step.filter(letter_id=letters[0].id).order_by("number")]
        assert spans == sorted(spans)
        assert (spans[-1] - spans[0]).days >= 5
        assert sum([one.received for one in await Tally.all()]) == len(letters)
    board = await secretary.open("/mailbox/board")
    assert "禾坪村" in board.text
    petitions = await secretary.open("/mailbox/petitions")
    assert "−15%" in petitions.text or "−35%" in petitions.text
    reader = await plugin_site.sign_in(people[0])
    assert "三组路口的路灯坏了" in (await reader.open(f"{V}/mailbox/letters?list=all")).text
    with plugin_site.inside("donghu"):
        assert await Letter.all().count() == 0, "nobody lives there who could write"
