"""Villages are merged and split with everything in them; with tables of a plugin that does not run, not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from cunli import db
from cunli.places.errors import CannotDo
from cunli.places.merging import merge_regions
from cunli.places.splitting import NewVillage, split_village
from cunli.testing.live import live_site, settings_for
from cunli.testing.templates import EmptyDatabases

from .operators import cunli

FROM, INTO = "510999001200", "510999001201"
NOTE = "INSERT INTO sample_note (village_id, words) VALUES (?, '带走')"


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_rows_of_a_plugin_that_does_not_run_are_never_left_behind(
    engine: str, databases_with_sample: EmptyDatabases, sample: Path, tmp_path: Path
) -> None:
    url = await databases_with_sample.fresh(engine, tmp_path)
    async with live_site(settings_for(url, tmp_path)) as site:
        old, new = site["heping"].id, site["shangba"].id
        await db.run_unit(db.write, NOTE, old)
        with pytest.raises(CannotDo, match="cunli plugin remove sample") as merging:
            await merge_regions([FROM], INTO)
        assert merging.value.code == "plugin-not-loaded"
        with pytest.raises(CannotDo, match="plugins"):
            await split_village(FROM, [NewVillage(code="510999001210", name="新村", groups=("一组",))])
        assert [r["state"] for r in await db.read("SELECT state FROM core_village WHERE id = ?", old)] == ["open"]
    async with live_site(settings_for(url, tmp_path, plugins=("sample",)), sample_county=False):  # the control
        await merge_regions([FROM], INTO)
        assert [row["village_id"] for row in await db.read("SELECT village_id FROM sample_note")] == [new]


async def test_the_doctor_says_so_as_well(databases_with_sample: EmptyDatabases, sample: Path, tmp_path: Path) -> None:
    url = await databases_with_sample.fresh("sqlite", tmp_path)
    told = await cunli(tmp_path, url, "plugin", "doctor", "--json", plugins="")
    assert [(p["id"], p["plugin"]) for p in told.json()] == [("plugins.W107", "sample")], told.err
    assert "cunli plugin remove sample" in told.json()[0]["hint"]
    told = await cunli(tmp_path, url, "plugin", "doctor", "--json", plugins="sample")
    assert (told.code, told.json()) == (0, []), "the control"
