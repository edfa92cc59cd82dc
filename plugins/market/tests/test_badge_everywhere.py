"""An endorsement that is over is gone at that moment, and a revoked one on the next page, whichever of two processes answers."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta

import pytest
from ground import PROGRAM
from stalls import M, put_up, seller_of

from cunli import unit
from cunli.testing.live import LiveSite
from cunli.testing.processes import Process
from cunli.web import cookies
from cunli_market import moments, vouching
from cunli_market.models import Endorsement, Good
from cunli_market.vouching import Vouch


async def vouched(site: LiveSite) -> tuple[str, str]:
    """A good for which the village vouches, and the session of somebody who may take it back."""
    good = await put_up(await seller_of(site))
    admin = await site.sign_in(await site.village_admin())
    with site.inside():
        day, row = moments.today(), await Good.get()
        said = Vouch(
            good_id=row.id,
            level="village",
            issuer="村委会",
            scope="产地",
            evidence="看过",
            since=day,
            until=day + timedelta(days=30),
        )
        await vouching.give(said, actor=admin.person.id)  # type: ignore[attr-defined]
    return good, admin.cookies[cookies.name(site.settings, cookies.SESSION)]


@unit
async def ends(moment: datetime) -> None:
    await Endorsement.all().update(until=moment)


async def two(site: LiveSite, session: str, **how: object) -> list[Process]:
    workers = [await Process.start(PROGRAM, site, "pages", session=session, **how) for _n in range(2)]
    for one in workers:
        await one.ready()
        assert await one.ask("go") == "listens"
    return workers


async def badges(workers: list[Process], good: str) -> list[bool]:
    return ["村委会背书" in " ".join((await one.ask(good))["tags"]) for one in workers]


async def revoked_by_the_first(workers: list[Process], good: str) -> list[bool]:
    assert await badges(workers, good) == [True, True]
    done = await workers[0].ask(f"{M}/endorsements", "form[action$='/revoke']", json.dumps({"reason": "查出来打了蜡"}))
    assert done["status"] == 200
    return await badges(workers, good)


async def test_what_one_process_revokes_the_other_does_not_show_any_more(plugin_site: LiveSite) -> None:
    good, session = await vouched(plugin_site)
    workers = await two(plugin_site, session)
    assert await revoked_by_the_first(workers, good) == [False, False]
    for one in workers:
        await one.work()


async def test_at_its_last_moment_it_is_gone_in_every_process(plugin_site: LiveSite) -> None:
    good, session = await vouched(plugin_site)
    workers = await two(plugin_site, session)
    assert await badges(workers, good) == [True, True]
    with plugin_site.inside():
        await ends(moments.now() + timedelta(seconds=1))
    await asyncio.sleep(1.1)  # the clock of the machine is what is asked
    assert await badges(workers, good) == [False, False]
    for one in workers:
        await one.work()


@pytest.mark.parametrize("plugin_site", ["sqlite"], indirect=True)
async def test_a_process_that_remembered_what_is_vouched_for_would_be_found_out(plugin_site: LiveSite) -> None:
    """The control: the same with an answer that is kept."""
    good, session = await vouched(plugin_site)
    workers = await two(plugin_site, session, remembers=True)
    assert await revoked_by_the_first(workers, good) == [True, True]
    for one in workers:
        await one.work()
