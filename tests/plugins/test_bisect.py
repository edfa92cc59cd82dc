"""`cunli plugin bisect` asks for a page with fewer and fewer plugins, and names the one that breaks it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cunli import db, enabling
from cunli.cli.plugin_bisect import smallest
from cunli.people.personal import PHONE
from cunli.plugin_models import Mode
from cunli.testing.live import live_site, settings_for
from cunli.testing.plugins import GOOD, Install, plugin_source
from cunli.testing.templates import EmptyDatabases
from cunli.trust.numbers import parse_phone

from .operators import cunli

RAISES = plugin_source("@hookimpl\nasync def slot_fragments(self, ctx):\n    raise KeyError")
FOR_MEMBERS = plugin_source(
    "@hookimpl\nasync def slot_fragments(self, ctx):\n    return 1 / 0 if ctx.page.verified else {}"
)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_the_plugin_that_breaks_a_page_is_named(
    engine: str, databases_with_sample: EmptyDatabases, sample: Path, install: Install, unhurried: None, tmp_path: Path
) -> None:
    for name, source in (("good", GOOD), ("raises", RAISES), ("picky", FOR_MEMBERS)):
        install(name, source)
    url = await databases_with_sample.fresh(engine, tmp_path)
    wanted = ("sample", "good", "raises", "picky")
    async with live_site(settings_for(url, tmp_path)) as site:
        for plugin in wanted:
            await enabling.switch(plugin, site["heping"].region_id, Mode.ON, village_level=True)
        member = await site.villager("张桂秀")
        phone = "13800000077"
        number = parse_phone(phone)
        assert number is not None
        await db.run_unit(
            db.write, "UPDATE core_person SET phone_index = ? WHERE id = ?", PHONE.index(number.e164), member.id
        )

    async def asked(*arguments: str, plugins: str = ",".join(wanted)) -> tuple[int, str]:
        told = await cunli(tmp_path, url, "plugin", "bisect", *arguments, plugins=plugins)
        return told.code, told.out + told.err

    code, out = await asked("/v/heping/")
    assert code == 1, out
    assert "raises breaks it" in out
    assert "well    with no plugin" in out
    assert "plugins.W101 raises" in out
    code, out = await asked("/v/heping/", plugins="sample,good,picky")
    assert (code, "nothing breaks this page" in out) == (0, True), out
    code, out = await asked("/v/heping/", "--as", phone, plugins="sample,good,picky")
    assert (code, "picky breaks it" in out) == (1, True), out
    assert (await asked("heping"))[0] == 2
    assert (await asked("/v/heping/", "--as", "13800000099"))[0] == 1


@given(st.sets(st.integers(0, 12), min_size=1, max_size=3), st.integers(13, 16))
async def test_the_part_that_is_found_breaks_and_nothing_of_it_can_be_spared(guilty: set[int], count: int) -> None:
    names = [str(number) for number in range(count)]
    culprits = {str(number) for number in guilty}

    async def broken(some: Sequence[str]) -> bool:
        return culprits <= set(some)

    assert set(await smallest(names, broken)) == culprits
