"""A course with many certificates is judged again some at a time; nobody is left out, and whoever still meets the rule keeps theirs."""

from __future__ import annotations

import pytest
from party_journeys import answer, branch, course, eventually, member, send

from cunli import unit
from cunli.testing.live import LiveSite
from cunli_party.models import Completion, Done
from cunli_party.school import judging


@unit
async def _half_right(people: list[int]) -> None:
    await Done.filter(person_id__in=people).update(score=50)


async def test_certificates_are_judged_slice_by_slice(plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "AT_ONCE", 2)
    leader, at = await branch(plugin_site)
    url = await course(leader, lessons=2, pass_percent="50")
    people = []
    for number in range(5):
        person, own = await member(plugin_site, leader, at, f"乡亲{number}")
        for _lesson in range(2):
            await answer(own, await own.open(url))
        people.append(person.id)
    with plugin_site.inside():
        assert await Completion.all().count() == len(people)
        await _half_right(people[1:])
    await send(leader, f"{url}/edit", pass_percent="100", anew="anew")

    async def judged() -> bool:
        with plugin_site.inside():
            return await Completion.filter(withdrawn_at__isnull=False).count() == len(people) - 1

    await eventually(judged)
    with plugin_site.inside():
        kept = await Completion.get(withdrawn_at__isnull=True)
        assert (kept.person_id, kept.pass_percent) == (people[0], 100)
