"""Where a plugin is on: required above or switched on in the village, never where somebody above forbids it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cunli import db, enabling
from cunli.enabling import WrongModeError, decided
from cunli.inspection import Accepted
from cunli.plugin import Manifest, Plugin
from cunli.plugin_models import Mode
from cunli.registry import Registry
from cunli.testing.live import LiveSite

VILLAGE, TOWNSHIP, COUNTY = 3, 2, 1
CHAIN = (VILLAGE, TOWNSHIP, COUNTY)


def registry(**requires: tuple[str, ...]) -> Registry:
    def one(name: str) -> Accepted:
        class Small(Plugin):
            manifest = Manifest(label=name, summary="", requires=requires[name])

        return Accepted(id=name, package="cunli", plugin=Small(), pages=(), tasks=(), subscriptions=())

    return Registry([one(name) for name in requires])


PARTY = registry(party=())


@pytest.mark.parametrize(
    ("said", "on"),
    [
        ({}, False),
        ({VILLAGE: Mode.ON}, True),
        ({VILLAGE: Mode.OFF}, False),
        ({TOWNSHIP: Mode.ALLOW}, False),
        ({TOWNSHIP: Mode.ALLOW, VILLAGE: Mode.ON}, True),
        ({TOWNSHIP: Mode.FORBID, VILLAGE: Mode.ON}, False),
        ({COUNTY: Mode.FORBID, VILLAGE: Mode.ON}, False),
        ({COUNTY: Mode.FORBID, TOWNSHIP: Mode.ALLOW, VILLAGE: Mode.ON}, False),
        ({TOWNSHIP: Mode.REQUIRE}, True),
        ({TOWNSHIP: Mode.REQUIRE, VILLAGE: Mode.OFF}, True),
        ({COUNTY: Mode.REQUIRE, TOWNSHIP: Mode.FORBID}, False),
        ({COUNTY: Mode.FORBID, TOWNSHIP: Mode.REQUIRE}, False),
    ],
)
def test_the_rule(said: dict[int, Mode], on: bool) -> None:
    modes: dict[int, dict[str, Mode]] = {region: {"party": mode} for region, mode in said.items()}
    assert (decided(PARTY, CHAIN, modes, permitted=PARTY.running) == {"party"}) is on


def test_what_is_switched_on_and_does_not_run_is_off() -> None:
    assert decided(PARTY, CHAIN, {VILLAGE: {"market": Mode.ON}}, permitted=PARTY.running) == frozenset()


def test_a_plugin_is_off_where_one_that_it_requires_is_off() -> None:
    both = registry(market=(), tourism=("market",))
    assert decided(both, CHAIN, {VILLAGE: {"tourism": Mode.ON}}, permitted=both.running) == frozenset()
    modes = {VILLAGE: {"tourism": Mode.ON, "market": Mode.ON}}
    assert decided(both, CHAIN, modes, permitted=both.running) == {"market", "tourism"}


async def village(slug: str) -> Any:
    from cunli.places import queries

    found = await queries.find_by_address(slug)
    assert found is not None
    return found


async def test_a_switch_counts_at_once_and_for_its_subtree_only(site: LiveSite) -> None:
    here, beside, elsewhere = [await village(slug) for slug in ("heping", "shangba", "donghu")]
    assert await enabling.enabled_for(PARTY, here) == frozenset()
    await enabling.switch("party", site["heping"].region_id, Mode.ON, village_level=True)
    assert await enabling.enabled_for(PARTY, here) == {"party"}
    assert await enabling.enabled_for(PARTY, beside) == frozenset()
    await enabling.switch("party", site.township_id, Mode.REQUIRE, village_level=False)
    assert await enabling.enabled_for(PARTY, beside) == {"party"}
    assert await enabling.enabled_for(PARTY, elsewhere) == frozenset()
    await enabling.switch("party", site.township_id, Mode.FORBID, village_level=False)
    assert await enabling.enabled_for(PARTY, here) == frozenset()
    assert await enabling.villages_with(PARTY, "party") == []
    assert len(await enabling.villages_with(PARTY, "core")) == 4


async def test_a_switch_of_another_process_counts_when_its_epoch_is_seen(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enabling, "GLANCE", 3600)
    here = await village("heping")
    assert await enabling.enabled_for(PARTY, here) == frozenset()
    # what another process would do: the same rows, without telling this one
    monkeypatch.setattr(enabling, "forget", lambda: None)
    await enabling.switch("party", site["heping"].region_id, Mode.ON, village_level=True)
    assert await enabling.enabled_for(PARTY, here) == frozenset(), "the control: this process has not looked yet"
    monkeypatch.setattr(enabling, "GLANCE", 0)
    assert await enabling.enabled_for(PARTY, here) == {"party"}


async def test_a_switch_that_is_rolled_back_leaves_no_trace(site: LiveSite) -> None:
    class Refused(Exception):
        pass

    async def act() -> None:
        await enabling.switch("party", site["heping"].region_id, Mode.ON, village_level=True)
        await enabling.enabled_for(PARTY, await village("heping"))
        raise Refused

    with pytest.raises(Refused):
        await db.run_unit(act)
    assert await enabling.enabled_for(PARTY, await village("heping")) == frozenset()


async def test_a_plugin_with_the_longest_id_is_switched_and_named_in_the_trail(site: LiveSite) -> None:
    longest = "p" * 31
    await enabling.switch(longest, site["heping"].region_id, Mode.ON, village_level=True)
    (entry,) = await db.read("SELECT object_id FROM core_audit_entry WHERE action = 'core.plugin.switch'")
    assert entry["object_id"] == longest


async def test_villages_switch_and_regions_above_rule(site: LiveSite) -> None:
    with pytest.raises(WrongModeError, match="forbid is for regions above villages"):
        await enabling.switch("party", site["heping"].region_id, Mode.FORBID, village_level=True)
    with pytest.raises(WrongModeError, match="on is for villages"):
        await enabling.switch("party", site.township_id, Mode.ON, village_level=False)
    assert await db.read("SELECT 1 FROM core_plugin_switch") == []


async def test_every_switch_is_in_the_audit_trail(site: LiveSite) -> None:
    await enabling.switch("party", site.township_id, Mode.REQUIRE, village_level=False, by="command")
    (entry,) = await db.read("SELECT * FROM core_audit_entry WHERE action = 'core.plugin.switch'")
    assert (entry["object_id"], entry["region_id"], entry["by"]) == ("party", site.township_id, "command")
    details = entry["details"]
    assert (json.loads(details) if isinstance(details, str) else details) == {"mode": "require"}


async def test_the_longest_name_that_a_plugin_may_have_fits_everywhere(site: LiveSite) -> None:
    name = "p" * 31
    await enabling.switch(name, site.township_id, Mode.REQUIRE, village_level=False, by="command")
    (entry,) = await db.read("SELECT object_id FROM core_audit_entry WHERE action = 'core.plugin.switch'")
    assert entry["object_id"] == name
