"""What officials are told of where plugins are on: the truth, at the same cost for five villages and for five hundred."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from cunli import db, enabling, spread
from cunli.places import queries as places
from cunli.plugin_models import Mode
from cunli.testing import sample as sample_county
from cunli.testing.live import LiveSite

pytestmark = pytest.mark.parametrize(
    "broken",
    [
        "from cunli import Manifest, Plugin\n\nclass B(Plugin):\n    manifest = Manifest(label='二', summary='', requires=('sample',))\n\nplugin = B()\n"
    ],
)


async def more_villages(county: LiveSite, count: int, first: int = 300) -> list[int]:
    """So many more villages in both townships; their regions."""

    async def make() -> list[int]:
        towns = (county.township_id, county["donghu"].township_id)
        made = [
            await sample_county.village(
                f"more-{n}",
                f"第{n}村",
                f"5109990{1 + n % 2:02d}{n % 1000:03d}"[:12].ljust(12, "0"),
                towns[n % 2],
                county.county_id,
            )
            for n in range(first, first + count)
        ]
        return [one.region_id for one in made]

    made: list[int] = await db.run_unit(make)
    places.forget_all()
    return made


async def test_counts_are_those_of_looking_at_every_village(county: LiveSite, broken: str) -> None:
    regions = await more_villages(county, 12)
    dice = random.Random(20261129)
    for region in regions:
        for plugin in ("sample", "broken"):
            if dice.random() < 0.5:
                await enabling.switch(plugin, region, Mode.ON, village_level=True)
    registry = county.app.site.registry
    everywhere = [
        county.county_id,
        county.township_id,
        county["donghu"].township_id,
        county["heping"].region_id,
        regions[0],
    ]
    rules = [
        (),
        ((county.township_id, "sample", Mode.FORBID),),
        ((county["donghu"].township_id, "broken", Mode.REQUIRE),),
    ]
    for rule in rules:
        for region, plugin, mode in rule:
            await enabling.switch(plugin, region, mode, village_level=False)
        for below in [{one} for one in everywhere] + [{county.township_id, regions[0]}, set(everywhere), set()]:
            counted: Counter[str] = Counter()
            for village in await enabling.opened_villages(below):
                counted.update(await enabling.enabled_along(registry, village.chain))
            assert await spread.in_use(registry, below) == dict(counted), (rule, below)


async def test_the_console_costs_the_same_with_five_and_with_five_hundred_villages(
    county: LiveSite, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await county.sign_in(await county.county_admin())
    asked, rows = await cost_of(county, admin, monkeypatch)
    for region in await more_villages(county, 496 if db.engine() == "sqlite" else 96):
        if region % 3:
            await db.run_unit(
                db.write, "INSERT INTO core_plugin_switch (region_id, plugin, mode) VALUES (?, 'sample', 'on')", region
            )
    await db.run_unit(enabling.changed)
    enabling.forget()
    asked_again, rows_again = await cost_of(county, admin, monkeypatch)
    assert asked_again == asked
    assert rows_again <= rows + 20, "groups of villages, not villages"
    assert len(await enabling.opened_villages()) > 90, "the control: they are there"


async def cost_of(county: LiveSite, admin: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """How many questions the pages about plugins put to the database, and how many rows came back."""
    pages = ("/admin/plugins", f"/admin/plugins/sample?region={county.county_id}")
    for page in pages:
        assert (await admin.open(page)).status == 200  # what is remembered afterwards is remembered
    counted = [0, 0]
    read = db.read

    async def counting(*args: Any, **named: Any) -> Any:
        found = await read(*args, **named)
        counted[0] += 1
        counted[1] += len(found)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(db, "read", counting)
        for page in pages:
            assert (await admin.open(page)).status == 200
    return counted[0], counted[1]
